"""Where an inferred subnet comes from: the pools whose prefix speaks of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ipviz.clusters.models import Subnet
from ipviz.domain.pools import ADDRESS_POOL_KINDS, inferred_subnet, pool_faults
from ipviz.domain.seen import SeenPool
from ipviz.domain.spans import Span, address_or_none
from ipviz.inventory.models import Version
from ipviz.inventory.records import decode


@dataclass(frozen=True, slots=True)
class PoolNetwork:
    """The network that a pool speaks of; only as right as the pool's prefix."""

    segment_id: int
    network: Span
    pool: str
    """As people name it: `wc-cp-ips of gmc`."""
    gateway: Span | None = None


def pool_networks(segment_ids: Iterable[int]) -> Iterator[PoolNetwork]:
    """What the pools of these segments speak of, by cluster and name; one query."""
    rows = Version.objects.now().of_kind(*ADDRESS_POOL_KINDS).filter(cluster__segment__in=list(segment_ids))
    for row in rows.select_related("cluster").order_by("cluster__path", "namespace", "name"):
        pool = decode(row.kind, row.record)
        if isinstance(pool, SeenPool) and pool.prefix and not pool_faults(pool):
            name = f"{row.namespace}/{row.name}" if row.namespace else row.name
            yield PoolNetwork(
                segment_id=row.cluster.segment_id,
                network=inferred_subnet(pool),
                pool=f"{name} of {row.cluster.name}",
                gateway=address_or_none(pool.gateway) if pool.gateway else None,
            )


def origins_of(subnets: Iterable[Subnet]) -> dict[int, list[str]]:
    """The pools that each inferred subnet comes from, by its id; no query where all are declared."""
    inferred = [subnet for subnet in subnets if not subnet.declared]
    found: dict[int, list[str]] = {subnet.pk: [] for subnet in inferred}
    for each in pool_networks({subnet.segment_id for subnet in inferred}) if inferred else ():
        for subnet in inferred:
            if subnet.segment_id == each.segment_id and subnet.span.contains(each.network):
                found[subnet.pk].append(each.pool)
    return found


def gateway_of(subnet: Subnet) -> Span | None:
    """The gateway in an inferred subnet that its pools name, where they name one and the same; one query."""
    named = {
        each.gateway
        for each in pool_networks([subnet.segment_id])
        if each.gateway and subnet.span.contains(each.network) and subnet.span.contains(each.gateway)
    }
    return named.pop() if len(named) == 1 else None
