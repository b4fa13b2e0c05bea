"""Which of a cluster's objects use which addresses (docs/domain.md, "Occupants").

The judge and the inventory know objects only through what is stated here. Whether statements contradict
each other is not asked here: that is a question to the whole segment.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from ipviz.domain.consumers import Consumers
from ipviz.domain.estate import PendingClaim
from ipviz.domain.kubevip import (
    choose_config_map,
    is_foreign,
    live_ranges,
    occupied_addresses,
    provider_version,
)
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.pools import allocatable, hands_out_prefixes, pool_key, referred_key
from ipviz.domain.seen import (
    Port,
    Seen,
    SeenAddress,
    SeenClaim,
    SeenCloudProvider,
    SeenCluster,
    SeenConfigMap,
    SeenNode,
    SeenPool,
    SeenService,
    SeenVSphereCluster,
)
from ipviz.domain.spans import BITS, Span, address_or_none, enclosing_network, is_drawable

Records = Mapping[str, tuple[Seen, ...]]

_ROLES = list(Role)
R = TypeVar("R")


def statements_of(records: Records, *, path: str, is_management: bool) -> tuple[Occupant, ...]:
    """All occupants that one cluster's objects state, by role, object and span.

    Only a management cluster is asked for pools, allocations and endpoints. `since` and `stale` are left at
    their defaults: they are the caller's, who knows when the objects were read.
    """
    consumers = Consumers.of(records, path=path, is_management=is_management)
    services = list(_services(records, consumers))
    stated = [*services, *_ranges(records, consumers)]
    endpoints: list[Occupant] = []
    if is_management:
        endpoints = [*_endpoints(records, consumers)]
        stated += [*endpoints, *_allocations(records, consumers), *_pools(records, consumers)]
    own = {each.span for each in services}
    own |= {each.span for each in endpoints if each.consumer.cluster == path}
    stated += [each for each in _nodes(records, consumers) if each.span not in own]
    return tuple(sorted(stated, key=lambda o: (_ROLES.index(o.role), o.ref, o.pool, o.span)))


def pending_claims(records: Records, *, path: str) -> tuple[PendingClaim, ...]:
    """The claims of a management cluster that wait for an address, in order of their objects."""
    consumers = Consumers.of(records, path=path, is_management=True)
    claims = (each for each in _all(records, SeenClaim, "IPAddressClaim") if not each.terminating)
    pending = sorted((each for each in claims if not each.address_name), key=lambda each: each.ref)
    return tuple(_pending(claim, consumers.of_claim(claim), path) for claim in pending)


def _pending(claim: SeenClaim, consumer: Consumer, path: str) -> PendingClaim:
    pool = referred_key(claim.pool, claim.ref.namespace)
    return PendingClaim(path, pool, consumer.cluster, consumer.purpose.value)


def _all(records: Records, kind: type[R], *names: str) -> Iterable[R]:
    for name in names:
        for record in records.get(name, ()):
            if isinstance(record, kind):
                yield record


def _drawable(text: str) -> Span | None:
    """The address, or None where the text is a DNS name or says nothing of a segment."""
    address = address_or_none(text)
    return address if address and is_drawable(address) else None


def _allocations(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    claims = {
        (each.ref.namespace, each.ref.name): each for each in _all(records, SeenClaim, "IPAddressClaim")
    }
    for address in _all(records, SeenAddress, "IPAddress"):
        claim = claims.get((address.ref.namespace, address.claim or address.ref.name))
        if span := _allocated(address):
            consumer = consumers.of_address(address, claim)
            yield Occupant(
                span=span,
                role=Role.ALLOC,
                cluster=consumers.path,
                ref=address.ref,
                consumer=consumer,
                pool=referred_key(address.pool, address.ref.namespace),
                terminating=address.terminating or bool(claim and claim.terminating),
                paused=bool(claim and claim.paused) or consumers.is_paused(consumer),
            )


def _allocated(address: SeenAddress) -> Span | None:
    """One address, whatever prefix is handed along, unless it comes from a pool of prefixes."""
    span = _drawable(address.address)
    if span and hands_out_prefixes(address.pool) and 0 <= address.prefix <= BITS[span.version]:
        return enclosing_network(span, address.prefix)
    return span


def _endpoints(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    for cluster in _all(records, SeenCluster, "Cluster"):
        yield from _endpoint(cluster, consumers.of_cluster(cluster), consumers)
    for seen in _all(records, SeenVSphereCluster, "VSphereCluster"):
        yield from _endpoint(seen, consumers.of_vsphere_cluster(seen), consumers)


def _endpoint(
    seen: SeenCluster | SeenVSphereCluster, consumer: Consumer, consumers: Consumers
) -> Iterable[Occupant]:
    if span := _drawable(seen.host):
        yield Occupant(
            span=span,
            role=Role.CPE,
            cluster=consumers.path,
            ref=seen.ref,
            consumer=consumer,
            ports=(Port("TCP", seen.port),) if seen.port else (),
            terminating=seen.terminating,
            paused=seen.paused or consumers.is_paused(consumer),
        )


def _services(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    for service in _all(records, SeenService, "Service"):
        for span in filter(is_drawable, occupied_addresses(service)):
            yield Occupant(
                span=span,
                role=Role.SVC,
                cluster=consumers.path,
                ref=service.ref,
                consumer=consumers.of_service(service),
                ports=service.ports,
                terminating=service.terminating,
                announced=not service.ignored,
                foreign=is_foreign(service),
                holder=service.holder,
            )


def _nodes(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    for node in _all(records, SeenNode, "Node"):
        spans = {span for text in node.addresses if (span := _drawable(text))}
        for span in sorted(spans):
            consumer = consumers.of_node(node)
            yield Occupant(span, Role.NODE, consumers.path, node.ref, consumer, terminating=node.terminating)


def _pools(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    for pool in _all(records, SeenPool, "GlobalInClusterIPPool", "InClusterIPPool"):
        for span in filter(is_drawable, allocatable(pool)):
            yield Occupant(
                span=span,
                role=Role.POOL,
                cluster=consumers.path,
                ref=pool.ref,
                consumer=Consumer("", Purpose.MANUAL, "a pool is for whoever claims from it"),
                pool=pool_key(pool.ref),
                terminating=pool.terminating,
                paused=pool.paused,
            )


def _ranges(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    providers = list(_all(records, SeenCloudProvider, "Deployment"))
    config_map = choose_config_map(providers, _all(records, SeenConfigMap, "ConfigMap"))
    if config_map is None:
        return
    for live in live_ranges(config_map, provider_version(providers, config_map)):
        for span in filter(is_drawable, live.spans):
            consumer = consumers.of_ranges()
            yield Occupant(span, Role.LBRANGE, consumers.path, config_map.ref, consumer, pool=live.key)
