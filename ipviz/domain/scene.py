"""One segment as the rules look at it: one path a cluster, each object once, occupants by where they meet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations, product

from ipviz.domain.estate import ClusterFacts, Estate, Evidence, PendingClaim
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import next_free
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span
from ipviz.domain.sweep import overlaps_among

PoolId = tuple[str, str]
"""The path of the management cluster, and the pool's key there."""

_ORDER = {role: rank for rank, role in enumerate((Role.SVC, Role.CPE, Role.CPVIP, Role.ALLOC, Role.NODE))}


@dataclass(frozen=True, slots=True)
class Spot:
    """All that is stated of one span, usually one address, in a fixed order."""

    span: Span
    allocations: tuple[Occupant, ...] = ()
    services: tuple[Occupant, ...] = ()
    """Without those that another load balancer serves: they have their own idea of who answers."""
    endpoints: tuple[Occupant, ...] = ()
    nodes: tuple[Occupant, ...] = ()

    @classmethod
    def of(cls, span: Span, occupants: Iterable[Occupant]) -> "Spot":
        by_role: dict[Role, list[Occupant]] = defaultdict(list)
        for each in occupants:
            if not each.foreign:
                by_role[each.role].append(each)
        roles = (Role.ALLOC, Role.SVC, Role.CPE, Role.NODE)
        return cls(span, *(tuple(by_role[role]) for role in roles))

    @property
    def is_shared(self) -> bool:
        return len(self.allocations) + len(self.services) + len(self.endpoints) + len(self.nodes) > 1


@dataclass(frozen=True)
class Scene:
    """The occupants of one segment, normalised; the same whatever order they came in.

    Args:
        at: address occupants by span; a handed-out prefix is also among those of every span inside it.
        pooled: the POOL occupants that cover a span of `at`.
        range_pairs: every two range occupants that meet.
    """

    estate: Estate
    at: Mapping[Span, list[Occupant]]
    pooled: Mapping[Span, list[Occupant]]
    range_pairs: tuple[tuple[Occupant, Occupant], ...]
    pools: Mapping[PoolId, tuple[Occupant, ...]]
    allocations: Mapping[PoolId, tuple[Occupant, ...]]
    pending: frozenset[PendingClaim]

    def spot(self, span: Span) -> Spot:
        if span not in self._spots:
            self._spots[span] = Spot.of(span, _settled(self.at.get(span, [])))
        return self._spots[span]

    @cached_property
    def _spots(self) -> dict[Span, Spot]:
        return {}

    @cached_property
    def shared(self) -> tuple[Spot, ...]:
        """Every span that at least two occupants hold, in address order."""
        spots = (self.spot(span) for span in sorted(s for s, each in self.at.items() if len(each) > 1))
        return tuple(spot for spot in spots if spot.is_shared)

    @cached_property
    def allocated_to(self) -> Mapping[tuple[PoolId, str], list[Occupant]]:
        """A pool's allocations by the cluster that they serve."""
        found: dict[tuple[PoolId, str], list[Occupant]] = defaultdict(list)
        for pool, allocations in self.allocations.items():
            for each in allocations:
                found[pool, each.consumer.cluster].append(each)
        return found

    @cached_property
    def next_free(self) -> Mapping[PoolId, Span | None]:
        """What each pool will hand out next: the provider asks only for its own pool's addresses."""
        return {
            pool: next_free(
                [each.span for each in spans], [each.span for each in self.allocations.get(pool, ())]
            )
            for pool, spans in self.pools.items()
        }

    def is_known(self, evidence: Evidence) -> bool:
        """Say whether that list was ever read whole: what was never read is not empty."""
        facts = self.estate.clusters.get(evidence[0])
        return facts is not None and evidence[1] in facts.read_at

    def is_unread(self, evidence: Evidence) -> bool:
        """Say whether that list is known only from an earlier poll."""
        facts = self.estate.clusters.get(evidence[0])
        return facts is not None and bool(facts.error or evidence[1] in facts.unread)

    @property
    def clusters(self) -> Iterator[ClusterFacts]:
        """Every cluster once, by path; second roads to one are left out."""
        for path in sorted(self.estate.clusters):
            if path not in self.estate.aliases:
                yield self.estate.clusters[path]


