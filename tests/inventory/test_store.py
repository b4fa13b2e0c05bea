"""What a poll leaves in the tables."""

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Observation, Read, Ref, SeenService, Unreadable
from ipviz.inventory.models import Change, Occupancy, Version
from ipviz.inventory.store import forget, store
from tests.factories import management_cluster, minutes, see, whole, workload_cluster

pytestmark = pytest.mark.django_db


@pytest.fixture
def beta() -> Cluster:
    return workload_cluster(management_cluster(), "beta")


def service(address: str, name: str = "web") -> SeenService:
    return SeenService(
        Ref("Service", "shop", name, f"uid-{name}"), annotation=address, ingress=(Ingress(address),)
    )


def held(cluster: Cluster) -> list[str]:
    return [str(row.span) for row in Occupancy.objects.of(cluster).now()]


def test_what_is_seen_first_is_held_from_the_moment_reading_began(beta: Cluster) -> None:
    stored = see(beta, service("192.0.2.7"), at=minutes(0))
    assert (stored.added, stored.altered, stored.gone) == (1, 0, 0)
    (row,) = Occupancy.objects.of(beta)
    assert (str(row.span), row.role, row.seen_from, row.seen_until) == ("192.0.2.7", "SVC", minutes(0), None)
    assert (row.consumer_cluster, row.purpose) == ("gmc/org-acme/beta", "svc-lb")


