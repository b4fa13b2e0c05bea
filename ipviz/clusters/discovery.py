"""Workload clusters, found through the Clusters of their management cluster; the writer of their rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Observation, Read, SeenCluster, SeenMachine, SeenNode


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
    read = observation.kinds.get("Cluster")
    if not isinstance(read, Read):
        return Discovered()
    listed = {
        f"{management.path}/{r.ref.namespace}/{r.ref.name}": r
        for r in read.records
        if isinstance(r, SeenCluster)
    }
    kept = {f"{management.path}/{each.namespace}/{each.name}" for each in read.unreadable}
    standing = {cluster.path: cluster for cluster in management.workload_clusters.all()}
    itself = own_cluster_names(observation)
    found = tuple(
        _listed(
            management,
            path,
            record,
            standing.get(path),
            is_itself=record.ref.name in itself.get(record.ref.namespace, ()),
        )
        for path, record in listed.items()
    )
    gone = [
        c for path, c in standing.items() if path not in listed and path not in kept and c.retired_at is None
    ]
    _retire(gone, at)
    return Discovered(found, tuple(gone))


def own_cluster_names(observation: Observation) -> dict[str, set[str]]:
    """Namespace to names of the Clusters whose Machines are this very cluster's Nodes.

    A management cluster lists itself as a Cluster (docs/domain.md, "One cluster, two roads"). Provider ids
    tell it where it can't be reached by that second road, as in a dump.
    """
    nodes = {
        n.provider_id for n in _records(observation, "Node") if isinstance(n, SeenNode) and n.provider_id
    }
    names: dict[str, set[str]] = {}
    for machine in _records(observation, "Machine"):
        if isinstance(machine, SeenMachine) and machine.provider_id in nodes:
            names.setdefault(machine.ref.namespace, set()).add(machine.cluster_name)
    return names


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


def _records(observation: Observation, kind: str) -> Iterable[object]:
    read = observation.kinds.get(kind)
    return read.records if isinstance(read, Read) else ()


def _listed(
    management: Cluster, path: str, record: SeenCluster, known: Cluster | None, *, is_itself: bool
) -> Cluster:
    cluster = known or Cluster(
        path=path,
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
        # A second road to it becomes the first.
        cluster.aliases.update(same_as=None)
