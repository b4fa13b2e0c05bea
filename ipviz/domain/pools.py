"""What an in-cluster pool can hand out, and in which order.

The rules are those of cluster-api-ipam-provider-in-cluster (docs/domain.md, "Pools" and "Allocation order"):
internal/poolutil/{pool,prefix}.go for the set, internal/controllers/inclusterippool.go and
inclusterprefixpool.go for the counts, internal/webhooks/inclusterippool.go and inclusterprefixpool.go for
the faults.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import PoolRef, Ref, SeenAddress, SeenPool, SeenPrefixPool
from ipviz.domain.spans import (
    BITS,
    Span,
    address_or_none,
    enclosing_network,
    merged,
    parse_address,
    parse_entry,
    parse_network,
    place,
    prefix_length,
    single,
    span_from_keys,
    subtracted,
)

LARGEST_COUNT = 2**63 - 1
"""The provider counts in a signed 64-bit number and stops there."""

ADDRESS_POOL_KINDS = ("GlobalInClusterIPPool", "InClusterIPPool")
PREFIX_POOL_KINDS = ("GlobalInClusterPrefixPool", "InClusterPrefixPool")
POOL_KINDS = ADDRESS_POOL_KINDS + PREFIX_POOL_KINDS
_NAMESPACED = frozenset({"InClusterIPPool", "InClusterPrefixPool"})

AnyPool = SeenPool | SeenPrefixPool


@dataclass(frozen=True, slots=True)
class PoolUsage:
    """The provider's own numbers, computed: `used` counts objects, so `free` can be negative.

    `left` is what it can really still hand out: what `used` counts twice or out of range takes no room.
    Those of a pool of prefixes are numbers of prefixes, and `next` is a whole one.
    """

    total: int
    used: int
    free: int
    out_of_range: int
    next: Span | None
    left: int


def pool_key(ref: Ref) -> str:
    """What tells a pool from every other of its cluster: `Kind/namespace/name`."""
    return f"{ref.kind}/{ref.namespace}/{ref.name}"


def referred_key(pool: PoolRef, namespace: str) -> str:
    """The key of the pool that a claim or address of that namespace refers to."""
    return f"{pool.kind}/{namespace if pool.kind in _NAMESPACED else ''}/{pool.name}"


def hands_out_prefixes(pool: PoolRef) -> bool:
    """Say whether an address from it stands for a whole prefix (docs/domain.md, "Pools")."""
    return pool.kind in PREFIX_POOL_KINDS


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


def held_span(address: SeenAddress) -> Span | None:
    """What an IPAddress holds: one address, whatever prefix it names, unless its pool is one of prefixes."""
    span = address_or_none(address.address)
    if span and hands_out_prefixes(address.pool) and 0 <= address.prefix <= BITS[span.version]:
        return enclosing_network(span, address.prefix)
    return span


def allocatable(pool: AnyPool) -> tuple[Span, ...]:
    """Every address that the provider may hand out, merged and in order.

    Empty where it cannot read the pool: it then hands out nothing. `pool_faults` says why. Of a pool of
    prefixes what is no part of a whole one is left out.
    """
    try:
        if isinstance(pool, SeenPrefixPool):
            left = subtracted(map(_aligned, pool.prefixes), _union(pool.excluded))
            cut = (_whole_prefixes(span, pool.allocation_prefix) for span in left)
            return tuple(span for span in cut if span)
        subnet = inferred_subnet(pool)
        holes = _union(pool.excluded) + _reserved(pool, subnet)
        if pool.gateway:
            holes += (parse_address(pool.gateway),)
    except ValueError:
        return ()
    return subtracted(_union(pool.addresses), holes)


def next_free(spans: Iterable[Span], used: Iterable[Span], allocation_prefix: int = 0) -> Span | None:
    """What is handed out next: the lowest address, or whole prefix, of `spans` that `used` does not hold.

    O(n log n).
    """
    left = subtracted(spans, used)
    if allocation_prefix:
        whole = next(filter(None, (_whole_prefixes(span, allocation_prefix) for span in left)), None)
        return enclosing_network(whole, allocation_prefix) if whole else None
    return single(left[0].version, left[0].first) if left else None


def next_of(pool: Sequence[Occupant], held: Iterable[Occupant]) -> Span | None:
    """What a pool hands out next, by its POOL occupants and the ALLOC occupants of its own addresses."""
    length = pool[0].allocation_prefix if pool else 0
    return next_free((each.span for each in pool), (each.span for each in held), length)


def usage_of(pool: AnyPool, addresses: Iterable[SeenAddress]) -> PoolUsage:
    """Count as the provider does, over the IPAddress objects of the pool's own cluster."""
    key = pool_key(pool.ref)
    own = [each for each in addresses if referred_key(each.pool, each.ref.namespace) == key]
    held = [span for each in own if (span := held_span(each))]
    return _counted(allocatable(pool), held, len(own), _length(pool))


def usage_of_keys(pool: AnyPool, held: Sequence[tuple[str, str]]) -> PoolUsage:
    """The same from the first and last key of what each IPAddress object of the pool holds."""
    spans = allocatable(pool)
    if length := _length(pool):
        return _counted_prefixes(spans, [span_from_keys(*keys) for keys in held], len(held), length)
    return _counted_addresses(spans, (int(first, 16) for first, _ in held), len(held))


