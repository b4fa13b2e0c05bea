"""One segment as the rules look at it: one path a cluster, each object once, occupants by where they meet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, product

from ipviz.domain.estate import ClusterFacts, Estate, Evidence, PendingClaim
from ipviz.domain.hints import Network
from ipviz.domain.landmarks import declared_marks
from ipviz.domain.machines import MOST_TELLING_FIRST
from ipviz.domain.members import Member
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.twins import first_paths

PoolId = tuple[str, str]
"""The path of the management cluster, and the pool's key there."""

_ORDER = {
    role: rank
    for rank, role in enumerate((Role.SVC, Role.EXTIP, Role.CPE, Role.CPVIP, Role.ALLOC, Role.NODE))
}

_TELLING = {
    kind: rank
    for kinds in (("Cluster", "VSphereCluster", "Pod"), MOST_TELLING_FIRST)
    for rank, kind in enumerate(kinds)
}


@dataclass(frozen=True, slots=True)
class Spot:
    """All that is stated of one span, usually one address, in a fixed order."""

    span: Span
    allocations: tuple[Occupant, ...] = ()
    services: tuple[Occupant, ...] = ()
    """Without those that another load balancer serves: they have their own idea of who answers."""
    endpoints: tuple[Occupant, ...] = ()
    """Each cluster once, as its Cluster says, else its VSphereCluster, else kube-vip on its control plane."""
    nodes: tuple[Occupant, ...] = ()
    """Each machine once, and none for an address that kube-vip bound there for its own cluster."""
    externals: tuple[Occupant, ...] = ()
    """Services that list it among their `spec.externalIPs`."""

    @classmethod
    def of(cls, span: Span, occupants: Iterable[Occupant]) -> "Spot":
        by_role: dict[Role, list[Occupant]] = defaultdict(list)
        for each in occupants:
            if not each.foreign:
                by_role[each.role].append(each)
        return cls(
            span,
            allocations=tuple(by_role[Role.ALLOC]),
            services=tuple(by_role[Role.SVC]),
            endpoints=(*by_role[Role.CPE], *by_role[Role.CPVIP]),
            nodes=tuple(by_role[Role.NODE]),
            externals=tuple(by_role[Role.EXTIP]),
        )

    @property
    def occupants(self) -> tuple[Occupant, ...]:
        return self.services + self.externals + self.endpoints + self.allocations + self.nodes

    @property
    def is_shared(self) -> bool:
        return len(self.occupants) > 1


