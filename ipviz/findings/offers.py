"""What pools and load-balancer ranges hand out next, as it was surveyed, or worked out where it was not."""

from collections.abc import Iterable
from datetime import datetime

from ipviz.clusters.models import Subnet
from ipviz.domain.spans import Span
from ipviz.domain.survey import PoolId
from ipviz.findings.surveys import kept_next
from ipviz.inventory.models import Occupancy
from ipviz.inventory.offers import next_by_range, pool_of
from ipviz.inventory.reading import Sights


def next_around(
    ranges: Iterable[Occupancy],
    subnets: Iterable[Subnet],
    at: datetime | None = None,
    sights: Sights | None = None,
) -> dict[PoolId, Span]:
    """What ranges with their clusters hand out next, now or then, by the path of a cluster and the key.

    What lies around an address was surveyed with one of the subnets that lie around it, when its segment was
    last judged: given `with_surveys`, it costs no query. The past, and what was declared since, does.

    Args:
        sights: those of the clusters of the ranges, where they were looked up already.
    """
    kept = {} if at else kept_next(subnets)
    found, unknown = {}, []
    for row in ranges:
        key = row.cluster.path, pool_of(row)[1]
        if key not in kept:
            unknown.append(row)
        for span in kept.get(key, ()):
            if span.version == row.span.version:
                found[key] = span
    paths = {row.cluster_id: row.cluster.path for row in unknown}
    worked_out = next_by_range(unknown, at, sights)
    return {**found, **{(paths[cluster], pool): span for (cluster, pool), span in worked_out.items()}}
