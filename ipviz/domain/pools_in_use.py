"""A pool with what it gave away, as occupants tell."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ipviz.domain.layout import PoolId
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.pools import next_free
from ipviz.domain.spans import Span, subtracted

AllocationKey = tuple[str, int]
"""An IPAddress by its uid, and where what it holds begins."""


@dataclass(frozen=True)
class PoolInUse:
    """One pool. Each object's span is in it once, by whichever roads it was seen.

    Args:
        ranges: its POOL occupants; none where only its addresses are known.
        allocations: the ALLOC occupants of its own addresses.
        by_cluster: the same by the path of the cluster that they serve.
        free: what it has not given away, in order; the provider asks only for its own pool's addresses.
    """

    ranges: tuple[Occupant, ...] = ()
    allocations: Mapping[AllocationKey, Occupant] = field(default_factory=dict)
    by_cluster: Mapping[str, Sequence[Occupant]] = field(default_factory=dict)
    free: tuple[Span, ...] = ()

    @classmethod
    def of(cls, occupants: Iterable[Occupant]) -> "PoolInUse":
        ranges: dict[AllocationKey, Occupant] = {}
        allocations: dict[AllocationKey, Occupant] = {}
        for each in occupants:
            (ranges if each.role is Role.POOL else allocations).setdefault(_key(each), each)
        held = (each.span for each in allocations.values())
        free = subtracted((each.span for each in ranges.values()), held)
        return cls(tuple(ranges.values()), allocations, _by_consumer(allocations.values()), free)

    def changed(self, gone: Iterable[Occupant], here: Sequence[Occupant]) -> "PoolInUse":
        """The pool after some of its allocations went, and others came.

        Costs what changed, a copy of each mapping, and the gaps between what is given away.

        Args:
            here: all its allocations where something came or went.
        """
        allocations, by_cluster = dict(self.allocations), dict(self.by_cluster)
        released = [old for each in gone if (old := allocations.pop(_key(each), None))]
        for path, over in _by_consumer(released).items():
            kept = [each for each in by_cluster.pop(path) if each not in over]
            by_cluster |= {path: kept} if kept else {}
        fresh = [each for each in here if allocations.setdefault(_key(each), each) is each]
        for path, more in _by_consumer(fresh).items():
            there = by_cluster.get(path, ())
            by_cluster[path] = [*there, *(each for each in more if each not in there)]
        spans = [own.span.intersection(each.span) for each in released for own in self.ranges]
        free = subtracted((*self.free, *filter(None, spans)), (each.span for each in here))
        return PoolInUse(self.ranges, allocations, by_cluster, free)

    @property
    def next(self) -> Span | None:
        """What it hands out next."""
        length = self.ranges[0].allocation_prefix if self.ranges else 0
        return next_free(self.free, (), length)

    @cached_property
    def usual_need(self) -> int:
        """How many addresses one cluster usually has of it: one for its API, several for Services."""
        each = [sum(not a.consumer.machine for a in of) for path, of in self.by_cluster.items() if path]
        usual = Counter(filter(None, each))
        return max(usual, key=lambda many: (usual[many], many), default=1)


def _key(occupant: Occupant) -> AllocationKey:
    return occupant.ref.uid, occupant.span.first


def _by_consumer(allocations: Iterable[Occupant]) -> dict[str, list[Occupant]]:
    found: dict[str, list[Occupant]] = defaultdict(list)
    for each in allocations:
        found[each.consumer.cluster].append(each)
    return dict(found)


def pools_among(occupants: Iterable[Occupant]) -> dict[PoolId, PoolInUse]:
    """Every pool that some POOL or ALLOC occupants speak of."""
    found: dict[PoolId, list[Occupant]] = defaultdict(list)
    for each in occupants:
        found[each.cluster, each.pool].append(each)
    return {pool: PoolInUse.of(each) for pool, each in found.items()}
