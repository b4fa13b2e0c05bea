"""When a pool runs out, and when nothing can be said."""

from datetime import date, timedelta
from random import Random
from statistics import median

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ipviz.domain.forecast import LEAST_DAYS, Forecast, forecast, pace_of

TODAY = date(2026, 1, 31)


def days(*numbers: float) -> list[tuple[date, float]]:
    """One value a day, the last of them today's."""
    return [(TODAY - timedelta(days=len(numbers) - 1 - n), number) for n, number in enumerate(numbers)]


@given(st.integers(1, 50), st.integers(LEAST_DAYS, 28), st.integers(1, 500))
def test_what_grows_evenly_runs_out_on_the_exact_day(pace: int, count: int, ahead: int) -> None:
    used = days(*(pace * n for n in range(count)))
    told = forecast(used, total=used[-1][1] + pace * ahead, today=TODAY)
    wanted = TODAY + timedelta(days=ahead)
    assert (told.day, told.earliest, told.latest) == (wanted, wanted, wanted)
    assert told.is_sure


@pytest.mark.parametrize("count", range(LEAST_DAYS))
def test_of_a_few_days_nothing_is_said(count: int) -> None:
    told = forecast(days(*range(count)), total=100, today=TODAY)
    assert told.day is None
    assert told.why == f"too little is known: {count} of the 8 days that it takes"


@pytest.mark.parametrize(
    "numbers",
    [
        [5] * 20,
        list(range(20, 0, -1)),
        [3, 9] * 10,
        [1, 4, 7, 2, 5, 8, 3, 6, 1, 4, 7, 2, 5, 8],
        [0] * 19 + [9],
    ],
)
def test_what_stands_falls_or_goes_up_and_down_is_not_filling(numbers: list[int]) -> None:
    assert forecast(days(*numbers), total=100, today=TODAY) == Forecast(why="it is not filling")


def test_what_is_far_away_is_not_told_by_the_day() -> None:
    told = forecast(days(*(n / 10 for n in range(20))), total=1000, today=TODAY)
    assert told == Forecast(why="not within two years at the present pace")


def test_what_is_full_says_so() -> None:
    told = forecast(days(*range(20)), total=19, today=TODAY)
    assert (told.day, told.why) == (TODAY, "nothing is left")


def test_one_odd_day_moves_nothing() -> None:
    even = [2.0 * n for n in range(21)]
    odd = [*even[:10], 200.0, *even[11:]]
    total = even[-1] + 60
    assert (
        forecast(days(*odd), total=total, today=TODAY).day
        == forecast(days(*even), total=total, today=TODAY).day
    )


def test_the_more_it_swings_the_less_sure_it_is() -> None:
    lot = Random(3)
    calm, wild = (
        forecast(days(*(3 * n + lot.randrange(swing) for n in range(28))), total=150, today=TODAY)
        for swing in (3, 40)
    )
    assert calm.earliest is not None
    assert calm.latest is not None
    assert wild.earliest is not None
    assert wild.latest is not None
    assert wild.latest - wild.earliest > calm.latest - calm.earliest
    assert calm.earliest <= (calm.day or TODAY) <= calm.latest


def test_days_that_nobody_looked_are_no_days_of_nothing() -> None:
    used = [each for n, each in enumerate(days(*(3 * n for n in range(20)))) if n not in (4, 5, 6)]
    assert forecast(used, total=57 + 30, today=TODAY).day == TODAY + timedelta(days=10)


def test_older_days_do_not_count() -> None:
    used = days(*[0] * 30, *(n for n in range(28)))
    assert forecast(used, total=27 + 5, today=TODAY).day == TODAY + timedelta(days=5)


POINTS = st.lists(st.integers(0, 300), min_size=2, max_size=20).map(
    lambda numbers: [(float(n), float(y)) for n, y in enumerate(numbers)]
)


@given(POINTS)
def test_the_pace_is_the_median_of_all_slopes_and_lies_within_its_limits(
    points: list[tuple[float, float]],
) -> None:
    slopes = [
        (points[b][1] - points[a][1]) / (points[b][0] - points[a][0])
        for a in range(len(points))
        for b in range(a + 1, len(points))
    ]
    pace = pace_of(points)
    assert pace.slope == median(slopes)
    assert min(slopes) <= pace.low <= pace.slope <= pace.high <= max(slopes)


@given(POINTS, st.integers(-100, 100), st.integers(0, 50))
def test_a_shift_moves_no_pace(points: list[tuple[float, float]], up: int, later: int) -> None:
    assert pace_of([(x + later, y + up) for x, y in points]) == pace_of(points)


@given(POINTS)
def test_turned_upside_down_it_is_the_opposite(points: list[tuple[float, float]]) -> None:
    assume(len(points) > 2)
    pace = pace_of([(x, -y) for x, y in points])
    assert pace.slope == pytest.approx(-pace_of(points).slope)
