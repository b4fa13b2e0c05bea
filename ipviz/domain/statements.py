"""Which of a cluster's objects use which addresses (docs/domain.md, "Occupants").

The judge and the inventory know objects only through what is stated here. Whether statements contradict
each other is not asked here: that is a question to the whole segment.
"""

from collections.abc import Collection, Iterable

from ipviz.domain.consumers import Consumers
from ipviz.domain.estate import PendingClaim, Records, objects_of
from ipviz.domain.kubevip import (
    PROVIDER_KINDS,
    KubeVip,
    choose_config_map,
    external_addresses,
    is_foreign,
    live_ranges,
    occupied_addresses,
    provider_version,
)
from ipviz.domain.leases import Holders
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.pools import (
    ADDRESS_POOL_KINDS,
    PREFIX_POOL_KINDS,
    AnyPool,
    allocatable,
    held_span,
    pool_key,
    referred_key,
)
from ipviz.domain.seen import (
    Port,
    SeenAddress,
    SeenClaim,
    SeenCloudProvider,
    SeenCluster,
    SeenConfigMap,
    SeenKubeVip,
    SeenLease,
    SeenPool,
    SeenPrefixPool,
    SeenService,
    SeenVSphereCluster,
)
from ipviz.domain.spans import BITS, Span, address_or_none, drawable_parts, is_drawable

_ROLES = list(Role)


def statements_of(records: Records, *, path: str, is_management: bool) -> tuple[Occupant, ...]:
    """All occupants that one cluster's objects state, by role, object and span.

    Only a management cluster is asked for pools, allocations and endpoints. `since` and `stale` are left at
    their defaults: they are the caller's, who knows when the objects were read.
    """
    consumers = Consumers.of(records, path=path, is_management=is_management)
    stated = [*_services(records, consumers), *_control_plane(records, consumers)]
    if is_management:
        stated += _endpoints(records, consumers)
    stated += _machines(consumers, _vips(stated))
    stated += _ranges(records, consumers)
    if is_management:
        stated += [*_allocations(records, consumers), *_pools(records, consumers)]
    return tuple(sorted(stated, key=lambda o: (_ROLES.index(o.role), o.ref, o.pool, o.span)))


def pending_claims(records: Records, *, path: str) -> tuple[PendingClaim, ...]:
    """The claims of a management cluster that wait for an address, in order of their objects."""
    consumers = Consumers.of(records, path=path, is_management=True)
    claims = (each for each in objects_of(records, SeenClaim, "IPAddressClaim") if not each.terminating)
    pending = sorted((each for each in claims if not each.address_name), key=lambda each: each.ref)
    return tuple(_pending(claim, consumers.of_claim(claim), path) for claim in pending)


def _pending(claim: SeenClaim, consumer: Consumer, path: str) -> PendingClaim:
    pool = referred_key(claim.pool, claim.ref.namespace)
    return PendingClaim(path, pool, consumer.cluster, consumer.purpose.value)


def _vips(stated: Iterable[Occupant]) -> set[tuple[str, Span]]:
    """The addresses that kube-vip binds to cards of a cluster's own machines, each with that cluster."""
    found: set[tuple[str, Span]] = set()
    for each in stated:
        if each.role in (Role.CPE, Role.CPVIP, Role.SVC):
            found.add((each.consumer.cluster, each.span))
        if each.role is Role.SVC:
            found.add((each.cluster, each.span))
    return found


def _drawable(text: str) -> Span | None:
    """The address, or None where the text is a DNS name or says nothing of a segment."""
    address = address_or_none(text)
    return address if address and is_drawable(address) else None


