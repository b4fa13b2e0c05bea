"""What a subscriber is told of a finding's life, as tables and as properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Matter, Pace, Reason, Told, joined, news_from
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import AtOnce

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
COLLISION, CRITICAL, HIGH = FindingClass.COLLISION, Severity.CRITICAL, Severity.HIGH
OPEN = Matter(COLLISION, HIGH, Status.OPEN)


def turned(many: int, *, every: float = 1, since: float = 0) -> tuple[timedelta, ...]:
    """How long ago it opened or ended, in minutes."""
    return tuple(timedelta(minutes=since + n * every) for n in range(many))


matters = st.builds(
    Matter,
    st.sampled_from(FindingClass),
    st.sampled_from(Severity),
    st.sampled_from(Status),
    sides=st.integers(2, 4),
    speaks_again=st.booleans(),
    occurrence=st.integers(1, 2),
    grew=st.booleans(),
    stale=st.booleans(),
    turned=st.sampled_from([0, 0, 1, 3, 4, 9]).map(lambda many: turned(many)),
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
        once_more = [*heard, Told(news, at, matter.severity, matter.sides, matter.occurrence)]
        again = news_from(matter, once_more, at=at)
        assert again is (Reason.HELD if news is Reason.FLAPPING else Reason.NOTHING_NEW)


def test_who_wishes_for_all_hears_of_what_can_wait_and_who_wishes_for_nothing_of_nothing() -> None:
    mild = Matter(FindingClass.HAZARD, Severity.INFO, Status.OPEN)
    assert news_from(mild, [], at=AT, at_once=AtOnce.ALL) is Reason.FIRST
    assert news_from(OPEN, [], at=AT, at_once=AtOnce.NOTHING) is Reason.MILD
    assert news_from(replace(OPEN, status=Status.SUSPECTED), [], at=AT, at_once=AtOnce.ALL) is Reason.NOT_SURE


@pytest.mark.parametrize(
    ("status", "many", "before", "news"),
    [
        pytest.param(Status.RESOLVED, 3, Reason.FIRST, Reason.RESOLVED, id="three turns are told"),
        pytest.param(Status.RESOLVED, 4, Reason.FIRST, Reason.FLAPPING, id="at the fourth it flaps"),
        pytest.param(Status.OPEN, 5, Reason.FLAPPING, Reason.HELD, id="once, however it goes on"),
        pytest.param(Status.RESOLVED, 1, Reason.FLAPPING, Reason.HELD, id="until it is calm"),
        pytest.param(Status.RESOLVED, 0, Reason.FLAPPING, Reason.RESOLVED, id="calm: it is over"),
        pytest.param(Status.OPEN, 0, Reason.FLAPPING, Reason.REMINDER, id="calm: it is still so"),
        pytest.param(Status.ACKNOWLEDGED, 0, Reason.FLAPPING, Reason.HANDLED, id="calm: somebody is at it"),
        pytest.param(Status.OPEN, 4, None, Reason.FLAPPING, id="first heard of as flapping"),
        pytest.param(Status.RESOLVED, 4, None, Reason.NOTHING_NEW, id="never heard of, and over"),
    ],
)
def test_what_comes_and_goes_is_told_once(
    status: Status, many: int, before: Reason | None, news: Reason
) -> None:
    heard = told(before) if before else []
    assert news_from(Matter(COLLISION, HIGH, status, turned=turned(many)), heard, at=AT + HOUR) is news


@pytest.mark.parametrize(
    ("many", "every", "since", "news"),
    [
        pytest.param(4, 10, 0, Reason.FLAPPING, id="four within half an hour"),
        pytest.param(4, 11, 0, Reason.RESOLVED, id="four in more"),
        pytest.param(7, 45, 0, Reason.RESOLVED, id="seven in a morning"),
        pytest.param(8, 45, 0, Reason.FLAPPING, id="eight in a morning"),
        pytest.param(8, 55, 0, Reason.RESOLVED, id="eight in a day"),
    ],
)
def test_slow_flapping_is_flapping_too(many: int, every: float, since: float, news: Reason) -> None:
    matter = Matter(COLLISION, HIGH, Status.RESOLVED, turned=turned(many, every=every, since=since))
    assert news_from(matter, told(Reason.FIRST), at=AT + HOUR) is news


@pytest.mark.parametrize(
    ("every", "since", "news"),
    [(5, 29, Reason.HELD), (5, 30, Reason.RESOLVED), (45, 119, Reason.HELD), (45, 120, Reason.RESOLVED)],
)
def test_what_flaps_slowly_is_calm_later(every: float, since: float, news: Reason) -> None:
    matter = Matter(COLLISION, HIGH, Status.RESOLVED, turned=turned(8, every=every, since=since))
    assert news_from(matter, told(Reason.FLAPPING), at=AT + HOUR) is news


def test_what_flaps_and_grows_graver_is_told_as_worse() -> None:
    flaps = Matter(COLLISION, CRITICAL, Status.OPEN, sides=4, turned=turned(5), occurrence=3)
    assert news_from(flaps, told(Reason.FIRST, Reason.FLAPPING), at=AT + HOUR) is Reason.WORSE
    calm = replace(flaps, turned=(), grew=True)
    assert news_from(calm, told(Reason.FIRST, Reason.FLAPPING), at=AT + 2 * HOUR) is Reason.WORSE


def test_who_takes_the_place_of_another_makes_it_worse_once() -> None:
    grew = Matter(COLLISION, HIGH, Status.OPEN, grew=True)
    assert news_from(grew, told(Reason.FIRST), at=AT + HOUR) is Reason.WORSE
    assert news_from(grew, told(Reason.FIRST, Reason.WORSE), at=AT + HOUR) is Reason.NOTHING_NEW


def test_nobody_is_reminded_of_what_cannot_be_read_now() -> None:
    stale = Matter(COLLISION, HIGH, Status.OPEN, stale=True)
    assert news_from(stale, [], at=AT) is Reason.FIRST
    assert news_from(stale, told(Reason.FIRST), at=AT + 5 * HOUR) is Reason.NOTHING_NEW


@pytest.mark.parametrize(
    ("tries", "hours", "news"),
    [
        pytest.param(1, 3.9, Reason.NOTHING_NEW, id="not at each look"),
        pytest.param(1, 4, Reason.FIRST, id="after four hours"),
        pytest.param(2, 24.9, Reason.NOTHING_NEW, id="then not before a day"),
        pytest.param(2, 25, Reason.FIRST, id="then daily"),
    ],
)
def test_what_did_not_arrive_is_told_again_as_seldom_as_a_reminder(
    tries: int, hours: float, news: Reason
) -> None:
    lost = [replace(each, is_heard=False) for each in told(*[Reason.FIRST] * tries)]
    assert news_from(OPEN, lost, at=AT + hours * HOUR) is news


def test_calm_is_of_the_finding_and_not_of_one_occurrence() -> None:
    flapping = Told(Reason.FLAPPING, AT, HIGH, occurrence=3)
    came_back = Matter(COLLISION, HIGH, Status.OPEN, occurrence=5)
    assert news_from(came_back, [flapping], at=AT + HOUR) is Reason.REMINDER
    reminded = [flapping, Told(Reason.REMINDER, AT + HOUR, HIGH, occurrence=5)]
    assert news_from(came_back, reminded, at=AT + 2 * HOUR) is Reason.NOTHING_NEW
    ended = replace(came_back, status=Status.RESOLVED)
    assert news_from(ended, reminded, at=AT + 2 * HOUR) is Reason.RESOLVED


FIRST, WORSE, REMINDER = Reason.FIRST, Reason.WORSE, Reason.REMINDER
FLAPPING, RESOLVED, NOTHING_NEW = Reason.FLAPPING, Reason.RESOLVED, Reason.NOTHING_NEW


@pytest.mark.parametrize(
    ("reasons", "was_told", "last"),
    [
        ([FIRST, WORSE], False, FIRST),
        ([FIRST, RESOLVED], False, NOTHING_NEW),
        ([FIRST, RESOLVED, FIRST], False, FIRST),
        ([FIRST, RESOLVED, FIRST, FLAPPING], False, FLAPPING),
        ([FIRST, FLAPPING, RESOLVED], False, NOTHING_NEW),
        ([FLAPPING, RESOLVED], False, NOTHING_NEW),
        ([FLAPPING, RESOLVED], True, RESOLVED),
        ([FLAPPING, REMINDER], False, FIRST),
        ([WORSE, REMINDER], True, WORSE),
        ([WORSE, RESOLVED, FIRST], True, FIRST),
        ([WORSE, RESOLVED], True, RESOLVED),
        ([RESOLVED, FIRST], True, FIRST),
        ([RESOLVED, FIRST, RESOLVED], True, RESOLVED),
    ],
)
def test_of_what_waits_together_the_last_word_is_told(
    reasons: list[Reason], was_told: bool, last: Reason
) -> None:
    assert joined(reasons, was_told=was_told) is last


@given(st.lists(st.tuples(matters, pauses), max_size=12))
def test_a_life_is_told_in_order_until_it_ends(life: list[tuple[Matter, timedelta]]) -> None:
    heard, _ = _lived(
        [(replace(matter, speaks_again=False, occurrence=1, turned=()), pause) for matter, pause in life]
    )
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
            heard.append(Told(news, at, matter.severity, matter.sides, matter.occurrence))
    return heard, at
