"""All that is stated of one span, each object once and each use by what tells most of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ipviz.domain.machines import MOST_TELLING_FIRST
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span

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


def occupant_order(occupant: Occupant) -> tuple[int, str, Ref, str, Span]:
    """Sort by role, then by object."""
    role = _ORDER.get(occupant.role, len(_ORDER))
    return role, occupant.cluster, occupant.ref, occupant.pool, occupant.span


def total_order(occupant: Occupant) -> tuple[bool, str]:
    """Of two readings of one object, the one that is not stale first; else always the same one."""
    return occupant.stale, repr(occupant)


def settled(occupants: list[Occupant]) -> list[Occupant]:
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
            unique[identity] = min(other, each, key=total_order)
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
