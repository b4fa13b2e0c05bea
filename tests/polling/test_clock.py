"""A clock that is set back by an hour: nothing waits until it has caught up, and two looks stay two."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from celery import Celery
from django.db.models import F

from ipviz.alerts.announce import announce
from ipviz.alerts.gather import gather
from ipviz.alerts.models import Delivery
from ipviz.clusters.leases import Pace, claim_turn, take
from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Snapshot
from ipviz.polling.beat import Scheduler
from ipviz.polling.policy import policy
from ipviz.polling.poll import begin
from ipviz.polling.watch import watch
from tests.alerts.stories import ANNA, AT, HOUR, MINUTE, POLICY, opens, subscribed, suspected
from tests.factories import management_cluster, minutes
from tests.story.collisions import collide

PACE = Pace(interval=timedelta(seconds=30), deadline=timedelta(seconds=60))


def due() -> Cluster:
    management_cluster()
    return Cluster.objects.to_read().get()


@pytest.mark.django_db
def test_a_turn_that_was_given_in_the_future_is_given_again() -> None:
    cluster = due()
    assert claim_turn(cluster, at=AT, pace=PACE)
    assert not claim_turn(cluster, at=AT + timedelta(seconds=1), pace=PACE)
    assert claim_turn(cluster, at=AT - HOUR, pace=PACE)
    assert not claim_turn(cluster, at=AT - HOUR + timedelta(seconds=1), pace=PACE)


@pytest.mark.django_db
def test_a_lease_of_the_future_keeps_nobody_away() -> None:
    cluster = due()
    assert take(cluster, at=AT, pace=PACE)
    assert take(cluster, at=AT + timedelta(seconds=1), pace=PACE) is None
    assert take(cluster, at=AT - HOUR, pace=PACE)


@pytest.mark.django_db
def test_clocks_of_two_machines_that_differ_by_a_little_take_no_lease_from_each_other() -> None:
    cluster = due()
    assert take(cluster, at=AT, pace=PACE)
    assert take(cluster, at=AT - timedelta(seconds=30), pace=PACE) is None


@pytest.mark.django_db
def test_a_poll_after_the_step_counts_as_later_than_what_is_stored() -> None:
    collide(at=60)
    last = Snapshot.objects.last_taken()
    cluster = Cluster.objects.to_read().get(path="gmc")
    turn = begin(cluster, at=minutes(0))
    assert last
    assert turn
    assert last < turn.at < last + MINUTE


@pytest.mark.django_db
def test_a_finding_is_found_no_earlier_than_what_it_was_seen_in() -> None:
    collide(at=60)
    found = watch(Cluster.objects.get(path="gmc").segment, policy=policy(), at=minutes(0))
    assert found.changed
    assert not Finding.objects.filter(first_seen__lt=minutes(60)).exists()


@pytest.mark.django_db
def test_what_was_told_in_the_future_is_mailed_now() -> None:
    subscribed(ANNA)
    announce([opens(suspected(), AT)], policy=POLICY, at=AT)
    assert gather(AT - HOUR, policy=POLICY)


@pytest.mark.django_db
def test_a_mail_whose_next_try_or_lease_lies_in_the_future_is_sent_now() -> None:
    subscribed(ANNA)
    announce([opens(suspected(), AT)], policy=POLICY, at=AT)
    gather(AT, policy=POLICY, at_once=True)
    for field in ("next_try_at", "lease_until"):
        Delivery.objects.update(next_try_at=None, lease_until=None)
        Delivery.objects.update(**{field: AT + 2 * HOUR})
        assert Delivery.objects.due(AT).exists(), field
        Delivery.objects.update(**{field: F(field) - 2 * HOUR + timedelta(minutes=5)})
        assert not Delivery.objects.due(AT).exists(), field


def test_the_schedule_runs_on_from_now(tmp_path: Path) -> None:
    app = Celery(broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 5.0}}
    with time_machine.travel(AT, tick=False) as clock:
        scheduler = Scheduler(app, schedule_filename=str(tmp_path / "schedule"))
        scheduler.tick()
        clock.shift(-HOUR)
        assert 0 < scheduler.tick() <= 5
        clock.shift(timedelta(seconds=6))
        assert scheduler.tick() == 0, "it is due"
        scheduler.close()
