"""Segments as this process judged them last, so that a change costs what it touches.

Nothing but time is lost with it: whoever starts, or finds that too much has changed, reads and judges anew.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from ipviz.clusters.models import Segment
from ipviz.domain.estate import DeclaredSubnet, Estate
from ipviz.domain.standing import JudgedSegment
from ipviz.domain.touched import Changes
from ipviz.domain.verdicts import Verdict
from ipviz.inventory.live import LiveSegment
from ipviz.polling.collector import collector_paused


class SegmentMemory:
    """One segment, read and judged as far as it is not as before."""

    surveyed = 0
    """The look as of which its subnets' surveys are kept; see `ipviz.findings.surveys`."""

    def __init__(self, segment: str) -> None:
        self.segment = segment
        self._live = LiveSegment(segment)
        self._standing: JudgedSegment | None = None
        self._subnets: tuple[DeclaredSubnet, ...] = ()
        self._look = 0

    def judge(
        self, *, outdated_before: datetime, judged_at: datetime, unsent_since: datetime | None = None
    ) -> "Judged":
        standing, self._standing = self._standing, None  # a failure on the way leaves none that is half done
        estate, changes = self._live.look(outdated_before=outdated_before, judged_at=judged_at)
        estate = replace(estate, unsent_since=unsent_since)
        if changes is None:
            standing = None  # two at once would take twice the memory
        if standing and changes is not None:
            standing.follow(estate, changes)
        else:
            standing = JudgedSegment(estate)
        if changes != Changes() or estate.subnets != self._subnets:
            self._look += 1
        self._standing, self._subnets = standing, estate.subnets
        return Judged(estate, tuple(standing.verdicts.values()), self._look, self)


@dataclass(frozen=True, slots=True)
class Judged:
    """A segment as it is known now, and what is wrong on it; `look` is a new number where anything is new."""

    estate: Estate
    verdicts: tuple[Verdict, ...]
    look: int
    memory: SegmentMemory

    @property
    def is_surveyed(self) -> bool:
        """This process has kept surveys of the segment as it is."""
        return self.memory.surveyed == self.look

    def note_surveyed(self) -> None:
        """To be said once they are committed."""
        self.memory.surveyed = self.look


_known: dict[int, SegmentMemory] = {}
_locks: dict[int, Lock] = defaultdict(Lock)


def judged(
    segment: Segment, *, outdated_before: datetime, judged_at: datetime, unsent_since: datetime | None = None
) -> Judged:
    """The segment as it is known now, and what is wrong on it; one at a time, by whichever threads."""
    with _locks[segment.pk], collector_paused():
        memory = _known.pop(segment.pk, None)
        if memory is None or memory.segment != segment.name:  # a row is found by its id, and read by its name
            memory = SegmentMemory(segment.name)
            _forget_removed()
        found = memory.judge(outdated_before=outdated_before, judged_at=judged_at, unsent_since=unsent_since)
        _known[segment.pk] = memory
        return found


def _forget_removed() -> None:
    for pk in _known.keys() - set(Segment.objects.values_list("pk", flat=True)):
        _known.pop(pk, None)


def forget() -> None:
    """Judge every segment anew the next time; for tests, whose tables come and go."""
    _known.clear()
