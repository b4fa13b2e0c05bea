"""When a cluster is polled next."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.turns import LONGEST_WAIT, next_try, next_turn

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
INTERVAL = timedelta(seconds=30)
PATHS = st.text(min_size=1, max_size=40)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=366)).map(lambda since: NINE + since)
INTERVALS = st.timedeltas(timedelta(seconds=1), timedelta(hours=2))


@given(MOMENTS, INTERVALS, PATHS)
def test_the_next_turn_is_half_an_interval_to_one_and_a_half_away(
    at: datetime, interval: timedelta, path: str
) -> None:
    turn = next_turn(at, interval, path=path)
    assert at + interval / 2 <= turn < at + interval * 1.5


@given(MOMENTS, INTERVALS, PATHS)
def test_a_cluster_that_keeps_its_turns_is_polled_once_an_interval(
    at: datetime, interval: timedelta, path: str
) -> None:
    first = next_turn(at, interval, path=path)
    assert next_turn(first, interval, path=path) == first + interval


def test_clusters_that_were_found_in_one_moment_are_spread_over_the_interval() -> None:
    turns = sorted(next_turn(NINE, INTERVAL, path=f"gmc/org-acme/wc-{n}") for n in range(200))
    in_each_tenth = [
        sum(NINE + INTERVAL * (0.5 + n / 10) <= turn < NINE + INTERVAL * (0.6 + n / 10) for turn in turns)
        for n in range(10)
    ]
    assert sum(in_each_tenth) == 200
    assert max(in_each_tenth) < 40  # 20 each, were they spread like rain


def test_a_cluster_that_fails_is_tried_ever_more_seldom_up_to_ten_minutes() -> None:
    waits = [next_try(NINE, INTERVAL, failures=n, jitter=0) - NINE for n in range(1, 9)]
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 240, 480, 600, 600, 600]


def test_a_long_interval_is_not_shortened_by_failing() -> None:
    assert next_try(NINE, timedelta(hours=1), failures=3, jitter=0) == NINE + timedelta(hours=1)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_jitter_makes_a_wait_up_to_half_as_long_again(failures: int, jitter: float) -> None:
    plain = next_try(NINE, INTERVAL, failures=failures, jitter=0)
    assert plain <= next_try(NINE, INTERVAL, failures=failures, jitter=jitter)
    assert next_try(NINE, INTERVAL, failures=failures, jitter=jitter) <= NINE + LONGEST_WAIT * 1.5


def test_a_server_that_asks_us_to_wait_longer_is_given_the_time() -> None:
    assert next_try(NINE, INTERVAL, failures=1, jitter=0, asked=90) == NINE + timedelta(seconds=90)
    assert next_try(NINE, INTERVAL, failures=1, jitter=0, asked=5) == NINE + INTERVAL
