"""Which subnet an address lies in, for many addresses at once."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ipviz.clusters.models import Subnet

_BEHIND = "~"
"""Sorts behind a key, and before the next one."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Addresses from a key on, and the subnets that lie around all of them, the smallest first."""

    first_key: str
    around: tuple[Subnet, ...]


class Networks:
    """Subnets by segment. They are CIDRs, so one lies in another or beside it, and none lies across."""

    def __init__(self, subnets: Iterable[Subnet]) -> None:
        by_segment: dict[int, list[Subnet]] = defaultdict(list)
        for subnet in subnets:
            by_segment[subnet.segment_id].append(subnet)
        self._runs = {segment: _runs(each) for segment, each in by_segment.items()}
        self._starts = {segment: [run.first_key for run in runs] for segment, runs in self._runs.items()}

    def smallest_around(self, segment_id: int, first_key: str, last_key: str) -> Subnet | None:
        """The smallest that holds all from one key to the other. O(log n)."""
        number = bisect_right(self._starts.get(segment_id, ()), first_key) - 1
        around = self._runs[segment_id][number].around if number >= 0 else ()
        return next((subnet for subnet in around if last_key <= subnet.last_key), None)


def _runs(subnets: Iterable[Subnet]) -> Sequence[_Run]:
    """Cut at each beginning and behind each end, in order."""
    runs: list[_Run] = []
    around: tuple[Subnet, ...] = ()
    largest_first = sorted(subnets, key=attrgetter("last_key"), reverse=True)
    for subnet in sorted(largest_first, key=attrgetter("first_key")):
        around = (subnet, *_left(around, subnet.first_key, runs))
        runs.append(_Run(subnet.first_key, around))
    _left(around, _BEHIND, runs)
    return runs


def _left(around: tuple[Subnet, ...], key: str, runs: list[_Run]) -> tuple[Subnet, ...]:
    """Those that reach as far as the key; a run begins where one ended before."""
    while around and around[0].last_key < key:
        ended, *outer = around
        around = tuple(outer)
        runs.append(_Run(ended.last_key + _BEHIND, around))
    return around
