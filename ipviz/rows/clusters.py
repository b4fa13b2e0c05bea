"""Clusters and their snapshots."""

from collections.abc import Sequence
from datetime import datetime

from ipviz.clusters.models import Cluster
from ipviz.inventory.models import Snapshot
from ipviz.inventory.reading import Sight, Sights
from ipviz.rows.row import Row, place_of


def cluster_rows(clusters: Sequence[Cluster], at: datetime | None = None) -> list[Row]:
    sights = Sights.of(clusters, at)
    return [_cluster(sights.by_id[cluster.pk]) for cluster in clusters]


def _cluster(sight: Sight) -> Row:
    cluster = sight.cluster
    return {
        "id": cluster.pk,
        "name": cluster.name,
        "path": cluster.path,
        "namespace": cluster.namespace,
        "kind": cluster.kind,
        "management_cluster": cluster.management_cluster.name if cluster.management_cluster else None,
        "segment": cluster.segment.name,
        "vcenter": cluster.vcenter or None,
        "port_groups": cluster.port_groups,
        "same_as": cluster.same_as.path if cluster.same_as else None,
        "reachable": _is_reachable(sight),
        "failures": cluster.failures,
        "next_poll_at": cluster.next_poll_at,
        "last_snapshot": _last_snapshot(sight.snapshot) if sight.snapshot else None,
    }


def _is_reachable(sight: Sight) -> bool | None:
    """None where nobody tried: never polled, no endpoint yet, or read by another road."""
    if sight.snapshot is None or not sight.cluster.provisioned or sight.cluster.same_as:
        return None
    return not sight.snapshot.error


def _last_snapshot(snapshot: Snapshot) -> Row:
    return {
        "taken_at": snapshot.taken_at,
        "outcome": snapshot.outcome,
        "unread": snapshot.unread,
        "unreadable": snapshot.unreadable,
        "error": snapshot.error,
        "fault": snapshot.fault or None,
        "road": snapshot.road or None,
    }


def snapshot_rows(snapshots: Sequence[Snapshot], at: datetime | None = None) -> list[Row]:
    """A snapshot is the same at any moment."""
    return [
        {
            "id": snapshot.pk,
            **place_of(snapshot.cluster.path),
            "segment": snapshot.cluster.segment.name,
            **_last_snapshot(snapshot),
            "counts": snapshot.counts,
            "seconds": snapshot.seconds,
        }
        for snapshot in snapshots
    ]
