"""Runs as columns: as sets of addresses have it, of both families."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.runs import Runs
from ipviz.domain.spans import Span, merged, parse_network, subtracted

BASES = {4: 0xFFFFFF80, 6: (1 << 128) - 128}
"""The last addresses of each family, so that what lies at its end is met."""


def addresses(spans: Iterable[Span]) -> set[int]:
    return {number for span in spans for number in range(span.first, span.last + 1)}


def spans_of(version: int) -> st.SearchStrategy[list[Span]]:
    numbers = st.integers(BASES[version], BASES[version] + 127)
    ends = st.tuples(numbers, numbers).map(sorted)
    return st.lists(ends.map(lambda each: Span(version, *each)), max_size=8)


pairs = st.sampled_from((4, 6)).flatmap(
    lambda version: st.tuples(st.just(version), spans_of(version), spans_of(version))
)


@pytest.mark.parametrize(
    ("cut", "expected"),
    [(Runs.without, set.difference), (Runs.within, set.intersection), (Runs.joined, set.union)],
)
@given(pair=pairs)
def test_what_is_cut_or_joined_holds_the_same_addresses_in_order_and_apart(
    cut: Callable[[Runs, list[Span]], Runs],
    expected: Callable[[set[int], set[int]], set[int]],
    pair: tuple[int, list[Span], list[Span]],
) -> None:
    version, ours, theirs = pair
    found = list(cut(Runs.of(version, ours), theirs))
    assert addresses(found) == expected(addresses(ours), addresses(theirs))
    assert all(one.last + 1 < other.first for one, other in pairwise(found))


@given(pairs)
def test_runs_are_the_spans_that_they_were_made_of(pair: tuple[int, list[Span], list[Span]]) -> None:
    version, ours, theirs = pair
    runs = Runs.of(version, ours)
    assert tuple(runs) == merged(ours) == tuple(runs[number] for number in range(len(runs)))
    assert runs.size == len(addresses(ours))
    for span in theirs:
        assert list(runs.meeting(span)) == [each for each in merged(ours) if each.meets(span)]
        assert runs.contains(span) == (not subtracted([span], ours))


@given(pairs, st.integers(1, 40), st.sampled_from((1, 4, 16)))
def test_a_stretch_is_the_first_that_is_long_enough(
    pair: tuple[int, list[Span], list[Span]], size: int, step: int
) -> None:
    version, ours, _ = pair
    free, base = addresses(ours), BASES[version]
    firsts = range(base, base + 129 - size, step)
    expected = next((each for each in firsts if free.issuperset(range(each, each + size))), None)
    found = Runs.of(version, ours).stretch(size, step)
    assert (found.first if found else None) == expected
    assert found is None or found.size == size


@given(pairs)
def test_the_longest_come_first_and_of_equals_the_first_in_order(
    pair: tuple[int, list[Span], list[Span]],
) -> None:
    version, ours, _ = pair
    listed = list(Runs.of(version, ours).longest_first())
    assert listed == sorted(merged(ours), key=lambda each: (-each.size, each.first))


def test_of_the_other_family_nothing_is_met() -> None:
    whole = Runs.of(4, [parse_network("10.0.0.0/8")])
    six = parse_network("::/0")
    assert not whole.meeting(six)
    assert list(whole.without([six])) == list(whole)
    assert not whole.within([six])


def test_a_whole_family_can_be_cut_at_both_ends() -> None:
    for version, text in ((4, "0.0.0.0/0"), (6, "::/0")):
        whole = parse_network(text)
        ends = [Span(version, 0, 0), Span(version, whole.last, whole.last)]
        assert Runs.of(version, [whole]).without(ends).size == whole.size - 2
