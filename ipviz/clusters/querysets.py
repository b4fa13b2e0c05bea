"""Questions to ask of clusters and subnets."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Min, Model, Prefetch, Q, QuerySet

from ipviz.clusters.scoping import in_seen_clusters, on_seen_segments
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, first_key, last_key

if TYPE_CHECKING:
    from ipviz.clusters.models import Cluster, Segment, Subnet

SKEW = timedelta(minutes=1)
"""The clocks of the machines that share the work agree so well at least."""


class SegmentQuerySet(QuerySet["Segment"]):
    def in_scope(self, scope: Scope) -> "SegmentQuerySet":
        return self.filter(on_seen_segments(scope, "name"))

    def seen_in_part(self, scope: Scope) -> "SegmentQuerySet":
        """Those that are seen, or of which a cluster is."""
        inhabited = in_seen_clusters(scope, "clusters__", "name")
        return self.filter(inhabited).distinct()

    def ask_to_judge(self) -> None:
        for segment in self:
            segment.judge_requests.create()

    def with_clusters(self) -> "SegmentQuerySet":
        return self.filter(clusters__isnull=False).distinct()

    def to_judge(self) -> "SegmentQuerySet":
        """Those of which somebody asked it."""
        return self.filter(pk__in=self.filter(judge_requests__isnull=False).values("pk"))

    def free_to_judge(self) -> "SegmentQuerySet":
        """Those of which somebody asked it, locked, without those that are being judged now."""
        return self.to_judge().select_for_update(no_key=True, skip_locked=True)


class ClusterQuerySet(QuerySet["Cluster"]):
    def in_scope(self, scope: Scope) -> "ClusterQuerySet":
        return self.filter(in_seen_clusters(scope, "", "segment__name"))

    def live(self) -> "ClusterQuerySet":
        """Those whose Cluster was not seen to be gone."""
        return self.filter(retired_at=None)

    def living_at(self, at: datetime) -> "ClusterQuerySet":
        """Those whose Cluster had not gone yet."""
        return self.filter(Q(retired_at=None) | Q(retired_at__gt=at))

    def management(self) -> "ClusterQuerySet":
        return self.filter(kind="management")

    def workload(self) -> "ClusterQuerySet":
        return self.filter(kind="workload")

    def real(self) -> "ClusterQuerySet":
        """Without the demo's."""
        return self.filter(is_demo=False)

    def first_roads(self) -> "ClusterQuerySet":
        """Without those that are a second road to another."""
        return self.filter(same_as=None)

    def readable(self) -> "ClusterQuerySet":
        """Those that a poll should try: live, with something to read.

        A second road to another is among them: it is asked whether it still leads there.
        """
        return self.live().filter(provisioned=True)

    def to_read(self) -> "ClusterQuerySet":
        """The readable ones with all that reading them needs, so that no query is made meanwhile.

        So are the second roads by which each, and its management cluster, can be reached (`Cluster.roads`).
        """
        second = self.model.objects.readable().select_related("management_cluster").order_by("pk")
        to_management = Prefetch("management_cluster__aliases", second)
        return (
            self.readable()
            .select_related("management_cluster", "segment", "same_as")
            .prefetch_related(Prefetch("aliases", second.prefetch_related(to_management)), to_management)
        )

    def known_as(self, uid: str) -> "ClusterQuerySet":
        """Those that are read and whose `kube-system` has that uid; none where it is empty."""
        return self.first_roads().filter(uid=uid).exclude(uid="")

    def registered_since(self) -> datetime | None:
        first: datetime | None = self.aggregate(at=Min("registered_at"))["at"]
        return first

    def free(self, at: datetime) -> "ClusterQuerySet":
        """Those that nobody is polling."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=at) | _decided_later(at))

    def on(self, segment: str) -> "ClusterQuerySet":
        return self.filter(segment__name=segment)

    def of_segments(self, segment_ids: Iterable[int]) -> "ClusterQuerySet":
        return self.filter(segment__in=list(segment_ids))

    def workload_of(self, management: Iterable["Cluster"]) -> "ClusterQuerySet":
        return self.filter(management_cluster__in=[cluster.pk for cluster in management])

    def involved_in(self, findings: Iterable[Model]) -> "ClusterQuerySet":
        """The clusters in which a party of one of these findings was seen."""
        return self.filter(party__finding__in=[finding.pk for finding in findings]).distinct()

    def called(self, names: Iterable[str]) -> "ClusterQuerySet":
        """By name or path."""
        wanted = list(names)
        return self.filter(Q(path__in=wanted) | Q(name__in=wanted))

    def whole(self) -> "ClusterQuerySet":
        """With all that a page says of a cluster, in one query."""
        return self.select_related("segment", "same_as", "management_cluster")

    def places(self, ids: Iterable[int]) -> "ClusterQuerySet":
        """Some of them by their ids, and of each where it is: its path and its segment's name."""
        found = self.filter(pk__in=list(ids)).select_related("segment")
        return found.only("path", "segment", "segment__name")

    def named(self, part: str) -> "ClusterQuerySet":
        """Those whose path holds the text, in any case."""
        return self.filter(path__icontains=part)

    def workload_named(self, management: str, name: str) -> "ClusterQuerySet":
        """The workload clusters of that name, in whichever namespace."""
        return self.filter(management_cluster__path=management, name=name)

    def by_path(self, paths: Iterable[str]) -> dict[str, "Cluster"]:
        return {cluster.path: cluster for cluster in self.filter(path__in=sorted(paths))}

    def due(self, at: datetime) -> "ClusterQuerySet":
        """Those whose turn it is and that nobody is polling."""
        is_due = Q(next_poll_at=None) | Q(next_poll_at__lte=at) | _decided_later(at)
        return self.readable().free(at).filter(is_due)


