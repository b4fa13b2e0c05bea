"""H9: several management clusters on one network."""

from dataclasses import replace

from ipviz.domain.hints import Network
from tests.builders import BETA, GMC, HMC, estate_seen, facts, seen_cluster, seen_pool
from tests.verdicts import only, party_names, said, severities

KMC = "kmc"


def test_two_that_manage_on_one_segment_are_medium() -> None:
    verdict = only(estate_seen({GMC: [seen_pool("192.0.2.1")], HMC: [seen_cluster("x")]}), "H9")
    assert (verdict.severity, verdict.subject) == ("medium", "management clusters")
    assert verdict.title == "gmc and hmc manage clusters on one network"
    assert party_names(verdict) == ["gmc Cluster gmc", "hmc Cluster hmc"]
    assert "manage.py segment move hmc NAME" in verdict.remedy


def test_a_third_joins_the_finding() -> None:
    three = {path: [seen_cluster("x")] for path in (GMC, HMC, KMC)}
    assert len(only(estate_seen(three), "H9").parties) == 3


def test_one_alone_one_that_manages_nothing_and_workload_clusters_are_nothing() -> None:
    assert said(estate_seen({GMC: [seen_cluster("x")]})) == []
    assert said(estate_seen({GMC: [seen_cluster("x")], HMC: []})) == []
    assert said(estate_seen({GMC: [seen_cluster("x")], BETA: []})) == []


def test_one_by_two_roads_is_one() -> None:
    both = {GMC: [seen_cluster("x")], HMC: [seen_cluster("x")]}
    assert severities(estate_seen(both, aliases={HMC: GMC}), "H9") == []


def test_networks_that_are_surely_two_are_two() -> None:
    known = {
        path: replace(facts(path), network=Network(server, ("vlan-7",)))
        for path, server in ((GMC, "a.example.com"), (HMC, "b.example.com"), (KMC, "a.example.com"))
    }
    seen = {path: [seen_cluster("x")] for path in known}
    assert party_names(only(estate_seen(seen, clusters=known.values()), "H9")) == [
        "gmc Cluster gmc",
        "kmc Cluster kmc",
    ]
    two = {path: each for path, each in seen.items() if path != KMC}
    assert severities(estate_seen(two, clusters=list(known.values())[:2]), "H9") == []