def usage_of_occupants(pool: Sequence[Occupant], held: Sequence[Occupant]) -> PoolUsage:
    """The same from a pool's POOL occupants and the ALLOC occupants of its own addresses."""
    spans = merged(each.span for each in pool)
    return _counted(spans, [each.span for each in held], len(held), pool[0].allocation_prefix if pool else 0)


def _length(pool: AnyPool) -> int:
    return pool.allocation_prefix if isinstance(pool, SeenPrefixPool) else 0


def _counted(spans: Sequence[Span], held: Sequence[Span], used: int, length: int) -> PoolUsage:
    if length:
        return _counted_prefixes(spans, held, used, length)
    return _counted_addresses(spans, (place(each.version, each.first) for each in held), used)


def _counted_addresses(spans: Sequence[Span], held: Iterable[int], used: int) -> PoolUsage:
    """Of spans that are merged and single addresses as `place` numbers them: no span is made of any."""
    places = sorted(set(held))
    size = left = 0
    following: Span | None = None
    for span in spans:
        first = place(span.version, span.first)
        begin, end = bisect_left(places, first), bisect_left(places, first + span.size)
        size += span.size
        left += span.size - (end - begin)
        if following is None and end - begin < span.size:
            following = single(span.version, span.first + _in_a_row(places, first, begin, end))
    total = min(size, LARGEST_COUNT)
    return PoolUsage(
        total=total,
        used=used,
        free=total - used,
        out_of_range=len(places) - (size - left),
        next=following,
        left=min(left, LARGEST_COUNT),
    )


def _in_a_row(places: Sequence[int], first: int, begin: int, end: int) -> int:
    """How many of the places from `begin` to `end` follow one another from `first` on. O(log n)."""
    return bisect_left(range(begin, end), True, key=lambda at: places[at] - first > at - begin)


def _counted_prefixes(spans: Sequence[Span], held: Sequence[Span], used: int, length: int) -> PoolUsage:
    """An IPAddress that is no prefix of the pool takes no room in it, so here `free` is never negative."""
    total = min(sum(span.size >> BITS[span.version] - length for span in spans), LARGEST_COUNT)
    within = sum(1 for each in held if prefix_length(each) == length and _lies_in(each, spans))
    return PoolUsage(
        total=total,
        used=used,
        free=max(0, total - within),
        out_of_range=used - within,
        next=next_free(spans, held, length),
        left=max(0, total - within),
    )


def _lies_in(span: Span, spans: Sequence[Span]) -> bool:
    """Say whether it lies in one of the spans, which are merged and in order."""
    at = bisect_right(spans, (span.version, span.first), key=lambda each: (each.version, each.first))
    return at > 0 and spans[at - 1].contains(span)


def pool_faults(pool: AnyPool) -> tuple[str, ...]:
    """Why the provider's webhook would refuse the pool, in words; empty where it would not."""
    if isinstance(pool, SeenPrefixPool):
        return tuple(_prefix_faults(pool))
    if not pool.addresses:
        return ("it has no addresses",)
    faults = [*_entry_faults(pool.addresses), *_entry_faults(pool.excluded)]
    if faults:
        return tuple(faults)
    families = {span.version for span in _union((*pool.addresses, *pool.excluded))}
    if len(families) > 1:
        return ("it mixes IPv4 and IPv6",)
    return (*_subnet_faults(pool), *_gateway_faults(pool, families.pop()))


def _prefix_faults(pool: SeenPrefixPool) -> Iterable[str]:
    if not pool.prefixes:
        yield "it has no prefixes"
    for entry in pool.prefixes:
        try:
            span = _aligned(entry)
        except ValueError as error:
            yield f"entry {entry!r} cannot be read: {error}"
            continue
        if span.version == 4:
            yield f"entry {entry!r} is not of IPv6"
        elif span.size < 1 << BITS[6] - pool.allocation_prefix:
            yield f"entry {entry!r} is smaller than the /{pool.allocation_prefix} that it is to hand out"
    yield from _entry_faults(pool.excluded)
    yield from _gateway_faults(pool, 6)


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


def _gateway_faults(pool: AnyPool, version: int) -> Iterable[str]:
    if not pool.gateway:
        return
    try:
        gateway = parse_address(pool.gateway)
    except ValueError as error:
        yield f"gateway cannot be read: {error}"
        return
    if gateway.version != version:
        yield f"gateway {pool.gateway} is of another family than the addresses"


def _aligned(entry: str) -> Span:
    """Read a CIDR as the provider reads those of prefix pools: one with host bits set spoils the pool."""
    network = parse_network(entry)
    if parse_address(entry.partition("/")[0]).first != network.first:
        raise ValueError("it has host bits set")
    return network


def _whole_prefixes(span: Span, length: int) -> Span | None:
    """The part of a span that consists of whole networks of that length; None where there is none."""
    host_bits = BITS[span.version] - length
    if host_bits < 0:
        return None
    first = -(-span.first >> host_bits) << host_bits
    after = span.last + 1 >> host_bits << host_bits
    return Span(span.version, first, after - 1) if first < after else None


def _union(entries: Iterable[str]) -> tuple[Span, ...]:
    return merged(parse_entry(entry) for entry in entries)


def _reserved(pool: SeenPool, subnet: Span) -> tuple[Span, ...]:
    """The subnet's first address, and of IPv4 its last: IPv6 knows no broadcast."""
    if pool.allocates_reserved:
        return ()
    first = single(subnet.version, subnet.first)
    return (first, single(subnet.version, subnet.last)) if subnet.version == 4 else (first,)