def _decided_later(at: datetime) -> Q:
    """The clock was set back since: what was decided then lies as far ahead as that, and counts no more."""
    return Q(turn_given_at__gt=at + SKEW)


class SubnetQuerySet(QuerySet["Subnet"]):
    def in_scope(self, scope: Scope) -> "SubnetQuerySet":
        return self.filter(on_seen_segments(scope, "segment__name"))

    def whole(self) -> "SubnetQuerySet":
        """With its segment, which its address on the web names."""
        return self.select_related("segment")

    def cidrs(self) -> Any:
        """What tells which of them an address lies in, as named columns."""
        return self.order_by().values_list("segment_id", "cidr", "first_key", "last_key", named=True)

    def with_surveys(self) -> "SubnetQuerySet":
        """With the kept survey of each but its runs, which are most of one."""
        runs = ("survey__sizes", "survey__states", "survey__flags")
        return self.select_related("survey").defer(*runs)

    def with_runs(self) -> "SubnetQuerySet":
        """With segment, and of the kept survey of each what tells which addresses are in which state."""
        others = ("survey__flags", "survey__tallies", "survey__pools", "survey__ranges")
        return self.select_related("segment", "survey").defer(*others)

    def named(self, part: str) -> "SubnetQuerySet":
        return self.filter(Q(name__icontains=part) | Q(cidr__icontains=part))

    def on(self, segment: str) -> "SubnetQuerySet":
        return self.filter(segment__name=segment)

    def of_segments(self, segment_ids: Iterable[int]) -> "SubnetQuerySet":
        return self.filter(segment__in=list(segment_ids))

    def elsewhere(self, segment: str) -> "SubnetQuerySet":
        """Those on other segments, where the same numbers mean other things."""
        return self.exclude(segment__name=segment)

    def declared(self) -> "SubnetQuerySet":
        return self.filter(declared=True)

    def inferred(self) -> "SubnetQuerySet":
        return self.filter(declared=False)

    def beside(self, cluster: str) -> "SubnetQuerySet":
        """Those on the segment of a cluster of that name or path."""
        named = Q(segment__clusters__path=cluster) | Q(segment__clusters__name=cluster)
        return self.filter(named).distinct()

    def meeting(self, span: Span) -> "SubnetQuerySet":
        """Those that share at least one address with the span."""
        return self.filter(first_key__lte=last_key(span), last_key__gte=first_key(span))

    def inside(self, span: Span) -> "SubnetQuerySet":
        return self.filter(first_key__gte=first_key(span), last_key__lte=last_key(span))

    def around(self, span: Span) -> "SubnetQuerySet":
        """The subnets in which the whole span lies, smallest first."""
        return self.filter(first_key__lte=first_key(span), last_key__gte=last_key(span)).order_by(
            "-first_key", "last_key"
        )
