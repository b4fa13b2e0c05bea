"""Questions to ask of what happened, and of how full things were over time."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import connections
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, TruncDay

from ipviz.clusters.models import Subnet
from ipviz.clusters.scoping import in_seen_clusters
from ipviz.domain.scope import Scope
from ipviz.inventory.querysets import PlacedQuerySet

if TYPE_CHECKING:
    from ipviz.inventory.models import Change, Feed, Occupancy, UsageSample, Version  # noqa: F401 - used as text


class ChangeQuerySet(PlacedQuerySet["Change"]):
    """The order is the latest first; `id` grows in the order of commits."""

    def of_objects(self, rows: "Iterable[Version | Occupancy]") -> Self:
        """Those of the objects of some rows: of few, which are found by index."""
        objects = {(row.cluster_id, row.kind, row.uid) for row in rows}
        clusters, kinds, uids = (
            (set(each) for each in zip(*objects, strict=True)) if objects else ((), (), ())
        )
        return self.filter(cluster__in=clusters, kind__in=kinds, uid__in=uids)

    def kinds(self) -> list[str]:
        """Those of which something was ever told, in order."""
        named = self.exclude(kind="").order_by("kind")
        return list(named.values_list("kind", flat=True).distinct())

    def since(self, at: datetime) -> Self:
        return self.filter(at__gte=at)

    def until(self, at: datetime) -> Self:
        return self.filter(at__lte=at)


ADVANCE = """
INSERT INTO ipviz_feed AS feed (name, last, forgotten) VALUES (%s, %s, 0)
ON CONFLICT (name) DO UPDATE SET last = feed.last + excluded.last RETURNING last
"""


class FeedQuerySet(QuerySet["Feed"]):
    def advance(self, name: str, count: int) -> int:
        """Move a feed on by so many rows; its last number then. Others who want to wait for the commit."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(ADVANCE, [name, count])
            return int(cursor.fetchone()[0])

    def forget(self, name: str, until: int) -> None:
        """Note that rows were let go of, the last of them with that number."""
        self.filter(name=name, forgotten__lt=until).update(forgotten=until)

    def last_of(self, name: str) -> int:
        """The last number that is committed; 0 before the first."""
        return self.filter(name=name).values_list("last", flat=True).first() or 0

    def forgotten_of(self, name: str) -> int:
        return self.filter(name=name).values_list("forgotten", flat=True).first() or 0


class UsageQuerySet(QuerySet["UsageSample"]):
    def in_scope(self, scope: Scope) -> Self:
        return self.filter(in_seen_clusters(scope, "cluster__", "segment__name"))

    def of_subnet(self, subnet: Subnet) -> Self:
        return self.filter(subnet=subnet)

    def of_subnets(self, subnets: QuerySet[Subnet]) -> Self:
        return self.filter(subnet__in=subnets)

    def in_cluster(self, cluster: str) -> Self:
        """Those of the pools in a cluster of that name or path."""
        return self.filter(Q(cluster__path=cluster) | Q(cluster__name=cluster))

    def named(self, part: str) -> Self:
        return self.filter(Q(pool__icontains=part) | Q(subnet__cidr__icontains=part))

    def whole(self) -> Self:
        """With what it is of, in one query, the latest first."""
        return self.select_related("segment", "cluster", "subnet").order_by("-at", "-id")

    def of_pools(self, pools: Iterable[tuple[int, str]]) -> Self:
        """Those of pools, each by its cluster's id and its key."""
        listed = set(pools)
        return self.filter(
            cluster__in={cluster for cluster, _ in listed}, pool__in={pool for _, pool in listed}
        )

    def newest_of(self, pools: "QuerySet[Version]") -> Self:
        """The newest of each of some pools; one query.

        Each is found by index: what has aged into longer steps is older than all in shorter ones.
        """
        key = Concat(F("kind"), Value("/"), F("namespace"), Value("/"), F("name"))
        of_pool = self.filter(cluster=OuterRef("cluster"), pool=OuterRef("key"), subnet=None).order_by("-at")
        newest = (Subquery(of_pool.filter(step=step).values("pk")[:1]) for step in (60, 3600, 86400))
        return self.filter(pk__in=pools.order_by().annotate(key=key).values_list(Coalesce(*newest)))

    def between(self, first: datetime, last: datetime) -> Self:
        return self.filter(at__gte=first, at__lte=last)

    def by_day(self, first: datetime) -> "list[tuple[int, str, datetime, int]]":
        """Of each pool the most that was used on each day since: cluster, pool, day, number. One query."""
        days = self.filter(at__gte=first).order_by().annotate(day=TruncDay("at"))
        rows = days.values_list("cluster", "pool", "day").annotate(used=Max("most"))
        return list(rows.order_by("cluster", "pool", "day"))
