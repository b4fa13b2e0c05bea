"""What notes that the machinery runs, and how seldom it writes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ipviz.polling.models import Pulse
from ipviz.polling.pulses import NOTED_EVERY, last_tick, note_tick
from ipviz.polling.tasks import tick
from tests.broker import sent
from tests.factories import NINE, minutes

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_nothing_is_noted_before_the_first_tick() -> None:
    assert last_tick() is None


def test_a_tick_is_noted() -> None:
    tick()
    sent()
    assert last_tick() is not None


def test_of_the_ticks_that_come_in_time_only_some_are_written(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for second in (0, 5, 10, 15):
        note_tick(NINE + second * SECOND)
    assert last_tick() == NINE
    note_tick(NINE + NOTED_EVERY)
    assert last_tick() == NINE + NOTED_EVERY
    with django_assert_max_num_queries(2):
        note_tick(NINE + NOTED_EVERY + SECOND)


def test_where_the_clock_was_set_back_the_next_tick_counts() -> None:
    note_tick(minutes(60))
    note_tick(NINE)
    assert last_tick() == NINE
    assert Pulse.objects.count() == 1
