"""Python's collector of cycles, out of the way of work that makes much and throws nothing away."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_pausing = 0
"""How many threads do."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Make many lasting objects without the collector going over all of them again and again.

    Nothing is lost by it: what has no cycles goes by itself, and the rest is collected afterwards. Where
    several threads do so, the last one that is done lets it go on.
    """
    _count(+1)
    try:
        yield
    finally:
        _count(-1)


def _count(step: int) -> None:
    global _pausing
    with _lock:
        _pausing += step
        (gc.disable if _pausing else gc.enable)()
