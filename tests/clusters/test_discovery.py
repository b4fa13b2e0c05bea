"""Workload clusters are found through their management cluster."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipviz.clusters.discovery import discover
from ipviz.clusters.models import Cluster
from ipviz.domain.seen import (
    Read,
    Ref,
    Seen,
    SeenCluster,
    SeenMachine,
    SeenNode,
    SeenVSphereCluster,
    Unreadable,
)
from tests.factories import management_cluster, minutes, whole, without

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
    assert itself not in Cluster.objects.first_roads()


def test_finding_the_same_clusters_again_writes_nothing(
    gmc: Cluster, django_assert_num_queries: object
) -> None:
    found(gmc, listed("beta"), listed("gamma"))
    with django_assert_num_queries(3):  # type: ignore[operator]  # savepoint, the standing rows, release
        discover(gmc, whole(gmc, [listed("beta"), listed("gamma")]), at=minutes(1))


def test_a_cluster_that_was_read_once_is_read_on_though_its_endpoint_was_emptied(gmc: Cluster) -> None:
    assert found(gmc, listed("beta"))["gmc/org-acme/beta"].provisioned
    assert found(gmc, listed("beta", host=""), at=1)["gmc/org-acme/beta"].provisioned


def test_one_that_its_machines_no_longer_tell_to_be_the_management_cluster_is_its_own_again(
    gmc: Cluster,
) -> None:
    node = SeenNode(Ref("Node", "", "gmc-cp-0", "uid-node"), provider_id="vsphere://1")
    machine = SeenMachine(Ref("Machine", "org-acme", "gmc-cp-0", "uid-machine"), "gmc", "vsphere://1")
    assert found(gmc, listed("gmc"), node, machine)["gmc/org-acme/gmc"].same_as == gmc
    unread = without(whole(gmc, [listed("gmc"), node]), "Machine")
    discover(gmc, unread, at=minutes(1))
    assert Cluster.objects.get(path="gmc/org-acme/gmc").same_as == gmc
    assert found(gmc, listed("gmc"), node, at=2)["gmc/org-acme/gmc"].same_as is None


def test_a_clusters_network_is_noted_and_stays_while_it_cannot_be_read(gmc: Cluster) -> None:
    server = SeenVSphereCluster(Ref("VSphereCluster", "org-acme", "beta", "uid"), "beta", server="vc.example")
    assert found(gmc, listed("beta"), server)["gmc/org-acme/beta"].vcenter == "vc.example"
    discover(gmc, without(whole(gmc, [listed("beta")]), "VSphereCluster"), at=minutes(1))
    assert Cluster.objects.get(path="gmc/org-acme/beta").vcenter == "vc.example"
    assert found(gmc, listed("beta"), at=2)["gmc/org-acme/beta"].vcenter == ""


def test_finding_the_same_again_writes_nothing(gmc: Cluster) -> None:
    found(gmc, listed("beta"), listed("alpha"))
    with CaptureQueriesContext(connection) as asked:
        discover(gmc, whole(gmc, [listed("beta"), listed("alpha")]), at=minutes(1))
    assert not [each for each in asked if each["sql"].startswith(("UPDATE", "INSERT"))]