def test_an_unchanged_poll_writes_its_snapshot_and_nothing_else(
    beta: Cluster, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    rows = list(Version.objects.values_list("pk", "seen_from")), list(Occupancy.objects.values_list("pk"))
    with django_assert_num_queries(6):  # savepoint, lock, last snapshot, digests, insert, release
        see(beta, service("192.0.2.7"), at=minutes(1))
    assert (
        list(Version.objects.values_list("pk", "seen_from")),
        list(Occupancy.objects.values_list("pk")),
    ) == rows
    assert beta.snapshots.count() == 2


def test_a_changed_address_ends_one_occupant_and_begins_another(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.8"), at=minutes(1))
    assert held(beta) == ["192.0.2.8"]
    (before,) = Occupancy.objects.of(beta).as_seen(minutes(0.5))
    assert (str(before.span), before.seen_until) == ("192.0.2.7", minutes(1))
    assert Version.objects.of(beta).count() == 2


def test_an_address_keeps_its_beginning_while_other_things_of_the_object_change(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    again = replace(service("192.0.2.7"), created_at="2026-01-01T00:00:00Z")
    see(beta, again, at=minutes(1))
    (row,) = Occupancy.objects.of(beta).now()
    assert row.seen_from == minutes(0)
    assert Version.objects.of(beta).count() == 2


def test_an_address_that_another_node_announces_is_held_since_it_was(beta: Cluster) -> None:
    see(beta, replace(service("192.0.2.7"), holder="node-1"), at=minutes(0))
    see(beta, replace(service("192.0.2.7"), holder="node-2"), at=minutes(1))
    (row,) = Occupancy.objects.of(beta).now()
    assert (row.since, row.facts["holder"]) == (minutes(0), "node-2")
    (before,) = Occupancy.objects.of(beta).as_seen(minutes(0.5))
    assert (before.since, before.facts["holder"]) == (minutes(0), "node-1")
    assert not Occupancy.objects.of(beta).ended(), "it is still held"


def test_what_a_whole_list_no_longer_has_is_gone(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    assert see(beta, at=minutes(1)).gone == 1
    assert held(beta) == []


def test_a_kind_that_could_not_be_listed_stays_as_it_was_known(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    stored = see(beta, at=minutes(1), unread=("Service",))
    assert held(beta) == ["192.0.2.7"]
    assert stored.snapshot.outcome == "partial"
    assert stored.snapshot.unread == [{"kind": "Service", "reason": "403 Forbidden"}]
    assert stored.snapshot.kinds["Service"]["read_at"] == minutes(0).isoformat()
    assert see(beta, at=minutes(2)).gone == 1


def test_a_cluster_that_could_not_be_read_at_all_keeps_everything(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    failed = store(beta, Observation(error="connection refused"), taken_at=minutes(1), seconds=5)
    assert failed.snapshot.outcome == "failed"
    assert failed.snapshot.error == "connection refused"
    assert {"kind": "Service", "reason": "connection refused"} in failed.snapshot.unread
    assert failed.snapshot.kinds["Service"]["read_at"] == minutes(0).isoformat()
    assert held(beta) == ["192.0.2.7"]


def test_an_object_that_is_not_understood_keeps_its_row_and_is_named(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), service("192.0.2.9", "other"), at=minutes(0))
    read = Read((service("192.0.2.9", "other"),), (Unreadable("Service", "shop", "web", "no spec"),))
    observation = whole(beta, [])
    stored = store(
        beta, Observation({**observation.kinds, "Service": read}), taken_at=minutes(1), seconds=0.1
    )
    assert held(beta) == ["192.0.2.7", "192.0.2.9"]
    assert stored.snapshot.unreadable == [
        {"kind": "Service", "namespace": "shop", "name": "web", "reason": "no spec"}
    ]
    see(beta, service("192.0.2.9", "other"), at=minutes(2))
    assert held(beta) == ["192.0.2.9"]


def test_a_service_made_anew_is_another_object_at_the_same_address(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    anew = SeenService(Ref("Service", "shop", "web", "another-uid"), annotation="192.0.2.7")
    stored = see(beta, anew, at=minutes(1))
    assert (stored.added, stored.gone) == (1, 1)
    assert held(beta) == ["192.0.2.7"]


def test_a_cluster_that_is_gone_holds_nothing_and_one_that_comes_back_starts_anew(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    forget(beta, at=minutes(1), why="its Cluster is gone")
    assert held(beta) == []
    assert Version.objects.of(beta).now().count() == 0
    see(beta, service("192.0.2.7"), at=minutes(2))
    assert held(beta) == ["192.0.2.7"]


def test_a_poll_that_was_overtaken_by_a_later_one_changes_nothing(beta: Cluster) -> None:
    see(beta, service("192.0.2.8"), at=minutes(1))
    assert not see(beta, service("192.0.2.7"), at=minutes(0)).is_changed
    assert held(beta) == ["192.0.2.8"]
    assert beta.snapshots.count() == 1


def told(cluster: Cluster) -> list[tuple[str, str, str]]:
    return [(each.what, each.kind, each.name) for each in Change.objects.of(cluster).order_by("at", "id")]


def test_what_is_found_at_the_first_look_has_not_appeared(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    assert told(beta) == []


def test_the_first_object_of_a_list_that_was_empty_has_appeared(beta: Cluster) -> None:
    see(beta, at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(1))
    assert told(beta) == [("appeared", "Service", "web")]


def test_what_appears_changes_and_goes_is_told_with_what_differs(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), service("192.0.2.9", name="api"), at=minutes(1))
    see(beta, service("192.0.2.8"), service("192.0.2.9", name="api"), at=minutes(2))
    see(beta, service("192.0.2.8"), at=minutes(3))
    assert told(beta) == [
        ("appeared", "Service", "api"),
        ("changed", "Service", "web"),
        ("went", "Service", "api"),
    ]
    changed = Change.objects.get(what="changed")
    assert changed.at == minutes(2)
    assert changed.differences == [
        ["annotation", "192.0.2.7", "192.0.2.8"],
        ["ingress", "192.0.2.7", "192.0.2.8"],
    ]


def test_what_was_not_listed_has_not_gone_and_a_cluster_that_is_lost_and_found_is_told_once(
    beta: Cluster,
) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, at=minutes(1), unread=("Service",))
    for minute in (2, 3):
        store(beta, Observation(error="no route to host"), taken_at=minutes(minute), seconds=1)
    see(beta, service("192.0.2.7"), at=minutes(4))
    assert told(beta) == [("unreadable", "", "beta"), ("readable", "", "beta")]
    assert Change.objects.get(what="unreadable").reason == "no route to host"


def test_only_a_snapshot_with_news_is_marked_as_changed(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(1))
    see(beta, service("192.0.2.7"), at=minutes(2), unread=("Service",))
    see(beta, service("192.0.2.7"), at=minutes(3), unread=("Service",))
    see(beta, service("192.0.2.7"), at=minutes(4))
    see(beta, service("192.0.2.8"), at=minutes(5))
    changed = beta.snapshots.order_by("taken_at").values_list("changed", flat=True)
    assert list(changed) == [True, False, True, False, True, True]


def test_a_kind_that_is_not_read_any_longer_says_when_it_last_was(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(1))
    for minute in (2, 3):
        see(beta, service("192.0.2.7"), at=minutes(minute), unread=("Service",))
    last = beta.snapshots.first()
    assert last is not None
    assert (last.read_at("Service"), last.read_at("Node")) == (minutes(1), minutes(3))


def many(count: int, changed: range) -> list[SeenService]:
    """Each on an address of its own; those that changed on another than the rest would be."""
    return [
        service(
            f"10.0.{number // 250 + (4 if number in changed else 0)}.{1 + number % 250}", name=f"web-{number}"
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("changes", [1, 10, 100])
def test_what_is_written_goes_by_what_changed_and_not_by_what_there_is(
    beta: Cluster, changes: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    see(beta, *many(1000, range(0)), at=minutes(0))
    before = Version.objects.count(), Occupancy.objects.count()
    with django_assert_max_num_queries(22):
        see(beta, *many(1000, range(changes)), at=minutes(1))
    after = Version.objects.count(), Occupancy.objects.count()
    assert after == (before[0] + changes, before[1] + changes)
    assert Version.objects.filter(seen_until=minutes(1)).count() == changes
    assert Change.objects.count() == changes
