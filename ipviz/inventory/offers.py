"""What the pools and load-balancer ranges of some addresses hand out next."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ipviz.domain.kubevip import PROVIDER_KINDS
from ipviz.domain.members import Member
from ipviz.domain.next_addresses import NextOfRanges, next_of_ranges
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.spans import Span
from ipviz.inventory.models import Occupancy
from ipviz.inventory.reading import Sights, records_of
from ipviz.inventory.records import occupant_of

RangeOf = tuple[int, str]
"""A cluster, and the key of a pool in it or of its load-balancer ranges."""
BALANCING = ("Service", "ConfigMap", *PROVIDER_KINDS)


def next_by_range(
    ranges: Iterable[Occupancy], at: datetime | None = None, sights: Sights | None = None
) -> Mapping[RangeOf, Span]:
    """What these ranges hand out next, as of a moment; two queries for pools, two for the others.

    With the sights of their clusters, one for the others.

    Of a pool only the addresses between the first and the last that it can hand out are looked at. Where a
    range holds both families it is told of that of the rows.
    """
    rows = list(ranges)
    pools = [row for row in rows if row.role == Role.POOL]
    balancers = [row for row in rows if row.role == Role.LBRANGE]
    return {**_next_of_pools(pools, at), **_next_of_balancers(balancers, at, sights)}


def _next_of_pools(pools: Iterable[Occupancy], at: datetime | None) -> Mapping[RangeOf, Span]:
    pools = list(pools)
    if not pools:
        return {}
    known = Occupancy.objects.as_seen(at).of_any({row.cluster_id for row in pools})
    offers = list(known.with_role(Role.POOL).stated_by(pools))
    first, last = min(row.first_key for row in offers), max(row.last_key for row in offers)
    held = _by_pool(known.with_role(Role.ALLOC).between(first, last))
    found = ((pool, next_of(each, held.get(pool, ()))) for pool, each in _by_pool(offers).items())
    return {pool: span for pool, span in found if span}


def _next_of_balancers(
    balancers: Sequence[Occupancy], at: datetime | None, known: Sights | None
) -> Mapping[RangeOf, Span]:
    if not balancers:
        return {}
    clusters = {row.cluster_id: row.cluster for row in balancers}
    sights = Sights({pk: known.by_id[pk] for pk in clusters}) if known else Sights.of(clusters.values(), at)
    found = next_of_ranges_in(sights, at)
    return {
        pool_of(row): following
        for row in balancers
        for following in found.get((row.cluster.path, pool_of(row)[1]), ())
        if following.version == row.span.version
    }


def next_of_ranges_in(sights: Sights, at: datetime | None) -> NextOfRanges:
    """What the load-balancer ranges of some clusters hand out next, as of a moment; one query."""
    records = records_of(sights, at, *BALANCING)
    clusters = sights.by_id.values()
    return next_of_ranges(Member(sight.facts(), records[sight.cluster.path]) for sight in clusters)


def pool_of(row: Occupancy) -> RangeOf:
    return row.cluster_id, row.facts.get("pool", "")


def _by_pool(rows: Iterable[Occupancy]) -> dict[RangeOf, list[Occupant]]:
    found: dict[RangeOf, list[Occupant]] = defaultdict(list)
    for row in rows:
        found[pool_of(row)].append(occupant_of(row, path="", stale=False))
    return found
