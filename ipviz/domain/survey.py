"""A subnet surveyed: which addresses are in which state, and not who: what a map of any size is drawn from.

It is small enough to be kept, so that nobody who looks at a large subnet waits until all is gathered that
anybody states of it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import sub
from types import MappingProxyType
from typing import NamedTuple

from ipviz.domain.intervals import Interval, State
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.pools import PoolUsage, usage_of_occupants
from ipviz.domain.spans import Span

STALE, SUSPECTED, NEXT, HAZARD, HELD, TRACKED = (1 << bit for bit in range(6))
"""Flags beside the state: `NEXT` is what a pool or a load-balancer range hands out next, `HAZARD` has
a finding of its very own, `HELD` somebody uses, `TRACKED` IPAM holds."""


class Run(NamedTuple):
    """Addresses from `first` to `last` of which the same is known."""

    first: int
    last: int
    state: State
    flags: int = 0

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def is_suspected(self) -> bool:
        return bool(self.flags & SUSPECTED)


class Tally(NamedTuple):
    """How many addresses there are in one state with the same flags."""

    size: int
    state: State
    flags: int

    @property
    def is_held(self) -> bool:
        return bool(self.flags & HELD)

    @property
    def is_tracked(self) -> bool:
        return bool(self.flags & TRACKED)

    @property
    def is_suspected(self) -> bool:
        return bool(self.flags & SUSPECTED)


PoolId = tuple[str, str]
"""The path of a cluster, and the key of a pool in it or of its load-balancer ranges."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Runs that cover `span` once, in order, as columns, and the pools that hand out of it.

    Args:
        bounds: the first address of each run, and the one after the last.
        states: the letter of each run's state.
        flags: those of each run.
        tallies: the runs counted.
        ranges: what each load-balancer range of it hands out next, one address of each family at most.
    """

    span: Span
    bounds: Sequence[int]
    states: str
    flags: bytes
    pools: Mapping[PoolId, PoolUsage]
    tallies: Sequence[Tally]
    ranges: Mapping[PoolId, tuple[Span, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.states)

    def run(self, number: int) -> Run:
        bounds = self.bounds
        return Run(bounds[number], bounds[number + 1] - 1, STATES[self.states[number]], self.flags[number])

    def sizes(self) -> Iterable[int]:
        return map(sub, self.bounds[1:], self.bounds)

    def told(self) -> list[int]:
        """The numbers of the runs that are not plain free."""
        free = State.FREE.letter
        return [number for number, letter in enumerate(self.states) if letter != free]

    def next_of(self, pool: PoolId) -> tuple[Span, ...]:
        """What a pool, or a load-balancer range, hands out next, wherever that lies."""
        usage = self.pools.get(pool)
        if usage is None:
            return self.ranges.get(pool, ())
        return (usage.next,) if usage.next else ()

    def within(self, part: Span) -> "Survey":
        """What lies in a part of its span. O(log n), and what is copied."""
        if part == self.span:
            return self
        first = bisect_right(self.bounds, part.first) - 1
        after = bisect_left(self.bounds, part.last + 1)
        bounds = [part.first, *self.bounds[first + 1 : after], part.last + 1]
        states, flags = self.states[first:after], self.flags[first:after]
        tallies = tallies_of(bounds, states, flags)
        return Survey(part, bounds, states, flags, self.pools, tallies, self.ranges)


STATES: Mapping[str, State] = {state.letter: state for state in State}


def survey_of(
    span: Span,
    intervals: Iterable[Interval],
    occupants: Iterable[Occupant],
    findings: Collection[Span],
    ranges: Mapping[PoolId, tuple[Span, ...]] = MappingProxyType({}),
) -> Survey:
    """Survey what is cut into intervals already.

    Args:
        occupants: all that meet the span, for the pools and ranges.
        findings: the spans that have a finding, of whatever class.
        ranges: what load-balancer ranges hand out next, those of others too.
    """
    listed, stated = list(intervals), list(occupants)
    bounds = [*(each.span.first for each in listed), span.last + 1]
    states = "".join([each.state.letter for each in listed])
    flags = bytes([_flags(each, findings) for each in listed])
    tallies = tallies_of(bounds, states, flags)
    own = {(each.cluster, each.pool) for each in stated if each.role is Role.LBRANGE}
    met = {pool: ranges[pool] for pool in sorted(own & ranges.keys())}
    return Survey(span, bounds, states, flags, pools_of(stated), tallies, met)


def tallies_of(bounds: Sequence[int], states: str, flags: bytes) -> tuple[Tally, ...]:
    counts: Counter[tuple[str, int]] = Counter()
    for first, after, letter, flag in zip(bounds, bounds[1:], states, flags, strict=False):
        counts[letter, flag] += after - first
    return tuple(Tally(size, STATES[letter], flag) for (letter, flag), size in counts.items())


def pools_of(occupants: Iterable[Occupant]) -> dict[PoolId, PoolUsage]:
    """How full each pool is: a provider asks only for its own pool's addresses."""
    offers: dict[PoolId, list[Occupant]] = defaultdict(list)
    held: dict[PoolId, list[Occupant]] = defaultdict(list)
    for each in occupants:
        if each.role in (Role.POOL, Role.ALLOC):
            (offers if each.role is Role.POOL else held)[each.cluster, each.pool].append(each)
    return {pool: usage_of_occupants(each, held[pool]) for pool, each in offers.items()}


def _flags(interval: Interval, findings: Collection[Span]) -> int:
    return (
        STALE * interval.is_stale
        | SUSPECTED * interval.is_suspected
        | NEXT * interval.is_next
        | HAZARD * (interval.span in findings)
        | HELD * interval.is_held
        | TRACKED * interval.is_tracked
    )
