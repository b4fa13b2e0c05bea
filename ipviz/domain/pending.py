"""Why a claim has no address (docs/domain.md, "Claims and addresses").

The provider tells nobody: it sets no condition and sends no event. So the reason is concluded from what
was read, and from nothing that was not: an object is missing only where a whole list does not have it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ipviz.domain.pools import AnyPool, PoolUsage, hands_out_prefixes, referred_key
from ipviz.domain.seen import SeenClaim, SeenCluster

UNKNOWN = "unknown: nothing that was read explains it"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one management cluster. `listed` are the kinds that were read whole."""

    pools: Mapping[str, AnyPool] = field(default_factory=dict)
    usages: Mapping[str, PoolUsage] = field(default_factory=dict)
    clusters: Mapping[tuple[str, str], SeenCluster] = field(default_factory=dict)
    listed: Collection[str] = ()


def why_pending(claim: SeenClaim, known: Known) -> str:
    if claim.paused:
        return "claim paused: it bears the annotation cluster.x-k8s.io/paused"
    return _why_of_cluster(claim, known) or _why_of_pool(claim, known) or UNKNOWN


def _why_of_cluster(claim: SeenClaim, known: Known) -> str:
    if not claim.cluster_name:
        return ""
    named = f"Cluster {claim.ref.namespace}/{claim.cluster_name}"
    cluster = known.clusters.get((claim.ref.namespace, claim.cluster_name))
    if cluster is None:
        return f"cluster missing: there is no {named}" if "Cluster" in known.listed else ""
    return f"cluster paused: {named} is paused" if cluster.paused else ""


def _why_of_pool(claim: SeenClaim, known: Known) -> str:
    key = referred_key(claim.pool, claim.ref.namespace)
    named = f"{claim.pool.kind} {claim.pool.name}"
    pool = known.pools.get(key)
    if pool is None:
        return f"pool missing: there is no {named}" if claim.pool.kind in known.listed else ""
    if pool.paused:
        return f"pool paused: {named} is paused"
    usage = known.usages.get(key)
    what = "prefix" if hands_out_prefixes(claim.pool) else "address"
    return f"exhausted: {named} has no free {what}" if usage and usage.next is None else ""
