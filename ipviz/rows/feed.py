"""Reading on in a list of what happened: what was committed since, in the order of commits, each row once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from ipviz.inventory.models import Feed


class Forgotten(Exception):
    """What came after the position was let go of in part."""


class NotYet(Exception):
    """The position is of numbers that were never given, as after an older database was put back."""


@dataclass(frozen=True, slots=True)
class Read:
    rows: Sequence[Any]
    position: int
    """Where to read on: also past what was not asked for."""


def latest(feed: Feed.Name) -> int:
    """The position of now: what is committed later comes after it."""
    return Feed.objects.last_of(feed)


def earliest(feed: Feed.Name) -> int:
    """The position before all that is kept."""
    return Feed.objects.forgotten_of(feed)


def read_on(rows: QuerySet[Any], feed: Feed.Name, after: int, size: int) -> Read:
    """The next of some rows of a feed, at most so many. Three queries; raises Forgotten and NotYet.

    Up to where is asked before the rows are read: all up to there is committed. What was let go of is asked
    after it: what went meanwhile is missing among the rows, and known by then.
    """
    until = latest(feed)
    if after > until:
        raise NotYet
    found = list(rows.filter(pk__gt=after, pk__lte=until).order_by("pk")[:size])
    if after < earliest(feed):
        raise Forgotten
    return Read(found, found[-1].pk if len(found) == size else until)
