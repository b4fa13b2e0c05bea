"""200 workload clusters of which 20 are dead, each in its own way: no other is read later or less for it."""

import random
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from ipviz.inventory.models import Snapshot
from tests.redis import RedisServer
from tests.story.crowd import AFTER_THE_FIRST, ENDLESS, MANAGEMENT, WAYS, WELL, Crowd
from tests.story.workers import workers

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 200
DEADLINE = timedelta(seconds=8)
# Two that hang, one after the other, would take another whole deadline.
SLACK = DEADLINE * 0.75
OUT_OF_TIME = f"took longer than {DEADLINE.seconds} s in all|did not answer for .* in time"
REASONS = dict.fromkeys(ENDLESS, OUT_OF_TIME) | {
    "refused": "Connection refused",
    "unknown authority": "not signed by the authority that its kubeconfig names",
    "plain HTTP": "does not speak TLS",
    "no Secret": "is not there",
    "runs a program": "exec runs a program",
    "wrong token": r"\(401\)",
    "429": r"\(429\)",
    "500": r"\(500\)",
    "redirect": "302",
    "not JSON": "not the JSON",
    "endless body": "too large",
    "cut": "cut off",
    "hangs up": "the connection broke",
}
KINDS_OF_A_WELL_ONE = {"Namespace": 1, "Node": 3, "Service": 1}


def members(order: str) -> dict[str, str]:
    """Who is well and who is how dead; they are polled in the order of their names."""
    hows = [WELL] * (MANY - len(WAYS))
    hows = [*WAYS, *hows] if order == "first" else [*hows, *WAYS]
    if order == "among the others":
        random.Random(20).shuffle(hows)
    return {f"c{number:03}": how for number, how in enumerate(hows)}


@dataclass(frozen=True, slots=True)
class Told:
    """What one round has left of the crowd."""

    crowd: Crowd
    snapshots: Mapping[str, Snapshot]

    @classmethod
    def of(cls, crowd: Crowd) -> "Told":
        rows = Snapshot.objects.select_related("cluster").exclude(cluster__path=MANAGEMENT)
        snapshots = {row.cluster.path: row for row in rows}
        assert len(snapshots) == len(rows), "a cluster was read twice"
        return cls(crowd, snapshots)

    def ended(self, paths: Any) -> datetime:
        """When the last of these was read."""
        return max(self.snapshots[path].taken_at + self.took(path) for path in paths)

    def took(self, path: str) -> timedelta:
        return timedelta(seconds=self.snapshots[path].seconds)


def assert_the_well_are_whole(told: Told) -> None:
    assert set(told.snapshots) == told.crowd.well | set(told.crowd.dead)
    assert len(told.crowd.well) == MANY - len(WAYS)
    for path in told.crowd.well:
        snapshot = told.snapshots[path]
        assert (snapshot.outcome, snapshot.unread) == ("whole", []), path
        assert {kind: n for kind, n in snapshot.counts.items() if n} == KINDS_OF_A_WELL_ONE, path


def assert_the_dead_say_why(told: Told) -> None:
    """Each in its own words, in whichever order they come."""
    for path, how in told.crowd.dead.items():
        snapshot = told.snapshots[path]
        assert snapshot.outcome == ("partial" if how in AFTER_THE_FIRST else "failed"), how
        reasons = [snapshot.error] if snapshot.error else [each["reason"] for each in snapshot.unread]
        assert reasons, how
        assert all(re.search(REASONS[how], reason) for reason in reasons), (how, reasons)


def say_how_long(told: Told) -> None:
    """The figures, for who runs it with `-s` (make drill)."""
    begun = min(each.taken_at for each in told.snapshots.values())
    well, dead = told.crowd.well, told.crowd.dead
    sys.stdout.write(
        f"\n{len(well)} well and {len(dead)} dead: the last of the well read after "
        f"{told.ended(well) - begun}, the last of the dead after {told.ended(dead) - begun}; "
        f"the slowest of the well took {max(map(told.took, well))}, of the dead {max(map(told.took, dead))}\n"
    )


def assert_in_time(told: Told) -> None:
    """Nobody waits for one that hangs, and the round ends one deadline after the last of the well at most."""
    say_how_long(told)
    assert told.ended(told.snapshots) <= told.ended(told.crowd.well) + DEADLINE + SLACK
    hanging = [path for path, how in told.crowd.dead.items() if how in ENDLESS]
    first_to_end = min(told.ended([path]) for path in hanging)
    assert any(told.ended([path]) < first_to_end for path in told.crowd.well), "all waited for the dead"
    for path, how in told.crowd.dead.items():
        assert told.took(path) <= DEADLINE + SLACK, how
        assert how not in ENDLESS or told.took(path) >= DEADLINE / 2, how


@pytest.fixture
def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crowd]:
    """Registered, in the order that the test is given."""
    with Crowd(members(request.param)) as playing:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(playing.kubeconfig)
        call_command("cluster", "add", MANAGEMENT, "--kubeconfig", str(kubeconfig))
        yield playing


@pytest.mark.parametrize("crowd", ["first", "among the others"], indirect=True)
def test_one_round_in_one_process(crowd: Crowd, settings: Settings) -> None:
    settings.POLL_DEADLINE = DEADLINE
    with pytest.raises(SystemExit):
        call_command("poll")
    told = Told.of(crowd)
    assert_the_well_are_whole(told)
    assert_the_dead_say_why(told)
    assert_in_time(told)


@pytest.mark.requires("redis-server")
@pytest.mark.parametrize("crowd", ["first"], indirect=True)
def test_one_round_with_two_workers(crowd: Crowd, redis: RedisServer, tmp_path: Path) -> None:
    with workers(
        tmp_path,
        redis.url,
        "anna",
        "bert",
        IPVIZ_POLL_DEADLINE_SECONDS=str(DEADLINE.seconds),
        IPVIZ_POLL_INTERVAL_SECONDS="600",
    ) as running:
        running.tick()
        wells = Snapshot.objects.filter(cluster__path__in=crowd.well)
        running.wait_until(lambda: wells.count() == len(crowd.well))
        running.wait_until(lambda: Snapshot.objects.count() == 1 + MANY)
    told = Told.of(crowd)
    assert_the_well_are_whole(told)
    assert_the_dead_say_why(told)
    assert_in_time(told)
