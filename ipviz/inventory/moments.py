"""The moments at which something changed, to step through history from one to the next."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q

from ipviz.inventory.querysets import OccupancyQuerySet


@dataclass(frozen=True, slots=True)
class Steps:
    """The last moment of change before the one that is looked at, and the first after it."""

    previous: datetime | None = None
    next: datetime | None = None


def steps_around(rows: OccupancyQuerySet, at: datetime | None) -> Steps:
    """The moments next to `at` (None: now) at which one of the rows began or ended. One query.

    As seen at such a moment, what began then is there and what ended then is not. `rows` are all that ever
    were, of a span, segment or cluster.
    """
    if at is None:
        found = rows.aggregate(begun=Max("seen_from"), ended=Max("seen_until"))
        return Steps(max(filter(None, found.values()), default=None))
    found = rows.aggregate(
        begun=Max("seen_from", filter=Q(seen_from__lt=at)),
        ended=Max("seen_until", filter=Q(seen_until__lt=at)),
        begins=Min("seen_from", filter=Q(seen_from__gt=at)),
        ends=Min("seen_until", filter=Q(seen_until__gt=at)),
    )
    return Steps(
        max(filter(None, (found["begun"], found["ended"])), default=None),
        min(filter(None, (found["begins"], found["ends"])), default=None),
    )
