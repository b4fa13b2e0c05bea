"""Streams of events: how many there are at a time, how long each lasts, and when it says what."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, Self

MOST = 8
"""Of one process. Each holds one of the web server's threads; at least as many are left for the rest."""
MOST_EACH = 4
"""Of one token or person, so that a client which opens one after the other leaves some to the others."""
LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 300.0
"""Then the client comes again, and is asked anew who it is."""
RETRY_MILLISECONDS = 2000


class TooMany(Exception):
    """No more streams are told at the same time."""


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


Read = Callable[[int], tuple[bytes, int]]
"""The events after a position, at most a piece of them, and the position after these."""


class Streams:
    """Those of one process. They look together whether anything is new, once a second however many they are.

    Args:
        latest: asks the database for the position of now.
    """

    def __init__(self, latest: Callable[[], int], *, most: int = MOST, clock: Clock = time) -> None:
        self.most = most
        self.clock = clock
        self._ask = latest
        self._asked_at = float("-inf")
        self._latest = 0
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    def begin(self, who: str, read: Read, first: bytes, position: int) -> "Stream":
        """Tell somebody what was read already, and go on from there. Raises TooMany."""
        with self._lock:
            if self._open[who] >= MOST_EACH or self._open.total() >= self.most:
                raise TooMany
            self._open[who] += 1
        return Stream(self._told(read, first, position), partial(self._ended, who))

    def _ended(self, who: str) -> None:
        with self._lock:
            self._open[who] -= 1
            self._open += Counter()  # who has none is let go of

    def _told(self, read: Read, first: bytes, position: int) -> Iterator[bytes]:
        begun = said = self.clock.monotonic()
        # An id alone is no event, and still what the client comes back with where none comes.
        yield b"retry: %d\n\n" % RETRY_MILLISECONDS + (first or b"id: %d\n\n" % position)
        while (now := self.clock.monotonic()) - begun < LONGEST_SECONDS:
            events = b""
            if self._latest_position() > position:
                events, position = read(position)
            if not events and now - said >= HEARTBEAT_SECONDS:
                events = b": nothing new\nid: %d\n\n" % position
            if events:
                said = now
                yield events
            else:
                self.clock.sleep(LOOK_SECONDS)

    def _latest_position(self) -> int:
        with self._lock:
            now = self.clock.monotonic()
            if now - self._asked_at >= LOOK_SECONDS:
                self._latest, self._asked_at = self._ask(), now
            return self._latest


class Stream:
    """What is told, piece by piece; whoever serves it closes it, also where nobody began to read it."""

    def __init__(self, told: Iterator[bytes], over: Callable[[], None]) -> None:
        self._told = told
        self._over: Callable[[], None] | None = over

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._told)

    def close(self) -> None:
        over, self._over = self._over, None
        if over:
            over()
