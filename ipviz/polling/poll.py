"""Polling one cluster: fetch what it lists, parse what was seen, store what changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from ipviz.clusters.discovery import answers_as, discover, recognise
from ipviz.clusters.models import Cluster, Segment
from ipviz.domain.evidence import as_evidence
from ipviz.domain.seen import Observation, Unread, Unreadable
from ipviz.inventory.store import Stored, forget, hand_over, store
from ipviz.kube.errors import KubeError
from ipviz.kube.kinds import kinds_for, kinds_named
from ipviz.kube.parse import parse
from ipviz.kube.source import Source, open_source

log = structlog.stdlib.get_logger(__name__)

OpenSource = Callable[[Cluster], Source]


@dataclass(frozen=True, slots=True)
class Look:
    """What reading one cluster gave; nothing of it is stored yet."""

    cluster: Cluster
    observation: Observation
    taken_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll, stored; `stored` is None for a second road to a cluster that is read already."""

    look: Look
    stored: Stored | None
    same_as: Cluster | None = None

    @property
    def is_whole(self) -> bool:
        return self.stored is None or self.stored.snapshot.outcome == "whole"

    def in_words(self) -> list[str]:
        """A line for the cluster, and one for each kind and object that could not be read."""
        cluster = self.look.cluster
        if self.stored is None:
            return [f"{cluster}: the same cluster as {self.same_as}, which is read already"]
        snapshot = self.stored.snapshot
        if snapshot.error:
            return [f"{cluster}: not readable: {snapshot.error}"]
        objects = sum(snapshot.counts.values())
        changes = f"{self.stored.added} new, {self.stored.altered} changed, {self.stored.gone} gone"
        return [
            f"{cluster}: {snapshot.outcome}, {objects} objects ({changes}), {snapshot.seconds:.1f} s",
            *(f"  {each['kind']} not read: {each['reason']}" for each in snapshot.unread),
            *(f"  not understood: {Unreadable(**each)}" for each in snapshot.unreadable),
        ]


def poll(cluster: Cluster, *, at: datetime) -> Polled:
    """Poll one cluster now: look at it, then store what was seen."""
    return record(look(cluster, at=at))


def look(cluster: Cluster, *, at: datetime, open_source: OpenSource | None = None) -> Look:
    """Read a cluster; the network only, no database, so that many can be read at once.

    The row must come with its management cluster (`ClusterQuerySet.to_read`). Never raises: what a cluster
    or a kubeconfig does is in the observation, and a fault of our own is too, so that it stops no other.
    """
    begun = time.monotonic()
    try:
        with (open_source or source_of)(cluster) as source:
            observation = parse(source.listing(kinds_for(is_management=cluster.is_management)))
    except KubeError as error:
        observation = Observation(error=str(error))
    except Exception as error:
        log.exception("poll.failed", cluster=cluster.path)
        observation = Observation(error=f"a fault in ipviz, {type(error).__name__}: its log says more")
    return Look(cluster, observation, at, time.monotonic() - begun)


def source_of(cluster: Cluster) -> Source:
    """Open where a cluster is read from; a workload cluster through its management cluster.

    Raises:
        KubeError: it cannot be opened; the text says what and why.
    """
    if cluster.management_cluster:
        with source_of(cluster.management_cluster) as source:
            return source.workload(cluster.namespace, cluster.name)
    return open_source(
        kubeconfig=cluster.kubeconfig,
        context=cluster.context,
        in_cluster=cluster.in_cluster,
        dump=cluster.dump,
    )


def try_connection(cluster: Cluster) -> str:
    """Read one small thing of a cluster; the reason why it can't be read, or nothing."""
    try:
        with source_of(cluster) as source:
            observation = parse(source.listing(kinds_named("Namespace")))
    except KubeError as error:
        return str(error)
    unread = [read.reason for read in observation.kinds.values() if isinstance(read, Unread)]
    return observation.error or " ".join(unread)


@transaction.atomic
def record(look: Look) -> Polled:
    """Store what was seen, and which workload clusters it names; ask for a judgement.

    A look that began before the last one that is stored is out of date, and changes nothing.
    """
    cluster = look.cluster
    last = cluster.snapshots.first()
    if last and last.taken_at >= look.taken_at:
        return Polled(look, Stored(last))
    observation = as_evidence(look.observation, last.counts if last else {})
    if other := answers_as(cluster, observation.cluster_uid):
        # Its kubeconfig leads elsewhere, or its address is answered by another: that proves nothing of it.
        observation = Observation(error=f"{other.path} answers in its place")
    first = recognise(cluster, observation.cluster_uid)
    if first is not None:
        forget(cluster, at=look.taken_at, why=f"it is {first.path}, which is read already")
        return Polled(look, None, same_as=first)
    stored = store(cluster, observation, taken_at=look.taken_at, seconds=look.seconds)
    if cluster.is_management:
        for gone in discover(cluster, observation, at=look.taken_at).gone:
            _part_with(gone, look.taken_at)
    Segment.objects.filter(pk=cluster.segment_id).ask_to_judge()
    return Polled(look, stored)


def _part_with(gone: Cluster, at: datetime) -> None:
    """A cluster that was moved lives on as what was a second road to it; any other is forgotten."""
    heir = gone.aliases.live().order_by("pk").first()
    if heir is None:
        forget(gone, at=at, why="its Cluster is gone")
        return
    gone.aliases.exclude(pk=heir.pk).update(same_as=heir)
    heir.same_as = None
    heir.save(update_fields=["same_as"])
    hand_over(gone, heir)