def scene_of(estate: Estate) -> Scene:
    """Group the estate's occupants by where they meet. O(n log n + k) for k meetings with ranges."""
    named = _namer(estate.aliases)
    at: dict[Span, list[Occupant]] = defaultdict(list)
    ranges: dict[Span, list[Occupant]] = defaultdict(list)
    for occupant in estate.occupants:
        (ranges if occupant.role in RANGE_ROLES else at)[occupant.span].append(_renamed(occupant, named))
    pooled, pairs = _met(at, {span: _settled(each) for span, each in ranges.items()})
    return Scene(
        estate=estate,
        at=at,
        pooled=pooled,
        range_pairs=pairs,
        pools=_by_pool(ranges.values(), Role.POOL),
        allocations=_by_pool(at.values(), Role.ALLOC),
        pending=frozenset(_renamed_claim(claim, named) for claim in estate.pending),
    )


def occupant_order(occupant: Occupant) -> tuple[int, str, Ref, str, Span]:
    """Sort by role, then by object."""
    role = _ORDER.get(occupant.role, len(_ORDER))
    return role, occupant.cluster, occupant.ref, occupant.pool, occupant.span


def _total_order(occupant: Occupant) -> tuple[bool, str]:
    """Of two readings of one object, the one that is not stale first; else always the same one."""
    return occupant.stale, repr(occupant)


def pool_id(occupant: Occupant) -> PoolId:
    return occupant.cluster, occupant.pool


def _met(
    at: dict[Span, list[Occupant]], ranges: Mapping[Span, list[Occupant]]
) -> tuple[dict[Span, list[Occupant]], tuple[tuple[Occupant, Occupant], ...]]:
    """Lay handed-out prefixes over what lies in them; return pools by covered span, and pairs of ranges."""
    stated = {span: list(each) for span, each in at.items() if not span.is_single}
    pooled: dict[Span, list[Occupant]] = defaultdict(list)
    pairs = [pair for span in sorted(ranges) for pair in combinations(ranges[span], 2)]
    for span in at.keys() & ranges.keys():
        pooled[span] += (each for each in ranges[span] if each.role is Role.POOL)
    for outer, inner in overlaps_among([*at, *ranges]):
        pairs += product(ranges.get(outer, ()), ranges.get(inner, ()))
        if inner in at:
            at[inner] += (each for each in stated.get(outer, ()) if outer.contains(inner))
            pooled[inner] += (each for each in ranges.get(outer, ()) if each.role is Role.POOL)
    return pooled, tuple(pairs)


def _settled(occupants: list[Occupant]) -> list[Occupant]:
    """Each object once, a VSphereCluster only where its Cluster is silent, a node not for its own VIP.

    Virtual machines list every address on their cards, those that kube-vip bound there too (docs/domain.md,
    "Nodes").
    """
    if len(occupants) < 2:
        return occupants
    unique: dict[tuple[str, Ref, Role, str], Occupant] = {}
    for each in occupants:
        identity = (each.cluster, each.ref, each.role, each.pool)
        other = unique.setdefault(identity, each)
        if other is not each:
            unique[identity] = min(other, each, key=_total_order)
    endpoints = {
        o.consumer.cluster for o in unique.values() if o.role is Role.CPE and o.ref.kind == "Cluster"
    }
    own = {o.cluster for o in unique.values() if o.role is Role.SVC}
    own |= {o.consumer.cluster for o in unique.values() if o.role is Role.CPE}
    return [
        each
        for each in sorted(unique.values(), key=occupant_order)
        if not (each.ref.kind == "VSphereCluster" and each.consumer.cluster in endpoints)
        and not (each.role is Role.NODE and each.cluster in own)
    ]


def _by_pool(groups: Iterable[list[Occupant]], role: Role) -> dict[PoolId, tuple[Occupant, ...]]:
    found: dict[PoolId, list[Occupant]] = defaultdict(list)
    for group in groups:
        for each in group:
            if each.role is role:
                found[pool_id(each)].append(each)
    return {pool: tuple(each) for pool, each in found.items()}


def _namer(aliases: Mapping[str, str]) -> Callable[[str], str]:
    """A cluster's first path; what is reached through a second road to its management cluster follows."""

    @cache
    def named(path: str) -> str:
        if path in aliases:
            return aliases[path]
        management, slash, rest = path.partition("/")
        through = aliases.get(management, management) + slash + rest
        return aliases.get(through, through)

    return named


def _renamed(occupant: Occupant, named: Callable[[str], str]) -> Occupant:
    consumer = occupant.consumer
    cluster, serves = named(occupant.cluster), named(consumer.cluster)
    if (cluster, serves) == (occupant.cluster, consumer.cluster):
        return occupant
    return replace(occupant, cluster=cluster, consumer=replace(consumer, cluster=serves))


def _renamed_claim(claim: PendingClaim, named: Callable[[str], str]) -> PendingClaim:
    return replace(claim, cluster=named(claim.cluster), consumer_cluster=named(claim.consumer_cluster))
