"""What is told of a finding's life, as a table and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.news import Reason, news_from
from ipviz.domain.verdicts import FindingClass, Severity

COLLISION, HIGH = FindingClass.COLLISION, Severity.HIGH
severities = st.sampled_from(Severity)
changes = st.builds(
    Change, before=st.none() | st.sampled_from(Status), after=st.sampled_from(Status), reason=st.just("so")
)
already = st.sampled_from([set(), {Reason.FIRST}, {Reason.FIRST, Reason.RESOLVED}])


@pytest.mark.parametrize(
    ("after", "told", "news"),
    [
        pytest.param(Status.SUSPECTED, set(), Reason.NOTHING_NEW, id="one look is not told"),
        pytest.param(Status.OPEN, set(), Reason.FIRST, id="the second look is"),
        pytest.param(Status.OPEN, {Reason.FIRST}, Reason.NOTHING_NEW, id="once"),
        pytest.param(Status.RESOLVED, set(), Reason.NOTHING_NEW, id="no end without a beginning"),
        pytest.param(Status.RESOLVED, {Reason.FIRST}, Reason.RESOLVED, id="the end of what was told"),
        pytest.param(Status.RESOLVED, {Reason.FIRST, Reason.RESOLVED}, Reason.NOTHING_NEW, id="the end once"),
        pytest.param(Status.OPEN, {Reason.FIRST, Reason.RESOLVED}, Reason.NOTHING_NEW, id="nothing after it"),
        pytest.param(Status.ACKNOWLEDGED, {Reason.FIRST}, Reason.NOTHING_NEW, id="people know what they did"),
    ],
)
def test_a_collision_is_told_when_it_opens_and_when_it_ends(
    after: Status, told: set[Reason], news: Reason
) -> None:
    assert news_from(COLLISION, HIGH, Change(None, after, "so"), told=told) is news


@pytest.mark.parametrize(("severity", "is_told"), [(each, each in ("critical", "high")) for each in Severity])
def test_what_can_wait_until_somebody_looks_is_not_told(severity: Severity, is_told: bool) -> None:
    opened = Change(Status.SUSPECTED, Status.OPEN, "so")
    assert (news_from(COLLISION, severity, opened, told=set()) is Reason.FIRST) is is_told


def test_what_grew_worse_is_told_then() -> None:
    worse = Change(Status.OPEN, Status.OPEN, "worse")
    assert news_from(COLLISION, Severity.CRITICAL, worse, told=set()) is Reason.FIRST
    assert news_from(COLLISION, Severity.CRITICAL, worse, told={Reason.FIRST}) is Reason.NOTHING_NEW


@given(
    st.sampled_from([each for each in FindingClass if each is not COLLISION]), severities, changes, already
)
def test_only_collisions_are_told(
    finding_class: FindingClass, severity: Severity, change: Change, told: set[Reason]
) -> None:
    assert news_from(finding_class, severity, change, told=told) is Reason.NOTHING_NEW


@given(st.sampled_from(FindingClass), severities, changes, already)
def test_deciding_twice_says_nothing_new(
    finding_class: FindingClass, severity: Severity, change: Change, told: set[Reason]
) -> None:
    news = news_from(finding_class, severity, change, told=told)
    assert news_from(finding_class, severity, change, told=told | {news}) is Reason.NOTHING_NEW


@given(st.lists(changes))
def test_a_life_is_told_in_order_and_each_part_once(life: list[Change]) -> None:
    told: list[Reason] = []
    for change in life:
        if (news := news_from(COLLISION, HIGH, change, told=set(told))) is not Reason.NOTHING_NEW:
            told.append(news)
    assert told in ([], [Reason.FIRST], [Reason.FIRST, Reason.RESOLVED])