@dataclass(frozen=True)
class Scene:
    """The occupants of one segment, normalised; the same whatever order they came in.

    Args:
        at: address occupants by span; a handed-out prefix is also among those of every span inside it. What
            a declared subnet keeps for itself is a span here too, also where nobody holds it.
        covering: the range occupants that cover a span of `at`.
        ranges_at: range occupants by span.
        range_pairs: every two range occupants that meet.
    """

    estate: Estate
    at: Mapping[Span, list[Occupant]]
    covering: Mapping[Span, list[Occupant]]
    ranges_at: Mapping[Span, list[Occupant]]
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

    @property
    def served(self) -> Iterator[Spot]:
        """Every span that a Service holds, in address order."""
        served = (span for span, each in self.at.items() if any(o.role is Role.SVC for o in each))
        return map(self.spot, sorted(served))

    @cached_property
    def shared(self) -> tuple[Spot, ...]:
        """Every span that at least two occupants hold who may not be one user, in address order."""
        contested = (
            span for span, each in self.at.items() if len(each) > 1 and not _are_plainly_one_user(each)
        )
        spots = (self.spot(span) for span in sorted(contested))
        return tuple(spot for spot in spots if spot.is_shared)

    @cached_property
    def untracked(self) -> Mapping[Span, tuple[Occupant, ...]]:
        """The spans that somebody holds in pools of which no IPAddress does, in order, with these pools."""
        return {
            span: pools
            for span, pools in self.covered_by(Role.POOL).items()
            if (held := self.at[span]) and not any(each.role is Role.ALLOC for each in held)
        }

    def covered_by(self, role: Role) -> Mapping[Span, tuple[Occupant, ...]]:
        """The spans of `at` that ranges of that role cover, in order, each with these ranges."""
        found: dict[Span, tuple[Occupant, ...]] = {}
        for span in sorted(self.covering):
            if ranges := [each for each in self.covering[span] if each.role is role]:
                found[span] = tuple(sorted(ranges, key=occupant_order) if len(ranges) > 1 else ranges)
        return found

    def is_in_range_of(self, path: str, span: Span) -> bool:
        """Say whether that cluster's load-balancer ranges cover a span of `at`."""
        ranges = self.covering.get(span, ())
        return any(each.role is Role.LBRANGE and each.cluster == path for each in ranges)

    @cached_property
    def allocated_to(self) -> Mapping[tuple[PoolId, str], list[Occupant]]:
        """A pool's allocations by the cluster that they serve."""
        found: dict[tuple[PoolId, str], list[Occupant]] = defaultdict(list)
        for pool, allocations in self.allocations.items():
            for each in allocations:
                found[pool, each.consumer.cluster].append(each)
        return found

    def allocations_of(self, management: str) -> Iterable[Occupant]:
        """The IPAddresses of one management cluster, in a fixed order of pools."""
        pools = sorted(pool for pool in self.allocations if pool[0] == management)
        return chain.from_iterable(self.allocations[pool] for pool in pools)

    @cached_property
    def next_free(self) -> Mapping[PoolId, Span | None]:
        """What each pool will hand out next: the provider asks only for its own pool's addresses."""
        return {pool: next_of(each, self.allocations.get(pool, ())) for pool, each in self.pools.items()}

    def next_of_balancer(self, balancer: Occupant) -> Span | None:
        """What the next Service gets that this load-balancer range serves; None where it can't be told."""
        member = self.members.get(balancer.cluster)
        return member.next_of_range.get((balancer.pool, balancer.span.version)) if member else None

    def is_known(self, evidence: Evidence) -> bool:
        """Say whether that list was ever read whole: what was never read is not empty."""
        facts = self.estate.clusters.get(evidence[0])
        return facts is not None and evidence[1] in facts.read_at

    def is_unread(self, evidence: Evidence) -> bool:
        """Say whether that list is known only from an earlier poll."""
        facts = self.estate.clusters.get(evidence[0])
        return facts is not None and bool(facts.error or evidence[1] in facts.unread)

    def is_incomplete(self, evidence: Evidence) -> bool:
        """Say whether something of that list was not understood, so that what is missing may be in it."""
        facts = self.estate.clusters.get(evidence[0])
        return facts is not None and evidence[1] in facts.unreadable

    def endpoints_of(self, path: str) -> tuple[Occupant, ...]:
        """The objects that state the cluster's endpoint, in a fixed order."""
        return self._endpoints.get(path, ())

    @cached_property
    def _endpoints(self) -> Mapping[str, tuple[Occupant, ...]]:
        found: dict[str, list[Occupant]] = defaultdict(list)
        for occupants in self.at.values():
            for each in occupants:
                if each.role is Role.CPE:
                    found[each.consumer.cluster].append(each)
        return {path: tuple(sorted(each, key=occupant_order)) for path, each in found.items()}

    def networks_used_by(self, occupant: Occupant) -> frozenset[Network | None]:
        """Where the span is used; of a pool, wherever one of its claims is. None is an unknown network."""
        if occupant.role is Role.POOL:
            return self._pool_networks[pool_id(occupant)]
        return frozenset({self._networks.get(home_of(occupant))})

    def network_of(self, path: str) -> Network | None:
        """What is known of a cluster's network; None where nothing is."""
        return self._networks.get(path)

    @cached_property
    def _pool_networks(self) -> Mapping[PoolId, frozenset[Network | None]]:
        return {
            pool: frozenset(
                self._networks.get(path)
                for path in (pool[0], *(each.consumer.cluster for each in self.allocations.get(pool, ())))
            )
            for pool in self.pools
        }

    @cached_property
    def _networks(self) -> Mapping[str, Network]:
        """By first path; a management cluster's may be known from the Cluster that it lists as itself."""
        found: dict[str, Network] = {}
        for path, facts in sorted(
            self.estate.clusters.items(), key=lambda each: each[0] in self.estate.aliases
        ):
            if facts.network and facts.network.vcenter:
                found.setdefault(self.estate.aliases.get(path, path), facts.network)
        return found

    def provider_id(self, occupant: Occupant) -> str:
        """What a machine is lastingly known by; empty where its objects do not say."""
        member = self.members.get(occupant.cluster)
        return member.provider_id(occupant.ref) if member else ""

    def is_beside(self, machine: Occupant) -> bool:
        """Say whether a machine's Node is known and does not count the address as its own.

        kube-vip binds addresses to cards. One that was claimed for the machine is its own all the same.
        """
        member = self.members.get(machine.consumer.cluster)
        own = member.node_addresses.get(machine.consumer.machine) if member else None
        claimed = (each.consumer.is_same(machine.consumer) for each in self.spot(machine.span).allocations)
        return own is not None and machine.span not in own and not any(claimed)

    def first_path(self, path: str) -> str:
        """The path under which a cluster is told, whichever road it was seen by."""
        return self._named(path)

    @cached_property
    def _named(self) -> Callable[[str], str]:
        return first_paths(self.estate.aliases)

    @property
    def clusters(self) -> Iterator[ClusterFacts]:
        """Every cluster once, by path; second roads to one are left out."""
        for path in sorted(self.estate.clusters):
            if path not in self.estate.aliases:
                yield self.estate.clusters[path]

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """The same with their objects, by path."""
        return {each.path: Member(each, self.estate.records.get(each.path, {})) for each in self.clusters}


