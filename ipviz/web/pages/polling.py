"""A poll that somebody asked for: how far it is, told from what the clusters' rows and snapshots say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ipviz.clusters.models import Cluster
from ipviz.domain.moments import read_past_moment
from ipviz.polling.asking import objection
from ipviz.web.freshness import Freshness

FORGOTTEN_AFTER = timedelta(minutes=10)
SOON = timedelta(seconds=15)
"""A worker takes up what is asked for within this, where one runs and is not busy."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Which clusters were read since, are being read, and wait for somebody to begin."""

    asked_at: datetime
    read: Sequence[Freshness]
    being_read: Sequence[Cluster]
    waiting: Sequence[Cluster]
    is_late: bool
    """Nobody has begun for long."""

    @property
    def many(self) -> int:
        return len(self.read) + len(self.being_read) + len(self.waiting)

    @property
    def is_over(self) -> bool:
        return not (self.being_read or self.waiting)

    @property
    def not_whole(self) -> list[Freshness]:
        return [each for each in self.read if each.level != "whole"]


def progress_of(asked: str, clusters: Sequence[Freshness], at: datetime) -> Progress | None:
    """None where nobody asked, or that is long ago."""
    try:
        asked_at = read_past_moment(asked, now=at)
    except ValueError:
        return None
    if at - asked_at > FORGOTTEN_AFTER:
        return None
    polled = [each for each in clusters if not objection(each.cluster)]
    read = [each for each in polled if each.snapshot and each.snapshot.taken_at >= asked_at]
    left = [each.cluster for each in polled if each not in read]
    being_read = [each for each in left if each.leased_until and each.leased_until > at]
    waiting = [each for each in left if each not in being_read]
    is_late = not (read or being_read) and at - asked_at > SOON
    return Progress(asked_at, read, being_read, waiting, is_late)