def _allocations(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    claims = {
        (each.ref.namespace, each.ref.name): each for each in objects_of(records, SeenClaim, "IPAddressClaim")
    }
    for address in objects_of(records, SeenAddress, "IPAddress"):
        claim = claims.get((address.ref.namespace, address.claim or address.ref.name))
        if (span := held_span(address)) and is_drawable(span):
            consumer = consumers.of_address(address, claim)
            yield Occupant(
                span=span,
                role=Role.ALLOC,
                cluster=consumers.path,
                ref=address.ref,
                consumer=consumer,
                pool=referred_key(address.pool, address.ref.namespace),
                prefix=address.prefix if 0 < address.prefix <= BITS[span.version] else 0,
                terminating=address.terminating or bool(claim and claim.terminating),
                paused=bool(claim and claim.paused) or consumers.is_paused(consumer),
            )


def _endpoints(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    for cluster in objects_of(records, SeenCluster, "Cluster"):
        yield from _endpoint(cluster, consumers.of_cluster(cluster), consumers)
    for seen in objects_of(records, SeenVSphereCluster, "VSphereCluster"):
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
    pods = list(objects_of(records, SeenKubeVip, "Pod"))
    ours = KubeVip.of(pods, objects_of(records, SeenCloudProvider, *PROVIDER_KINDS))
    holders = Holders.of(objects_of(records, SeenLease, "Lease"), pods)
    for service in objects_of(records, SeenService, "Service"):
        foreign = is_foreign(service, ours)
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
                foreign=foreign,
                holder=service.holder if foreign else holders.of_service(service),
            )
        for span in filter(is_drawable, external_addresses(service)):
            yield Occupant(
                span=span,
                role=Role.EXTIP,
                cluster=consumers.path,
                ref=service.ref,
                consumer=consumers.of_service(service),
                ports=service.ports,
                terminating=service.terminating,
            )


def _control_plane(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    """The address of its API as kube-vip's Pods state it: one occupant, whichever Pods come and go."""
    pods = sorted(objects_of(records, SeenKubeVip, "Pod"), key=lambda pod: pod.ref.name)
    holders = Holders.of(objects_of(records, SeenLease, "Lease"), pods)
    by_span: dict[Span, list[SeenKubeVip]] = {}
    for pod in pods:
        for text in pod.addresses if pod.is_control_plane else ():
            if span := _drawable(text):
                by_span.setdefault(span, []).append(pod)
    for span, stating in by_span.items():
        yield Occupant(
            span=span,
            role=Role.CPVIP,
            cluster=consumers.path,
            ref=stating[0].ref,
            consumer=consumers.of_control_plane(),
            terminating=all(pod.terminating for pod in stating),
            announced=any(pod.arp or not pod.bgp for pod in stating),
            holder=holders.of_control_plane(stating),
        )


def _machines(consumers: Consumers, vips: Collection[tuple[str, Span]]) -> Iterable[Occupant]:
    """Each machine's own addresses, once whichever views list them."""
    for machine in consumers.machines:
        consumer = consumers.of_machine(machine)
        for span, view in machine.addresses():
            if (consumer.cluster, span) not in vips:
                yield Occupant(
                    span, Role.NODE, consumers.path, view.ref, consumer, terminating=machine.terminating
                )


def _pools(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    pools: list[AnyPool] = [*objects_of(records, SeenPool, *ADDRESS_POOL_KINDS)]
    pools += objects_of(records, SeenPrefixPool, *PREFIX_POOL_KINDS)
    for pool in pools:
        for span in drawable_parts(allocatable(pool)):
            yield Occupant(
                span=span,
                role=Role.POOL,
                cluster=consumers.path,
                ref=pool.ref,
                consumer=Consumer("", Purpose.MANUAL, "a pool is for whoever claims from it"),
                pool=pool_key(pool.ref),
                terminating=pool.terminating,
                paused=pool.paused,
                allocation_prefix=pool.allocation_prefix if isinstance(pool, SeenPrefixPool) else 0,
            )


def _ranges(records: Records, consumers: Consumers) -> Iterable[Occupant]:
    providers = list(objects_of(records, SeenCloudProvider, *PROVIDER_KINDS))
    config_map = choose_config_map(providers, objects_of(records, SeenConfigMap, "ConfigMap"))
    if config_map is None:
        return
    for live in live_ranges(config_map, provider_version(providers, config_map)):
        for span in drawable_parts(live.spans):
            consumer = consumers.of_ranges()
            yield Occupant(span, Role.LBRANGE, consumers.path, config_map.ref, consumer, pool=live.key)