def scene_of(estate: Estate) -> Scene:
    """Group the estate's occupants by where they meet. O(n log n + k) for k meetings with ranges."""
    named = first_paths(estate.aliases)
    at: dict[Span, list[Occupant]] = defaultdict(list)
    ranges: dict[Span, list[Occupant]] = defaultdict(list)
    for occupant in estate.occupants:
        (ranges if occupant.role in RANGE_ROLES else at)[occupant.span].append(_renamed(occupant, named))
    for mark in declared_marks(estate.subnets):
        at.setdefault(mark.span, [])
    settled = {span: _settled(each) for span, each in ranges.items()}
    allocations = _by_pool(at.values(), Role.ALLOC)
    covering, pairs = _met(at, settled)
    return Scene(
        estate=estate,
        at=at,
        covering=covering,
        ranges_at=settled,
        range_pairs=pairs,
        pools=_by_pool(ranges.values(), Role.POOL),
        allocations=allocations,
        pending=frozenset(_renamed_claim(claim, named) for claim in estate.pending),
    )


def occupant_order(occupant: Occupant) -> tuple[int, str, Ref, str, Span]:
    """Sort by role, then by object."""
    role = _ORDER.get(occupant.role, len(_ORDER))
    return role, occupant.cluster, occupant.ref, occupant.pool, occupant.span


def _total_order(occupant: Occupant) -> tuple[bool, str]:
    """Of two readings of one object, the one that is not stale first; else always the same one."""
    return occupant.stale, repr(occupant)


def home_of(occupant: Occupant) -> str:
    """The cluster on whose network an address or range is used; empty where nobody can tell.

    What a management cluster's objects say of an address holds for whom it serves, wherever that runs.
    """
    is_here = occupant.role in (Role.SVC, Role.LBRANGE, Role.POOL)
    return occupant.cluster if is_here else occupant.consumer.cluster


def pool_id(occupant: Occupant) -> PoolId:
    return occupant.cluster, occupant.pool


