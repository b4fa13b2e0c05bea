"""Workload clusters are found through their management cluster."""

import pytest

from ipviz.clusters.discovery import discover, recognise
from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Read, Ref, Seen, SeenCluster, SeenMachine, SeenNode, Unreadable
from tests.factories import management_cluster, minutes, whole, without, workload_cluster

pytestmark = pytest.mark.django_db


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


def listed(name: str, host: str = "192.0.2.1", namespace: str = "org-acme") -> SeenCluster:
    return SeenCluster(Ref("Cluster", namespace, name, f"uid-{name}"), host=host)


def found(gmc: Cluster, *records: Seen, at: float = 0) -> dict[str, Cluster]:
    discover(gmc, whole(gmc, records), at=minutes(at))
    return {cluster.path: cluster for cluster in Cluster.objects.live().exclude(pk=gmc.pk)}


def test_each_cluster_of_the_list_becomes_a_row_on_the_same_segment(gmc: Cluster) -> None:
    beta = found(gmc, listed("beta"))["gmc/org-acme/beta"]
    assert (beta.kind, beta.segment, beta.management_cluster) == ("workload", gmc.segment, gmc)
    assert beta.provisioned


def test_a_cluster_without_an_endpoint_is_known_and_not_read(gmc: Cluster) -> None:
    epsilon = found(gmc, listed("epsilon", host=""))["gmc/org-acme/epsilon"]
    assert not epsilon.provisioned
    assert epsilon not in Cluster.objects.readable()
    assert found(gmc, listed("epsilon"))["gmc/org-acme/epsilon"].provisioned


def test_a_cluster_that_a_whole_list_no_longer_has_is_retired_and_can_come_back(gmc: Cluster) -> None:
    found(gmc, listed("beta"))
    gone = discover(gmc, whole(gmc, []), at=minutes(1)).gone
    assert [cluster.path for cluster in gone] == ["gmc/org-acme/beta"]
    assert Cluster.objects.get(path="gmc/org-acme/beta").retired_at == minutes(1)
    assert discover(gmc, whole(gmc, []), at=minutes(2)).gone == ()
    assert "gmc/org-acme/beta" in found(gmc, listed("beta"), at=3)


def test_a_list_that_could_not_be_read_retires_nobody(gmc: Cluster) -> None:
    found(gmc, listed("beta"))
    assert discover(gmc, without(whole(gmc, []), "Cluster"), at=minutes(1)).gone == ()


def test_a_cluster_that_was_not_understood_is_not_gone(gmc: Cluster) -> None:
    found(gmc, listed("beta"))
    observation = whole(gmc, [])
    unreadable = Read(unreadable=(Unreadable("Cluster", "org-acme", "beta", "no spec"),))
    assert (
        discover(gmc, type(observation)({**observation.kinds, "Cluster": unreadable}), at=minutes(1)).gone
        == ()
    )


def test_a_management_cluster_that_lists_itself_is_told_by_its_machines(gmc: Cluster) -> None:
    node = SeenNode(Ref("Node", "", "gmc-cp-0", "uid-node"), provider_id="vsphere://1")
    machine = SeenMachine(Ref("Machine", "org-acme", "gmc-cp-0", "uid-machine"), "gmc", "vsphere://1")
    itself = found(gmc, listed("gmc"), node, machine)["gmc/org-acme/gmc"]
    assert itself.same_as == gmc
    assert itself not in Cluster.objects.readable()


def test_the_second_road_to_a_cluster_is_told_by_the_uid_of_kube_system(gmc: Cluster) -> None:
    itself = workload_cluster(gmc, "gmc")
    assert recognise(gmc, "uid-1") is None
    assert recognise(itself, "uid-1") == gmc
    assert Cluster.objects.get(pk=itself.pk).same_as == gmc
    assert recognise(itself, "uid-2") is None
    assert Cluster.objects.get(pk=itself.pk).same_as is None


def test_an_unknown_uid_recognises_nobody(gmc: Cluster) -> None:
    assert recognise(gmc, "") is None
    assert recognise(workload_cluster(gmc, "beta"), "") is None


def test_finding_the_same_clusters_again_writes_nothing(
    gmc: Cluster, django_assert_num_queries: object
) -> None:
    found(gmc, listed("beta"), listed("gamma"))
    with django_assert_num_queries(3):  # type: ignore[operator]  # savepoint, the standing rows, release
        discover(gmc, whole(gmc, [listed("beta"), listed("gamma")]), at=minutes(1))
