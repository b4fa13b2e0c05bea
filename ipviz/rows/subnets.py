"""Subnets in numbers, and one drawn as data."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from ipviz.clusters.models import Subnet
from ipviz.domain.intervals import Interval
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.spans import address_text
from ipviz.domain.usage import usage_of
from ipviz.findings.census import Census, findings_by_span
from ipviz.findings.models import Finding
from ipviz.findings.surveys import Summary, summaries_at
from ipviz.inventory.origins import origins_of
from ipviz.rows.addresses import consumer_of
from ipviz.rows.row import Row, place_of


def subnet_rows(subnets: Sequence[Subnet], at: datetime | None = None) -> list[Row]:
    summaries = summaries_at(subnets, at)
    origins = origins_of(subnets)
    return [_subnet(subnet, summaries[subnet.pk], origins.get(subnet.pk, [])) for subnet in subnets]


def _subnet(subnet: Subnet, summary: Summary, origins: list[str]) -> Row:
    return {
        "id": subnet.pk,
        "segment": subnet.segment.name,
        "name": subnet.name,
        "cidr": subnet.cidr,
        "declared": subnet.declared,
        "inferred_from": origins,
        "gateway": subnet.gateway or None,
        "dhcp": subnet.dhcp,
        "planned": bool(subnet.planned),
        **asdict(usage_of(summary.tallies)),
        "findings": summary.findings,
    }


def map_rows(subnet: Subnet, at: datetime | None = None) -> list[Row]:
    """The subnet cut into intervals, in order, each of which says one thing."""
    census = Census.read([subnet], at)
    intervals = census.intervals(subnet, census.next_of_ranges(subnet))
    touching = findings_by_span([each.span for each in intervals], census.findings(subnet))
    return [_interval(each, touching.get(each.span, [])) for each in intervals]


def _interval(interval: Interval, findings: Iterable[Finding]) -> Row:
    span = interval.span
    allocated = any(each.role is Role.ALLOC for each in interval.occupants)
    return {
        "first": address_text(span.version, span.first),
        "last": address_text(span.version, span.last),
        "size": span.size,
        "state": interval.state,
        "state_in_words": interval.state.words,
        "occupants": [{**_occupant(each), "tracked": allocated} for each in interval.occupants],
        "ranges": [{**_occupant(each), "range": str(each.span)} for each in interval.ranges],
        "findings": sorted(finding.pk for finding in findings),
        "stale": interval.is_stale,
        "suspected": interval.is_suspected,
        "next": interval.is_next,
    }


def _occupant(occupant: Occupant) -> Row:
    return {
        "role": occupant.role,
        **place_of(occupant.cluster),
        "kind": occupant.ref.kind,
        "namespace": occupant.ref.namespace,
        "name": occupant.ref.name,
        "consumer": consumer_of(occupant.consumer.cluster, occupant.consumer.purpose),
        "since": occupant.since,
        "stale": occupant.stale,
    }
