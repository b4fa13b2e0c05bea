"""When a cluster is polled next: evenly spread where it answers, ever more seldom where it does not."""

import zlib
from datetime import UTC, datetime, timedelta

LONGEST_WAIT = timedelta(minutes=10)
"""A cluster that fails is tried at least this often, or once an interval where that is longer."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def next_turn(at: datetime, interval: timedelta, *, path: str) -> datetime:
    """The next regular turn of the cluster: always at the same point of the interval.

    The point is taken from the cluster's path, so that the workload clusters of one management cluster, all
    found in one moment, are not read in one moment ever after. At least half an interval away.
    """
    phase = interval * (zlib.crc32(path.encode()) / 2**32)
    earliest = at + interval / 2
    since_last = (earliest - _EPOCH - phase) % interval
    return earliest + (interval - since_last) % interval


def next_try(
    at: datetime, interval: timedelta, *, failures: int, jitter: float, asked: float | None = None
) -> datetime:
    """When to try a cluster again of which nothing could be read: twice as late after each failure.

    Args:
        failures: how many in a row, from 1.
        jitter: 0 to 1; makes the wait up to half as long again, so that what failed together returns apart.
        asked: the seconds for which the server asked us to wait.
    """
    longest = max(LONGEST_WAIT, interval)
    wait = min(interval * (1 << min(failures - 1, 16)), longest) * (1 + jitter / 2)
    return at + max(wait, timedelta(seconds=asked or 0))
