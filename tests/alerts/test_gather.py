"""Gathering: what is announced within a moment is read at once."""

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta
from typing import Never

import pytest
from django.db import OperationalError, connection, transaction

from ipviz.alerts.announce import announce
from ipviz.alerts.emails import render
from ipviz.alerts.gather import BUDGET, WAIT, gather
from ipviz.alerts.models import Alert, Delivery
from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.spans import first_key, parse_address
from ipviz.findings.models import Finding
from tests.alerts.stories import (
    ANNA,
    AT,
    BERT,
    HOUR,
    MINUTE,
    POLICY,
    TITLE,
    Step,
    add_party,
    opens,
    resolves,
    returns,
    subscribed,
    suspected,
    tell,
)

pytestmark = pytest.mark.django_db
ONE = replace(POLICY, recipients=(ANNA,))
POLICY_OF_NOBODY = replace(POLICY, recipients=())
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


def test_what_comes_later_waits_for_its_own_mail_until_five_minutes_have_passed() -> None:
    announce([opens(suspected("192.0.2.1"))], policy=ONE, at=AT)
    assert len(gathered(30)) == 1
    announce([opens(suspected("192.0.2.2"))], policy=ONE, at=AT + 31 * SECOND)
    announce([opens(suspected("192.0.2.3"))], policy=ONE, at=AT + 3 * MINUTE)
    assert gathered(329) == []
    assert gathered(330) == [(ANNA, [("first", "192.0.2.2"), ("first", "192.0.2.3")])]


def test_what_goes_wrong_once_a_minute_for_an_hour_is_a_mail_each_five_minutes() -> None:
    for minute in range(60):
        announce([opens(suspected(f"192.0.2.{minute}"))], policy=ONE, at=AT + minute * MINUTE)
        gathered(minute * 60 + 30)
    gathered(3600 + 300)
    assert Delivery.objects.count() == 13
    assert Alert.objects.exclude(delivery=None).count() == 60


@pytest.mark.parametrize("status", ["acknowledged", "silenced"])
def test_what_somebody_sees_to_while_it_waits_is_not_told_before_that_ends(status: str) -> None:
    finding = suspected()
    announce([opens(finding)], policy=ONE, at=AT)
    Finding.objects.update(status=status)
    assert gathered(30) == []
    assert not Alert.objects.exists()
    Finding.objects.update(status="open")
    ended = Step(finding, Change(Status(status), Status.OPEN, "its silence ended"))
    announce([ended], policy=ONE, at=AT + HOUR)
    assert gathered(3630) == [(ANNA, [("first", "192.0.2.7")])]


def test_what_grew_worse_in_the_night_is_told_as_worse_in_the_morning() -> None:
    subscribed(quiet_from=time(22), quiet_until=time(7), at_once="all", rhythm="never")
    night = AT.replace(hour=21)
    finding = suspected(severity="high", severity_rank=1)
    tell([opens(finding, night)], policy=POLICY_OF_NOBODY, at=night)
    add_party(finding, "violet")
    worse = Step(finding, Change(Status.OPEN, Status.OPEN, "worse: violet joined", grew=True))
    announce([worse], policy=POLICY_OF_NOBODY, at=night + 2 * HOUR)
    announce([], policy=POLICY_OF_NOBODY, at=night + 6.1 * HOUR, segment_id=finding.segment_id)
    (mail,) = gather(night + 10.1 * HOUR, policy=POLICY_OF_NOBODY)
    assert mail.text.startswith("Worse: ")
    assert "Why now: worse: violet joined." in mail.text
    assert Alert.objects.get(delivery=mail).because == "worse: violet joined"


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


def mild(number: int) -> Finding:
    return suspected(f"192.0.2.{number}", severity="high", severity_rank=1)


def test_after_ten_mails_in_an_hour_only_what_is_critical_has_its_own() -> None:
    hook = "https://hook.example/x"
    subscribed(hook, rhythm="never")
    for number in range(BUDGET):
        announce([opens(mild(number))], policy=ONE, at=AT + 5 * number * MINUTE)
        assert len(gathered(300 * number + 30)) == 2
    announce([opens(mild(101))], policy=ONE, at=AT + 50 * MINUTE)
    announce([opens(mild(102))], policy=ONE, at=AT + 51 * MINUTE)
    announce([opens(suspected("192.0.2.103"))], policy=ONE, at=AT + 52 * MINUTE)
    now = gathered(52 * 60 + 30)
    assert now[0] == (ANNA, [("first", "192.0.2.103")])
    assert [address for address, _ in now[1:]] == [hook]
    assert gathered(60 * 60) == []
    assert gathered(66 * 60) == [(ANNA, [("first", "192.0.2.101"), ("first", "192.0.2.102")])]


def test_what_cannot_be_drawn_or_written_keeps_no_other_mail_back(monkeypatch: pytest.MonkeyPatch) -> None:
    key = first_key(parse_address("192.0.2.7"))
    announce([opens(suspected(first_key=key, last_key=key))], policy=POLICY, at=AT)

    def broken(*_: object, **__: object) -> Never:
        raise IndexError("of nothing")

    monkeypatch.setattr("ipviz.alerts.pictures.stretch_of", broken)
    answers = iter([broken, render])
    monkeypatch.setattr(
        "ipviz.alerts.letters.render", lambda *items, **options: next(answers)(*items, **options)
    )
    assert gathered(30) == [(BERT, [("first", "192.0.2.7")])]
    monkeypatch.undo()
    assert gathered(40) == [(ANNA, [("first", "192.0.2.7")])], "it waits"


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


@pytest.mark.django_db(transaction=True)
def test_who_comes_second_waits_rather_than_writes_a_mail_of_what_the_first_has_not_reached() -> None:
    announce([opens(suspected(f"192.0.2.{n}")) for n in range(10)], policy=ONE, at=AT)
    overtook: list[Delivery] = []

    def work() -> None:
        with connection.cursor() as cursor:
            is_sqlite = connection.vendor == "sqlite"
            cursor.execute("PRAGMA busy_timeout = 200" if is_sqlite else "SET lock_timeout = '200ms'")
        with suppress(OperationalError):  # it would wait longer but for this test
            overtook.extend(gather(AT + WAIT, policy=ONE))
        connection.close()

    with transaction.atomic():
        assert len(Alert.objects.to_gather()[:1]) == 1
        second = threading.Thread(target=work)
        second.start()
        second.join(60)
    assert overtook == []
    gather(AT + WAIT, policy=ONE)
    assert Delivery.objects.get().alerts.count() == 10
