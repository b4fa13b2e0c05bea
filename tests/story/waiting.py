"""Waiting for what does not tell when it happens."""

import time
from collections.abc import Callable

LIMIT_SECONDS = 180


def wait_until(condition: Callable[[], bool], said: Callable[[], str], every: float = 0.05) -> None:
    """Look again and again; the limit only ends what hangs, with what was said meanwhile."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to it:\n{said()[-4000:]}"
        time.sleep(every)  # there is no event to wait for
