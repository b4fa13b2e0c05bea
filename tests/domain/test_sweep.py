from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.spans import Span
from ipviz.domain.sweep import overlaps_among
from tests.builders import spans
from tests.domain.test_spans import small_spans


@given(st.lists(small_spans(), max_size=14))
@settings(max_examples=200)
def test_the_sweep_finds_what_comparing_all_pairs_finds(some: list[Span]) -> None:
    found = [frozenset(pair) for pair in overlaps_among(some)]
    expected = {frozenset(pair) for pair in combinations(set(some), 2) if pair[0].meets(pair[1])}
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(st.lists(small_spans(), max_size=14))
def test_an_address_is_always_the_second_of_its_pair(some: list[Span]) -> None:
    assert not any(one.is_single for one, _ in overlaps_among(some))


def test_many_addresses_in_one_range_are_one_pair_each() -> None:
    addresses = [Span(4, number, number) for number in range(1000, 6000)]
    assert len(list(overlaps_among([Span(4, 0, 10_000), *addresses]))) == 5000


def test_spans_that_only_touch_do_not_meet() -> None:
    assert list(overlaps_among(spans("10.0.0.0/30", "10.0.0.4/30", "10.0.0.4"))) == [
        spans("10.0.0.4/30", "10.0.0.4")
    ]


def test_families_never_meet_however_small_their_numbers() -> None:
    assert list(overlaps_among([Span(4, 0, 100), Span(6, 50, 60), Span(6, 55, 55)])) == [
        (Span(6, 50, 60), Span(6, 55, 55))
    ]
