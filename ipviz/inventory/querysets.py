"""Questions to ask of what was seen; `as_of` and `now` choose the moment, the rest is the same."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery

from ipviz.domain.spans import Span, first_key, last_key

if TYPE_CHECKING:
    from ipviz.clusters.models import Cluster
    from ipviz.inventory.models import Occupancy, Snapshot, Version

Row = TypeVar("Row", bound=Model)


class SnapshotQuerySet(QuerySet["Snapshot"]):
    def latest_of(self, clusters: Iterable["Cluster"]) -> dict[int, "Snapshot"]:
        """The last snapshot of each, by cluster id; a cluster never polled has none. One query."""
        newest = self.filter(cluster=OuterRef("cluster")).order_by("-taken_at", "-id").values("id")[:1]
        rows = self.filter(cluster__in=[cluster.pk for cluster in clusters], id=Subquery(newest))
        return {row.cluster_id: row for row in rows}


class SeenQuerySet(QuerySet[Row]):
    def now(self) -> Self:
        return self.filter(seen_until=None)

    def as_of(self, at: datetime) -> Self:
        """As it stood at that moment; `seen_until` is exclusive."""
        return self.filter(Q(seen_until=None) | Q(seen_until__gt=at), seen_from__lte=at)

    def of(self, cluster: "Cluster") -> Self:
        return self.filter(cluster=cluster)

    def of_any(self, cluster_ids: Iterable[int]) -> Self:
        return self.filter(cluster__in=list(cluster_ids))

    def ended(self) -> Self:
        """What is no longer so, the latest first, with its cluster."""
        return (
            self.exclude(seen_until=None)
            .order_by("-seen_until", "-seen_from", "pk")
            .select_related("cluster")
        )

    def of_kind(self, *kinds: str) -> Self:
        return self.filter(kind__in=kinds)

    def on(self, segment: str) -> Self:
        return self.filter(cluster__segment__name=segment)


class VersionQuerySet(SeenQuerySet["Version"]):
    def named(self, part: str) -> Self:
        """Those whose name or namespace holds the text, in any case, with their cluster."""
        found = self.filter(Q(name__icontains=part) | Q(namespace__icontains=part))
        return found.select_related("cluster__segment")


class OccupancyQuerySet(SeenQuerySet["Occupancy"]):
    def within(self, span: Span) -> Self:
        """Those that share at least one address with the span."""
        return self.filter(first_key__lte=last_key(span), last_key__gte=first_key(span))

    def addresses(self) -> Self:
        """Single addresses in use, without the ranges that allocators hand out from."""
        return self.exclude(role__in=["POOL", "LBRANGE"])

    def stated_by(self, objects: Iterable["Version"]) -> Self:
        """Those that one of the objects states; an object elsewhere with the same uid may slip in."""
        listed = list(objects)
        return self.filter(
            cluster__in={each.cluster_id for each in listed}, uid__in={each.uid for each in listed}
        )

    def with_role(self, *roles: str) -> Self:
        return self.filter(role__in=roles)

    def single(self) -> Self:
        return self.filter(first_key=F("last_key"))
