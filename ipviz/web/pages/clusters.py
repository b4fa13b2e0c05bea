"""Clusters: can we see it, and what does it hold?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ipviz.clusters.models import Cluster
from ipviz.clusters.segments import network_of
from ipviz.domain.scope import Scope
from ipviz.domain.seen import Observation, Read, SeenCluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.inventory.reading import Sights
from ipviz.inventory.records import decode
from ipviz.kube.kinds import kinds_named
from ipviz.polling.asking import objection
from ipviz.web.freshness import freshness_of, freshness_of_all, turn_of
from ipviz.web.pages.polling import progress_of

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
    rule: str = ""
    """The RBAC rule that would let it be read, where one is missing."""


def clusters_page(at: datetime, interval: timedelta, scope: Scope) -> dict[str, Any]:
    seen = Cluster.objects.in_scope(scope).live().whole()
    return {"at": at, "clusters": freshness_of_all(Sights.of(seen), at, interval)}


def cluster_or_404(path: str, scope: Scope) -> Cluster:
    cluster = Cluster.objects.in_scope(scope).whole().filter(path=path).first()
    if cluster is None:
        raise Http404(f"There is no cluster {path}.")
    return cluster


def cluster_page(
    path: str, asked: Mapping[str, str], at: datetime, interval: timedelta, scope: Scope
) -> dict[str, Any]:
    """Raises Http404 where there is no such cluster."""
    cluster = cluster_or_404(path, scope)
    sights = Sights.of([cluster, *cluster.workload_clusters.live().whole()])
    sight = sights.by_id[cluster.pk]
    roads = list(cluster.aliases.live())
    all_seen = freshness_of_all(sights, at, interval)
    rows = Paginator(Occupancy.objects.of(cluster).now(), PAGE).get_page(asked.get("page"))
    return {
        "at": at,
        "cluster": cluster,
        "freshness": freshness_of(sight, at, interval),
        "turn": turn_of(cluster, at),
        "why_no_poll": objection(cluster),
        "progress": progress_of(asked.get("asked", ""), all_seen, at),
        "network": network_of(cluster) if cluster.vcenter or cluster.port_groups else None,
        "roads": roads,
        "record": record_of(cluster, *roads),
        "kinds": kinds_of(sight.snapshot),
        "workload_clusters": [each for each in all_seen if each.cluster != cluster],
        "page": rows,
        "occupants": [sights.occupant(row) for row in rows.object_list],
        "findings": list(Finding.objects.standing().about(cluster).whole()[:PAGE]),
    }


def short_path_of(path: str, scope: Scope) -> str | None:
    """The whole path of the only workload cluster that `gmc/beta` can mean."""
    management, _, name = path.partition("/")
    meant = list(Cluster.objects.in_scope(scope).live().workload_named(management, name)[:2])
    return meant[0].path if len(meant) == 1 else None


def record_of(*roads: Cluster) -> SeenCluster | None:
    """The Cluster object of a cluster, as the first management cluster has it that lists one; one query.

    It says what no reading of the cluster itself can: that it is paused, or being deleted.
    """
    listed = [road for road in roads if road.management_cluster_id]
    row = Version.objects.now().defining(listed).first() if listed else None
    record = decode(row.kind, row.record) if row else None
    return record if isinstance(record, SeenCluster) else None


def kinds_of(snapshot: Snapshot | None) -> list[KindRead]:
    kinds = snapshot.kinds if snapshot else {}
    return [
        KindRead(
            kind=kind,
            count=facts.get("count"),
            read_at=snapshot.read_at(kind) if snapshot else None,
            reason=facts.get("unread", ""),
            installed=facts.get("installed", True),
            unreadable=len(facts.get("unreadable", ())),
            rule=rule_for(kind) if "403" in facts.get("unread", "") else "",
        )
        for kind, facts in sorted(kinds.items())
    ]


def kinds_tried(observation: Observation) -> list[KindRead]:
    """The same of what was only tried."""
    found = []
    for kind, read in sorted(observation.kinds.items()):
        if isinstance(read, Read):
            found.append(KindRead(kind, len(read.records), None, "", read.installed, len(read.unreadable)))
        else:
            rule = rule_for(kind) if "403" in read.reason else ""
            found.append(KindRead(kind, None, None, read.reason, True, 0, rule))
    return found


def rule_for(name: str) -> str:
    """The line of a Role or ClusterRole that lets a kind be read; all of them are in deploy/rbac."""
    for kind in kinds_named(name):
        only = f", resourceNames: [{', '.join(each for _, each in kind.names)}]" if kind.names else ""
        group, verb = kind.group or '""', "get" if kind.names else "list"
        return f"- {{apiGroups: [{group}], resources: [{kind.plural}]{only}, verbs: [{verb}]}}"
    return ""
