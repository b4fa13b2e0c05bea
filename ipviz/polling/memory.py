"""Segments as this process judged them last, so that a change costs what it touches.

Nothing but time is lost with it: whoever starts, or finds that too much has changed, reads and judges anew.
"""

from collections import defaultdict
from datetime import datetime
from threading import Lock

from ipviz.clusters.models import Segment
from ipviz.domain.estate import Estate
from ipviz.domain.standing import Standing
from ipviz.inventory.live import LiveSegment
from ipviz.polling.collector import collector_paused


class SegmentMemory:
    """One segment, read and judged as far as it is not as before."""

    def __init__(self, segment: str) -> None:
        self._live = LiveSegment(segment)
        self._standing: Standing | None = None

    def judge(self, *, outdated_before: datetime, judged_at: datetime) -> tuple[Estate, Standing]:
        standing, self._standing = self._standing, None  # a failure on the way leaves nothing half done
        estate, changes = self._live.look(outdated_before=outdated_before, judged_at=judged_at)
        if standing and changes is not None:
            standing.follow(estate, changes)
        else:
            standing = Standing(estate)
        self._standing = standing
        return estate, standing


_known: dict[int, SegmentMemory] = {}
_locks: dict[int, Lock] = defaultdict(Lock)


def judged(segment: Segment, *, outdated_before: datetime, judged_at: datetime) -> tuple[Estate, Standing]:
    """The segment as it is known now, and what is wrong on it; one at a time, by whichever threads."""
    with _locks[segment.pk], collector_paused():
        memory = _known.pop(segment.pk, None) or SegmentMemory(segment.name)
        found = memory.judge(outdated_before=outdated_before, judged_at=judged_at)
        _known[segment.pk] = memory
        return found


def forget() -> None:
    """Judge every segment anew the next time."""
    _known.clear()
