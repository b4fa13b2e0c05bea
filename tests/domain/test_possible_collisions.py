"""Where two clusters' networks bear different names, a clash is a possible one, and says how to tell."""

from dataclasses import replace

import pytest

from ipviz.domain.estate import ClusterFacts
from ipviz.domain.hints import Network
from ipviz.domain.occupants import Occupant, Purpose
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    HMC,
    alloc,
    cpe,
    estate,
    facts,
    lb_range,
    manual,
    pool,
    svc,
)
from tests.verdicts import only, severities

IP = "192.0.2.236"
DELTA = "hmc/org-acme/delta"
PROD = Network("vc-a.example.com", ("prod",))
LAB = Network("vc-a.example.com", ("lab",))
ABROAD = Network("vc-b.example.com", ("prod",))


def on(path: str, network: Network | None) -> ClusterFacts:
    return replace(facts(path), network=network)


def test_an_address_of_two_clusters_on_two_networks_is_a_possible_collision() -> None:
    verdict = only(estate(svc(IP, BETA), svc(IP, DELTA), clusters=[on(BETA, PROD), on(DELTA, ABROAD)]), "C4")
    assert verdict.severity == "medium"
    assert verdict.title.endswith("if they share a network")
    assert (
        "beta is on port group prod of vCenter vc-a.example.com, and delta is on port group prod of vCenter "
        "vc-b.example.com: where these are separate networks, nothing is wrong." in verdict.explanation
    )


def test_its_remedy_names_the_segment_to_register_and_then_the_usual_steps() -> None:
    clusters = [on(BETA, PROD), on(DELTA, ABROAD)]
    milder = only(estate(svc(IP, BETA), svc(IP, DELTA), clusters=clusters), "C4")
    usual = only(estate(svc(IP, BETA), svc(IP, DELTA)), "C4")
    assert "manage.py segment move hmc NAME" in milder.remedy
    assert milder.remedy.endswith(f"If they share one:\n{usual.remedy}")


def test_clusters_of_one_management_cluster_cannot_be_told_apart_by_segments() -> None:
    verdict = only(estate(svc(IP, BETA), svc(IP, GAMMA), clusters=[on(BETA, PROD), on(GAMMA, LAB)]), "C4")
    assert verdict.severity == "medium"
    assert "all clusters of gmc are on one segment" in verdict.remedy
    assert "segment move" not in verdict.remedy


@pytest.mark.parametrize(
    ("rule", "sides", "usual"),
    [
        ("C2", [alloc(IP, "beta"), alloc(IP, "delta", cluster=HMC)], "critical"),
        ("C3", [svc(IP, BETA), alloc(IP, "delta", cluster=HMC)], "critical"),
        ("C4", [svc(IP, BETA), svc(IP, DELTA)], "critical"),
        ("C7", [cpe(IP, BETA), cpe(IP, DELTA)], "critical"),
        ("C8", [svc(IP, BETA), cpe(IP, DELTA)], "critical"),
        ("C9", [cpe(IP, BETA), alloc(IP, "delta", cluster=HMC)], "critical"),
        ("H1", [svc(IP, BETA), pool(IP, cluster=HMC)], "critical"),
        ("H2", [lb_range("192.0.2.232/29", BETA), pool("192.0.2.236/30", cluster=HMC)], "high"),
        ("H3", [lb_range("192.0.2.232/29", BETA), lb_range("192.0.2.236/30", DELTA)], "high"),
        ("H5", [pool("192.0.2.232/29"), pool("192.0.2.236/30", cluster=HMC)], "high"),
    ],
)
def test_every_rule_of_two_sides_is_milder_between_two_networks(
    rule: str, sides: list[Occupant], usual: str
) -> None:
    ours = [on(GMC, PROD), on(BETA, PROD)]
    theirs = [on(HMC, ABROAD), on(DELTA, ABROAD)]
    same = [on(HMC, PROD), on(DELTA, PROD)]
    unknown = [on(HMC, Network("", ())), on(DELTA, None)]
    assert severities(estate(*sides, clusters=[*ours, *theirs]), rule) == ["medium"]
    assert severities(estate(*sides, clusters=[*ours, *same]), rule) == [usual]
    assert severities(estate(*sides, clusters=[*ours, *unknown]), rule) == [usual]


def test_what_a_management_cluster_says_of_an_address_holds_for_whom_it_serves() -> None:
    """gmc lies on another network than its clusters: what counts is where beta and gamma are."""
    sides = cpe(IP, BETA), cpe(IP, GAMMA)
    apart = [on(GMC, PROD), on(BETA, PROD), on(GAMMA, LAB)]
    together = [on(GMC, LAB), on(BETA, PROD), on(GAMMA, PROD)]
    assert severities(estate(*sides, clusters=apart), "C7") == ["medium"]
    assert severities(estate(*sides, clusters=together), "C7") == ["critical"]


def test_an_allocation_that_serves_nobody_known_may_be_anywhere() -> None:
    sides = svc(IP, BETA), manual(IP, cluster=HMC)
    assert severities(estate(*sides, clusters=[on(BETA, PROD), on(HMC, ABROAD)]), "C3") == ["critical"]


def test_a_pool_is_wherever_one_of_its_claims_is() -> None:
    """A cluster on the user's network claims from it, so it hands out addresses there."""
    claimed = alloc("192.0.2.240", "alpha", serves=ALPHA, purpose=Purpose.CONTROL_PLANE)
    sides = svc(IP, DELTA), pool("192.0.2.236/28"), claimed
    abroad = [on(GMC, PROD), on(ALPHA, PROD), on(DELTA, ABROAD)]
    beside = [on(GMC, PROD), on(ALPHA, ABROAD), on(DELTA, ABROAD)]
    assert severities(estate(*sides, clusters=abroad), "H1") == ["medium"]
    assert severities(estate(*sides, clusters=beside), "H1") == ["high"]


def test_two_of_three_that_share_a_network_are_a_collision() -> None:
    sides = svc(IP, BETA), svc(IP, GAMMA), svc(IP, DELTA)
    clusters = [on(BETA, PROD), on(GAMMA, PROD), on(DELTA, ABROAD)]
    verdict = only(estate(*sides, clusters=clusters), "C4")
    assert verdict.severity == "critical"
    assert "share a network" not in verdict.title
    assert len(verdict.parties) == 3


def test_a_milder_reason_is_kept_as_it_is() -> None:
    sides = svc(IP, BETA, announced=False), svc(IP, DELTA)
    verdict = only(estate(*sides, clusters=[on(BETA, PROD), on(DELTA, ABROAD)]), "C4")
    assert "kube-vip.io/ignore" in verdict.explanation
    assert "share a network" not in verdict.title


def test_a_management_clusters_network_is_known_from_the_cluster_that_it_lists_as_itself() -> None:
    road = "gmc/org-acme/gmc"
    of = estate(
        svc(IP, GMC), svc(IP, DELTA), clusters=[on(road, PROD), on(DELTA, ABROAD)], aliases={road: GMC}
    )
    assert severities(of, "C4") == ["medium"]
