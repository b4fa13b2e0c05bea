"""Moments as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.moments import moment_text, read_moment, read_past_moment

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
NINE = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15T09:30:00Z",
        "2026-01-15T09:30",
        "2026-01-15 09:30",
        "2026-01-15T10:30:00+01:00",
        "2026-01-15T10:30:00 01:00",
        " 2026-01-15T09:30:00.000Z ",
    ],
)
def test_a_moment_is_read_in_every_usual_form(text: str) -> None:
    assert read_moment(text) == NINE


def test_a_day_is_its_beginning() -> None:
    assert read_moment("2026-01-14") == datetime(2026, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "25:00",
        "2026-13-01",
        "1768467000",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_moment_is_refused_and_told_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a moment\. One is written like 2026-01-15T09:30:00Z"):
        read_moment(text)


def test_what_lies_ahead_is_refused_but_for_a_clock_that_is_fast() -> None:
    with pytest.raises(ValueError, match="lies ahead"):
        read_past_moment("2026-01-15T12:02:00Z", now=NOW)
    assert read_past_moment("2026-01-15T12:00:30Z", now=NOW) == NOW


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2026, 1, 1)))  # noqa: DTZ001
def test_a_moment_that_was_written_is_read_as_the_same(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    assert read_moment(moment_text(moment)) == moment
