"""The moments at which something changed, to step through history from one to the next."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery

from ipviz.inventory.models import Snapshot
from ipviz.inventory.querysets import OccupancyQuerySet


@dataclass(frozen=True, slots=True)
class Steps:
    """The last moment of change before the one that is looked at, and the first after it."""

    previous: datetime | None = None
    next: datetime | None = None

    def joined(self, other: "Steps") -> "Steps":
        """The nearest of both."""
        return Steps(
            max(filter(None, (self.previous, other.previous)), default=None),
            min(filter(None, (self.next, other.next)), default=None),
        )


def steps_around(rows: OccupancyQuerySet, at: datetime | None) -> Steps:
    """The moments next to `at` (None: now) at which one of the rows began or ended; one query.

    As seen at such a moment, what began then is there and what ended then is not. `rows` are all that ever
    were, of a span, segment or cluster. Each end is looked up along its index: an aggregate would go over all
    of the rows.
    """
    columns = ("seen_from", "seen_until")
    ends = [_last(rows, column, at) for column in columns]
    ends += [_first(rows, column, at) for column in columns] if at else []
    # Any row will do to ask from: where nothing was ever polled there are no moments.
    found = next(iter(Snapshot.objects.order_by().values_list(*ends)[:1]), ())
    return Steps(max(filter(None, found[:2]), default=None), min(filter(None, found[2:]), default=None))


def _last(rows: OccupancyQuerySet, column: str, before: datetime | None) -> Subquery:
    earlier = rows.filter(**{f"{column}__lt": before}) if before else rows.exclude(**{column: None})
    return Subquery(earlier.order_by(f"-{column}").values(column)[:1])


def _first(rows: OccupancyQuerySet, column: str, after: datetime) -> Subquery:
    return Subquery(rows.filter(**{f"{column}__gt": after}).order_by(column).values(column)[:1])
