"""Which subnet an address lies in, for many addresses at once."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from ipviz.domain.spans import prefix_length, span_from_keys

_BEHIND = "~"
"""Sorts behind a key, and before the next one."""


class Cidr(Protocol):
    """What is asked of a subnet: a model, or its columns."""

    @property
    def segment_id(self) -> int: ...
    @property
    def cidr(self) -> str: ...
    @property
    def first_key(self) -> str: ...
    @property
    def last_key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Network:
    cidr: str
    prefix: int | None
    last_key: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Addresses from a key on, and the networks that lie around all of them, the smallest first."""

    first_key: str
    around: tuple[Network, ...]


class Networks:
    """Subnets by segment. They are CIDRs, so one lies in another or beside it, and none lies across."""

    def __init__(self, subnets: Iterable[Cidr]) -> None:
        by_segment: dict[int, list[Cidr]] = defaultdict(list)
        for subnet in subnets:
            by_segment[subnet.segment_id].append(subnet)
        self._runs = {segment: _runs(each) for segment, each in by_segment.items()}
        self._starts = {segment: [run.first_key for run in runs] for segment, runs in self._runs.items()}

    def smallest_around(self, segment_id: int, first_key: str, last_key: str) -> Network | None:
        """The smallest that holds all from one key to the other. O(log n)."""
        number = bisect_right(self._starts.get(segment_id, ()), first_key) - 1
        if number >= 0:
            for network in self._runs[segment_id][number].around:
                if last_key <= network.last_key:
                    return network
        return None


def _runs(subnets: Iterable[Cidr]) -> Sequence[_Run]:
    """Cut at each beginning and behind each end, in order."""
    runs: list[_Run] = []
    around: tuple[Network, ...] = ()
    largest_first = sorted(subnets, key=attrgetter("last_key"), reverse=True)
    for subnet in sorted(largest_first, key=attrgetter("first_key")):
        prefix = prefix_length(span_from_keys(subnet.first_key, subnet.last_key))
        around = (
            Network(subnet.cidr, prefix, subnet.last_key),
            *_left(around, subnet.first_key, runs),
        )
        runs.append(_Run(subnet.first_key, around))
    _left(around, _BEHIND, runs)
    return runs


def _left(around: tuple[Network, ...], key: str, runs: list[_Run]) -> tuple[Network, ...]:
    """Those that reach as far as the key; a run begins where one ended before."""
    while around and around[0].last_key < key:
        ended, *outer = around
        around = tuple(outer)
        runs.append(_Run(ended.last_key + _BEHIND, around))
    return around
