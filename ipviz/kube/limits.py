"""How long and how much is read from one cluster before we give up."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    connect: float = 5.0
    read: float = 15.0
    """Between two pieces of an answer."""
    total: float = 60.0
    """From the first request to the last byte."""
    page: int = 64 << 20
    everything: int = 1 << 30


class Deadline:
    """The end of the time for one cluster. It begins to run with the first question of who shares it."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end: float | None = None

    def left(self) -> float:
        """Seconds until it; none or less where it has passed."""
        now = self._clock()
        if self._end is None:
            self._end = now + self.seconds
        return self._end - now
