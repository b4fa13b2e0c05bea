"""Claims: the address that each was given, or why it waits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from ipviz.domain.pending import Known, why_pending
from ipviz.domain.pools import POOL_KINDS, AnyPool, hands_out_prefixes, pool_key
from ipviz.domain.seen import Seen, SeenAddress, SeenClaim, SeenCluster, SeenPool, SeenPrefixPool
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
    named = _named(claims, at)
    addresses = {
        (cluster_id, each.ref.namespace, each.ref.name): _text(each)
        for cluster_id, each in named
        if isinstance(each, SeenAddress)
    }
    known = _known({each.version.cluster_id for each in claims if each.is_pending}, named, sights, at)
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


def _named(claims: Sequence[Claim], at: datetime | None) -> Sequence[tuple[int, Seen]]:
    """What the claims name, each with its cluster: addresses, and what keeps others waiting. One query."""
    names = {each.record.address_name for each in claims if each.record.address_name}
    for each in claims:
        if each.is_pending:
            names |= {each.record.pool.name, each.record.cluster_name}
    seen = Version.objects.as_seen(at).of_kind("IPAddress", *POOL_KINDS, "Cluster")
    rows = seen.of_any({each.version.cluster_id for each in claims}).named_any(names)
    return [
        (cluster_id, decode(kind, text))
        for cluster_id, kind, text in rows.values_list("cluster_id", "kind", "record")
    ]


def _text(address: SeenAddress) -> str:
    return f"{address.address}/{address.prefix}" if hands_out_prefixes(address.pool) else address.address


def _known(
    cluster_ids: set[int], named: Sequence[tuple[int, Seen]], sights: Sights, at: datetime | None
) -> Mapping[int, Known]:
    """What explains pending claims, by cluster. One query where any is pending, else none."""
    if not cluster_ids:
        return {}
    supply = Supply.of(cluster_ids, at)
    pools: dict[int, dict[str, AnyPool]] = defaultdict(dict)
    clusters: dict[int, dict[tuple[str, str], SeenCluster]] = defaultdict(dict)
    for cluster_id, each in named:
        if isinstance(each, SeenPool | SeenPrefixPool):
            pools[cluster_id][pool_key(each.ref)] = each
        elif isinstance(each, SeenCluster):
            clusters[cluster_id][each.ref.namespace, each.ref.name] = each
    return {
        pk: Known(
            pools[pk],
            {key: supply.usage(pk, pool) for key, pool in pools[pk].items()},
            clusters[pk],
            _listed(sights.by_id[pk]),
        )
        for pk in cluster_ids
    }


def _listed(sight: Sight) -> set[str]:
    """The kinds of which everything that there is was read and understood."""
    return {
        kind for kind, facts in sight.kinds.items() if not (facts.get("unread") or facts.get("unreadable"))
    }
