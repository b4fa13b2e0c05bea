"""Whether the machinery runs, concluded from what it left behind; each trouble with what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Check:
    """Of one part that the program needs; `trouble` is empty where there is none."""

    name: str
    trouble: str = ""
    remedy: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.trouble

    @property
    def in_words(self) -> str:
        return f"{self.name}: {'ok' if self.is_ok else f'{self.trouble} {self.remedy}'}"


NO_WORKER = "Start a worker, or look at its log: no task is taken from the queue."
NO_SCHEDULE = "Start the schedule (celery beat), or look at its log: it sends no tasks."
NOBODY = "Start the schedule (celery beat) and a worker, or look at their logs."


def check_schedule(
    last_tick: datetime | None, at: datetime, *, patience: timedelta, waiting: int | None
) -> Check:
    """A tick is sent by the schedule and done by a worker, so one that is late is the fault of either.

    Args:
        last_tick: when one was last done; None for never.
        patience: how long ago that may be. One that lies as far ahead is late too: the clock was set back,
            and the next tick would have noted that.
        waiting: how many tasks nobody has taken yet; None where that is not known.
    """
    if last_tick and abs(at - last_tick) <= patience:
        return Check("schedule")
    since = f"since {last_tick:%Y-%m-%d %H:%M:%S} UTC" if last_tick else "ever"
    remedy = NOBODY if waiting is None else NO_WORKER if waiting else NO_SCHEDULE
    queued = f", and {waiting} tasks wait" if waiting else ""
    return Check("schedule", f"Nothing was started {since}{queued}.", remedy)
