"""Celery's doors: what is due is started once, and a suspicion is looked at again at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connections

from ipviz.alerts.policy import Policy
from ipviz.celery import app, share_connections
from ipviz.clusters.models import Cluster, Segment
from ipviz.findings.models import Finding
from ipviz.inventory.models import Snapshot
from ipviz.polling import tasks
from ipviz.polling.demo import offer_demo
from ipviz.polling.tasks import ask_to_judge, poll_cluster, tick, watch_segment
from ipviz.polling.watch import Watched
from tests.factories import NINE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Tasks run where they are sent."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=True) as moved:
        yield moved


def test_ticks_read_the_demo_and_open_its_collisions(clock: time_machine.Traveller) -> None:
    offer_demo()
    tick()
    read = {snapshot.cluster for snapshot in Snapshot.objects.select_related("cluster")}
    assert read == set(Cluster.objects.readable().first_roads())
    assert Finding.objects.filter(finding_class="collision", status="open").exists()
    assert not Finding.objects.suspected().exists()


def test_a_cluster_that_nobody_reads_any_more_is_told_so(clock: time_machine.Traveller) -> None:
    """Nothing is read any more, so that nothing but time asks for a judgement."""
    offer_demo()
    tick()
    Cluster.objects.update(next_poll_at=NINE + timedelta(days=9))
    clock.shift(timedelta(hours=2))
    tick()
    assert not Finding.objects.filter(rule="B1", title__contains="tried").exists()
    ask_to_judge()
    tick()
    assert Finding.objects.filter(rule="B1", parties__cluster_path="gmc").exists()


def test_a_cluster_is_due_once_an_interval(clock: time_machine.Traveller) -> None:
    offer_demo()
    gmc = Cluster.objects.get(path="gmc")
    tick()
    tick()
    polls = gmc.snapshots.count()
    clock.shift(settings.POLL_INTERVAL * 1.5 + timedelta(seconds=1))
    tick()
    assert gmc.snapshots.count() == polls + 1


def test_a_judgement_that_was_not_asked_for_is_not_made() -> None:
    offer_demo()
    segment = Segment.objects.get()
    watch_segment(segment.pk)
    assert not Finding.objects.exists()


def test_what_is_asked_during_a_judgement_is_judged_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer_demo()
    segment = Segment.objects.get()
    Segment.objects.all().ask_to_judge()
    judged: list[datetime] = []

    def judging(segment: Segment, *, policy: Policy, at: datetime) -> Watched:
        if not judged:
            Segment.objects.all().ask_to_judge()
        judged.append(at)
        return Watched((), ())

    monkeypatch.setattr(tasks, "watch", judging)
    watch_segment(segment.pk)
    assert len(judged) == 1
    tick()
    assert len(judged) > 1
    assert not Segment.objects.to_judge().exists()


def test_a_judgement_that_fails_is_still_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    offer_demo()
    segment = Segment.objects.get()
    Segment.objects.all().ask_to_judge()

    def failing(segment: Segment, *, policy: Policy, at: datetime) -> Watched:
        raise RuntimeError("planted")

    monkeypatch.setattr(tasks, "watch", failing)
    with pytest.raises(RuntimeError):
        watch_segment(segment.pk)
    assert Segment.objects.to_judge().exists()


def test_a_cluster_that_is_gone_meanwhile_is_nobodys_fault() -> None:
    poll_cluster(0)


def test_a_worker_shares_few_connections_to_postgresql_and_keeps_its_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"sslmode": "require"},
        "CONN_MAX_AGE": 60,
    }
    monkeypatch.setitem(connections.settings, "default", database)
    share_connections()
    assert database["CONN_MAX_AGE"] == 0
    assert database["OPTIONS"] == {
        "sslmode": "require",
        "pool": {"min_size": 1, "max_size": 16, "timeout": 60},
    }
