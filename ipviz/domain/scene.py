"""One segment as the rules look at it: one path a cluster, each object once, occupants by where they meet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, product

from ipviz.domain.estate import ClusterFacts, Estate, Evidence, PendingClaim
from ipviz.domain.hints import Network
from ipviz.domain.landmarks import declared_marks
from ipviz.domain.layout import Layout, PoolId
from ipviz.domain.members import Member
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.spans import BY_PLACE, Span
from ipviz.domain.spots import Spot, occupant_order, settled
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.twins import first_paths


@dataclass(frozen=True)
class Scene:
    """The occupants of one segment, normalised; the same whatever order they came in.

    Args:
        layout: where the address occupants are.
        ranges_at: range occupants by span.
        range_pairs: every two range occupants that meet.
    """

    estate: Estate
    layout: Layout
    ranges_at: Mapping[Span, list[Occupant]]
    range_pairs: tuple[tuple[Occupant, Occupant], ...]
    pools: Mapping[PoolId, tuple[Occupant, ...]]
    allocations: Mapping[PoolId, tuple[Occupant, ...]]
    pending: frozenset[PendingClaim]

    def spot(self, span: Span) -> Spot:
        if span not in self._spots:
            self._spots[span] = Spot.of(span, settled(list(self.stated(span))))
        return self._spots[span]

    def stated(self, span: Span) -> Sequence[Occupant]:
        """All that objects say of a span, before what they agree on is told once."""
        return self.layout.at(span)

    @cached_property
    def _spots(self) -> dict[Span, Spot]:
        return {}

    @property
    def served(self) -> Iterator[Spot]:
        """The addresses of Services, in order, without those that IPAM holds for their one user."""
        return map(self.spot, self.layout.served())

    @cached_property
    def shared(self) -> tuple[Spot, ...]:
        """Every span that at least two occupants hold who may not be one user, in address order."""
        spots = (self.spot(span) for span in sorted(self.layout.contested(), key=BY_PLACE))
        return tuple(spot for spot in spots if spot.is_shared)

    @cached_property
    def untracked(self) -> Mapping[Span, tuple[Occupant, ...]]:
        """The spans that somebody holds in pools that will hand them out all the same, in order.

        A pool knows its own IPAddresses alone. Where another pool's holds the address, two pools overlap,
        which is told once and not of each address, unless this is the next one, or that pool is gone.
        """
        found: dict[Span, list[Occupant]] = defaultdict(list)
        for pool in chain.from_iterable(self.ranges_at.values()):
            for span in self.layout.used_in(pool.span, pool_id(pool)) if pool.role is Role.POOL else ():
                holding = {pool_id(each) for each in self.stated(span) if each.role is Role.ALLOC}
                if self._may_hand_out(pool, span, holding):
                    found[span].append(pool)
        return _in_order(found)

    @cached_property
    def covered(self) -> Mapping[Span, tuple[Occupant, ...]]:
        """What endpoints, machines and the subnet need, in order, with the load-balancer ranges over it."""
        marks = [mark.span for mark in declared_marks(self.estate.subnets)]
        found: dict[Span, list[Occupant]] = defaultdict(list)
        for balancer in chain.from_iterable(self.ranges_at.values()):
            if balancer.role is Role.LBRANGE:
                needed = (*self.layout.needed_in(balancer.span), *filter(balancer.span.contains, marks))
                for span in dict.fromkeys(needed):
                    found[span].append(balancer)
        return _in_order(found)

    def _may_hand_out(self, pool: Occupant, span: Span, holding: Set[PoolId]) -> bool:
        if pool_id(pool) in holding:
            return False
        following = self.next_free[pool_id(pool)]
        is_next = following is not None and following.contains(span)
        return is_next or not any(each in self.pools or self._may_exist(each) for each in holding)

    def _may_exist(self, pool: PoolId) -> bool:
        """Say whether a pool that is not known may be there: its kind was never read."""
        return not self.is_known((pool[0], pool[1].partition("/")[0]))

    def is_in_range_of(self, path: str, span: Span) -> bool:
        """Say whether that cluster's load-balancer ranges cover a span."""
        return any(each.contains(span) for each in self._balancers.get(path, ()))

    @cached_property
    def _balancers(self) -> Mapping[str, list[Span]]:
        found: dict[str, list[Span]] = defaultdict(list)
        for each in chain.from_iterable(self.ranges_at.values()):
            if each.role is Role.LBRANGE:
                found[each.cluster].append(each.span)
        return found

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
        for each in self.layout.of_role(Role.CPE):
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
    """Group the estate's occupants by where they meet. O(n log n + k) for k meetings of ranges."""
    named = first_paths(estate.aliases)
    told: Iterable[Occupant] = estate.occupants
    if estate.aliases:
        told = [_renamed(each, named) for each in estate.occupants]
    ranges: dict[Span, list[Occupant]] = defaultdict(list)
    addresses = []
    for each in told:
        if each.role in RANGE_ROLES:
            ranges[each.span].append(each)
        else:
            addresses.append(each)
    layout = Layout(addresses)
    ranges_at = {span: settled(each) for span, each in ranges.items()}
    return Scene(
        estate=estate,
        layout=layout,
        ranges_at=ranges_at,
        range_pairs=_pairs(ranges_at),
        pools=_by_pool(each for group in ranges.values() for each in group if each.role is Role.POOL),
        allocations=_by_pool(layout.of_role(Role.ALLOC)),
        pending=frozenset(_renamed_claim(claim, named) for claim in estate.pending),
    )


def home_of(occupant: Occupant) -> str:
    """The cluster on whose network an address or range is used; empty where nobody can tell.

    What a management cluster's objects say of an address holds for whom it serves, wherever that runs.
    """
    is_here = occupant.role in (Role.SVC, Role.LBRANGE, Role.POOL)
    return occupant.cluster if is_here else occupant.consumer.cluster


def pool_id(occupant: Occupant) -> PoolId:
    return occupant.cluster, occupant.pool


def _in_order(found: Mapping[Span, list[Occupant]]) -> dict[Span, tuple[Occupant, ...]]:
    return {span: tuple(sorted(found[span], key=occupant_order)) for span in sorted(found, key=BY_PLACE)}


def _pairs(ranges: Mapping[Span, list[Occupant]]) -> tuple[tuple[Occupant, Occupant], ...]:
    """Every two ranges that meet."""
    pairs = [pair for span in sorted(ranges, key=BY_PLACE) for pair in combinations(ranges[span], 2)]
    for outer, inner in overlaps_among(ranges):
        pairs += product(ranges[outer], ranges[inner])
    return tuple(pairs)


def _by_pool(occupants: Iterable[Occupant]) -> dict[PoolId, tuple[Occupant, ...]]:
    """Each object's spans once, by whichever roads it was seen."""
    found: dict[PoolId, dict[tuple[str, int], Occupant]] = defaultdict(dict)
    for each in occupants:
        found[each.cluster, each.pool].setdefault((each.ref.uid, each.span.first), each)
    return {pool: tuple(each.values()) for pool, each in found.items()}


def _renamed(occupant: Occupant, named: Callable[[str], str]) -> Occupant:
    consumer = occupant.consumer
    cluster, serves = named(occupant.cluster), named(consumer.cluster)
    if (cluster, serves) == (occupant.cluster, consumer.cluster):
        return occupant
    return replace(occupant, cluster=cluster, consumer=replace(consumer, cluster=serves))


def _renamed_claim(claim: PendingClaim, named: Callable[[str], str]) -> PendingClaim:
    return replace(claim, cluster=named(claim.cluster), consumer_cluster=named(claim.consumer_cluster))
