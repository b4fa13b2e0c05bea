"""One poll: whatever a cluster does, and whatever we do wrong, it ends in a snapshot."""

import pytest

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ref, SeenCluster, SeenService
from ipviz.inventory.models import Occupancy
from ipviz.kube.source import Source
from ipviz.polling.poll import Look, look, record
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
