"""A clock that is set back by an hour: nothing waits until it has caught up, and two looks stay two."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery

from ipviz.alerts.announce import announce
from ipviz.alerts.gather import gather
from ipviz.alerts.models import Delivery
from ipviz.clusters.leases import Pace, claim_turn, take
from ipviz.clusters.models import Cluster
from ipviz.polling.beat import Scheduler
from ipviz.polling.poll import begin
from tests.alerts.stories import AT, HOUR, MINUTE, POLICY, opens, suspected
from tests.factories import management_cluster, see

PACE = Pace(interval=timedelta(seconds=30), deadline=timedelta(seconds=60))


@pytest.mark.django_db
def test_a_turn_that_was_given_in_what_is_the_future_now_counts_no_more() -> None:
    cluster = management_cluster()
    assert claim_turn(cluster, at=AT, pace=PACE)
    assert not claim_turn(cluster, at=AT + timedelta(seconds=1), pace=PACE)
    assert claim_turn(cluster, at=AT - HOUR, pace=PACE)
    assert not claim_turn(cluster, at=AT - HOUR + timedelta(seconds=1), pace=PACE)


@pytest.mark.django_db
def test_a_lease_that_was_taken_in_what_is_the_future_now_is_free() -> None:
    cluster = management_cluster()
    assert take(cluster, at=AT, pace=PACE)
    assert take(cluster, at=AT + MINUTE, pace=PACE) is None
    assert take(cluster, at=AT - HOUR, pace=PACE)


@pytest.mark.django_db
def test_clocks_of_two_machines_that_differ_by_seconds_take_nothing_from_each_other() -> None:
    cluster = management_cluster()
    assert take(cluster, at=AT, pace=PACE)
    assert take(cluster, at=AT - timedelta(seconds=50), pace=PACE) is None


@pytest.mark.django_db
def test_what_is_read_after_the_clock_was_set_back_counts_as_later_than_what_was_read_before() -> None:
    cluster = management_cluster()
    see(cluster, at=AT)
    turn = begin(cluster, at=AT - HOUR)
    assert turn
    assert AT < turn.at < AT + timedelta(seconds=1)


@pytest.mark.django_db
@pytest.mark.parametrize("at", [AT + HOUR, AT - HOUR], ids=["forward", "back"])
def test_news_that_wait_are_mailed_though_the_clock_was_set(at: datetime) -> None:
    announce([opens(suspected())], policy=POLICY, at=AT)
    assert not gather(AT + timedelta(seconds=1), policy=POLICY), "what belongs to it may come"
    assert {mail.address for mail in gather(at, policy=POLICY)} == {*POLICY.recipients}


@pytest.mark.django_db
def test_a_mail_that_was_to_be_tried_in_an_hour_is_due_where_the_clock_was_set_back() -> None:
    mail = Delivery.objects.create(at=AT, subject="x", text="", html="", message_id="<1@ipviz>")
    mail.next_try_at = AT + 50 * MINUTE
    mail.save()
    assert not Delivery.objects.due(AT).exists()
    assert Delivery.objects.due(AT - HOUR).exists()


def test_the_schedule_goes_on_from_now(tmp_path: Any) -> None:
    app = Celery("schedule", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 5}}
    sent: list[str] = []
    schedule = Scheduler(app=app, schedule_filename=str(tmp_path / "schedule"), lazy=True)
    schedule.apply_async = lambda entry, **_: sent.append(entry.name)
    with time_machine.travel(AT, tick=False):
        schedule.setup_schedule()
        schedule.tick()
    with time_machine.travel(AT + timedelta(seconds=6), tick=False):
        schedule.tick()
    began = sent.count("tick")
    assert began
    with time_machine.travel(AT - HOUR, tick=False):
        schedule.tick()
    with time_machine.travel(AT - HOUR + timedelta(seconds=6), tick=False):
        schedule.tick()
    assert sent.count("tick") == began + 1
    schedule.close()


def test_the_fields_of_a_turn_are_of_the_moment() -> None:
    from ipviz.backup.parts import PARTS

    part = next(each for each in PARTS if each.model is Cluster)
    assert "turn_given_at" in part.without
