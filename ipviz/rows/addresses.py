"""Addresses in use: one row for each object that states one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.domain.spans import address_text
from ipviz.inventory.reading import Sight, Sights
from ipviz.rows.networks import Networks
from ipviz.rows.row import Row, place_of


class StatedAddress(Protocol):
    """An occupancy: as plain columns, of which there may be many, or as a model."""

    cluster_id: int
    role: str
    first_key: str
    last_key: str
    consumer_cluster: str
    purpose: str
    prefix: int
    kind: str
    namespace: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class _List:
    """One kind's list in one cluster: what its rows say alike."""

    place: Row
    segment_id: int
    segment: str
    last_seen: datetime | None
    is_unread: bool
    unreadable: frozenset[tuple[str, str]]


class AddressTeller:
    """Tells pieces of one list as of a moment; what it looked up for one piece it knows for the next.

    Three queries a piece that brings clusters which were not among the ones before, else none. Of a cluster
    that was removed since the rows were read nothing is told.

    Args:
        since: the column that has the moment; as text, where the database wrote it so.
    """

    def __init__(self, scope: Scope, at: datetime | None = None, since: str = "since") -> None:
        self._scope = scope
        self._at = at
        self._since = attrgetter(since)
        self._sights: dict[int, Sight] = {}
        self._networks = Networks(())
        self._lists: dict[tuple[int, str], _List] = {}

    def __call__(self, rows: Sequence[Any]) -> list[Row]:
        """Of rows with `tracked`."""
        self._meet({row.cluster_id for row in rows})
        return [self._now(row) for row in rows if row.cluster_id in self._sights]

    def earlier(self, rows: Sequence[Any]) -> list[Row]:
        """Of rows that have ended, each with its time."""
        self._meet({row.cluster_id for row in rows})
        return [{**self._stated(row), "seen_from": row.since, "seen_until": row.seen_until} for row in rows]

    def knowing(self, sights: Sights, subnets: Iterable[Subnet]) -> "AddressTeller":
        """Spare it three queries: all clusters that will come, with segments, and the subnets around."""
        self._sights = dict(sights.by_id)
        self._networks = Networks(subnets)
        return self

    def _meet(self, cluster_ids: set[int]) -> None:
        unknown = cluster_ids - self._sights.keys()
        if unknown:
            self._sights |= Sights.of(Cluster.objects.places(unknown), self._at).by_id
            segments = {sight.cluster.segment_id for sight in self._sights.values()}
            self._networks = Networks(Subnet.objects.in_scope(self._scope).of_segments(segments).cidrs())

    def _now(self, row: Any) -> Row:
        told = self._stated(row)
        of = self._lists[row.cluster_id, row.kind]
        told["tracked"] = row.tracked
        told["first_seen"] = self._since(row)
        told["last_seen"] = of.last_seen
        told["stale"] = of.is_unread or (row.namespace, row.name) in of.unreadable
        return told

    def _stated(self, row: StatedAddress) -> Row:
        of = self._lists.get((row.cluster_id, row.kind)) or self._list(row.cluster_id, row.kind)
        first = row.first_key
        subnet = self._networks.smallest_around(of.segment_id, first, row.last_key)
        return {
            "address": address_text(int(first[0]), int(first[1:], 16)),
            "prefix": row.prefix or (subnet.prefix if subnet else None),
            "segment": of.segment,
            "subnet": subnet.cidr if subnet else None,
            "role": row.role,
            "consumer": consumer_of(row.consumer_cluster, row.purpose),
            **of.place,
            "kind": row.kind,
            "namespace": row.namespace,
            "name": row.name,
        }

    def _list(self, cluster_id: int, kind: str) -> _List:
        sight = self._sights[cluster_id]
        facts = sight.kinds.get(kind, {})
        unreadable = frozenset((each["namespace"], each["name"]) for each in facts.get("unreadable", ()))
        made = self._lists[cluster_id, kind] = _List(
            place_of(sight.cluster.path),
            sight.cluster.segment_id,
            sight.cluster.segment.name,
            sight.read_at(kind),
            bool(facts.get("unread")),
            unreadable,
        )
        return made


def address_rows(rows: Sequence[Any], at: datetime | None = None) -> list[Row]:
    """One page of them, with `tracked`, for a person: people see everything."""
    return AddressTeller(EVERYTHING, at)(rows)


def consumer_of(cluster: str, purpose: str) -> str | None:
    """Who uses it in the end, `gmc/org-acme/beta svc-lb`; None where nobody can be told."""
    return f"{cluster} {purpose}" if cluster else None
