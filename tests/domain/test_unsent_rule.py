"""B3: that nobody hears of what is found is found as well."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ipviz.domain.lifecycle import Status, next_change
from tests.builders import AT, GMC, estate, facts
from tests.verdicts import only, said

SEGMENT = replace(estate(clusters=[facts(GMC)]), judged_at=AT)


def test_messages_that_wait_for_a_quarter_of_an_hour_are_high_and_open_at_once() -> None:
    verdict = only(replace(SEGMENT, unsent_since=AT - timedelta(minutes=16)), "B3")
    assert (verdict.severity, verdict.subject, verdict.parties) == ("high", "messages", ())
    assert "written at 2026-02-01 09:44:00 UTC" in verdict.explanation
    assert "EMAIL_URL" in verdict.remedy
    change = next_change(None, verdict, {}, at=AT)
    assert change
    assert change.after is Status.OPEN


@pytest.mark.parametrize("minutes", [None, 0, 15])
def test_those_that_were_just_written_are_on_their_way(minutes: int | None) -> None:
    since = None if minutes is None else AT - timedelta(minutes=minutes)
    assert said(replace(SEGMENT, unsent_since=since)) == []
