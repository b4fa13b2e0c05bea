"""Workload clusters, found through the Clusters of their management cluster; the writer of their rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ipviz.clusters.models import Cluster
from ipviz.domain.consumers import own_cluster, workload_path
from ipviz.domain.seen import Observation, Read, SeenCluster
from ipviz.kube.parse import UNNAMED


@dataclass(frozen=True, slots=True)
class Discovered:
    """`gone`: those whose Cluster a complete list no longer has; what was seen in them must end."""

    found: tuple[Cluster, ...] = ()
    gone: tuple[Cluster, ...] = ()


@transaction.atomic
def discover(management: Cluster, observation: Observation, *, at: datetime) -> Discovered:
    """Bring the rows of a management cluster's workload clusters in line with its Clusters.

    A list of Clusters that could not be read whole changes nothing.
    """
    records = {kind: read.records for kind, read in observation.kinds.items() if isinstance(read, Read)}
    clusters = observation.kinds.get("Cluster")
    if not isinstance(clusters, Read):
        return Discovered()
    itself = own_cluster(records)
    standing = {(c.namespace, c.name): c for c in management.workload_clusters.all()}
    listed = {(r.ref.namespace, r.ref.name): r for r in clusters.records if isinstance(r, SeenCluster)}
    kept = {(each.namespace, each.name) for each in clusters.unreadable}
    names_all = not any(name == UNNAMED for _, name in kept)
    found = tuple(
        _listed(management, record, standing.get(name), is_itself=name == itself)
        for name, record in listed.items()
    )
    gone = tuple(
        cluster
        for name, cluster in standing.items()
        if names_all and name not in listed and name not in kept and cluster.retired_at is None
    )
    _retire(gone, at)
    return Discovered(found, gone)


def answers_as(cluster: Cluster, uid: str) -> Cluster | None:
    """The other cluster whose uid a cluster shows that was known by one of its own."""
    if not uid or not cluster.uid or uid == cluster.uid:
        return None
    return Cluster.objects.live().filter(uid=uid).exclude(pk=cluster.pk).order_by("pk").first()


def recognise(cluster: Cluster, uid: str) -> Cluster | None:
    """Note the uid of `kube-system`, and return the cluster that has it already, if another does.

    The later of the two becomes a second road to the first, and is not read again.
    """
    if not uid:
        return None
    first = Cluster.objects.live().filter(uid=uid, same_as=None).exclude(pk=cluster.pk).order_by("pk").first()
    if (cluster.uid, cluster.same_as_id) != (uid, first.pk if first else None):
        cluster.uid, cluster.same_as = uid, first
        cluster.save(update_fields=["uid", "same_as"])
    return first


def _listed(management: Cluster, record: SeenCluster, known: Cluster | None, *, is_itself: bool) -> Cluster:
    cluster = known or Cluster(
        path=workload_path(management.path, record.ref.namespace, record.ref.name),
        kind=Cluster.Kind.WORKLOAD,
        management_cluster=management,
        segment=management.segment,
        namespace=record.ref.namespace,
        name=record.ref.name,
        is_demo=management.is_demo,
    )
    was = (cluster.pk, cluster.provisioned, cluster.retired_at, cluster.same_as_id)
    cluster.provisioned = bool(record.host) or record.initialized
    cluster.retired_at = None
    if is_itself:
        cluster.same_as = management
    if was != (cluster.pk, cluster.provisioned, cluster.retired_at, cluster.same_as_id) or known is None:
        cluster.save()
    return cluster


def _retire(gone: Iterable[Cluster], at: datetime) -> None:
    for cluster in gone:
        cluster.retired_at = at
        cluster.save(update_fields=["retired_at"])
