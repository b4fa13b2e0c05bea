"""Gathering: what is announced within a moment is read at once."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from ipviz.alerts.announce import announce
from ipviz.alerts.gather import WAIT, gather
from ipviz.alerts.models import Alert, Delivery
from ipviz.domain.lifecycle import Change, Status
from tests.alerts.stories import (
    ANNA,
    AT,
    BERT,
    HOUR,
    POLICY,
    TITLE,
    Step,
    add_party,
    opens,
    resolves,
    returns,
    suspected,
)

pytestmark = pytest.mark.django_db
ONE = replace(POLICY, recipients=(ANNA,))
SECOND = timedelta(seconds=1)


def gathered(seconds: float) -> list[tuple[str, list[tuple[str, str]]]]:
    """The mails that are written that long after, each with what it tells."""
    mails = gather(AT + seconds * SECOND, policy=POLICY)
    return [(m.address, [(a.reason, a.finding.subject) for a in m.alerts.all()]) for m in mails]


def test_what_comes_within_half_a_minute_is_one_mail() -> None:
    announce([opens(suspected("192.0.2.1"))], policy=POLICY, at=AT)
    announce([opens(suspected("192.0.2.2"))], policy=POLICY, at=AT + 20 * SECOND)
    assert gathered(29) == []
    both = [("first", "192.0.2.1"), ("first", "192.0.2.2")]
    assert gathered(30) == [(ANNA, both), (BERT, both)]
    assert gathered(31) == gathered(90) == []


def test_what_comes_later_waits_for_its_own_mail() -> None:
    announce([opens(suspected("192.0.2.1"))], policy=ONE, at=AT)
    assert len(gathered(30)) == 1
    announce([opens(suspected("192.0.2.2"))], policy=ONE, at=AT + 31 * SECOND)
    assert gathered(60) == []
    assert gathered(61) == [(ANNA, [("first", "192.0.2.2")])]


def test_what_began_and_ended_meanwhile_is_never_told() -> None:
    finding = suspected()
    announce([opens(finding)], policy=ONE, at=AT)
    announce([resolves(finding)], policy=ONE, at=AT + 10 * SECOND)
    assert gathered(30) == []
    assert not Alert.objects.exists()
    announce([returns(finding)], policy=ONE, at=AT + HOUR)
    announce([opens(finding)], policy=ONE, at=AT + HOUR)
    assert gathered(3600 + 30) == [(ANNA, [("first", "192.0.2.7")])]


def test_what_grew_worse_meanwhile_is_told_once_as_bad_as_it_is() -> None:
    finding = suspected()
    announce([opens(finding)], policy=ONE, at=AT)
    add_party(finding, "violet")
    joined = Step(finding, Change(Status.OPEN, Status.OPEN, "worse: a third joined"))
    announce([joined], policy=ONE, at=AT + 10 * SECOND)
    assert gathered(30) == [(ANNA, [("first", "192.0.2.7")])]
    assert Alert.objects.get().sides == 3
    assert "violet" in Delivery.objects.get().text
    assert announce([joined], policy=ONE, at=AT + HOUR) == ()


def test_an_end_that_waits_beside_something_else_is_in_one_mail_with_it() -> None:
    old, new = suspected("192.0.2.1"), suspected("192.0.2.2")
    announce([opens(old)], policy=ONE, at=AT)
    (first,) = gather(AT + WAIT, policy=ONE)
    announce([resolves(old), opens(new)], policy=ONE, at=AT + HOUR)
    (mail,) = gather(AT + HOUR + WAIT, policy=ONE)
    assert mail.answers is None
    assert [line for line in mail.text.splitlines() if TITLE in line] == [f"  critical: {TITLE}"] * 2
    assert first.subject == f"[ipviz] CRITICAL {TITLE}"


@pytest.mark.django_db(transaction=True)
def test_two_who_gather_at_once_write_one_mail() -> None:
    announce([opens(suspected(f"192.0.2.{n}")) for n in range(10)], policy=ONE, at=AT)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(30)
        gather(AT + WAIT, policy=ONE)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert Delivery.objects.get().alerts.count() == 10
