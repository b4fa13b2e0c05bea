"""Pools, claims and addresses (docs/domain.md, "Pools" and "Claims and addresses")."""

from functools import lru_cache

from msgspec import field

from ipviz.domain import seen
from ipviz.domain.spans import parse_entry, parse_network
from ipviz.kube.objects.fields import (
    NO_LABELS,
    checked,
    checked_address,
    cluster_label,
    created_at,
    is_paused,
    is_terminating,
    owner_of,
    ref_of,
)
from ipviz.kube.wire import Identified, Int64, NameRef, NameText, PrefixLength, Shape

_DEFAULT_ALLOCATION_PREFIX = 64


class PoolSpec(Shape):
    addresses: list[str]
    prefix: PrefixLength
    gateway: str | None = None
    excluded_addresses: list[str] | None = None
    allocate_reserved: bool | None = field(default=None, name="allocateReservedIPAddresses")


class PoolCounts(Shape):
    total: Int64
    used: Int64
    free: Int64
    out_of_range: Int64 = 0


class PoolStatus(Shape):
    ip_addresses: PoolCounts | None = field(default=None, name="ipAddresses")


class Pool(Identified):
    spec: PoolSpec
    status: PoolStatus | None = None


class PrefixPoolSpec(Shape):
    prefixes: list[str]
    allocation_prefix_length: PrefixLength | None = None
    gateway: str | None = None
    excluded_prefixes: list[str] | None = None


class PrefixPool(Identified):
    spec: PrefixPoolSpec
    status: PoolStatus | None = None


class PoolRef(Shape):
    kind: NameText
    name: NameText


class ClaimSpec(Shape):
    pool_ref: PoolRef
    cluster_name: NameText | None = None


class ClaimStatus(Shape):
    address_ref: NameRef | None = None


class Claim(Identified):
    spec: ClaimSpec
    status: ClaimStatus | None = None


class AddressSpec(Shape):
    address: str
    prefix: PrefixLength
    pool_ref: PoolRef
    claim_ref: NameRef | None = None


class Address(Identified):
    spec: AddressSpec


def pool(kind: str, of: Pool) -> seen.SeenPool:
    spec = of.spec
    excluded = spec.excluded_addresses or []
    for entry in (*spec.addresses, *excluded):
        checked(entry, parse_entry, "not an address, range or CIDR")
    return seen.SeenPool(
        ref=ref_of(kind, of.metadata),
        addresses=tuple(spec.addresses),
        prefix=spec.prefix,
        gateway=spec.gateway or "",
        excluded=tuple(excluded),
        allocates_reserved=bool(spec.allocate_reserved),
        paused=is_paused(of.metadata),
        terminating=is_terminating(of.metadata),
        reported=_counts(of.status),
    )


def prefix_pool(kind: str, of: PrefixPool) -> seen.SeenPrefixPool:
    spec = of.spec
    excluded = spec.excluded_prefixes or []
    for entry in spec.prefixes:
        checked(entry, parse_network, "not a CIDR")
    for entry in excluded:
        checked(entry, parse_entry, "not an address, range or CIDR")
    return seen.SeenPrefixPool(
        ref=ref_of(kind, of.metadata),
        prefixes=tuple(spec.prefixes),
        allocation_prefix=spec.allocation_prefix_length or _DEFAULT_ALLOCATION_PREFIX,
        gateway=spec.gateway or "",
        excluded=tuple(excluded),
        paused=is_paused(of.metadata),
        terminating=is_terminating(of.metadata),
        reported=_counts(of.status),
    )


def claim(kind: str, of: Claim) -> seen.SeenClaim:
    meta, spec = of.metadata, of.spec
    address = of.status.address_ref if of.status else None
    return seen.SeenClaim(
        ref=ref_of(kind, meta),
        pool=_pool_ref(spec.pool_ref.kind, spec.pool_ref.name),
        cluster_name=spec.cluster_name or cluster_label(meta),
        giantswarm_cluster=(meta.labels or NO_LABELS).giantswarm_cluster or "",
        machine=owner_of(meta, "VSphereVM"),
        address_name=address.name if address else "",
        created_at=created_at(meta),
        paused=is_paused(meta),
        terminating=is_terminating(meta),
    )


def address(kind: str, of: Address) -> seen.SeenAddress:
    meta, spec = of.metadata, of.spec
    return seen.SeenAddress(
        ref=ref_of(kind, meta),
        address=checked_address(spec.address),
        prefix=spec.prefix,
        pool=_pool_ref(spec.pool_ref.kind, spec.pool_ref.name),
        claim=spec.claim_ref.name if spec.claim_ref else "",
        cluster_name=cluster_label(meta),
        created_at=created_at(meta),
        terminating=is_terminating(meta),
    )


@lru_cache(maxsize=1024)
def _pool_ref(kind: str, name: str) -> seen.PoolRef:
    """One value for the many that claim from a pool."""
    return seen.PoolRef(kind, name)


def _counts(status: PoolStatus | None) -> seen.PoolCounts | None:
    counts = status.ip_addresses if status else None
    return seen.PoolCounts(counts.total, counts.used, counts.free, counts.out_of_range) if counts else None
