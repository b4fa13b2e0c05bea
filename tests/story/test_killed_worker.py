"""A worker killed in mid-round leaves nothing half done, and what it was at is done in the next round."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from ipviz.clusters.models import Cluster
from ipviz.inventory.models import Occupancy, Snapshot, Version
from tests.redis import RedisServer
from tests.story.crowd import MANAGEMENT, WELL, Crowd, path_of
from tests.story.workers import Workers, workers

pytestmark = [pytest.mark.requires("redis-server"), pytest.mark.django_db(transaction=True)]

# More than one worker has threads for, so that both have some of them.
HALF = 20
READING = [f"reading-{number:02}" for number in range(HALF)]
STORING = [f"storing-{number:02}" for number in range(HALF)]
# Long enough for all to reach the gate, and a lease lasts half a minute longer.
SETTINGS = {"IPVIZ_POLL_DEADLINE_SECONDS": "20", "IPVIZ_POLL_INTERVAL_SECONDS": "30"}


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Crowd]:
    with Crowd(dict.fromkeys([*READING, *STORING], WELL)) as playing:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(playing.kubeconfig)
        call_command("cluster", "add", MANAGEMENT, "--kubeconfig", str(kubeconfig))
        yield playing


@contextmanager
def storing_waits() -> Iterator[None]:
    """As far into it as the database lets others come: SQLite to its beginning, PostgreSQL to its middle.

    There the objects are written then, and what they say of addresses and the snapshot are not.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE ipviz_occupancy IN SHARE MODE")
        yield


def waiting_to_store() -> int:
    """How many wait there, as far as the database can tell."""
    if connection.vendor != "postgresql":
        return HALF
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ipviz_occupancy'::regclass"
        )
        return int(cursor.fetchone()[0])


def all_at_the_gate(running: Workers, crowd: Crowd) -> None:
    crowd.close_gate()
    running.tick()
    running.wait_until(lambda: crowd.at_the_gate() == sorted(crowd.well))


def kill_while_storing(running: Workers, crowd: Crowd) -> datetime:
    """Kill anna while one half of the clusters is read and the other half stored, by her and by bert."""
    with storing_waits():
        crowd.open_gate("storing")
        running.wait_until(lambda: crowd.at_the_gate() == [path_of(name) for name in READING])
        running.wait_until(lambda: waiting_to_store() == HALF)
        running.running["anna"].kill()
        killed_at = timezone.now()
    crowd.open_gate()
    return killed_at


def read_since(moment: datetime) -> set[str]:
    return set(Snapshot.objects.filter(taken_at__gt=moment).values_list("cluster__path", flat=True))


def assert_none_is_doubled() -> None:
    """No two polls of one cluster that were stored overlap."""
    for cluster in Cluster.objects.all():
        ended = None
        for taken_at, seconds in cluster.snapshots.order_by("taken_at").values_list("taken_at", "seconds"):
            assert ended is None or ended <= taken_at, cluster
            ended = taken_at + timedelta(seconds=seconds)


def assert_none_is_half_stored() -> None:
    """What stands is what the last snapshot counts, and began with a snapshot that is there."""
    for cluster in Cluster.objects.all():
        last = cluster.snapshots.first()
        assert last
        assert last.outcome == "whole", (cluster, last.error, last.unread)
        standing = Version.objects.of(cluster).now()
        counted = Counter(standing.values_list("kind", flat=True))
        assert counted == {kind: count for kind, count in last.counts.items() if count}, cluster
        occupancies = Occupancy.objects.of(cluster).now()
        moments = set(cluster.snapshots.values_list("taken_at", flat=True))
        for rows in (standing, occupancies):
            assert set(rows.values_list("seen_from", flat=True)) <= moments, cluster
        if not cluster.is_management:
            assert sorted(occupancies.values_list("kind", flat=True)) == ["Node"] * 3 + ["Service"]


def test_what_a_killed_worker_was_at_is_polled_in_the_next_round(
    crowd: Crowd, redis: RedisServer, tmp_path: Path
) -> None:
    with workers(tmp_path, redis.url, "anna", "bert", **SETTINGS) as running:
        all_at_the_gate(running, crowd)

        # What is sent twice is polled once.
        running.wait_until(lambda: redis.undone() == len(crowd.well))
        running.poll(*Cluster.objects.filter(path__in=map(path_of, READING)).values_list("pk", flat=True))
        running.wait_until(lambda: redis.undone() == len(crowd.well))
        assert crowd.at_the_gate() == sorted(crowd.well)

        killed_at = kill_while_storing(running, crowd)

        # bert ends what he was at; of what anna was at nothing is there.
        running.wait_until(lambda: running.is_idle("bert"))
        done = set(Snapshot.objects.values_list("cluster__path", flat=True)) - {MANAGEMENT}
        lost = crowd.well - done
        assert done
        assert lost  # so many that one worker alone cannot have had all
        assert not Version.objects.filter(cluster__path__in=lost).exists()
        assert not Occupancy.objects.filter(cluster__path__in=lost).exists()
        assert Snapshot.objects.count() == 1 + len(done)

        # The next round, when her leases have run out.
        running.wait_until(lambda: read_since(killed_at) == crowd.well | {MANAGEMENT}, ticking=True)
        sys.stdout.write(
            f"\nanna was killed at {len(lost)} of {len(crowd.well)} clusters; all were read again within "
            f"{timezone.now() - killed_at}\n"
        )
        running.wait_until(lambda: running.is_idle("bert"))
    assert_none_is_doubled()
    assert_none_is_half_stored()
