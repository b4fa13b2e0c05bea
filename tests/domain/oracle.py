"""What docs/domain.md says of a small fleet, found address by address and pair by pair, without the sweep.

It is slow and plain on purpose, and shares nothing with the judge but the values that it is asked about.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, product

from ipviz.domain.estate import Estate
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.spans import Span, single

Said = tuple[str, str, str]
"""Rule, severity and one address."""
RANK = ("critical", "high", "medium", "low", "info")
KINDS = ("Cluster", "VSphereCluster", "Pod")
VIEWS = ("Node", "Machine", "VSphereMachine", "VSphereVM")


def expected(estate: Estate, universe: Iterable[Span]) -> set[Said]:
    """Every rule that speaks of addresses, for each address of the universe on its own."""
    found: set[Said] = set()
    for address in universe:
        for rule, severities in _at(estate, address).items():
            if severities:
                found.add((rule, min(severities, key=RANK.index), str(address)))
    return found


def _at(estate: Estate, address: Span) -> dict[str, list[str]]:
    stated = [each for each in estate.occupants if each.span.contains(address)]
    here = [each for each in stated if not each.foreign]
    services = _of(here, Role.SVC)
    externals = _of(here, Role.EXTIP)
    endpoints = _endpoints(here)
    allocations = _of(here, Role.ALLOC)
    nodes = _nodes(stated)
    users = [*services, *endpoints, *nodes]
    pools, ranges = _of(here, Role.POOL), _of(here, Role.LBRANGE)
    return {
        "C1": [*_duplicates(allocations)],
        "C2": ["critical" for a, b in combinations(allocations, 2) if _pool(a) != _pool(b)],
        "C3": [
            _of_service(s) for s, a in product(services, allocations) if not s.consumer.is_same(a.consumer)
        ],
        "C4": [_both(a, b) for a, b in combinations(services, 2) if a.cluster != b.cluster],
        "C5": [*_ports_in_common(services)],
        "C7": [
            _leaving(a, b) for a, b in combinations(endpoints, 2) if a.consumer.cluster != b.consumer.cluster
        ],
        "C8": [_of_service(s) for s, e in product(services, endpoints) if not s.consumer.is_same(e.consumer)],
        "C9": [
            "low" if not a.consumer.cluster else "critical"
            for e, a in product(endpoints, allocations)
            if not e.consumer.is_same(a.consumer)
        ],
        "C10": [
            _of_machine(n, o)
            for n, o in product(nodes, [*services, *endpoints, *allocations])
            if _foreign(n, o)
        ],
        "C11": ["critical" for _ in combinations(nodes, 2)],
        "C12": [*_landmark(estate, address, [*users, *externals, *allocations])],
        "C13": [*_externals(externals, services, endpoints, allocations, nodes)],
        "H1": [*_squatters(estate, address, users, allocations, pools, released=False)],
        "H10": [*_squatters(estate, address, users, allocations, pools, released=True)],
        "H2": [
            "high"
            for r, p in product(ranges, pools)
            if not any(_pool(a) == _pool(p) and a.consumer.is_same(r.consumer) for a in allocations)
        ],
        "H3": ["high" for a, b in combinations(ranges, 2) if a.cluster != b.cluster],
        "H4": ["medium" for a, b in combinations(ranges, 2) if a.cluster == b.cluster and a.pool != b.pool],
        "H5": ["high" for a, b in combinations(pools, 2) if _pool(a) != _pool(b)],
        "H6": [*_covered(estate, address, ranges, services, [*endpoints, *nodes])],
        "H7": [
            "high"
            for subnet in estate.subnets
            for scope in subnet.dhcp
            for _ in [*pools, *ranges]
            if subnet.declared and scope.contains(address)
        ],
    }


def _of(here: Iterable[Occupant], role: Role) -> list[Occupant]:
    return [each for each in here if each.role is role]


def _pool(occupant: Occupant) -> tuple[str, str]:
    return occupant.cluster, occupant.pool


def _endpoints(here: list[Occupant]) -> list[Occupant]:
    """A Cluster, its VSphereCluster and kube-vip state one endpoint."""
    found = sorted(
        (each for each in here if each.role in (Role.CPE, Role.CPVIP)), key=lambda o: KINDS.index(o.ref.kind)
    )
    return [
        each
        for n, each in enumerate(found)
        if all(each.consumer.cluster != o.consumer.cluster for o in found[:n])
    ]


def _nodes(here: list[Occupant]) -> list[Occupant]:
    """Four views are one machine, and what a card has for its cluster's kube-vip is not its own."""
    vips = [each for each in here if each.role in (Role.SVC, Role.CPE, Role.CPVIP)]
    own = [
        each
        for each in sorted(_of(here, Role.NODE), key=lambda o: VIEWS.index(o.ref.kind))
        if all(
            each.consumer.cluster not in (v.consumer.cluster, v.cluster if v.role is Role.SVC else "")
            for v in vips
        )
    ]
    return [each for n, each in enumerate(own) if all(each.consumer != o.consumer for o in own[:n])]


