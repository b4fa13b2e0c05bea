"""Python's collector of cycles, out of the way of work that makes much and throws nothing away."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Make many lasting objects without the collector going over all of them again and again.

    Nothing is lost by it: what has no cycles goes by itself, and the rest is collected afterwards. Where two
    threads do so, the first one that is done lets it go on.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
