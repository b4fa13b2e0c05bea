"""Addresses in use: one row for each object that states one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from ipviz.clusters.models import Subnet
from ipviz.domain.occupants import Role
from ipviz.domain.seen import SeenAddress
from ipviz.domain.spans import address_text, prefix_length
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.reading import Sights
from ipviz.inventory.records import decode
from ipviz.rows.networks import Networks
from ipviz.rows.row import Row, place_of, sighting, sights_of

Stated = tuple[int, str]
"""A cluster and the uid of an object in it, or a segment and an address's key."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rows say that stands in other tables. Four queries, however many rows."""

    sights: Sights
    networks: Networks
    tracked: Collection[Stated]
    prefixes: Mapping[Stated, int]

    @classmethod
    def of(cls, rows: Sequence[Occupancy], at: datetime | None = None) -> "Surroundings":
        segments = {row.cluster.segment_id for row in rows}
        return cls(
            sights_of(rows, at),
            Networks(Subnet.objects.of_segments(segments)),
            _tracked(rows, at),
            _prefixes(rows, at),
        )


def address_rows(rows: Sequence[Occupancy], at: datetime | None = None) -> list[Row]:
    """The rows' clusters and segments are to come with them."""
    around = Surroundings.of(rows, at)
    return [_now(row, around) for row in rows]


def earlier_rows(rows: Sequence[Occupancy]) -> list[Row]:
    """What has ended, with its time."""
    around = Surroundings.of(rows)
    return [{**_stated(row, around), "seen_from": row.since, "seen_until": row.seen_until} for row in rows]


def _now(row: Occupancy, around: Surroundings) -> Row:
    return {
        **_stated(row, around),
        "tracked": row.role == Role.ALLOC or (row.cluster.segment_id, row.first_key) in around.tracked,
        **sighting(around.sights.by_id[row.cluster_id], row),
    }


def _stated(row: Occupancy, around: Surroundings) -> Row:
    subnet = around.networks.smallest_around(row.cluster.segment_id, row.span)
    return {
        "address": address_text(row.span.version, row.span.first),
        "prefix": around.prefixes.get((row.cluster_id, row.uid)) or _length_of(subnet),
        "segment": row.cluster.segment.name,
        "subnet": subnet.cidr if subnet else None,
        "role": row.role,
        "consumer": consumer_of(row.consumer_cluster, row.purpose),
        **place_of(row.cluster.path),
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
    }


def consumer_of(cluster: str, purpose: str) -> str | None:
    """Who uses it in the end, `gmc/org-acme/beta svc-lb`; None where nobody can be told."""
    return f"{cluster} {purpose}" if cluster else None


def _length_of(subnet: Subnet | None) -> int | None:
    return prefix_length(subnet.span) if subnet else None


def _tracked(rows: Sequence[Occupancy], at: datetime | None) -> Collection[Stated]:
    """The addresses that an IPAddress holds, on the segments of the rows."""
    allocations = Occupancy.objects.as_seen(at).with_role(Role.ALLOC).at_keys(row.first_key for row in rows)
    return set(allocations.values_list("cluster__segment_id", "first_key"))


def _prefixes(rows: Sequence[Occupancy], at: datetime | None) -> Mapping[Stated, int]:
    """What IPAddresses say of the length of their network, which may differ from our subnet's."""
    uids = [row.uid for row in rows if row.role == Role.ALLOC]
    versions = Version.objects.as_seen(at).of_kind("IPAddress").of_any({row.cluster_id for row in rows})
    records = versions.with_uids(uids).values_list("cluster_id", "uid", "record")
    return {
        (cluster, uid): cast(SeenAddress, decode("IPAddress", record)).prefix
        for cluster, uid, record in records
    }