def _duplicates(allocations: list[Occupant]) -> Iterator[str]:
    for a, b in combinations(allocations, 2):
        if _pool(a) == _pool(b) and a.ref.uid != b.ref.uid:
            yield _leaving(a, b)


def _of_service(service: Occupant) -> str:
    return "critical" if service.announced else "medium"


def _both(a: Occupant, b: Occupant) -> str:
    return "critical" if a.announced and b.announced else "medium"


def _leaving(a: Occupant, b: Occupant) -> str:
    return "medium" if a.terminating or b.terminating else "critical"


def _ports_in_common(services: list[Occupant]) -> Iterator[str]:
    for a, b in combinations(services, 2):
        if a.cluster == b.cluster and set(a.ports) & set(b.ports):
            yield "high" if a.announced and b.announced else "medium"


def _foreign(node: Occupant, other: Occupant) -> bool:
    """What its own cluster has may be bound to its card; only another machine's claim is another's."""
    if other.consumer.cluster != node.consumer.cluster:
        return True
    return other.consumer.purpose is Purpose.MACHINE and other.consumer.machine != node.consumer.machine


def _of_machine(node: Occupant, other: Occupant) -> str:
    if not other.announced or not other.consumer.cluster:
        return "medium"
    return _leaving(node, other)


def _landmark(estate: Estate, address: Span, holders: list[Occupant]) -> Iterator[str]:
    for subnet in estate.subnets:
        first, last = (single(subnet.span.version, n) for n in (subnet.span.first, subnet.span.last))
        marks = [
            (subnet.gateway, "critical"),
            (first, "high"),
            *([(last, "high")] if last.version == 4 else []),
        ]
        for severity in (each for mark, each in marks if mark == address and subnet.declared):
            for holder in holders:
                if holder.role is Role.ALLOC and not holder.consumer.cluster:
                    yield "low"
                elif holder.role is Role.EXTIP:
                    yield "medium" if holder.terminating else "high"
                else:
                    yield "medium" if holder.terminating or not holder.announced else severity


def _externals(
    externals: list[Occupant],
    services: list[Occupant],
    endpoints: list[Occupant],
    allocations: list[Occupant],
    nodes: list[Occupant],
) -> Iterator[str]:
    for external in externals:
        for other in (
            *(e for e in externals if e is not external),
            *services,
            *endpoints,
            *allocations,
            *nodes,
        ):
            seen_in = other.cluster if other.role in (Role.SVC, Role.EXTIP) else ""
            if other.role is Role.ALLOC and not other.consumer.cluster:
                continue
            if external.cluster not in (seen_in, other.consumer.cluster) or (
                other.role not in (Role.ALLOC, Role.NODE) and set(external.ports) & set(other.ports)
            ):
                yield "medium" if external.terminating or other.terminating else "high"


def _squatters(
    estate: Estate,
    address: Span,
    users: list[Occupant],
    allocations: list[Occupant],
    pools: list[Occupant],
    *,
    released: bool,
) -> Iterator[str]:
    marked = any(True for _ in _landmark(estate, address, [*pools]))
    if not users and not marked:
        return
    is_released = (
        not marked
        and all(each.role in (Role.CPE, Role.CPVIP) for each in users)
        and any(u.terminating for u in users)
    )
    existing = {_pool(each) for each in estate.occupants if each.role is Role.POOL}
    holding = {_pool(each) for each in allocations}
    for pool in pools if is_released is released else ():
        if _pool(pool) in holding or (holding & existing and _next(estate, _pool(pool)) != address):
            continue
        if not marked and not any(each.announced for each in users):
            yield "medium"
        else:
            yield "critical" if _next(estate, _pool(pool)) == address else "high"


def _next(estate: Estate, pool: tuple[str, str]) -> Span | None:
    """The lowest address of the pool that none of its own IPAddresses holds."""
    own = [each for each in estate.occupants if _pool(each) == pool]
    for version, number in sorted(
        {
            (each.span.version, n)
            for each in _of(own, Role.POOL)
            for n in range(each.span.first, each.span.last + 1)
        }
    ):
        address = single(version, number)
        if not any(each.span.contains(address) for each in _of(own, Role.ALLOC)):
            return address
    return None


def _covered(
    estate: Estate,
    address: Span,
    ranges: list[Occupant],
    services: list[Occupant],
    others: list[Occupant],
) -> Iterator[str]:
    marked = any(True for _ in _landmark(estate, address, [*ranges]))
    for each in ranges:
        strangers = [
            s for s in services if s.cluster != each.cluster and s.cluster not in {r.cluster for r in ranges}
        ]
        if marked or any(user.announced for user in (*others, *strangers)):
            yield "high"
        elif strangers or others:
            yield "medium"
