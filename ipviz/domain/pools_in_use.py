"""A pool with what it gave away, as occupants tell."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ipviz.domain.layout import PoolId
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.spans import Span


@dataclass(frozen=True)
class PoolInUse:
    """One pool. Each object's span is in it once, by whichever roads it was seen.

    Args:
        ranges: its POOL occupants; none where only its addresses are known.
        allocations: the ALLOC occupants of its own addresses.
    """

    ranges: tuple[Occupant, ...] = ()
    allocations: tuple[Occupant, ...] = ()

    @classmethod
    def of(cls, occupants: Iterable[Occupant]) -> "PoolInUse":
        ranges: dict[tuple[str, int], Occupant] = {}
        allocations: dict[tuple[str, int], Occupant] = {}
        for each in occupants:
            once = ranges if each.role is Role.POOL else allocations
            once.setdefault((each.ref.uid, each.span.first), each)
        return cls(tuple(ranges.values()), tuple(allocations.values()))

    @cached_property
    def next(self) -> Span | None:
        """What it hands out next: the provider asks only for its own pool's addresses."""
        return next_of(self.ranges, self.allocations)

    @cached_property
    def by_cluster(self) -> Mapping[str, list[Occupant]]:
        """Its allocations by the path of the cluster that they serve."""
        found: dict[str, list[Occupant]] = defaultdict(list)
        for each in self.allocations:
            found[each.consumer.cluster].append(each)
        return found

    @cached_property
    def usual_need(self) -> int:
        """How many addresses one cluster usually has of it: one for its API, several for Services."""
        each = [sum(not a.consumer.machine for a in of) for path, of in self.by_cluster.items() if path]
        usual = Counter(filter(None, each))
        return max(usual, key=lambda many: (usual[many], many), default=1)


def pools_among(occupants: Iterable[Occupant]) -> dict[PoolId, PoolInUse]:
    """Every pool that some POOL or ALLOC occupants speak of."""
    found: dict[PoolId, list[Occupant]] = defaultdict(list)
    for each in occupants:
        found[each.cluster, each.pool].append(each)
    return {pool: PoolInUse.of(each) for pool, each in found.items()}
