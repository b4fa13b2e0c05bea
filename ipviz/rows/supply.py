"""The pools of some clusters and what was handed out from them, gathered once for many rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from ipviz.domain.pools import AnyPool, PoolUsage, pool_key, referred_key, usage_of
from ipviz.domain.seen import SeenAddress
from ipviz.inventory.models import Version
from ipviz.inventory.records import decode

PoolId = tuple[int, str]
"""A cluster and the key of a pool in it."""


@dataclass(frozen=True, slots=True)
class Supply:
    addresses: Mapping[PoolId, list[SeenAddress]]

    @classmethod
    def of(cls, cluster_ids: Iterable[int], at: datetime | None = None) -> "Supply":
        """One query, over every IPAddress of the clusters."""
        addresses: dict[PoolId, list[SeenAddress]] = defaultdict(list)
        versions = Version.objects.as_seen(at).of_kind("IPAddress").of_any(cluster_ids)
        for cluster_id, record in versions.values_list("cluster_id", "record"):
            address = cast(SeenAddress, decode("IPAddress", record))
            addresses[(cluster_id, referred_key(address.pool, address.ref.namespace))].append(address)
        return cls(addresses)

    def usage(self, cluster_id: int, pool: AnyPool) -> PoolUsage:
        return usage_of(pool, self.addresses.get((cluster_id, pool_key(pool.ref)), ()))
