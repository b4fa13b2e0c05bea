"""A pool with what it gave away, as occupants tell."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from ipviz.domain.layout import PoolId
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.pools import next_free
from ipviz.domain.spans import Span, subtracted
from ipviz.domain.spots import total_order

AllocationKey = tuple[str, int]
"""An IPAddress by its uid, and where what it holds begins."""


class PoolInUse:
    """One pool. Each object's span is in it once, by whichever roads it was seen."""

    def __init__(
        self,
        ranges: Sequence[Occupant] = (),
        allocations: Mapping[AllocationKey, Occupant] | None = None,
        *,
        by_cluster: Mapping[str, Sequence[Occupant]] | None = None,
        free: tuple[Span, ...] | None = None,
    ) -> None:
        """Hold a pool.

        Args:
            ranges: its POOL occupants; none where only its addresses are known.
            allocations: the ALLOC occupants of its own addresses.
            by_cluster: see below, where it is known already.
            free: likewise.
        """
        self.ranges = ranges
        self.allocations = allocations or {}
        self._by_cluster = by_cluster
        self._free = free

    @classmethod
    def of(cls, occupants: Iterable[Occupant]) -> "PoolInUse":
        ranges: dict[AllocationKey, Occupant] = {}
        allocations: dict[AllocationKey, Occupant] = {}
        for each in occupants:
            _keep(ranges if each.role is Role.POOL else allocations, each)
        return cls(tuple(ranges.values()), allocations)

    @property
    def by_cluster(self) -> Mapping[str, Sequence[Occupant]]:
        """Its allocations by the path of the cluster that they serve."""
        if self._by_cluster is None:
            self._by_cluster = _by_consumer(self.allocations.values())
        return self._by_cluster

    @property
    def free(self) -> tuple[Span, ...]:
        """What it has not given away, in order; the provider asks only for its own pool's addresses."""
        if self._free is None:
            held = (each.span for each in self.allocations.values())
            self._free = subtracted((each.span for each in self.ranges), held)
        return self._free

    def changed(self, gone: Iterable[Occupant], here: Sequence[Occupant]) -> "PoolInUse":
        """The pool after some of its allocations went, and others came.

        Costs what changed, a copy of each mapping, and the gaps between what is given away.

        Args:
            here: all its allocations where something came or went.
        """
        allocations, by_cluster = dict(self.allocations), dict(self.by_cluster)
        keys = {_key(each) for each in (*gone, *here)}
        released = [old for key in keys if (old := allocations.pop(key, None))]
        for path, over in _by_consumer(released).items():
            kept = [each for each in by_cluster.pop(path) if each not in over]
            by_cluster |= {path: kept} if kept else {}
        for each in here:
            _keep(allocations, each)
        fresh = [allocations[key] for key in sorted(keys & allocations.keys())]
        for path, more in _by_consumer(fresh).items():
            there = by_cluster.get(path, ())
            by_cluster[path] = [*there, *(each for each in more if each not in there)]
        spans = [own.span.intersection(each.span) for each in released for own in self.ranges]
        free = subtracted((*self.free, *filter(None, spans)), (each.span for each in here))
        return PoolInUse(self.ranges, allocations, by_cluster=by_cluster, free=free)

    @cached_property
    def next(self) -> Span | None:
        """What it hands out next; asked for each address that it may hand out."""
        length = self.ranges[0].allocation_prefix if self.ranges else 0
        return next_free(self.free, (), length)

    @cached_property
    def usual_need(self) -> int:
        """How many addresses one cluster usually has of it: one for its API, several for Services."""
        each = [sum(not a.consumer.machine for a in of) for path, of in self.by_cluster.items() if path]
        usual = Counter(filter(None, each))
        return max(usual, key=lambda many: (usual[many], many), default=1)


def _keep(held: dict[AllocationKey, Occupant], occupant: Occupant) -> None:
    """Of two readings of one object always the same one, whichever comes first."""
    other = held.setdefault(_key(occupant), occupant)
    if other is not occupant:
        held[_key(occupant)] = min(other, occupant, key=total_order)


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
