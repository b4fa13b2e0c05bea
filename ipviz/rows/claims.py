"""Claims: the address that each was given, or why it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from ipviz.domain.pending import Known, why_pending
from ipviz.domain.pools import POOL_KINDS, AnyPool, hands_out_prefixes, pool_key
from ipviz.domain.seen import SeenAddress, SeenClaim, SeenCluster, SeenPool, SeenPrefixPool
from ipviz.inventory.models import Version
from ipviz.inventory.reading import Sight, Sights
from ipviz.inventory.records import decode
from ipviz.rows.row import Row, place_of, sighting, sights_of
from ipviz.rows.supply import Supply

Named = tuple[int, str, str]
"""A cluster, and namespace and name of an object in it."""


@dataclass(frozen=True, slots=True)
class Claim:
    version: Version
    record: SeenClaim

    @property
    def is_pending(self) -> bool:
        return not (self.record.address_name or self.record.terminating)

    @property
    def address(self) -> Named:
        return self.version.cluster_id, self.version.namespace, self.record.address_name


def claim_rows(versions: Sequence[Version], at: datetime | None = None) -> list[Row]:
    claims = [Claim(each, cast(SeenClaim, decode(each.kind, each.record))) for each in versions]
    sights = sights_of(versions, at)
    addresses = _addresses(claims, at)
    known = _known({each.version.cluster_id for each in claims if each.is_pending}, sights, at)
    return [_claim(each, sights.by_id[each.version.cluster_id], addresses, known) for each in claims]


def _claim(claim: Claim, sight: Sight, addresses: Mapping[Named, str], known: Mapping[int, Known]) -> Row:
    version, record = claim.version, claim.record
    address = addresses.get(claim.address)
    return {
        **place_of(version.cluster.path),
        "segment": version.cluster.segment.name,
        "namespace": version.namespace,
        "name": version.name,
        "pool": record.pool.name,
        "pool_kind": record.pool.kind,
        "address": address,
        "pending_since": _created(claim) if claim.is_pending else None,
        "reason": None if address else _reason(claim, known),
        **sighting(sight, version),
    }


def _reason(claim: Claim, known: Mapping[int, Known]) -> str:
    record = claim.record
    if record.terminating:
        return "it is being deleted"
    if record.address_name:
        return f"its IPAddress {record.address_name} was not seen"
    return why_pending(record, known[claim.version.cluster_id])


def _created(claim: Claim) -> datetime:
    """When it was made; where an export left that out, since when it is known as it is."""
    try:
        return datetime.fromisoformat(claim.record.created_at)
    except ValueError:
        return claim.version.seen_from


def _addresses(claims: Sequence[Claim], at: datetime | None) -> Mapping[Named, str]:
    """The addresses of the IPAddresses that the claims name. One query."""
    versions = (
        Version.objects.as_seen(at).of_kind("IPAddress").of_any({each.version.cluster_id for each in claims})
    )
    rows = versions.named_any(each.record.address_name for each in claims)
    return {
        (cluster, namespace, name): _text(cast(SeenAddress, decode("IPAddress", record)))
        for cluster, namespace, name, record in rows.values_list("cluster_id", "namespace", "name", "record")
    }


def _text(address: SeenAddress) -> str:
    return f"{address.address}/{address.prefix}" if hands_out_prefixes(address.pool) else address.address


def _known(cluster_ids: set[int], sights: Sights, at: datetime | None) -> Mapping[int, Known]:
    """What explains pending claims, by cluster. Two queries where any is pending, else none."""
    if not cluster_ids:
        return {}
    supply = Supply.of(cluster_ids, at)
    pools: dict[int, dict[str, AnyPool]] = {each: {} for each in cluster_ids}
    clusters: dict[int, dict[tuple[str, str], SeenCluster]] = {each: {} for each in cluster_ids}
    rows = Version.objects.as_seen(at).of_kind(*POOL_KINDS, "Cluster").of_any(cluster_ids)
    for cluster_id, kind, text in rows.values_list("cluster_id", "kind", "record"):
        record = decode(kind, text)
        if isinstance(record, SeenPool | SeenPrefixPool):
            pools[cluster_id][pool_key(record.ref)] = record
        elif isinstance(record, SeenCluster):
            clusters[cluster_id][(record.ref.namespace, record.ref.name)] = record
    return {
        each: Known(
            pools[each],
            {key: supply.usage(each, pool) for key, pool in pools[each].items()},
            clusters[each],
            _listed(sights.by_id[each]),
        )
        for each in cluster_ids
    }


def _listed(sight: Sight) -> set[str]:
    """The kinds of which everything that there is was read and understood."""
    return {
        kind for kind, facts in sight.kinds.items() if not (facts.get("unread") or facts.get("unreadable"))
    }
