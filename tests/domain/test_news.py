"""What is told of a finding's life, as a table and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.news import Reason, news_from
from ipviz.domain.verdicts import FindingClass

COLLISION = FindingClass.COLLISION
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
    assert news_from(COLLISION, Change(None, after, "so"), told=told) is news


@given(st.sampled_from([each for each in FindingClass if each is not COLLISION]), changes, already)
def test_only_collisions_are_told(finding_class: FindingClass, change: Change, told: set[Reason]) -> None:
    assert news_from(finding_class, change, told=told) is Reason.NOTHING_NEW


@given(st.sampled_from(FindingClass), changes, already)
def test_deciding_twice_says_nothing_new(
    finding_class: FindingClass, change: Change, told: set[Reason]
) -> None:
    news = news_from(finding_class, change, told=told)
    assert news_from(finding_class, change, told=told | {news}) is Reason.NOTHING_NEW


@given(st.lists(changes))
def test_a_life_is_told_in_order_and_each_part_once(life: list[Change]) -> None:
    told: list[Reason] = []
    for change in life:
        if (news := news_from(COLLISION, change, told=set(told))) is not Reason.NOTHING_NEW:
            told.append(news)
    assert told in ([], [Reason.FIRST], [Reason.FIRST, Reason.RESOLVED])
