"""Questions to ask of what was seen; `as_seen` chooses the moment, the rest is the same for each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    Max,
    Min,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat

from ipviz.clusters.models import Cluster
from ipviz.clusters.places import meets_any
from ipviz.clusters.scoping import in_seen_clusters
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, first_key, last_key, merged
from ipviz.inventory.columns import MomentText

if TYPE_CHECKING:
    from ipviz.inventory.models import (  # noqa: F401 - used as text
        Change,
        Feed,
        Occupancy,
        Snapshot,
        UsageSample,
        Version,
    )

Row = TypeVar("Row", bound=Model)

SPANS_AT_ONCE = 250
"""So many conditions in one query: SQLite takes no more than 1,000 beneath one another."""
PLAIN = (
    "first_key",
    "last_key",
    "role",
    "kind",
    "uid",
    "consumer_cluster",
    "purpose",
    "cluster_id",
    "prefix",
    "namespace",
    "name",
    "tracked",
)


class SnapshotQuerySet(QuerySet["Snapshot"]):
    def in_scope(self, scope: Scope) -> "SnapshotQuerySet":
        return self.filter(in_seen_clusters(scope, "cluster__", "cluster__segment__name"))

    def latest_of(
        self, clusters: Iterable[Cluster], at: datetime | None = None, *, in_trouble: bool = False
    ) -> dict[int, "Snapshot"]:
        """The last snapshot of each as of a moment, by cluster id; one never polled has none. One query.

        Where asked for, without those that could read and understand everything: of many, few are left.

        The newest is looked up once a cluster: asked of each snapshot, it would cost more with all history.
        """
        until = self.filter(taken_at__lte=at) if at else self
        newest = until.filter(cluster=OuterRef("pk")).order_by("-taken_at", "-id").values("id")[:1]
        wanted = (
            clusters
            if isinstance(clusters, QuerySet)
            else Cluster.objects.filter(pk__in=[each.pk for each in clusters])
        )
        rows = self.filter(id__in=wanted.order_by().values_list(Subquery(newest)))
        return {row.cluster_id: row for row in (rows.in_trouble() if in_trouble else rows)}

    def in_trouble(self) -> "SnapshotQuerySet":
        """Those by which something could not be read, or not be understood."""
        told = self.annotate(told=Cast("kinds", TextField()))
        return told.filter(Q(outcome="failed") | Q(told__contains='"unread'))

    def of(self, clusters: Iterable[Cluster]) -> "SnapshotQuerySet":
        return self.filter(cluster__in=[cluster.pk for cluster in clusters])

    def known_since(self) -> datetime | None:
        """The first of what is remembered: of the time before nothing is known."""
        first: datetime | None = self.aggregate(at=Min("taken_at"))["at"]
        return first

    def read_at(self, clusters: "QuerySet[Cluster]", at: datetime | None = None) -> dict[str, datetime]:
        """When something was last read of each of some clusters, as of a moment, by path; two queries."""
        latest = self.latest_of(clusters, at)
        paths = dict(clusters.filter(pk__in=latest).values_list("pk", "path"))
        return {paths[pk]: each.last_read_at for pk, each in latest.items() if each.last_read_at}

    def last_taken(self) -> datetime | None:
        last: datetime | None = self.aggregate(at=Max("taken_at"))["at"]
        return last

    def lengths(self, since: datetime, bounds: Sequence[float]) -> dict[str, tuple[float, ...]]:
        """Of those taken since, by outcome: how many, their seconds in all, and how many took no longer
        than each of some bounds. One query.
        """
        upto = {f"upto_{n}": Count("pk", filter=Q(seconds__lte=bound)) for n, bound in enumerate(bounds)}
        rows = self.filter(taken_at__gte=since).order_by().values_list("outcome")
        counted = rows.annotate(Count("pk"), Sum("seconds"), **upto)
        return {outcome: tuple(figures) for outcome, *figures in counted}

    def on(self, segment: str) -> "SnapshotQuerySet":
        return self.filter(cluster__segment__name=segment)

    def called(self, cluster: str) -> "SnapshotQuerySet":
        """Those of a cluster of that name or path."""
        return self.filter(Q(cluster__path=cluster) | Q(cluster__name=cluster))

    def whole(self) -> "SnapshotQuerySet":
        return self.select_related("cluster__segment")


class PlacedQuerySet(QuerySet[Row]):
    """Of rows that belong to a cluster, and speak of an object in it."""

    def in_scope(self, scope: Scope) -> Self:
        return self.filter(in_seen_clusters(scope, "cluster__", "cluster__segment__name"))

    def of(self, cluster: Cluster) -> Self:
        return self.filter(cluster=cluster)

    def of_any(self, cluster_ids: Iterable[int]) -> Self:
        return self.filter(cluster__in=list(cluster_ids))

    def of_kind(self, *kinds: str) -> Self:
        return self.filter(kind__in=kinds)

    def on(self, segment: str) -> Self:
        return self.filter(cluster__segment__name=segment)

    def seen_in(self, cluster: str) -> Self:
        """Those that were seen in a cluster of that name or path."""
        return self.filter(Q(cluster__path=cluster) | Q(cluster__name=cluster))

    def whole(self) -> Self:
        """With cluster and segment, in one query."""
        return self.select_related("cluster__segment")

    def keyed(self, *columns: str) -> Any:
        """With `key`: the cluster and these columns as one text, so that one `IN` compares them all.

        A correlated subquery would be run for each row, and over all of a cluster's rows each time.
        """
        parts: list[Any] = [Cast("cluster_id", CharField())]
        for column in columns:
            parts += [Value("/"), F(column)]
        return self.annotate(key=Concat(*parts, output_field=CharField()))

    def stating(self, occupancies: "OccupancyQuerySet") -> Self:
        """Those of the objects that state one of the occupancies."""
        stated = occupancies.keyed("kind", "uid").values("key")
        found: Self = self.keyed("kind", "uid").filter(key__in=stated)
        return found


def _standing(at: datetime | None) -> Q:
    if at is None:
        return Q(seen_until=None)
    return Q(Q(seen_until=None) | Q(seen_until__gt=at), seen_from__lte=at)


class SeenQuerySet(PlacedQuerySet[Row]):
    def now(self) -> Self:
        return self.filter(seen_until=None)

    def as_seen(self, at: datetime | None) -> Self:
        """As it stood at that moment, now where there is none; `seen_until` is exclusive."""
        return self.filter(_standing(at))


class VersionQuerySet(SeenQuerySet["Version"]):
    def named(self, part: str) -> Self:
        """Those whose name or namespace holds the text, in any case, with their cluster."""
        found = self.filter(Q(name__icontains=part) | Q(namespace__icontains=part))
        return found.select_related("cluster__segment")

    def with_mac(self, mac: str) -> Self:
        """The virtual machines of which a card has that hardware address, with their cluster."""
        machines = self.filter(kind__in=["VSphereMachine", "VSphereVM"], record__contains=f'"{mac}"')
        return machines.select_related("cluster__segment")

    def in_order(self) -> Self:
        return self.order_by("cluster__path", "namespace", "name", "kind", "pk")

    def claiming(self, occupancies: "OccupancyQuerySet") -> Self:
        """The claims whose address is one of the occupancies: the provider gives both one name."""
        held = occupancies.of_kind("IPAddress").keyed("namespace", "name").values("key")
        found: Self = self.keyed("namespace", "name").filter(key__in=held)
        return found

    def load_balancers(self) -> Self:
        """Services of type LoadBalancer; others are kept for what else they say of addresses."""
        return self.of_kind("Service").exclude(record__contains='"is_load_balancer":false')

    def named_any(self, names: Iterable[str]) -> Self:
        return self.filter(name__in=set(names))

    def defining(self, roads: Iterable[Cluster]) -> Self:
        """The Cluster objects by which these workload clusters were found."""
        wanted = Q(pk=None)
        for each in roads:
            wanted |= Q(cluster=each.management_cluster_id, namespace=each.namespace, name=each.name)
        return self.of_kind("Cluster").filter(wanted)


def _between(first: str, last: str) -> Q:
    begins = Q(first_key__gte=first, first_key__lte=last)
    reaches = Q(Q(first_key__lt=F("last_key")), first_key__lte=last, last_key__gte=first)
    return begins | reaches


class OccupancyQuerySet(SeenQuerySet["Occupancy"]):
    def within(self, span: Span) -> Self:
        """Those that share at least one address with the span."""
        return self.between(first_key(span), last_key(span))

    def ended(self, by: datetime | None = None) -> Self:
        """Who is an occupant no longer, or was none by a moment, by its last row, the latest first."""
        return self.filter(self._over(by)).order_by("-seen_until", "-seen_from", "pk")

    def ended_since(self, since: datetime) -> Self:
        """Those that ended, and when they did; who is so in another way is among them."""
        return self.filter(seen_until__gte=since)

    def standing_since(self, since: datetime) -> Self:
        """Those that stand, and those that ended since."""
        return self.filter(Q(seen_until=None) | Q(seen_until__gte=since))

    def ever(self, at: datetime | None = None) -> Self:
        """Those that stand, now or then, and of those that ended the last row of each, the latest first."""
        return self.filter(_standing(at) | self._over(at)).order_by(
            F("seen_until").desc(nulls_first=True), "-seen_from", "pk"
        )

    def _over(self, by: datetime | None) -> Q:
        same = {name: OuterRef(name) for name in ("cluster", "uid", "role", "first_key", "last_key", "since")}
        later = self.model.objects.filter(**same, seen_from__gte=OuterRef("seen_until"))
        return Q(Q(seen_until__lte=by) if by else Q(seen_until__isnull=False), ~Exists(later))

    def between(self, first: str, last: str) -> Self:
        """Those that meet what lies between two keys: what begins there, and of the ranges what reaches it.

        Said in two, so that each is found by an index of its own among all that there ever was.
        """
        return self.filter(_between(first, last))

    def meeting_each(self, spans: Sequence[Span]) -> Self:
        """Those that share an address with one of some spans, which are at most SPANS_AT_ONCE."""
        wanted = (_between(first_key(span), last_key(span)) for span in merged(spans))
        return self.filter(reduce(or_, wanted, Q(pk=None)))

    def meeting_any(self, spans: Sequence[Span]) -> Self:
        """Those at one of some addresses, and those that stretch over what lies around them."""
        return self.filter(meets_any(spans))

    def tracked(self, wanted: bool, at: datetime | None = None) -> Self:
        """Those whose address an IPAddress on the same segment holds, now or then; or the others."""
        same = self._allocation(at)
        return self.filter(same) if wanted else self.filter(~same)

    def _allocation(self, at: datetime | None, *, one_by_one: bool = False) -> Exists:
        """An IPAddress with the same address on the same segment.

        Args:
            one_by_one: looked up for each row. What can be compared for equality alone PostgreSQL gathers
                from all of a list first, although only a page of it is asked for.
        """
        allocations = self.model.objects.as_seen(at).with_role("ALLOC")
        first = OuterRef("first_key")
        is_same = Q(first_key__gte=first, first_key__lte=first) if one_by_one else Q(first_key=first)
        on_segment = Q(cluster__segment=OuterRef("cluster__segment"), last_key=OuterRef("last_key"))
        return Exists(allocations.filter(is_same, on_segment))

    def plain(self, at: datetime | None = None) -> Any:
        """As named columns without a model around them, with `tracked`, now or then.

        Of a slice the ids are found first: what lies before it is not asked whether it is tracked.
        """
        return self._with_tracked(at).values_list(*PLAIN, "since", named=True)

    def written(self, at: datetime | None = None) -> Any:
        """The same, with `since_text` in the place of `since`, for rows that only go out as they are."""
        rows = self._with_tracked(at).annotate(since_text=MomentText("since"))
        return rows.values_list(*PLAIN, "since_text", named=True)

    def _with_tracked(self, at: datetime | None) -> "OccupancyQuerySet":
        rows, is_slice = self, self.query.is_sliced
        if is_slice:
            order: Any = self.query.order_by or self.model._meta.ordering
            rows = self.model.objects.filter(pk__in=self.values("pk")).order_by(*order)
        return rows.annotate(tracked=self._allocation(at, one_by_one=is_slice))

    def ranges(self) -> Self:
        """What allocators hand out from."""
        return self.with_role("POOL", "LBRANGE")

    def addresses(self) -> Self:
        """Single addresses in use, without the ranges that allocators hand out from."""
        return self.exclude(role__in=["POOL", "LBRANGE"])

    def stated_by(self, objects: Iterable["Version | Occupancy"]) -> Self:
        """Those that one of the objects states; an object elsewhere with the same uid may slip in."""
        listed = list(objects)
        return self.filter(
            cluster__in={each.cluster_id for each in listed}, uid__in={each.uid for each in listed}
        )

    def with_role(self, *roles: str) -> Self:
        return self.filter(role__in=roles)

    def given_out(self, addresses: VersionQuerySet) -> Any:
        """What pools gave away, as columns: cluster, the pool's key, first and last key, and `there`.

        `there` is how many IPAddresses there are in all: with more than there are rows, some state nothing.
        """
        number = addresses.order_by().values("kind").annotate(number=Count("pk")).values("number")
        rows = self.with_role("ALLOC").order_by().annotate(pool=KT("facts__pool"), there=Subquery(number))
        return rows.values_list("cluster_id", "pool", "first_key", "last_key", "there")

    def allocated_to(self, cluster: str) -> Self:
        """What IPAM gave out for a cluster, by its path."""
        return self.with_role("ALLOC").filter(consumer_cluster=cluster)

    def clusters(self) -> QuerySet[Any, Any]:
        """The ids of the clusters in which they were seen, for an `IN`."""
        return self.order_by().values("cluster")
