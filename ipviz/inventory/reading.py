"""Rows back to domain values: the only place, with `store`, that maps one to the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ipviz.clusters.models import Cluster, Subnet
from ipviz.clusters.segments import network_of
from ipviz.domain.estate import ClusterFacts, Estate, PendingClaim, Records
from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import Fault, Seen
from ipviz.domain.spans import Span
from ipviz.domain.statements import pending_claims
from ipviz.domain.twins import twins_among
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.inventory.querysets import OccupancyQuerySet
from ipviz.inventory.records import OCCUPANT_COLUMNS, OccupantRow, decode, occupant_of
from ipviz.kube.kinds import needed_of


@dataclass(frozen=True, slots=True)
class Sight:
    """A cluster and its last snapshot: how well it is seen."""

    cluster: Cluster
    snapshot: Snapshot | None

    @property
    def kinds(self) -> Mapping[str, Any]:
        return self.snapshot.kinds if self.snapshot else {}

    def read_at(self, kind: str) -> datetime | None:
        """When the list of a kind was last read whole."""
        return self.snapshot.read_at(kind) if self.snapshot else None

    def is_stale(self, kind: str, namespace: str, name: str) -> bool:
        """Say whether the object was not among what the last snapshot could read and understand."""
        facts = self.kinds.get(kind, {})
        return bool(facts.get("unread")) or any(
            each["namespace"] == namespace and each["name"] == name for each in facts.get("unreadable", ())
        )

    def in_words(self) -> str:
        """How well it is seen, in one line."""
        if self.cluster.same_as:
            return f"the same cluster as {self.cluster.same_as}"
        if not self.cluster.provisioned:
            return "has no endpoint yet"
        if self.snapshot is None:
            return "not read yet"
        unread = ", ".join(each["kind"] for each in self.snapshot.unread)
        reason = self.snapshot.error or (f"not read: {unread}" if unread else "")
        return f"{self.snapshot.outcome} at {self.snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC {reason}".rstrip()

    def facts(self) -> ClusterFacts:
        cluster = self.cluster
        kinds = self.kinds
        return ClusterFacts(
            path=cluster.path,
            management="" if cluster.is_management else cluster.path.split("/", 1)[0],
            provisioned=cluster.provisioned,
            error=self.snapshot.error if self.snapshot else "",
            unread={kind: facts["unread"] for kind, facts in kinds.items() if facts.get("unread")},
            read_at={kind: read_at for kind in kinds if (read_at := self.read_at(kind))},
            missing=tuple(
                kind
                for kind in needed_of(is_management=cluster.is_management)
                if kinds.get(kind, {}).get("installed") is False
            ),
            fault=Fault(self.snapshot.fault) if self.snapshot and self.snapshot.fault else None,
            unreadable={
                kind: tuple(f"{each['namespace']}/{each['name']}" for each in facts["unreadable"])
                for kind, facts in kinds.items()
                if facts.get("unreadable")
            },
            polled_at=self.snapshot.taken_at if self.snapshot else None,
            network=network_of(cluster),
        )


@dataclass(frozen=True, slots=True)
class Sights:
    """The clusters of a segment with their last snapshots, as of one moment; two queries.

    As of an earlier one, those are among them that are gone now; what was seen in them ended with them.
    """

    by_id: Mapping[int, Sight] = field(default_factory=dict)

    @classmethod
    def of(cls, clusters: Iterable[Cluster], at: datetime | None = None) -> "Sights":
        listed = list(clusters)
        latest = Snapshot.objects.latest_of(listed, at)
        return cls({cluster.pk: Sight(cluster, latest.get(cluster.pk)) for cluster in listed})

    @classmethod
    def on(cls, segment: str, at: datetime | None = None) -> "Sights":
        clusters = Cluster.objects.all() if at else Cluster.objects.live()
        return cls.of(clusters.on(segment).select_related("same_as", "segment"), at)

    @classmethod
    def for_marks(cls, segment: str, at: datetime | None = None) -> "Sights":
        """Those of a segment, to tell what is stale: without the snapshots that could read everything."""
        clusters = (Cluster.objects.all() if at else Cluster.objects.live()).on(segment)
        listed = list(clusters.only("path", "segment_id"))
        troubled = Snapshot.objects.latest_of(clusters, at, in_trouble=True)
        return cls({cluster.pk: Sight(cluster, troubled.get(cluster.pk)) for cluster in listed})

    def occupant(self, row: OccupantRow) -> Occupant:
        sight = self.by_id[row.cluster_id]
        stale = sight.is_stale(row.kind, row.namespace, row.name)
        return occupant_of(row, path=sight.cluster.path, stale=stale)

    def aliases(self) -> dict[str, str]:
        """Each second path of one cluster to its first."""
        return {s.cluster.path: s.cluster.same_as.path for s in self.by_id.values() if s.cluster.same_as}

    def unidentified(self) -> set[str]:
        """The paths of those whose `kube-system` was never read."""
        return {s.cluster.path for s in self.by_id.values() if not (s.cluster.uid or s.cluster.same_as)}


def occupants_within(segment: str, span: Span, at: datetime | None = None) -> tuple[Occupant, ...]:
    """All that is stated about addresses of the span, now or then, in address order; three queries."""
    sights = Sights.on(segment, at)
    return tuple(map(sights.occupant, _within(sights, span, at)))


def _within(sights: Sights, span: Span, at: datetime | None) -> OccupancyQuerySet:
    return Occupancy.objects.as_seen(at).of_any(sights.by_id).within(span)


def estate_of(
    segment: str,
    *,
    at: datetime | None = None,
    outdated_before: datetime | None = None,
    judged_at: datetime | None = None,
) -> Estate:
    """The whole segment as it is known now, or was at a moment; a bounded number of queries.

    Which cluster is the same as which, and which subnets are declared, is always told as of now.
    """
    sights = Sights.on(segment, at)
    rows = Occupancy.objects.as_seen(at).filter(cluster__in=list(sights.by_id))
    columns = rows.values_list(*OCCUPANT_COLUMNS, named=True)
    occupants = tuple(sights.occupant(row) for row in columns.iterator(chunk_size=5000))
    records = records_of(sights, at)
    return Estate(
        segment=segment,
        occupants=occupants,
        clusters={sight.cluster.path: sight.facts() for sight in sights.by_id.values()},
        aliases=twins_among(occupants, sights.unidentified()) | sights.aliases(),
        outdated_before=outdated_before,
        pending=_pending(sights, records),
        subnets=tuple(subnet.as_declared() for subnet in Subnet.objects.on(segment)),
        records=records,
        judged_at=judged_at,
    )


def records_of(sights: Sights, at: datetime | None, *kinds: str) -> dict[str, Records]:
    """Every object of every cluster, by path and kind, all kinds unless some are named. One query."""
    found: dict[int, dict[str, list[Seen]]] = {pk: {} for pk in sights.by_id}
    versions = Version.objects.as_seen(at).of_any(sights.by_id)
    rows = (versions.of_kind(*kinds) if kinds else versions).values_list("cluster_id", "kind", "record")
    for cluster_id, kind, text in rows.iterator(chunk_size=5000):
        found[cluster_id].setdefault(kind, []).append(decode(kind, text))
    return {
        sights.by_id[pk].cluster.path: {kind: tuple(each) for kind, each in kinds.items()}
        for pk, kinds in found.items()
    }


def _pending(sights: Sights, records: Mapping[str, Records]) -> tuple[PendingClaim, ...]:
    """Claims without an address, of every management cluster."""
    managing = (sight.cluster.path for sight in sights.by_id.values() if sight.cluster.is_management)
    return tuple(claim for path in managing for claim in pending_claims(records[path], path=path))
