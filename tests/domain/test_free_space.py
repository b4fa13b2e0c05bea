"""Which blocks are free: as looking at each address finds it."""

from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.free_space import blocks_in, free_runs, passed_over
from ipviz.domain.intervals import State
from ipviz.domain.landmarks import marks_of
from ipviz.domain.runs import Runs, surveyed
from ipviz.domain.spans import Span, merged, single
from ipviz.domain.survey import Survey

FIRST = 10 << 24
numbers = st.integers(FIRST, FIRST + 127)
holes = st.sets(numbers).map(lambda each: merged(single(4, number) for number in each))
sizes = st.sampled_from([1, 2, 4, 8, 16])


def addresses(spans: object) -> set[int]:
    return {n for span in spans for n in range(span.first, span.last + 1)}  # type: ignore[attr-defined]


@given(holes, sizes)
def test_the_blocks_are_those_aligned_ones_whose_addresses_are_all_free(
    runs: tuple[Span, ...], size: int
) -> None:
    free = addresses(runs)
    starts = range(FIRST, FIRST + 128, size)
    expected = [start for start in starts if free.issuperset(range(start, start + size))]
    assert [(each.first, each.size) for each in blocks_in(runs, size)] == [(each, size) for each in expected]


@given(holes)
def test_the_largest_block_is_as_large_as_any(runs: tuple[Span, ...]) -> None:
    every = [block for exponent in range(8) for block in blocks_in(runs, 1 << exponent)]
    largest = Runs.of(4, runs).largest_block()
    assert (largest.size if largest else 0) == max((each.size for each in every), default=0)
    assert largest is None or largest in every


@given(holes, sizes, st.integers(0, 5))
def test_each_block_before_the_last_is_found_or_passed_over(
    runs: tuple[Span, ...], size: int, number: int
) -> None:
    whole = Span(4, FIRST, FIRST + 127)
    found = list(blocks_in(runs, size))[:number]
    over = list(passed_over(whole, found, size))
    until = found[-1].last if found else whole.last
    assert sorted([*found, *over]) == [each for each in blocks_in([whole], size) if each.last <= until]


@given(st.lists(st.sampled_from(list(State)), min_size=32, max_size=32), st.none() | st.integers(0, 31))
def test_plainly_free_is_what_no_state_and_no_mark_takes(states: list[State], gateway: int | None) -> None:
    span = Span(4, FIRST, FIRST + 31)
    bounds = range(FIRST, FIRST + 33)
    survey = Survey(span, bounds, "".join(each.letter for each in states), bytes(32), {}, (), {})
    subnet = DeclaredSubnet(span, single(4, FIRST + gateway) if gateway is not None else None)
    taken = addresses(mark.span for mark in marks_of(subnet))
    expected = {FIRST + n for n, state in enumerate(states) if state is State.FREE} - taken
    assert addresses(free_runs(surveyed(survey, State.FREE), subnet)) == expected


def test_a_block_of_a_whole_prefix_is_found_without_counting_addresses() -> None:
    whole = Span(6, 0x20010DB8 << 96, (0x20010DB8 << 96) + (1 << 96) - 1)
    assert Runs.of(6, [whole]).largest_block() == whole
    assert next(blocks_in([whole], 1 << 64)).first == whole.first
