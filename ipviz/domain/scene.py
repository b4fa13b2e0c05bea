"""One segment as the rules look at it: one path a cluster, each object once, occupants by where they meet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, product

from ipviz.domain.estate import ClusterFacts, Estate, Evidence, PendingClaim
from ipviz.domain.hints import Network
from ipviz.domain.laid_plans import LaidPlans
from ipviz.domain.landmarks import Marked, declared_marks
from ipviz.domain.layout import Layout, PatchedLayout, PoolId
from ipviz.domain.members import Listed, Member
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools_in_use import PoolInUse, pools_among
from ipviz.domain.spans import BY_PLACE, Span
from ipviz.domain.spots import Spot, occupant_order, settled
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.twins import first_paths


class Endpoints:
    """The objects that state clusters' endpoints; gathered when one is asked for."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def of(self, path: str) -> tuple[Occupant, ...]:
        """Those of one cluster, in a fixed order."""
        return tuple(sorted(self._by_cluster.get(path, ()), key=occupant_order))

    @cached_property
    def _by_cluster(self) -> Mapping[str, list[Occupant]]:
        found: dict[str, list[Occupant]] = defaultdict(list)
        for each in self._layout.of_role(Role.CPE):
            found[each.consumer.cluster].append(each)
        return found


@dataclass(frozen=True)
class Scene:
    """The occupants of one segment, normalised; the same whatever order they came in.

    Args:
        statements: all that is stated of addresses.
        layout: where those of them are that rules go over: all, or what a change touches.
        gone_over: the clusters that rules go over: all, or those that a change touches.
        ranges_at: range occupants by span.
        range_pairs: every two range occupants that meet.
        members: the clusters with their objects, by path; second roads to one are left out.
    """

    estate: Estate
    statements: PatchedLayout
    layout: Layout
    gone_over: tuple[Member, ...]
    ranges_at: Mapping[Span, list[Occupant]]
    range_pairs: tuple[tuple[Occupant, Occupant], ...]
    pools: Mapping[PoolId, PoolInUse]
    members: Mapping[str, Member]
    endpoints: Endpoints
    pending: frozenset[PendingClaim]

    def spot(self, span: Span) -> Spot:
        if span not in self._spots:
            self._spots[span] = Spot.of(span, settled(list(self.stated(span))))
        return self._spots[span]

    def stated(self, span: Span) -> Sequence[Occupant]:
        """All that objects say of a span, before what they agree on is told once."""
        return self.statements.at(span)

    def is_used_within(self, prefix: Span) -> bool:
        """Say whether anything but IPAM states an address of a prefix that was handed out."""
        # What is stated within one changes only with the whole layout.
        return not prefix.is_single and self.statements.base.has_users_in(prefix)

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
    def marks(self) -> Mapping[Span, Marked]:
        """What the declared subnets keep for themselves."""
        return {mark.span: mark for mark in declared_marks(self.estate.subnets)}

    @cached_property
    def plans(self) -> LaidPlans:
        return LaidPlans(self.estate.subnets, self.ranges_at)

    @cached_property
    def untracked(self) -> Mapping[Span, tuple[Occupant, ...]]:
        """What somebody holds, or the subnet keeps, in pools that will hand it out all the same, in order.

        A pool knows its own IPAddresses alone. Where another pool's holds the address, two pools overlap,
        which is told once and not of each address, unless this is the next one, or that pool is gone.
        """
        found: dict[Span, list[Occupant]] = defaultdict(list)
        pools = (each for each in chain.from_iterable(self.ranges_at.values()) if each.role is Role.POOL)
        for pool in pools:
            used = (*self.layout.used_in(pool.span, pool_id(pool)), *filter(pool.span.contains, self.marks))
            for span in dict.fromkeys(used):
                holding = {pool_id(each) for each in self.stated(span) if each.role is Role.ALLOC}
                if self._may_hand_out(pool, span, holding):
                    found[span].append(pool)
        return _in_order(found)

    @cached_property
    def covered(self) -> Mapping[Span, tuple[Occupant, ...]]:
        """What a subnet and others need, in order, with the load-balancer ranges that cover it."""
        found: dict[Span, list[Occupant]] = defaultdict(list)
        for balancer in chain.from_iterable(self.ranges_at.values()):
            if balancer.role is Role.LBRANGE:
                needed = (
                    *self.layout.needed_in(balancer.span, balancer.cluster),
                    *filter(balancer.span.contains, self.marks),
                )
                for span in dict.fromkeys(needed):
                    found[span].append(balancer)
        return _in_order(found)

    def _may_hand_out(self, pool: Occupant, span: Span, holding: Set[PoolId]) -> bool:
        if pool_id(pool) in holding:
            return False
        following = self.pools[pool_id(pool)].next
        is_next = following is not None and following.contains(span)
        return is_next or not any(self._may_exist(each) for each in holding)

    def _may_exist(self, pool: PoolId) -> bool:
        """Say whether a pool is there, or may be, because its kind was never read."""
        is_there = pool in self.pools and bool(self.pools[pool].ranges)
        return is_there or not self.is_known((pool[0], pool[1].partition("/")[0]))

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

    def pools_of(self, management: str) -> Iterator[PoolInUse]:
        """The pools of one management cluster, in a fixed order."""
        return (self.pools[pool] for pool in sorted(self.pools) if pool[0] == management)

    def claimed_for(self, path: str) -> list[Occupant]:
        """What was claimed for one cluster, in whichever management cluster, in a fixed order."""
        found = chain.from_iterable(pool.by_cluster.get(path, ()) for pool in self.pools.values())
        return sorted(found, key=occupant_order)

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

    def networks_used_by(self, occupant: Occupant) -> frozenset[Network | None]:
        """Where the span is used; of a pool, wherever one of its claims is. None is an unknown network."""
        if occupant.role is Role.POOL:
            return self.networks_of_pool(pool_id(occupant))
        return frozenset({self._networks.get(home_of(occupant))})

    def networks_of_pool(self, pool: PoolId) -> frozenset[Network | None]:
        """Where its management cluster is, and each cluster that has something of it."""
        if not self._networks:
            return frozenset({None})
        if pool not in self._pool_networks:
            paths = (pool[0], *self.pools[pool].by_cluster)
            self._pool_networks[pool] = frozenset(map(self._networks.get, paths))
        return self._pool_networks[pool]

    def network_of(self, path: str) -> Network | None:
        """What is known of a cluster's network; None where nothing is."""
        return self._networks.get(path)

    @cached_property
    def _pool_networks(self) -> dict[PoolId, frozenset[Network | None]]:
        return {}

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

    @cached_property
    def where_use_is_unread(self) -> frozenset[Evidence]:
        """The lists that would show who uses an address and were never read: until then nobody is sure."""
        reached = [each for each in self.members.values() if each.facts.provisioned]
        return frozenset(
            (each.path, kind) for each in reached for kind in ("Node", "Service") if not each.knows(kind)
        )

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

    def listed_of(self, path: str) -> Sequence[tuple[str, Listed]]:
        """What the machines of a cluster list, by the path of the cluster that says so."""
        return self._listed.get(path, ())

    @cached_property
    def _listed(self) -> Mapping[str, list[tuple[str, Listed]]]:
        found: dict[str, list[tuple[str, Listed]]] = defaultdict(list)
        for path in sorted(self.members):
            for cluster, listed in self.members[path].listed_for.items():
                if cluster:
                    found[self.first_path(cluster)].append((path, listed))
        return found


