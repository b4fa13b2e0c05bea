"""One poll: whatever a cluster does, and whatever we do wrong, it ends in a snapshot."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import OperationalError, connection

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import (
    Observation,
    Read,
    Ref,
    Seen,
    SeenCluster,
    SeenNamespace,
    SeenPool,
    SeenService,
    Unreadable,
)
from ipviz.inventory.models import Occupancy
from ipviz.inventory.querysets import SnapshotQuerySet
from ipviz.kube.errors import Unreachable
from ipviz.kube.parse import UNNAMED
from ipviz.kube.source import Source
from ipviz.polling.look import Look, look
from ipviz.polling.policy import policy
from ipviz.polling.poll import Polled, begin, poll, record
from ipviz.polling.watch import watch
from tests.factories import management_cluster, minutes, see, whole, workload_cluster

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


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often, and at once."""
    monkeypatch.setattr("ipviz.polling.poll.PAUSES", (0.0, 0.0, 0.0))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("faults", "is_stored"), [(0, True), (3, True), (4, False)])
def test_what_was_read_is_not_lost_to_a_database_that_is_busy_for_a_moment(
    gmc: Cluster, monkeypatch: pytest.MonkeyPatch, faults: int, is_stored: bool
) -> None:
    reads, busy = [], [OperationalError("database is locked")] * faults

    def once(cluster: Cluster, **when: Any) -> Look:
        reads.append(cluster)
        return look(cluster, open_source=broken, **when)

    def store(seen: Look) -> Polled:
        if busy:
            raise busy.pop()
        return record(seen)

    monkeypatch.setattr("ipviz.polling.poll.look", once)
    monkeypatch.setattr("ipviz.polling.poll.record", store)
    with nullcontext() if is_stored else pytest.raises(OperationalError):
        poll(gmc, at=minutes(1))
    assert gmc.snapshots.exists() is is_stored
    assert len(reads) == 1, "it is not read again"


@pytest.mark.usefixtures("impatient")
def test_a_poll_is_not_lost_to_a_database_that_is_busy_when_it_begins(
    gmc: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [OperationalError("database is locked")]

    def once_more(cluster: Cluster, **when: Any) -> Any:
        if busy:
            raise busy.pop()
        return begin(cluster, **when)

    monkeypatch.setattr("ipviz.polling.poll.begin", once_more)
    assert poll(gmc, at=minutes(1)) is not None
    assert gmc.snapshots.exists()


@pytest.mark.usefixtures("impatient")
def test_a_lease_is_not_kept_from_who_took_it_and_lost_the_database_right_after(
    gmc: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [OperationalError("terminating connection due to administrator command")]
    last_taken = SnapshotQuerySet.last_taken

    def lost_once(snapshots: SnapshotQuerySet) -> Any:
        if lost:
            raise lost.pop()
        return last_taken(snapshots)

    monkeypatch.setattr(SnapshotQuerySet, "last_taken", lost_once)
    assert poll(gmc, at=minutes(1)) is not None
    assert gmc.snapshots.exists()


@pytest.mark.django_db(transaction=True)
def test_a_poll_keeps_no_connection_to_the_database_while_it_waits_for_its_cluster(
    gmc: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)  # as it is for a PostgreSQL
    kept: list[object] = []

    def silent(cluster: Cluster) -> Source:
        kept.append(connection.connection)
        raise Unreachable("it is silent")

    monkeypatch.setattr("ipviz.polling.look.source_of", silent)
    polled = poll(Cluster.objects.to_read().get(pk=gmc.pk), at=minutes(1))
    assert kept == [None]
    assert polled is not None
    assert polled.stored is not None


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
    (changed,) = watch(gmc.segment, policy=policy(), at=minutes(1)).changed
    assert changed.finding.title == "Pool odd of gmc hands out nothing more"


def identified(cluster: Cluster, uid: str, *records: Seen) -> Observation:
    return whole(cluster, [SeenNamespace(Ref("Namespace", "", "kube-system", uid)), *records])


def test_a_cluster_that_is_moved_keeps_what_was_seen_in_it(gmc: Cluster) -> None:
    other = management_cluster("other")
    listed = SeenCluster(Ref("Cluster", "org-acme", "beta", "uid-beta"), host="192.0.2.9")
    service = SeenService(Ref("Service", "shop", "web", "uid"), annotation="192.0.2.7")
    record(Look(gmc, whole(gmc, [listed]), minutes(0), 0.1))
    first = Cluster.objects.get(path="gmc/org-acme/beta")
    record(Look(first, identified(first, "uid-1", service), minutes(1), 0.1))
    record(Look(other, whole(other, [listed]), minutes(2), 0.1))
    second = Cluster.objects.get(path="other/org-acme/beta")
    polled = record(Look(second, identified(second, "uid-1", service), minutes(3), 0.1))
    assert polled.why == f"the same cluster as {first}, which is read already"

    record(Look(gmc, whole(gmc, []), minutes(4), 0.1))
    second.refresh_from_db()
    assert second.same_as is None
    last = second.snapshots.first()
    assert last is not None
    assert (last.outcome, last.taken_at) == ("whole", minutes(1))
    (row,) = Occupancy.objects.of(second).now().with_role("SVC")
    assert (row.seen_from, row.consumer_cluster) == (minutes(1), second.path)
    record(Look(second, identified(second, "uid-1", service), minutes(5), 0.1))
    assert Occupancy.objects.of(second).now().with_role("SVC").get().seen_from == minutes(1)


def test_another_cluster_that_answers_in_its_place_ends_nothing_of_it(gmc: Cluster) -> None:
    alpha, beta = workload_cluster(gmc, "alpha"), workload_cluster(gmc, "beta")
    service = SeenService(Ref("Service", "shop", "web", "uid"), annotation="192.0.2.7")
    record(Look(alpha, identified(alpha, "uid-a"), minutes(0), 0.1))
    record(Look(beta, identified(beta, "uid-b", service), minutes(0), 0.1))
    polled = record(Look(beta, identified(beta, "uid-a"), minutes(1), 0.1))
    assert polled.stored is not None
    assert polled.stored.snapshot.error == "gmc/org-acme/alpha answers in its place"
    assert Occupancy.objects.of(beta).now().count() == 1
    beta.refresh_from_db()
    assert (beta.uid, beta.same_as) == ("uid-b", None)
    assert record(Look(beta, identified(beta, "uid-b", service), minutes(2), 0.1)).is_whole
