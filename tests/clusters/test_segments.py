"""Segments are registered, removed when nothing is on them, and management clusters move between them."""

import pytest

from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.segments import WrongSegment, move, networks_on, register, remove
from ipviz.clusters.subnets import declare, infer
from ipviz.domain.hints import Network
from ipviz.domain.spans import parse_network
from ipviz.findings.detect import detect
from ipviz.findings.models import Finding
from ipviz.inventory.reading import estate_of
from tests.builders import seen_cluster
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db

IP = "192.0.2.236"
VCENTER = "vc-a.example.com"


def on_network(cluster: Cluster, *port_groups: str, vcenter: str = VCENTER) -> Cluster:
    cluster.vcenter, cluster.port_groups = vcenter, list(port_groups)
    cluster.save()
    return cluster


def test_a_segment_is_registered_by_name() -> None:
    assert register("site-b") in Segment.objects.all()


@pytest.mark.parametrize(("name", "says"), [("a/b", "is not a name"), ("default", "registered already")])
def test_one_that_cannot_be_registered_is_named(name: str, says: str) -> None:
    segment()
    with pytest.raises(WrongSegment, match=says):
        register(name)


def test_one_on_which_nothing_is_can_be_removed_with_what_was_only_inferred() -> None:
    infer(register("site-b"), [parse_network("192.0.2.0/24")])
    remove("site-b")
    assert not Segment.objects.filter(name="site-b").exists()


def test_one_with_a_cluster_stays_and_says_which() -> None:
    workload_cluster(management_cluster("gmc", on="site-b"), "beta")
    with pytest.raises(WrongSegment, match=r"has clusters on it: gmc;.*segment move"):
        remove("site-b")


def test_one_with_a_declared_subnet_stays_and_says_which() -> None:
    declare(register("site-b"), "192.0.2.0/24")
    with pytest.raises(WrongSegment, match=r"has declared subnets on it: 192\.0\.2\.0/24;.*subnet remove"):
        remove("site-b")


def test_one_that_is_not_there_is_answered_with_those_that_are() -> None:
    register("site-b")
    with pytest.raises(WrongSegment, match="no segment site-c is registered; registered are: site-b"):
        remove("site-c")


def test_a_management_cluster_moves_with_its_workload_clusters() -> None:
    gmc = management_cluster()
    beta = workload_cluster(gmc, "beta")
    stays = management_cluster("hmc")
    register("site-b")
    source, target = move("gmc", "site-b")
    assert (source.name, target.name) == ("default", "site-b")
    assert set(Cluster.objects.on("site-b")) == {gmc, beta}
    assert list(Cluster.objects.on("default")) == [stays]


def test_what_was_seen_moves_with_it_and_its_collisions_end() -> None:
    gmc, hmc = management_cluster(), management_cluster("hmc")
    for at in (0, 1):
        see(gmc, seen_cluster("beta", IP), at=minutes(at))
        see(hmc, seen_cluster("delta", IP), at=minutes(at))
        detect(segment(), estate_of, at=minutes(at + 0.5))
    finding = Finding.objects.get(rule="C7")
    assert finding.status == "open"
    register("site-b")
    for each in move("hmc", "site-b"):
        detect(each, estate_of, at=minutes(2))
    finding.refresh_from_db()
    assert finding.status == "resolved"
    assert not Finding.objects.filter(segment__name="site-b", rule="C7").exists()
    assert {each.cluster for each in estate_of("site-b").occupants} == {"hmc"}


def test_what_was_found_on_a_segment_is_kept_with_it() -> None:
    gmc, hmc = management_cluster("gmc", on="site-b"), management_cluster("hmc", on="site-b")
    see(gmc, seen_cluster("beta", IP))
    see(hmc, seen_cluster("delta", IP))
    detect(segment("site-b"), estate_of, at=minutes(1))
    register("site-c")
    move("gmc", "site-c")
    move("hmc", "site-c")
    with pytest.raises(WrongSegment, match="kept for good"):
        remove("site-b")
    assert Finding.objects.filter(segment__name="site-b").exists()


@pytest.mark.parametrize(
    ("cluster", "to", "says"),
    [
        ("nobody", "site-b", "no management cluster nobody is registered; registered are: gmc, hmc"),
        ("gmc", "nowhere", "no segment nowhere is registered"),
        ("gmc", "default", "is on segment default already"),
        ("hmc", "site-b", "hmc is another name of gmc; move that one"),
    ],
)
def test_a_move_that_cannot_be_made_is_explained(cluster: str, to: str, says: str) -> None:
    gmc, hmc = management_cluster(), management_cluster("hmc")
    Cluster.objects.filter(pk=hmc.pk).update(same_as=gmc)
    register("site-b")
    with pytest.raises(WrongSegment, match=says):
        move(cluster, to)
    assert set(Cluster.objects.on("default")) == {gmc, hmc}


def test_a_second_road_moves_with_the_cluster_it_leads_to() -> None:
    gmc, hmc = management_cluster(), management_cluster("hmc")
    Cluster.objects.filter(pk=hmc.pk).update(same_as=gmc)
    register("site-b")
    move("gmc", "site-b")
    assert set(Cluster.objects.on("site-b")) == {gmc, hmc}


def test_the_networks_of_a_segment_are_those_its_clusters_name() -> None:
    gmc = on_network(management_cluster(), "prod")
    on_network(workload_cluster(gmc, "beta"), "lab")
    workload_cluster(gmc, "gamma")
    on_network(management_cluster("hmc", on="site-b"), "prod")
    assert networks_on(segment()) == {
        "gmc": Network(VCENTER, ("prod",)),
        "gmc/org-acme/beta": Network(VCENTER, ("lab",)),
    }


def test_a_management_cluster_that_lists_itself_is_named_once_and_by_its_own_name() -> None:
    gmc = management_cluster()
    itself = on_network(workload_cluster(gmc, "gmc"), "prod")
    Cluster.objects.filter(pk=itself.pk).update(same_as=gmc)
    assert networks_on(segment()) == {"gmc": Network(VCENTER, ("prod",))}
