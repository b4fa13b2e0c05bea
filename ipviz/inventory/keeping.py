"""How long what was seen is kept: old rows go in small batches, and what still stands is never touched."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncHour

from ipviz.inventory.models import Change, Feed, Occupancy, Snapshot, Version

BATCH = 1000
"""Rows that go in one short transaction, so that no poll waits for long."""
BATCHES = 50
"""At most so many of each table at a time; the next time goes on."""
FULL = timedelta(hours=1)
"""Every snapshot is kept for so long."""
THINNED = timedelta(days=2)
"""Snapshots that are older than this have been thinned before."""


def keep(at: datetime, *, history: timedelta) -> int:
    """Let go of what ended longer ago than `history`, and of snapshots that say nothing; the rows that went.

    Whatever can be asked for of the time that is kept has the same answer before and after, but that what
    was read whole may be told as read up to an hour earlier. Safe to be killed, and to run twice at once.
    """
    return thin_snapshots(at) + forget_before(at - history)


def thin_snapshots(at: datetime) -> int:
    """Of unchanged snapshots keep the first of each hour; one at which something failed is kept."""
    recent = Snapshot.objects.filter(taken_at__gte=at - THINNED, taken_at__lt=at - FULL)
    earlier = Snapshot.objects.filter(
        cluster=OuterRef("cluster"),
        taken_at__gte=OuterRef("hour"),
        taken_at__lt=OuterRef("taken_at"),
    )
    idle = recent.filter(changed=False).exclude(outcome=Snapshot.Outcome.FAILED)
    idle = idle.annotate(hour=TruncHour("taken_at")).filter(Exists(earlier), _is_not_the_last())
    return _delete(idle.order_by())


def forget_before(horizon: datetime) -> int:
    """End the history of before then. A cluster's last snapshot stays, and so does what is still seen."""
    return sum(
        (
            _delete(Version.objects.filter(seen_until__lt=horizon).order_by()),
            _delete(Occupancy.objects.filter(seen_until__lt=horizon).order_by()),
            _delete(Change.objects.filter(at__lt=horizon).order_by("at", "pk"), Feed.Name.CHANGES),
            _delete(Snapshot.objects.filter(_is_not_the_last(), taken_at__lt=horizon).order_by()),
        )
    )


def _is_not_the_last() -> Q:
    later = Snapshot.objects.filter(cluster=OuterRef("cluster"), taken_at__gt=OuterRef("taken_at"))
    return Q(Exists(later))


def _delete(rows: QuerySet[Any], feed: Feed.Name | None = None) -> int:
    """Each batch in a transaction of its own, by which the feed also knows up to where rows are missing."""
    model = rows.model
    gone = 0
    for _ in range(BATCHES):
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        with transaction.atomic():
            gone += model._default_manager.filter(pk__in=ids).delete()[0]
            if feed:
                Feed.objects.forget(feed, max(ids))
    return gone