def _met(
    at: dict[Span, list[Occupant]], ranges: Mapping[Span, list[Occupant]]
) -> tuple[dict[Span, list[Occupant]], tuple[tuple[Occupant, Occupant], ...]]:
    """Lay handed-out prefixes over what lies in them; return ranges by covered span, and pairs of ranges."""
    stated = {span: list(each) for span, each in at.items() if not span.is_single}
    covering: dict[Span, list[Occupant]] = defaultdict(list)
    pairs = [pair for span in sorted(ranges) for pair in combinations(ranges[span], 2)]
    for span in at.keys() & ranges.keys():
        covering[span] += ranges[span]
    for outer, inner in overlaps_among([*at, *ranges]):
        pairs += product(ranges.get(outer, ()), ranges.get(inner, ()))
        if inner in at:
            at[inner] += (each for each in stated.get(outer, ()) if outer.contains(inner))
            covering[inner] += ranges.get(outer, ())
    return covering, tuple(pairs)


def _are_plainly_one_user(stated: Sequence[Occupant]) -> bool:
    """Say cheaply of most shared spans what a closer look would: all state one use, each in its own way."""
    users = {(c.cluster, c.purpose, c.machine) for each in stated for c in (each.consumer,)}
    if len(users) > 1 or not next(iter(users))[0]:
        return False
    roles = [each.role for each in stated]
    return roles.count(Role.ALLOC) < 2 and roles.count(Role.SVC) < 2 and Role.EXTIP not in roles


def _settled(occupants: list[Occupant]) -> list[Occupant]:
    """Each object once, and of those that state one thing the most telling one.

    Virtual machines list every address on their cards, those that kube-vip bound there too (docs/domain.md,
    "Machines"); a management cluster sees its workload clusters' machines, but not their Services. So what
    is a machine's own is known only here, where all that is said of an address is together.
    """
    if len(occupants) < 2:
        return occupants
    unique: dict[_Statement, Occupant] = {}
    for each in occupants:
        identity = (each.cluster, each.ref, each.role, each.pool)
        other = unique.setdefault(identity, each)
        if other is not each:
            unique[identity] = min(other, each, key=_total_order)
    stated = sorted(unique.values(), key=occupant_order)
    told = [(each, _statement(each), _rank(each)) for each in stated]
    best: dict[_Statement, int] = {}
    for _, what, rank in told:
        best[what] = min(rank, best.get(what, rank))
    vips = {o.consumer.cluster for o in stated if o.role in (Role.SVC, Role.CPE, Role.CPVIP)}
    vips |= {o.cluster for o in stated if o.role is Role.SVC}
    return [
        each
        for each, what, rank in told
        if rank == best[what] and not (each.role is Role.NODE and each.consumer.cluster in vips)
    ]


_Statement = tuple[object, ...]


def _statement(occupant: Occupant) -> _Statement:
    """What several objects may state of one address: a cluster's endpoint, or a machine's address."""
    consumer = occupant.consumer
    if occupant.role in (Role.CPE, Role.CPVIP):
        return "endpoint", consumer.cluster
    if occupant.role is Role.NODE and consumer.cluster:
        return "machine", consumer.cluster, consumer.machine
    return occupant.cluster, occupant.ref, occupant.role, occupant.pool


def _rank(occupant: Occupant) -> int:
    """How telling an object is among those that state the same; the lowest is."""
    return _TELLING.get(occupant.ref.kind, 0)


def _by_pool(groups: Iterable[list[Occupant]], role: Role) -> dict[PoolId, tuple[Occupant, ...]]:
    """Each object's spans once, by whichever roads it was seen."""
    found: dict[PoolId, dict[tuple[Ref, Span], Occupant]] = defaultdict(dict)
    for group in groups:
        for each in group:
            if each.role is role:
                found[pool_id(each)].setdefault((each.ref, each.span), each)
    return {pool: tuple(each.values()) for pool, each in found.items()}


def _renamed(occupant: Occupant, named: Callable[[str], str]) -> Occupant:
    consumer = occupant.consumer
    cluster, serves = named(occupant.cluster), named(consumer.cluster)
    if (cluster, serves) == (occupant.cluster, consumer.cluster):
        return occupant
    return replace(occupant, cluster=cluster, consumer=replace(consumer, cluster=serves))


def _renamed_claim(claim: PendingClaim, named: Callable[[str], str]) -> PendingClaim:
    return replace(claim, cluster=named(claim.cluster), consumer_cluster=named(claim.consumer_cluster))
