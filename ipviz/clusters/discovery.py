"""Workload clusters, found through the Clusters of their management cluster; the writer of their rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ipviz.clusters.models import Cluster
from ipviz.clusters.segments import network_of
from ipviz.domain.consumers import own_cluster, workload_path
from ipviz.domain.hints import Network, networks_of
from ipviz.domain.seen import Observation, Read, SeenCluster
from ipviz.kube.parse import UNNAMED

COLUMNS = ("provisioned", "retired_at", "same_as_id", "vcenter", "port_groups")
VCENTER_LENGTH = Cluster._meta.get_field("vcenter").max_length


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
    tells_itself = {"Node", "Machine"} <= records.keys()
    networks = networks_of(records)
    standing = {(c.namespace, c.name): c for c in management.workload_clusters.all()}
    listed = {(r.ref.namespace, r.ref.name): r for r in clusters.records if isinstance(r, SeenCluster)}
    kept = {(each.namespace, each.name) for each in clusters.unreadable}
    names_all = not any(name == UNNAMED for _, name in kept)
    found = tuple(
        _listed(
            management,
            record,
            standing.get(name),
            network=networks[name],
            is_itself=(name == itself) if tells_itself else None,
        )
        for name, record in listed.items()
    )
    gone = tuple(
        cluster
        for name, cluster in standing.items()
        if names_all and name not in listed and name not in kept and cluster.retired_at is None
    )
    _retire(gone, at)
    return Discovered(found, gone)


def _listed(
    management: Cluster,
    record: SeenCluster,
    known: Cluster | None,
    *,
    network: Network,
    is_itself: bool | None,
) -> Cluster:
    """The row of one Cluster, written where it is new or says something new.

    One that was read once is read on, though its endpoint was emptied: it may answer there as before.
    """
    cluster = known or Cluster(
        path=workload_path(management.path, record.ref.namespace, record.ref.name),
        kind=Cluster.Kind.WORKLOAD,
        management_cluster=management,
        segment=management.segment,
        namespace=record.ref.namespace,
        name=record.ref.name,
        is_demo=management.is_demo,
        provisioned=False,
    )
    was = _columns(cluster)
    cluster.provisioned = cluster.provisioned or bool(record.host) or record.initialized
    cluster.retired_at = None
    network = network_of(cluster).updated(network)
    cluster.vcenter = (network.vcenter or "")[:VCENTER_LENGTH]
    cluster.port_groups = list(network.port_groups or ())
    if is_itself:
        cluster.same_as = management
    elif is_itself is False and cluster.same_as_id == management.pk and not cluster.uid:
        cluster.same_as = None  # its machines told so once, and no longer do
    if known is None:
        cluster.save()
    elif _columns(cluster) != was:
        # Only these: another poll may be writing the rest of the row now.
        cluster.save(update_fields=COLUMNS)
    return cluster


def _columns(cluster: Cluster) -> tuple[object, ...]:
    return tuple(getattr(cluster, name) for name in COLUMNS)


def _retire(gone: Iterable[Cluster], at: datetime) -> None:
    for cluster in gone:
        cluster.retired_at = at
        cluster.save(update_fields=["retired_at"])
