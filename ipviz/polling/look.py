"""Looking at one cluster: fetch what it lists, and parse what was seen. The network only, no database."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from ipviz.clusters.models import Cluster
from ipviz.domain.leases import settled
from ipviz.domain.seen import Fault, Observation, Unread
from ipviz.kube.errors import KubeError
from ipviz.kube.kinds import Kind, kinds_for, kinds_named
from ipviz.kube.parse import parse
from ipviz.kube.source import Source, open_source
from ipviz.polling.policy import limits, trust

log = structlog.stdlib.get_logger(__name__)

OpenSource = Callable[[Cluster], Source]
How = Callable[[Source], Observation]

WHO = kinds_named("Namespace")
"""What tells which cluster answers, and little else."""


@dataclass(frozen=True, slots=True)
class Look:
    """What reading one cluster gave; nothing of it is stored yet.

    `lease` is that under which it was read; what was read without one is stored only while nobody has one.
    `road` is the path of the second road by which it was read, where its own leads nowhere.
    """

    cluster: Cluster
    observation: Observation
    taken_at: datetime
    seconds: float
    lease: UUID | None = None
    road: str = ""


def look(
    cluster: Cluster, *, at: datetime, lease: UUID | None = None, open_source: OpenSource | None = None
) -> Look:
    """Read a cluster, by a second road where its own leads nowhere; many can be read at once.

    A second road itself is only asked which cluster answers. The row must come from
    `ClusterQuerySet.to_read`. Never raises: what a cluster or a kubeconfig does is in the observation, and a
    fault of our own is too, so that it stops no other.
    """
    begun = time.monotonic()
    opened = open_source or source_of
    kinds = WHO if cluster.same_as_id else kinds_for(is_management=cluster.is_management)
    observation, by = read(cluster, listing_of(kinds), opened), ""
    if observation.error and not cluster.same_as_id:
        for road in cluster.roads:
            other = read(road, listing_of(kinds), opened)
            if other.cluster_uid and other.cluster_uid == cluster.uid:
                observation, by = other, road.path
                break
    return Look(cluster, settled(observation, at), at, time.monotonic() - begun, lease, by)


def source_of(cluster: Cluster) -> Source:
    """Open where a cluster is read from; a workload cluster through its management cluster.

    Raises:
        KubeError: it cannot be opened; the text says what and why.
    """
    if cluster.management_cluster:
        return _through(cluster.management_cluster, cluster)
    return open_source(
        kubeconfig=cluster.kubeconfig,
        context=cluster.context,
        in_cluster=cluster.in_cluster,
        dump=cluster.dump,
        limits=limits(),
    )


def try_connection(cluster: Cluster) -> Observation:
    """Ask which cluster answers, for one that may not be registered yet."""
    return read(cluster, listing_of(WHO), source_of)


def reasons(observation: Observation) -> str:
    """Why something of it can't be read, in one text; empty where all can."""
    unread = (read.reason for read in observation.kinds.values() if isinstance(read, Unread))
    return observation.error or " ".join(dict.fromkeys(unread))


def listing_of(kinds: Iterable[Kind]) -> How:
    """A way to read an open source: all of these kinds."""
    return lambda source: parse(source.listing(kinds))


def read(cluster: Cluster, how: How, opened: OpenSource) -> Observation:
    """Open a cluster and read it in some way. Never raises: what goes wrong is in the observation."""
    try:
        with opened(cluster) as source:
            return how(source)
    except KubeError as error:
        return Observation(error=str(error), fault=error.fault, retry_after=error.retry_after)
    except Exception as error:
        log.exception("poll.failed", cluster=cluster.path)
        text = f"a fault in ipviz, {type(error).__name__}: its log says more"
        return Observation(error=text, fault=Fault.OTHER)


def _through(management: Cluster, cluster: Cluster) -> Source:
    """By whichever road to the management cluster gives the kubeconfig; if none, the first one's reason."""
    faults: list[KubeError] = []
    for road in _roads_to(management):
        try:
            with source_of(road) as source:
                return source.workload(cluster.namespace, cluster.name, trust(cluster))
        except KubeError as error:
            faults.append(error)
    raise faults[0]


def _roads_to(management: Cluster) -> Iterator[Cluster]:
    yield management
    yield from (road for road in management.roads if road.is_management)
