"""Findings as they stood at a moment that is over."""

from datetime import datetime

import pytest

from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.feeds import add
from ipviz.inventory.models import Feed
from tests.factories import minutes, segment

pytestmark = pytest.mark.django_db


def finding(*changes: tuple[datetime, str]) -> Finding:
    """One that went through these."""
    found = Finding.objects.create(
        segment=segment(),
        rule="C8",
        subject="192.0.2.7",
        finding_class=FindingClass.COLLISION,
        severity=Severity.CRITICAL,
        severity_rank=0,
        status=changes[-1][1],
        first_seen=changes[0][0],
        last_seen=changes[-1][0],
    )
    add([Transition(finding=found, at=at, after=after) for at, after in changes], Feed.Name.FINDINGS)
    return found


def test_a_finding_stands_from_its_first_suspicion_until_it_is_resolved() -> None:
    finding((minutes(1), "suspected"), (minutes(2), "open"), (minutes(5), "resolved"), (minutes(8), "open"))
    then = {
        minute: [each.status_then.value for each in Finding.objects.as_judged(minutes(minute))]
        for minute in (0, 1, 1.5, 2, 4, 5, 7, 8, 9)
    }
    assert then == {
        0: [],
        1: ["suspected"],
        1.5: ["suspected"],
        2: ["open"],
        4: ["open"],
        5: [],
        7: [],
        8: ["open"],
        9: ["open"],
    }


def test_what_was_found_by_then_is_told_even_if_it_was_resolved() -> None:
    finding((minutes(1), "suspected"), (minutes(2), "resolved"))
    then = {
        minute: [each.status_then.value for each in Finding.objects.found_by(minutes(minute))]
        for minute in (0, 1, 3)
    }
    assert then == {0: [], 1: ["suspected"], 3: ["resolved"]}


def test_without_a_moment_it_is_told_as_it_stands_now() -> None:
    finding((minutes(1), "suspected"), (minutes(2), "resolved"))
    assert not Finding.objects.as_judged(None)
    assert [each.status_then.value for each in Finding.objects.as_judged(minutes(1))] == ["suspected"]
