"""What a subscriber is told of a finding's life, as tables and as properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Matter, Pace, Reason, Told, news_from
from ipviz.domain.verdicts import FindingClass, Severity

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
COLLISION, CRITICAL, HIGH = FindingClass.COLLISION, Severity.CRITICAL, Severity.HIGH
OPEN = Matter(COLLISION, HIGH, Status.OPEN)

matters = st.builds(
    Matter,
    st.sampled_from(FindingClass),
    st.sampled_from(Severity),
    st.sampled_from(Status),
    sides=st.integers(2, 4),
    speaks_again=st.booleans(),
)
pauses = st.sampled_from([timedelta(minutes=1), HOUR, 4 * HOUR, 25 * HOUR])


def told(*reasons: Reason, every: timedelta = HOUR) -> list[Told]:
    return [Told(reason, AT + n * every, HIGH) for n, reason in enumerate(reasons)]


@pytest.mark.parametrize(
    ("status", "before", "news"),
    [
        pytest.param(Status.SUSPECTED, [], Reason.NOT_SURE, id="one look is not told"),
        pytest.param(Status.OPEN, [], Reason.FIRST, id="the second look is"),
        pytest.param(Status.OPEN, [Reason.FIRST], Reason.NOTHING_NEW, id="once"),
        pytest.param(Status.RESOLVED, [], Reason.NOTHING_NEW, id="no end without a beginning"),
        pytest.param(Status.RESOLVED, [Reason.FIRST], Reason.RESOLVED, id="the end of what was told"),
        pytest.param(Status.RESOLVED, [Reason.FIRST, Reason.RESOLVED], Reason.NOTHING_NEW, id="the end once"),
        pytest.param(Status.ACKNOWLEDGED, [Reason.FIRST], Reason.HANDLED, id="people know what they did"),
        pytest.param(Status.SILENCED, [Reason.FIRST], Reason.HANDLED, id="nobody wants to hear of it"),
        pytest.param(Status.SILENCED, [], Reason.HANDLED, id="also not for the first time"),
    ],
)
def test_a_collision_is_told_when_it_opens_and_when_it_ends(
    status: Status, before: list[Reason], news: Reason
) -> None:
    assert news_from(Matter(COLLISION, HIGH, status), told(*before), at=AT + HOUR) is news


@pytest.mark.parametrize(("severity", "is_told"), [(each, each in ("critical", "high")) for each in Severity])
def test_what_can_wait_until_somebody_looks_is_not_told(severity: Severity, is_told: bool) -> None:
    news = news_from(Matter(COLLISION, severity, Status.OPEN), [], at=AT)
    assert news is (Reason.FIRST if is_told else Reason.MILD)


def test_hazards_are_not_told_at_once() -> None:
    assert news_from(Matter(FindingClass.HAZARD, CRITICAL, Status.OPEN), [], at=AT) is Reason.MILD


def test_a_pool_without_room_is_told_where_claims_wait() -> None:
    full = Matter(FindingClass.CAPACITY, HIGH, Status.OPEN, rule="P1")
    assert news_from(full, [], at=AT) is Reason.FIRST
    assert news_from(replace(full, severity=Severity.MEDIUM), [], at=AT) is Reason.MILD
    assert news_from(replace(full, rule="P3"), [], at=AT) is Reason.MILD


def test_a_cluster_that_cannot_be_read_is_told_after_an_hour_and_a_stranger_at_once() -> None:
    blind = Matter(FindingClass.BLIND_SPOT, HIGH, Status.OPEN, opened_at=AT)
    assert news_from(blind, [], at=AT + 0.9 * HOUR) is Reason.MILD
    assert news_from(blind, [], at=AT + HOUR) is Reason.FIRST
    stranger = Matter(FindingClass.BLIND_SPOT, CRITICAL, Status.OPEN, opened_at=AT)
    assert news_from(stranger, [], at=AT) is Reason.FIRST


def test_what_grew_worse_than_ever_told_is_told_again() -> None:
    graver = Matter(COLLISION, CRITICAL, Status.OPEN)
    joined = Matter(COLLISION, HIGH, Status.OPEN, sides=3)
    assert news_from(graver, [], at=AT) is Reason.FIRST
    for matter in (graver, joined):
        assert news_from(matter, told(Reason.FIRST), at=AT) is Reason.WORSE
        known = Told(Reason.WORSE, AT, matter.severity, matter.sides)
        assert news_from(matter, [*told(Reason.FIRST), known], at=AT) is Reason.NOTHING_NEW
        assert news_from(OPEN, [*told(Reason.FIRST), known], at=AT) is Reason.NOTHING_NEW, "milder again"


@pytest.mark.parametrize(
    ("before", "hours", "news"),
    [
        pytest.param([Reason.FIRST], 3.9, Reason.NOTHING_NEW, id="not before four hours"),
        pytest.param([Reason.FIRST], 4, Reason.REMINDER, id="after four hours"),
        pytest.param([Reason.FIRST, Reason.WORSE], 4.9, Reason.NOTHING_NEW, id="what grew worse counts anew"),
        pytest.param([Reason.FIRST, Reason.WORSE], 5, Reason.REMINDER, id="from when it did"),
        pytest.param([Reason.FIRST, Reason.REMINDER], 24.9, Reason.NOTHING_NEW, id="then not before a day"),
        pytest.param([Reason.FIRST, Reason.REMINDER], 25, Reason.REMINDER, id="then daily"),
        pytest.param([Reason.FIRST, Reason.REMINDER, Reason.WORSE], 6, Reason.REMINDER, id="worse: sooner"),
    ],
)
def test_who_does_nothing_is_reminded(before: list[Reason], hours: float, news: Reason) -> None:
    assert news_from(OPEN, told(*before), at=AT + hours * HOUR) is news


def test_a_silence_that_ends_speaks_again_at_once() -> None:
    again = Matter(COLLISION, HIGH, Status.OPEN, speaks_again=True)
    assert news_from(again, told(Reason.FIRST), at=AT + HOUR) is Reason.REMINDER
    assert news_from(again, [], at=AT) is Reason.FIRST


@given(matters, st.lists(st.tuples(matters, pauses), max_size=6))
def test_deciding_twice_says_nothing_new(matter: Matter, life: list[tuple[Matter, timedelta]]) -> None:
    heard, at = _lived(life)
    news = news_from(matter, heard, at=at)
    if news.is_news:
        once_more = [*heard, Told(news, at, matter.severity, matter.sides)]
        assert news_from(matter, once_more, at=at) is Reason.NOTHING_NEW


@given(st.lists(st.tuples(matters, pauses), max_size=12))
def test_a_life_is_told_in_order_until_it_ends(life: list[tuple[Matter, timedelta]]) -> None:
    heard, _ = _lived([(replace(matter, speaks_again=False), pause) for matter, pause in life])
    reasons = [each.reason for each in heard]
    assert reasons[:1] in ([], [Reason.FIRST])
    assert Reason.FIRST not in reasons[1:]
    for before, after in pairwise(heard):
        if after.reason is Reason.REMINDER and before.reason is Reason.REMINDER:
            assert after.at - before.at >= Pace().then


def _lived(life: list[tuple[Matter, timedelta]]) -> tuple[list[Told], datetime]:
    """What somebody heard of a finding until it ended, and when that was."""
    heard: list[Told] = []
    at = AT
    for matter, pause in life:
        if heard and heard[-1].reason is Reason.RESOLVED:
            break
        at += pause
        if (news := news_from(matter, heard, at=at)).is_news:
            heard.append(Told(news, at, matter.severity, matter.sides))
    return heard, at
