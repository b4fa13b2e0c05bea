"""Clusters: can we see it, and what does it hold?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy, Snapshot
from ipviz.inventory.reading import Sights
from ipviz.web.freshness import freshness_of, freshness_of_all

PAGE = 250


@dataclass(frozen=True, slots=True)
class KindRead:
    """What is known of one kind's list; `reason` says why it is not newer."""

    kind: str
    count: int | None
    read_at: datetime | None
    reason: str
    installed: bool
    unreadable: int


def clusters_page(at: datetime, interval: timedelta) -> dict[str, Any]:
    return {"at": at, "clusters": freshness_of_all(Sights.of(Cluster.objects.live().whole()), at, interval)}


def cluster_page(path: str, page: str | None, at: datetime, interval: timedelta) -> dict[str, Any]:
    """Raises Http404 where there is no such cluster."""
    cluster = Cluster.objects.whole().filter(path=path).first()
    if cluster is None:
        raise Http404(f"There is no cluster {path}.")
    sights = Sights.of([cluster, *cluster.workload_clusters.live().whole()])
    sight = sights.by_id[cluster.pk]
    all_seen = freshness_of_all(sights, at, interval)
    rows = Paginator(Occupancy.objects.of(cluster).now(), PAGE).get_page(page)
    return {
        "at": at,
        "cluster": cluster,
        "freshness": freshness_of(sight, at, interval),
        "kinds": kinds_of(sight.snapshot),
        "workload_clusters": [each for each in all_seen if each.cluster != cluster],
        "page": rows,
        "occupants": [sights.occupant(row) for row in rows.object_list],
        "findings": list(Finding.objects.standing().about(cluster).whole()[:PAGE]),
    }


def short_path_of(path: str) -> str | None:
    """The whole path of the only workload cluster that `gmc/beta` can mean."""
    management, _, name = path.partition("/")
    meant = list(Cluster.objects.live().workload_named(management, name)[:2])
    return meant[0].path if len(meant) == 1 else None


def kinds_of(snapshot: Snapshot | None) -> list[KindRead]:
    kinds = snapshot.kinds if snapshot else {}
    return [
        KindRead(
            kind=kind,
            count=facts.get("count"),
            read_at=datetime.fromisoformat(facts["read_at"]) if facts.get("read_at") else None,
            reason=facts.get("unread", ""),
            installed=facts.get("installed", True),
            unreadable=len(facts.get("unreadable", ())),
        )
        for kind, facts in sorted(kinds.items())
    ]
