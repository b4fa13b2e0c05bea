"""Pools: what each can hand out, as computed here and as its provider reports it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import cast

from ipviz.api.rows.row import Row, place_of, sighting, sights_of
from ipviz.api.rows.supply import Supply
from ipviz.domain.pools import AnyPool, allocatable, pool_faults
from ipviz.domain.seen import SeenPrefixPool
from ipviz.domain.spans import Span, network_text
from ipviz.inventory.models import Version
from ipviz.inventory.reading import Sight
from ipviz.inventory.records import decode


def pool_rows(versions: Sequence[Version], at: datetime | None = None) -> list[Row]:
    sights = sights_of(versions, at)
    supply = Supply.of(sights.by_id, at)
    return [_pool(version, sights.by_id[version.cluster_id], supply) for version in versions]


def _pool(version: Version, sight: Sight, supply: Supply) -> Row:
    pool = cast(AnyPool, decode(version.kind, version.record))
    usage = supply.usage(version.cluster_id, pool)
    return {
        **place_of(version.cluster.path),
        "segment": version.cluster.segment.name,
        "kind": version.kind,
        "namespace": version.namespace,
        "name": version.name,
        "hands_out": "prefixes" if isinstance(pool, SeenPrefixPool) else "addresses",
        "ranges": [str(span) for span in allocatable(pool)],
        "total": usage.total,
        "used": usage.used,
        "free": usage.free,
        "out_of_range": usage.out_of_range,
        "next_address": _next(usage.next, pool) if usage.next else None,
        "reported": asdict(pool.reported) if pool.reported else None,
        **_spec(pool),
        **sighting(sight, version),
    }


def _next(span: Span, pool: AnyPool) -> str:
    return network_text(span) if isinstance(pool, SeenPrefixPool) else str(span)


def _spec(pool: AnyPool) -> Row:
    """What its manifest says, as written there; `faults` is why the provider would refuse it."""
    if isinstance(pool, SeenPrefixPool):
        entries, length = pool.prefixes, pool.allocation_prefix
    else:
        entries, length = pool.addresses, pool.prefix
    return {
        "addresses": list(entries),
        "excluded": list(pool.excluded),
        "prefix": length,
        "gateway": pool.gateway or None,
        "paused": pool.paused,
        "terminating": pool.terminating,
        "faults": list(pool_faults(pool)),
    }
