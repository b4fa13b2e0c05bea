"""One poll: whatever a cluster does, and whatever we do wrong, it ends in a snapshot."""

import pytest

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Observation, Read, Ref, SeenCluster, SeenPool, SeenService, Unreadable
from ipviz.inventory.models import Occupancy
from ipviz.kube.parse import UNNAMED
from ipviz.kube.source import Source
from ipviz.polling.policy import policy
from ipviz.polling.poll import Look, look, record
from ipviz.polling.watch import watch
from tests.factories import management_cluster, minutes, see, whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


def broken(cluster: Cluster) -> Source:
    raise RuntimeError("planted")


def test_a_fault_of_our_own_is_the_clusters_failed_snapshot_and_nobody_elses(gmc: Cluster) -> None:
    see(gmc, SeenService(Ref("Service", "shop", "web", "uid"), annotation="192.0.2.7"), at=minutes(0))
    polled = record(look(gmc, at=minutes(1), open_source=broken))
    assert polled.stored is not None
    assert polled.stored.snapshot.outcome == "failed"
    assert "RuntimeError" in polled.stored.snapshot.error
    assert "planted" not in polled.stored.snapshot.error
    assert Occupancy.objects.of(gmc).now().count() == 1


def test_a_poll_that_was_overtaken_retires_no_cluster(gmc: Cluster) -> None:
    beta = SeenCluster(Ref("Cluster", "org-acme", "beta", "uid-beta"), host="192.0.2.9")
    record(Look(gmc, whole(gmc, [beta]), minutes(1), 0.1))
    record(Look(gmc, whole(gmc, []), minutes(0), 90))
    assert Cluster.objects.get(path="gmc/org-acme/beta").retired_at is None


def test_a_cluster_that_comes_back_is_seen_again_though_nothing_of_it_changed(gmc: Cluster) -> None:
    listed = SeenCluster(Ref("Cluster", "org-acme", "beta", "uid-beta"), host="192.0.2.9")
    service = SeenService(Ref("Service", "shop", "web", "uid"), annotation="192.0.2.7")
    record(Look(gmc, whole(gmc, [listed]), minutes(0), 0.1))
    beta = Cluster.objects.get(path="gmc/org-acme/beta")
    # Its own poll begins after the look at gmc that will find it gone.
    record(Look(beta, whole(beta, [service]), minutes(1.2), 0.1))
    record(Look(gmc, whole(gmc, []), minutes(1), 60))
    assert not Occupancy.objects.of(beta).now().exists()
    record(Look(gmc, whole(gmc, [listed]), minutes(2), 0.1))
    record(Look(beta, whole(beta, [service]), minutes(3), 0.1))
    assert Occupancy.objects.of(beta).now().count() == 1


def test_a_kind_that_is_no_longer_installed_ends_nothing(gmc: Cluster) -> None:
    listed = SeenCluster(Ref("Cluster", "org-acme", "beta", "uid-beta"), host="192.0.2.9")
    record(Look(gmc, whole(gmc, [listed]), minutes(0), 0.1))
    observation = whole(gmc, [])
    removed = Observation({**observation.kinds, "Cluster": Read(installed=False)})
    record(Look(gmc, removed, minutes(1), 0.1))
    assert Cluster.objects.get(path="gmc/org-acme/beta").retired_at is None
    assert Occupancy.objects.of(gmc).now().count() == 1


def test_an_object_without_a_name_may_be_any_that_is_missing(gmc: Cluster) -> None:
    service = SeenService(Ref("Service", "shop", "web", "uid"), annotation="192.0.2.7")
    record(Look(gmc, whole(gmc, [service]), minutes(0), 0.1))
    unnamed = Read(unreadable=(Unreadable("Service", "", UNNAMED, "not an object"),))
    record(Look(gmc, Observation({**whole(gmc, []).kinds, "Service": unnamed}), minutes(1), 0.1))
    assert Occupancy.objects.of(gmc).now().count() == 1


@pytest.mark.parametrize(("addresses", "prefix"), [(("192.0.2.1-192.0.2.9",), 64), ((), 24)])
def test_an_odd_pool_does_not_blind_its_segment(
    gmc: Cluster, addresses: tuple[str, ...], prefix: int
) -> None:
    pool = SeenPool(Ref("GlobalInClusterIPPool", "", "odd", "uid"), addresses, prefix)
    record(Look(gmc, whole(gmc, [pool]), minutes(0), 0.1))
    assert watch(gmc.segment, policy=policy(), at=minutes(1)).changed == ()
