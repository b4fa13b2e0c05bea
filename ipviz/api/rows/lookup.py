"""One address: who holds it, who held it, who could hand it out, and what is wrong with it."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from ipviz.api.rows.addresses import address_rows, earlier_rows
from ipviz.api.rows.findings import finding_rows
from ipviz.api.rows.row import Row, place_of
from ipviz.clusters.models import Subnet
from ipviz.clusters.querysets import SubnetQuerySet
from ipviz.domain.intervals import reserved_of
from ipviz.domain.occupants import RANGE_ROLES
from ipviz.domain.spans import Span, parse_range
from ipviz.findings.models import Finding
from ipviz.findings.querysets import FindingQuerySet
from ipviz.inventory.models import Occupancy
from ipviz.inventory.querysets import OccupancyQuerySet

EARLIER = 1000
TYPES = {"POOL": "pool", "LBRANGE": "load-balancer range"}

Rows = TypeVar("Rows", OccupancyQuerySet, SubnetQuerySet, FindingQuerySet)


def lookup_row(address: Span, segment: str) -> Row:
    """On one segment, or on all where `segment` is empty. A bounded number of queries."""
    stated = list(_on(segment, Occupancy.objects.now().within(address).whole()))
    earlier = _on(segment, Occupancy.objects.addresses().within(address).ended().whole())[:EARLIER]
    subnets = list(_on(segment, Subnet.objects.around(address).whole()))
    findings = list(_on(segment, Finding.objects.touching(address).worst_first().whole()))
    holders = [row for row in stated if row.role not in RANGE_ROLES]
    ranges = [row for row in stated if row.role in RANGE_ROLES]
    told = {
        "holders": address_rows(holders),
        "earlier": earlier_rows(list(earlier)),
        "offered_by": [*map(_range, ranges), *_leased(address, subnets)],
        "findings": finding_rows(findings),
    }
    segments = _segments(told, subnets)
    return {
        "address": str(address),
        "segment": segments[0] if len(segments) == 1 else None,
        "segments": segments,
        "subnet": subnets[0].cidr if subnets and len(segments) == 1 else None,
        "reserved": _reserved(address, subnets[0]) if subnets and len(segments) == 1 else None,
        **told,
    }


def _on(segment: str, rows: Rows) -> Rows:
    return rows.on(segment) if segment else rows


def _segments(told: Row, subnets: Sequence[Subnet]) -> list[str]:
    """Where the address means something."""
    named = {row["segment"] for rows in told.values() for row in rows}
    return sorted(named | {subnet.segment.name for subnet in subnets})


def _range(row: Occupancy) -> Row:
    return {
        "type": TYPES[row.role],
        "range": str(row.span),
        "segment": row.cluster.segment.name,
        **place_of(row.cluster.path),
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
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
                }


def _reserved(address: Span, subnet: Subnet) -> str | None:
    """What the subnet itself needs the address for."""
    declared = subnet.as_declared()
    if declared.gateway == address:
        return "gateway"
    if address not in reserved_of(declared):
        return None
    return "network" if address.first == declared.span.first else "broadcast"
