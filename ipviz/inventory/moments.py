"""The moments at which something changed, to step through history from one to the next."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min

from ipviz.inventory.querysets import OccupancyQuerySet


@dataclass(frozen=True, slots=True)
class Steps:
    """The last moment of change before the one that is looked at, and the first after it."""

    previous: datetime | None = None
    next: datetime | None = None


def steps_around(rows: OccupancyQuerySet, at: datetime | None) -> Steps:
    """The moments next to `at` (None: now) at which one of the rows began or ended. Two queries, or four.

    As seen at such a moment, what began then is there and what ended then is not. `rows` are all that ever
    were, of a span, segment or cluster.
    """
    begun = rows.filter(seen_from__lt=at) if at else rows
    ended = rows.filter(seen_until__lt=at) if at else rows
    previous = _latest(
        begun.aggregate(at=Max("seen_from"))["at"], ended.aggregate(at=Max("seen_until"))["at"]
    )
    if at is None:
        return Steps(previous)
    following = _earliest(
        rows.filter(seen_from__gt=at).aggregate(at=Min("seen_from"))["at"],
        rows.filter(seen_until__gt=at).aggregate(at=Min("seen_until"))["at"],
    )
    return Steps(previous, following)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((each for each in moments if each), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((each for each in moments if each), default=None)
