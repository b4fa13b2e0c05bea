"""Pools: what each can hand out, as computed here and as its provider reports it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import cast

from django.utils import timezone

from ipviz.domain.pools import AnyPool, PoolUsage, allocatable, pool_faults, pool_key
from ipviz.domain.seen import SeenPrefixPool
from ipviz.domain.spans import Span, network_text
from ipviz.inventory.models import Version
from ipviz.inventory.reading import Sight
from ipviz.inventory.records import decode
from ipviz.inventory.usage import forecasts
from ipviz.rows.row import Row, place_of, sighting, sights_of
from ipviz.rows.supply import Supply
from ipviz.rows.usage import forecast_row


def pool_rows(versions: Sequence[Version], at: datetime | None = None) -> list[Row]:
    sights = sights_of(versions, at)
    supply = Supply.of(sights.by_id, at)
    pools = [cast(AnyPool, decode(each.kind, each.record)) for each in versions]
    usages = [supply.usage(each.cluster_id, pool) for each, pool in zip(versions, pools, strict=True)]
    keys = [(each.cluster_id, pool_key(pool.ref)) for each, pool in zip(versions, pools, strict=True)]
    ends = forecasts(keys, [usage.total for usage in usages], at=at or timezone.now())
    return [
        {**_pool(version, pool, usage, sights.by_id[version.cluster_id]), "runs_out": forecast_row(ends[key])}
        for version, pool, usage, key in zip(versions, pools, usages, keys, strict=True)
    ]


def _pool(version: Version, pool: AnyPool, usage: PoolUsage, sight: Sight) -> Row:
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
