"""What the pools of some addresses hand out next."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.spans import Span
from ipviz.inventory.models import Occupancy
from ipviz.inventory.records import occupant_of

PoolOf = tuple[int, str]
"""A cluster and the key of a pool in it."""


def next_by_pool(ranges: Iterable[Occupancy], at: datetime | None = None) -> Mapping[PoolOf, Span]:
    """What the pools among these ranges hand out next, as of a moment; two queries, none without a pool.

    Only the addresses between the first and the last that they can hand out are looked at.
    """
    pools = [row for row in ranges if row.role == Role.POOL]
    if not pools:
        return {}
    known = Occupancy.objects.as_seen(at).of_any({row.cluster_id for row in pools})
    offers = list(known.with_role(Role.POOL).stated_by(pools))
    first, last = min(row.first_key for row in offers), max(row.last_key for row in offers)
    held = _by_pool(known.with_role(Role.ALLOC).between(first, last))
    found = ((pool, next_of(each, held.get(pool, ()))) for pool, each in _by_pool(offers).items())
    return {pool: span for pool, span in found if span}


def pool_of(row: Occupancy) -> PoolOf:
    return row.cluster_id, row.facts.get("pool", "")


def _by_pool(rows: Iterable[Occupancy]) -> dict[PoolOf, list[Occupant]]:
    found: dict[PoolOf, list[Occupant]] = defaultdict(list)
    for row in rows:
        found[pool_of(row)].append(occupant_of(row, path="", stale=False))
    return found
