"""What the pages of clusters show: how each is read, and what came of a trial."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, QueryDict

from ipviz.clusters.models import Cluster
from ipviz.clusters.registry import WrongCluster, propose
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.domain.seen import Ref
from ipviz.findings.models import Finding
from ipviz.inventory.models import Snapshot
from ipviz.inventory.reading import Sights
from ipviz.kube.connection import runs_in_cluster
from ipviz.polling.joining import Trial, try_reading
from ipviz.polling.kubeconfigs import laid_down
from ipviz.web.freshness import FAULTS, Freshness, freshness_of_all
from ipviz.web.pages.clusters import KindRead, kinds_tried
from ipviz.web.setup.forms import ClusterForm


@dataclass(frozen=True, slots=True)
class ClusterLine:
    """A management cluster, how well it is seen, and how many workload clusters were found in it."""

    seen: Freshness
    workload: int

    @property
    def cluster(self) -> Cluster:
        return self.seen.cluster

    @property
    def how(self) -> str:
        """How it is read; of a file only its name, which is all that a reader of pages needs."""
        cluster = self.cluster
        if cluster.is_demo:
            return "demo fleet"
        if cluster.in_cluster:
            return "service account of the pod"
        if cluster.dump:
            return f"dump {Path(cluster.dump).name}"
        context = f", context {cluster.context}" if cluster.context else ""
        return f"kubeconfig {Path(cluster.kubeconfig).name}{context}"


@dataclass(frozen=True, slots=True)
class TriedCluster:
    """A workload cluster that was found; `why_not` says why its kubeconfig cannot be had, or is empty."""

    ref: Ref
    why_not: str

    @property
    def rule(self) -> str:
        """The line of a Role in its namespace that lets its kubeconfig be read, where that is missing."""
        if "(403)" not in self.why_not:
            return ""
        name = f"{self.ref.name}-kubeconfig"
        return f'- {{apiGroups: [""], resources: [secrets], resourceNames: [{name}], verbs: [get]}}'


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial showed, for a page; `same_as` is registered already and is the same cluster."""

    kinds: Sequence[KindRead]
    workload_clusters: Sequence[TriedCluster]
    error: str
    advice: str
    same_as: Cluster | None

    @property
    def unread(self) -> int:
        return sum(bool(each.reason) for each in self.kinds)

    @property
    def closed(self) -> int:
        """How many workload clusters' kubeconfigs cannot be had."""
        return sum(bool(each.why_not) for each in self.workload_clusters)


def clusters_page(
    at: datetime, form: ClusterForm | None, tried: Tried | None, scope: Scope
) -> dict[str, Any]:
    """`form` is for who may add one."""
    management = list(Cluster.objects.in_scope(scope).live().management().whole())
    found = Cluster.objects.live().first_roads().workload_of(management)
    workload = Counter(each.management_cluster_id for each in found)
    seen = freshness_of_all(Sights.of(management), at, settings.POLL_INTERVAL)
    lines = [ClusterLine(each, workload[each.cluster.pk]) for each in seen]
    return {
        "at": at,
        "lines": lines,
        "form": form,
        "tried": tried,
        "folder": settings.KUBECONFIG_DIR,
        "may_administer": form is not None,
    }


def cluster_form(typed: QueryDict | None = None) -> ClusterForm:
    """For admins, whom nothing is hidden from."""
    files = laid_down(settings.KUBECONFIG_DIR)
    return ClusterForm(typed, files=files, in_cluster=runs_in_cluster(), scope=EVERYTHING)


def proposed_by(form: ClusterForm) -> Cluster | None:
    """The cluster that a checked form proposes; None where that is refused, which the form says then."""
    typed = form.cleaned_data
    try:
        return propose(typed["name"], form.where, segment=typed["segment"])
    except WrongCluster as error:
        form.add_error("name", str(error))
        return None


def tried_for_page(proposed: Cluster) -> Tried:
    return _told(try_reading(proposed))


def _told(trial: Trial) -> Tried:
    seen = trial.observation
    _, advice = FAULTS.get(seen.fault, ("", "")) if seen.fault else ("", "")
    tried = sorted(trial.workload_clusters.items(), key=lambda each: (each[0].namespace, each[0].name))
    return Tried(
        kinds=sorted(kinds_tried(seen), key=lambda each: not each.reason),
        workload_clusters=[TriedCluster(ref, why) for ref, why in tried],
        error=seen.error,
        advice=advice,
        same_as=Cluster.objects.live().management().real().known_as(seen.cluster_uid).first(),
    )


def removal_page(name: str) -> dict[str, Any]:
    """What goes with a management cluster. Raises Http404 where there is none of that name."""
    cluster = Cluster.objects.management().whole().filter(name=name).first()
    if cluster is None:
        raise Http404(f"No management cluster is named {name}.")
    workload = list(cluster.workload_clusters.live().first_roads())
    return {
        "cluster": cluster,
        "workload_clusters": workload,
        "since": Snapshot.objects.of([cluster, *workload]).known_since(),
        "findings": Finding.objects.standing()
        .filter(parties__cluster__in=[cluster, *workload])
        .distinct()
        .count(),
        "roads": list(cluster.aliases.live().exclude(management_cluster=cluster)),
    }
