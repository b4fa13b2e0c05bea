"""What is let go of, and what stays."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Observation, Ref, SeenService
from ipviz.inventory import keeping
from ipviz.inventory.keeping import keep
from ipviz.inventory.models import Change, Feed, Occupancy, Snapshot, Version
from ipviz.inventory.store import store
from tests.factories import management_cluster, minutes, see, workload_cluster

pytestmark = pytest.mark.django_db

LONG = timedelta(days=400)


@pytest.fixture
def beta() -> Cluster:
    return workload_cluster(management_cluster(), "beta")


def service(address: str) -> SeenService:
    return SeenService(Ref("Service", "shop", "web", "uid"), annotation=address, ingress=(Ingress(address),))


def taken(cluster: Cluster) -> list[datetime]:
    return list(cluster.snapshots.order_by("taken_at").values_list("taken_at", flat=True))


def test_of_snapshots_that_say_nothing_new_the_first_of_each_hour_stays(beta: Cluster) -> None:
    for minute in range(0, 180, 10):
        see(beta, service("192.0.2.7"), at=minutes(minute))
    keep(minutes(179), history=LONG)
    # 9:00 is the first of all; of what is younger than an hour each stays.
    assert taken(beta) == [minutes(each) for each in (0, 60, 120, 130, 140, 150, 160, 170)]


def test_a_snapshot_with_news_or_a_failure_stays(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(1))
    see(beta, service("192.0.2.8"), at=minutes(2))
    for minute in (3, 4):
        store(beta, Observation(error="no route to host"), taken_at=minutes(minute), seconds=1)
    for minute in (5, 6):
        see(beta, service("192.0.2.8"), at=minutes(minute))
    for minute in (7, 8):
        see(beta, service("192.0.2.8"), at=minutes(minute), unread=("Service",))
    see(beta, service("192.0.2.8"), at=minutes(9))
    keep(minutes(200), history=LONG)
    assert taken(beta) == [minutes(each) for each in (0, 2, 3, 4, 5, 7, 9)]


def test_the_last_snapshot_stays_however_old_and_idle(beta: Cluster) -> None:
    for minute in (0, 1, 2):
        see(beta, service("192.0.2.7"), at=minutes(minute))
    keep(minutes(500), history=timedelta(hours=2))
    assert taken(beta) == [minutes(2)]


def test_what_ended_before_the_history_begins_goes_and_what_stands_stays(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.8"), at=minutes(10))
    see(beta, service("192.0.2.9"), at=minutes(20))
    keep(minutes(75), history=timedelta(hours=1))
    held = [str(row.span) for row in Occupancy.objects.of(beta).order_by("seen_from")]
    assert held == ["192.0.2.8", "192.0.2.9"]
    assert Version.objects.of(beta).count() == 2
    assert [row.at for row in Change.objects.of(beta)] == [minutes(20)]
    keep(minutes(100_000), history=timedelta(hours=1))
    assert [str(row.span) for row in Occupancy.objects.of(beta)] == ["192.0.2.9"]
    assert Version.objects.of(beta).now().count() == 1


def test_a_moment_within_the_history_is_told_whole(beta: Cluster) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.8"), at=minutes(10))
    keep(minutes(65), history=timedelta(hours=1))
    assert [str(row.span) for row in Occupancy.objects.of(beta).as_seen(minutes(6))] == ["192.0.2.7"]


def test_a_second_time_there_is_nothing_left_to_do(beta: Cluster) -> None:
    for minute in range(0, 180, 10):
        see(beta, service("192.0.2.7"), at=minutes(minute))
    assert keep(minutes(179), history=LONG) == 10
    assert keep(minutes(179), history=LONG) == 0


def test_much_goes_in_batches_and_the_rest_the_next_time(
    beta: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BATCH", 3)
    monkeypatch.setattr(keeping, "BATCHES", 2)
    for minute in range(20):
        see(beta, service("192.0.2.7"), at=minutes(minute))
    gone = [keep(minutes(200), history=LONG) for _ in range(5)]
    assert gone == [6, 6, 6, 0, 0]  # the first of the hour and the last one stay


def test_to_look_for_nothing_costs_a_query_a_table(
    beta: Cluster, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    see(beta, service("192.0.2.7"), at=minutes(0))
    with django_assert_num_queries(5):
        keep(minutes(10), history=LONG)
    assert Snapshot.objects.count() == 1


def test_the_feed_knows_up_to_where_changes_were_let_go_of(beta: Cluster) -> None:
    for minute, address in ((0, "192.0.2.7"), (10, "192.0.2.8"), (20, "192.0.2.9"), (30, "192.0.2.10")):
        see(beta, service(address), at=minutes(minute))
    assert Feed.objects.forgotten_of(Feed.Name.CHANGES) == 0
    keep(minutes(85), history=timedelta(hours=1))
    assert list(Change.objects.values_list("pk", flat=True)) == [3]
    assert Feed.objects.forgotten_of(Feed.Name.CHANGES) == 2
    keep(minutes(86), history=timedelta(hours=1))
    assert Feed.objects.forgotten_of(Feed.Name.CHANGES) == 2
