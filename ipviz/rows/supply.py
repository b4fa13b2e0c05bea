"""The pools of some clusters and what was handed out from them, gathered once for many rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from ipviz.domain.pools import AnyPool, PoolUsage, held_span, pool_key, referred_key, usage_of_keys
from ipviz.domain.seen import SeenAddress
from ipviz.domain.spans import first_key, last_key
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.querysets import VersionQuerySet
from ipviz.inventory.records import decode

PoolId = tuple[int, str]
"""A cluster and the key of a pool in it."""


Keys = tuple[str, str]
"""The first and the last key of what an IPAddress holds."""


@dataclass(frozen=True, slots=True)
class Supply:
    held: Mapping[PoolId, Sequence[Keys]]

    @classmethod
    def of(cls, cluster_ids: Iterable[int], at: datetime | None = None) -> "Supply":
        """One query, over what every IPAddress of the clusters states; two where one states nothing.

        The objects themselves are many times as much to read. Only an address that belongs to no segment,
        as link-local ones do, is nowhere else: it counts in its pool, so then all objects are read.
        """
        clusters = list(cluster_ids)
        addresses = Version.objects.as_seen(at).of_kind("IPAddress").of_any(clusters)
        rows = list(Occupancy.objects.as_seen(at).of_any(clusters).given_out(addresses))
        if not rows or len(rows) != rows[0][-1]:
            return cls(_read(addresses))
        held: dict[PoolId, list[Keys]] = defaultdict(list)
        for cluster, pool, first, last, _ in rows:
            held[cluster, pool].append((first, last))
        return cls(held)

    def usage(self, cluster_id: int, pool: AnyPool) -> PoolUsage:
        return usage_of_keys(pool, self.held.get((cluster_id, pool_key(pool.ref)), ()))


def _read(addresses: VersionQuerySet) -> Mapping[PoolId, Sequence[Keys]]:
    held: dict[PoolId, list[Keys]] = defaultdict(list)
    for cluster_id, record in addresses.values_list("cluster_id", "record"):
        address = cast(SeenAddress, decode("IPAddress", record))
        if span := held_span(address):
            pool = referred_key(address.pool, address.ref.namespace)
            held[cluster_id, pool].append((first_key(span), last_key(span)))
    return held
