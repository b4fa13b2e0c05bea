"""When something runs out at its present pace, and how sure that is; a line is drawn through no three points.

The pace is Theil and Sen's: the median of the slopes between every two days, which a few odd days do not
move. How sure it is are Sen's limits, from the variance of Kendall's tau (P. K. Sen, "Estimates of the
regression coefficient based on Kendall's tau", 1968). Ties make them a little wider than they need be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from statistics import median

LEAST_DAYS = 8
"""Days of which something is known; fewer say nothing of a week's rhythm."""
MOST_DAYS = 28
"""Older days are of another time."""
HORIZON = timedelta(days=730)
CONFIDENCE = 1.645
"""Of a normal distribution: the pace lies between its limits in nine of ten cases."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The day on which nothing is left, between the earliest and the latest; or None, and `why`.

    `latest` is None where it may be never.
    """

    day: date | None = None
    earliest: date | None = None
    latest: date | None = None
    why: str = ""

    @property
    def is_sure(self) -> bool:
        """Say whether the limits lie no further apart than the day is away from the earliest."""
        if not (self.day and self.earliest and self.latest):
            return False
        return self.latest - self.earliest <= max(self.day - self.earliest, timedelta(days=7)) * 2

    @property
    def in_words(self) -> str:
        """When it runs out, or why that can't be told."""
        if self.why:
            return self.why
        until = f"and {self.latest}" if self.latest else "and perhaps never"
        sure = f"between {self.earliest} {until}" if self.latest != self.earliest else "on that day"
        roughly = "" if self.is_sure else ", which is a rough guess"
        return f"at its present pace it is full about {self.day}, {sure}{roughly}"


@dataclass(frozen=True, slots=True)
class Pace:
    """Units a day, with its limits."""

    slope: float
    low: float
    high: float


def forecast(used: Sequence[tuple[date, float]], *, total: float, today: date) -> Forecast:
    """Tell when `used`, one value a day in order of days, comes to the total.

    O(n²) for n days, of which the last 28 count.
    """
    known = [(day, number) for day, number in used if today - day < timedelta(days=MOST_DAYS)]
    if not known or len(known) < LEAST_DAYS:
        return Forecast(why=f"too little is known: {len(known)} of the {LEAST_DAYS} days that it takes")
    left = total - known[-1][1]
    if left <= 0:
        return Forecast(day=today, earliest=today, latest=today, why="nothing is left")
    pace = pace_of([((day - known[0][0]).days, number) for day, number in known])
    if pace.slope <= 0 or pace.low <= 0:
        return Forecast(why="it is not filling")
    day = _after(today, left / pace.slope)
    if day is None:
        return Forecast(why="not within two years at the present pace")
    return Forecast(day, _after(today, left / pace.high), _after(today, left / pace.low))


def pace_of(points: Sequence[tuple[float, float]]) -> Pace:
    """Theil and Sen's slope of at least two points, in order of x, which differ, with Sen's limits."""
    slopes = sorted((y - b) / (x - a) for n, (x, y) in enumerate(points) for a, b in points[:n])
    count = len(points)
    margin = CONFIDENCE * sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, round((len(slopes) - margin) / 2))
    high = min(len(slopes) - 1, round((len(slopes) + margin) / 2))
    return Pace(median(slopes), slopes[low], slopes[high])


def _after(today: date, days: float) -> date | None:
    """None where it lies beyond what is worth telling."""
    return today + timedelta(days=ceil(days)) if days <= HORIZON.days else None
