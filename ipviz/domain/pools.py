"""What an in-cluster pool can hand out, and in which order.

The rules are those of cluster-api-ipam-provider-in-cluster (docs/domain.md, "Pools" and "Allocation order"):
internal/poolutil/pool.go for the set, internal/controllers/inclusterippool.go for the counts,
internal/webhooks/inclusterippool.go for the faults.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ipviz.domain.seen import PoolRef, Ref, SeenAddress, SeenPool
from ipviz.domain.spans import (
    BITS,
    Span,
    address_or_none,
    count,
    enclosing_network,
    merged,
    parse_address,
    parse_entry,
    single,
    subtracted,
)

LARGEST_COUNT = 2**63 - 1
"""The provider counts in a signed 64-bit number and stops there."""

_NAMESPACED = frozenset({"InClusterIPPool", "InClusterPrefixPool"})
_OF_PREFIXES = frozenset({"InClusterPrefixPool", "GlobalInClusterPrefixPool"})


@dataclass(frozen=True, slots=True)
class PoolUsage:
    """The provider's own numbers, computed: `used` counts objects, so `free` can be negative."""

    total: int
    used: int
    free: int
    out_of_range: int
    next: Span | None


def pool_key(ref: Ref) -> str:
    """What tells a pool from every other of its cluster: `Kind/namespace/name`."""
    return f"{ref.kind}/{ref.namespace}/{ref.name}"


def referred_key(pool: PoolRef, namespace: str) -> str:
    """The key of the pool that a claim or address of that namespace refers to."""
    return f"{pool.kind}/{namespace if pool.kind in _NAMESPACED else ''}/{pool.name}"


def hands_out_prefixes(pool: PoolRef) -> bool:
    """Say whether an address from it stands for a whole prefix (docs/domain.md, "Pools")."""
    return pool.kind in _OF_PREFIXES


def inferred_subnet(pool: SeenPool) -> Span:
    """The network of the pool's prefix length around its lowest address.

    It is a guess: the prefix is what the operator typed, and need not be the real network's.

    Raises:
        ValueError: an entry cannot be read, there is none, or the prefix is too long.
    """
    spans = _union(pool.addresses)
    if not spans:
        raise ValueError("it has no addresses")
    if not 0 <= pool.prefix <= BITS[spans[0].version]:
        raise ValueError(f"prefix {pool.prefix} is not a prefix length of IPv{spans[0].version}")
    return enclosing_network(spans[0], pool.prefix)


def allocatable(pool: SeenPool) -> tuple[Span, ...]:
    """Every address that the provider may hand out, merged and in order.

    Empty where it cannot read the pool: it then hands out nothing. `pool_faults` says why.
    """
    try:
        subnet = inferred_subnet(pool)
        holes = _union(pool.excluded) + _reserved(pool, subnet)
        if pool.gateway:
            holes += (parse_address(pool.gateway),)
    except ValueError:
        return ()
    return subtracted(_union(pool.addresses), holes)


def next_free(spans: Iterable[Span], used: Iterable[Span]) -> Span | None:
    """The address that is handed out next: the lowest of `spans` that `used` does not hold. O(n log n)."""
    left = subtracted(spans, used)
    return single(left[0].version, left[0].first) if left else None


def usage_of(pool: SeenPool, addresses: Iterable[SeenAddress]) -> PoolUsage:
    """Count as the provider does, over the IPAddress objects of the pool's own cluster."""
    spans = allocatable(pool)
    key = pool_key(pool.ref)
    own = [each for each in addresses if referred_key(each.pool, each.ref.namespace) == key]
    held = {span for each in own if (span := address_or_none(each.address))}
    total = min(count(spans), LARGEST_COUNT)
    return PoolUsage(
        total=total,
        used=len(own),
        free=total - len(own),
        out_of_range=count(subtracted(held, spans)),
        next=next_free(spans, held),
    )


def pool_faults(pool: SeenPool) -> tuple[str, ...]:
    """Why the provider's webhook would refuse the pool, in words; empty where it would not."""
    if not pool.addresses:
        return ("it has no addresses",)
    faults = [*_entry_faults(pool.addresses), *_entry_faults(pool.excluded)]
    if faults:
        return tuple(faults)
    families = {span.version for span in _union((*pool.addresses, *pool.excluded))}
    if len(families) > 1:
        return ("it mixes IPv4 and IPv6",)
    return (*_subnet_faults(pool), *_gateway_faults(pool, families.pop()))


def _entry_faults(entries: Iterable[str]) -> Iterable[str]:
    for entry in entries:
        try:
            parse_entry(entry)
        except ValueError as error:
            yield f"entry {entry!r} cannot be read: {error}"


def _subnet_faults(pool: SeenPool) -> Iterable[str]:
    try:
        subnet = inferred_subnet(pool)
    except ValueError as error:
        yield str(error)
        return
    for entry in pool.addresses:
        if not subnet.contains(parse_entry(entry)):
            yield f"entry {entry!r} lies outside {subnet}, the network of the lowest address"


def _gateway_faults(pool: SeenPool, version: int) -> Iterable[str]:
    if not pool.gateway:
        return
    try:
        gateway = parse_address(pool.gateway)
    except ValueError as error:
        yield f"gateway cannot be read: {error}"
        return
    if gateway.version != version:
        yield f"gateway {pool.gateway} is of another family than the addresses"


def _union(entries: Iterable[str]) -> tuple[Span, ...]:
    return merged(parse_entry(entry) for entry in entries)


def _reserved(pool: SeenPool, subnet: Span) -> tuple[Span, ...]:
    """The subnet's first address, and of IPv4 its last: IPv6 knows no broadcast."""
    if pool.allocates_reserved:
        return ()
    first = single(subnet.version, subnet.first)
    return (first, single(subnet.version, subnet.last)) if subnet.version == 4 else (first,)
