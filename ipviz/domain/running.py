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


STUCK_AFTER = timedelta(minutes=15)
"""A message is tried again within a few minutes at first; one that waited for so long has a reason."""
LEAST_ROOM = 0.05
"""Of a disk that is fuller, the rest may go within a night."""

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
    said = f"Nothing was started since {_exact(last_tick)}" if last_tick else "Nothing was ever started"
    remedy = NOBODY if waiting is None else NO_WORKER if waiting else NO_SCHEDULE
    queued = f", and {waiting} tasks wait" if waiting else ""
    return Check("schedule", f"{said}{queued}.", remedy)


def check_messages(oldest: datetime | None, at: datetime, *, waiting: int) -> Check:
    """Args: oldest: when the oldest was written that is not sent yet."""
    if oldest is None or at - oldest <= STUCK_AFTER:
        return Check("messages")
    said = f"{waiting} {'waits' if waiting == 1 else 'wait'} to be sent, the oldest since {_exact(oldest)}."
    return Check("messages", said, "Each says below what its server answered; look at EMAIL_URL first.")


def check_judging(oldest: datetime | None, at: datetime, *, patience: timedelta) -> Check:
    """Args: oldest: when the oldest request was made that is not answered."""
    if oldest is None or at - oldest <= patience:
        return Check("judging")
    remedy = "Look into the workers' log for a task watch_segment that fails."
    return Check("judging", f"What was read since {_exact(oldest)} is not judged.", remedy)


def check_room(free: int, total: int) -> Check:
    if free >= LEAST_ROOM * total:
        return Check("disk")
    remedy = "Make room, or remember less (IPVIZ_HISTORY_DAYS): where it is full, nothing can be stored."
    return Check("disk", f"Only {100 * free // total} % of the data folder's disk is free.", remedy)


def _exact(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
