"""What notes that the machinery runs: the only writer of `Pulse` and `Judging`."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from ipviz.clusters.models import Segment
from ipviz.polling.models import Judging, Pulse
from ipviz.polling.schedule import TICK_SECONDS

NOTED_EVERY = timedelta(seconds=4 * TICK_SECONDS)
"""Ticks come more often; a row that is written by each of them would say little more."""


def note_tick(at: datetime) -> None:
    """Note that the schedule and a worker run; two small statements, which most often write nothing.

    Where the clock was set back, the note from the future is written over.
    """
    noted = Pulse.objects.filter(of=Pulse.Of.SCHEDULE)
    if noted.filter(Q(at__lte=at - NOTED_EVERY) | Q(at__gt=at)).update(at=at) or noted.exists():
        return
    Pulse.objects.get_or_create(of=Pulse.Of.SCHEDULE, defaults={"at": at})


def last_tick() -> datetime | None:
    """When the schedule was last known to run; None where it never was."""
    return Pulse.objects.filter(of=Pulse.Of.SCHEDULE).values_list("at", flat=True).first()


def note_judged(segment: Segment, *, at: datetime, seconds: float) -> None:
    """Within the judgement's own transaction, which has the segment to itself."""
    known = Judging.objects.filter(segment=segment)
    if not known.update(at=at, times=F("times") + 1, seconds=F("seconds") + seconds):
        Judging.objects.create(segment=segment, at=at, seconds=seconds)
