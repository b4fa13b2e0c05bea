"""One address: who holds it, who held it, who could hand it out, and what is wrong with it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from ipviz.clusters.models import Subnet
from ipviz.clusters.querysets import SubnetQuerySet
from ipviz.domain.landmarks import marks_of
from ipviz.domain.occupants import RANGE_ROLES, Role
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, parse_range
from ipviz.findings.models import Finding
from ipviz.findings.offers import next_around
from ipviz.findings.querysets import FindingQuerySet, by_party
from ipviz.inventory.models import Change, Occupancy
from ipviz.inventory.offers import pool_of
from ipviz.rows.addresses import AddressTeller
from ipviz.rows.changes import change_rows
from ipviz.rows.findings import finding_rows
from ipviz.rows.row import Row, place_of, sights_of

EARLIER = 1000
CHANGES = 20
OBJECTS = 100
"""Of so many of those that held it before, the changes are told."""
TYPES = {"POOL": "pool", "LBRANGE": "load-balancer range"}

Rows = TypeVar("Rows", SubnetQuerySet, FindingQuerySet)


def lookup_row(address: Span, segment: str, scope: Scope, at: datetime | None = None) -> Row:
    """On one segment, or on all where `segment` is empty, as far as it is seen.

    Nine queries at most, where no survey tells what comes next; six where one does.
    """
    # Few ever held one address: which of them are of the segment is told apart here, so that the database
    # begins with the address, and not with all that ever was on the segment.
    ever = Occupancy.objects.within(address).ever(at).whole()
    stated, over = _sorted([row for row in ever if segment in ("", row.cluster.segment.name)], at)
    stated, over = _seen(_tracked(stated), scope), _seen(over, scope)
    holders = [row for row in stated if row.role not in RANGE_ROLES]
    ranges = [row for row in stated if row.role in RANGE_ROLES]
    earlier = [row for row in over if row.role not in RANGE_ROLES][:EARLIER]
    subnets = list(_on(segment, Subnet.objects.in_scope(scope).around(address).whole().with_surveys()))
    findings = Finding.objects.in_scope(scope).found_by(at).touching(address)
    touching = list(_on(segment, findings.worst_first().with_parties()))
    sights = sights_of([*stated, *earlier], at)
    nexts = next_around(ranges, subnets, at, sights)
    tell = AddressTeller(scope, at).knowing(sights, subnets)
    told = {
        "holders": _with_findings(holders, tell(holders), touching),
        "earlier": _with_findings(earlier, tell.earlier(earlier), touching),
        "offered_by": [
            *(_range(row, address, nexts.get((row.cluster.path, pool_of(row)[1]))) for row in ranges),
            *_leased(address, subnets),
        ],
        "planned": list(_planned(address, subnets)),
        "findings": finding_rows(touching, at),
    }
    segments = _segments(told, subnets)
    return {
        "address": str(address),
        "segment": segments[0] if len(segments) == 1 else None,
        "segments": segments,
        "subnet": subnets[0].cidr if subnets and len(segments) == 1 else None,
        "reserved": _reserved(address, subnets[0]) if subnets and len(segments) == 1 else None,
        **told,
        "changes": change_rows(_changes([*holders, *earlier[:OBJECTS]], at)),
    }


def _tracked(stated: list[Occupancy]) -> list[Occupancy]:
    """The same rows, which are all that there are at the address, with `tracked`."""
    tracked = {_place(row) for row in stated if row.role == Role.ALLOC}
    for row in stated:
        vars(row)["tracked"] = _place(row) in tracked
    return stated


def _seen(rows: Iterable[Occupancy], scope: Scope) -> list[Occupancy]:
    return [row for row in rows if scope.sees_cluster(row.cluster.path, row.cluster.segment.name)]


def _place(row: Occupancy) -> tuple[int, str, str]:
    return row.cluster.segment_id, row.first_key, row.last_key


def _with_findings(held: Sequence[Occupancy], rows: Iterable[Row], touching: Iterable[Finding]) -> list[Row]:
    """The rows of occupancies, each with the ids of the findings to which its object is a party."""
    involved = by_party(touching)
    return [
        {**row, "findings": [finding.pk for finding in involved.get(each.party, ())]}
        for each, row in zip(held, rows, strict=True)
    ]


def _changes(rows: Iterable[Occupancy], at: datetime | None) -> list[Change]:
    """The last of what happened to the objects that ever held the address."""
    happened = Change.objects.of_objects(rows).whole()
    return list((happened.until(at) if at else happened)[:CHANGES])


def _sorted(rows: Iterable[Occupancy], at: datetime | None) -> tuple[list[Occupancy], list[Occupancy]]:
    """Those that stand, in the order of the map, and those that are over, as they came."""
    stated: list[Occupancy] = []
    over: list[Occupancy] = []
    for row in rows:
        is_over = row.seen_until is not None and (at is None or row.seen_until <= at)
        (over if is_over else stated).append(row)
    return sorted(stated, key=attrgetter("first_key", "last_key", "role", "pk")), over


def _on(segment: str, rows: Rows) -> Rows:
    return rows.on(segment) if segment else rows


def _segments(told: Row, subnets: Sequence[Subnet]) -> list[str]:
    """Where the address means something."""
    named = {row["segment"] for rows in told.values() for row in rows}
    return sorted(named | {subnet.segment.name for subnet in subnets})


def _range(row: Occupancy, address: Span, following: Span | None) -> Row:
    return {
        "type": TYPES[row.role],
        "range": str(row.span),
        "segment": row.cluster.segment.name,
        **place_of(row.cluster.path),
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
        "next_address": str(following) if following else None,
        "is_next": bool(following and following.contains(address)),
    }


def _leased(address: Span, subnets: Iterable[Subnet]) -> Iterable[Row]:
    """DHCP, which the operator declared, and which is no object of a cluster."""
    for subnet in subnets:
        for text in subnet.dhcp:
            if parse_range(text).contains(address):
                yield {
                    "type": "DHCP",
                    "range": text,
                    "segment": subnet.segment.name,
                    "cluster": None,
                    "cluster_path": None,
                    "kind": "Subnet",
                    "namespace": "",
                    "name": subnet.cidr,
                    "next_address": None,
                    "is_next": False,
                }


def _planned(address: Span, subnets: Iterable[Subnet]) -> Iterable[Row]:
    """What the operator set it aside for."""
    for subnet in subnets:
        for part in subnet.as_declared().planned:
            if part.span.contains(address):
                told = {"use": part.use.value, "name": part.name, "words": part.words}
                yield {**told, "range": str(part.span), "segment": subnet.segment.name, "subnet": subnet.cidr}


def _reserved(address: Span, subnet: Subnet) -> str | None:
    """What the subnet itself needs the address for."""
    marks = {mark.span: mark.landmark.name.lower() for mark in marks_of(subnet.as_declared())}
    return marks.get(address)