def scene_of(estate: Estate) -> Scene:
    """Group the estate's occupants by where they meet. O(n log n + k) for k meetings of ranges."""
    occupants = tuple(renamed(estate.occupants, estate))
    ranges: dict[Span, list[Occupant]] = defaultdict(list)
    for each in [each for each in occupants if each.role in RANGE_ROLES]:
        ranges[each.span].append(each)
    layout = Layout(each for each in occupants if each.role not in RANGE_ROLES)
    ranges_at = {span: settled(each) for span, each in ranges.items()}
    members = {path: member_of(estate, path) for path in sorted({*estate.clusters} - {*estate.aliases})}
    pools = (each for group in ranges.values() for each in group if each.role is Role.POOL)
    return Scene(
        estate=estate,
        statements=PatchedLayout(layout, {}),
        layout=layout,
        gone_over=tuple(members.values()),
        ranges_at=ranges_at,
        range_pairs=_pairs(ranges_at),
        pools=pools_among(chain(pools, layout.of_role(Role.ALLOC))),
        members=members,
        endpoints=Endpoints(layout),
        pending=pending_of(estate),
    )


def pending_of(estate: Estate) -> frozenset[PendingClaim]:
    named = first_paths(estate.aliases)
    return frozenset(_renamed_claim(claim, named) for claim in estate.pending)


def member_of(estate: Estate, path: str) -> Member:
    return Member(estate.clusters[path], estate.records.get(path, {}))


def renamed(occupants: Iterable[Occupant], estate: Estate) -> Iterable[Occupant]:
    """Under the first paths of their clusters."""
    if not estate.aliases:
        return occupants
    named = first_paths(estate.aliases)
    return (_renamed(each, named) for each in occupants)


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


def _renamed(occupant: Occupant, named: Callable[[str], str]) -> Occupant:
    consumer = occupant.consumer
    cluster, serves = named(occupant.cluster), named(consumer.cluster)
    if (cluster, serves) == (occupant.cluster, consumer.cluster):
        return occupant
    return replace(occupant, cluster=cluster, consumer=replace(consumer, cluster=serves))


def _renamed_claim(claim: PendingClaim, named: Callable[[str], str]) -> PendingClaim:
    return replace(claim, cluster=named(claim.cluster), consumer_cluster=named(claim.consumer_cluster))
