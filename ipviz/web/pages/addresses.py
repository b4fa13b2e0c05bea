"""Address: who has it, who had it, and who could give it out?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import Interval, intervals_of
from ipviz.domain.lifecycle import Status
from ipviz.domain.occupants import RANGE_ROLES, Occupant
from ipviz.domain.spans import BITS, Span, enclosing_network, network_text, single
from ipviz.domain.survey import PoolId
from ipviz.findings.census import collisions_among
from ipviz.findings.models import Finding
from ipviz.findings.offers import next_around
from ipviz.findings.querysets import by_party
from ipviz.inventory.models import Change, Occupancy, Snapshot
from ipviz.inventory.querysets import OccupancyQuerySet
from ipviz.inventory.reading import occupants_within
from ipviz.web.asof import AsOf
from ipviz.web.echoes import without_echoes
from ipviz.web.states import Look, look_of
from ipviz.web.words import duration

NEAR = 4
"""Addresses on either side that are told too."""
EARLIER = 100
LATELY = 3
"""Of those who had it before so many are named beside the map."""
USUAL_LENGTH = {4: 24, 6: 64}
"""Of the subnet that is offered for an address which lies in none."""
CHANGES = 10


def panel_context(address: Span, segment: str, as_of: AsOf) -> dict[str, Any]:
    """What the panel beside the map says."""
    seen = Finding.objects.in_scope(as_of.scope)
    findings = list(seen.as_judged(as_of.at).on(segment).touching(address).whole())
    return {
        "holder": holder_context(address, segment, _stated(address, segment, as_of), findings, as_of),
        "before": _earlier(address, segment, as_of)[:LATELY],
        "at": as_of.moment,
        "as_of": as_of,
    }


def holder_context(
    address: Span,
    segment: str,
    stated: Sequence[Occupancy],
    findings: Sequence[Finding],
    as_of: AsOf,
) -> dict[str, Any]:
    """Who holds one address, now or then, and what could hand it out. A bounded number of queries."""
    at, scope = as_of.at, as_of.scope
    subnets = Subnet.objects.in_scope(scope).whole().with_surveys()
    subnet = subnets.on(segment).around(address).first()
    occupants = [
        each
        for each in occupants_within(segment, _beside(address), at)
        if scope.sees_cluster(each.cluster, segment)
    ]
    declared = subnet.as_declared() if subnet else DeclaredSubnet(address)
    intervals = intervals_of(declared, occupants, collisions_among(findings))
    interval = next(each for each in intervals if each.span.contains(address))
    return {
        "address": address,
        "segment": segment,
        "subnet": subnet,
        "is_seen_in_part": not scope.sees_segment(segment),
        "findings": findings,
        "interval": interval,
        "look": look_of(interval),
        "holders": without_echoes(interval.occupants),
        "read_at": Snapshot.objects.read_at(
            Cluster.objects.filter(path__in={each.cluster for each in interval.occupants}), at
        ),
        "is_dhcp": any(span.contains(address) for span in declared.dhcp),
        "planned": [part for part in declared.planned if part.span.contains(address)],
        "is_gateway": declared.gateway == address,
        "offers": offers_of(interval, _next_by_range(stated, subnet, at)),
        "neighbours": neighbours_of(address, intervals) if subnet else [],
    }


def address_page(address: Span, segment: str, as_of: AsOf) -> dict[str, Any]:
    earlier = list(_earlier(address, segment, as_of))
    seen = Finding.objects.in_scope(as_of.scope)
    touching = list(seen.on(segment).touching(address).worst_first().whole())
    elsewhere = Subnet.objects.in_scope(as_of.scope).whole().elsewhere(segment).around(address)[:EARLIER]
    standing = Finding.objects.standing_of(touching, as_of.at)
    stated = _stated(address, segment, as_of)
    context = holder_context(address, segment, stated, standing, as_of)
    return {
        **context,
        "at": as_of.moment,
        "as_of": as_of,
        "earlier": stays_of(earlier[:EARLIER], touching),
        "earlier_count": len(earlier),
        "resolved": []
        if as_of.at
        else [each for each in touching if each.status == Status.RESOLVED][:EARLIER],
        "changes": _changes([*stated, *earlier[:EARLIER]], as_of.at),
        "elsewhere": list(elsewhere),
        "around": network_text(enclosing_network(address, USUAL_LENGTH[address.version])),
    }


def _earlier(address: Span, segment: str, as_of: AsOf) -> OccupancyQuerySet:
    """Who had it before and has it no longer, the latest first."""
    held = Occupancy.objects.in_scope(as_of.scope).on(segment).addresses().within(address)
    return held.ended(as_of.at).whole()


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody who held the address for a while, and the findings to which it was a party."""

    row: Occupancy
    findings: Sequence[Finding]

    @property
    def length(self) -> str:
        return duration(self.row.seen_until - self.row.since) if self.row.seen_until else ""


def stays_of(rows: Iterable[Occupancy], findings: Iterable[Finding]) -> list[Stay]:
    """The findings are to come with their parties."""
    involved = by_party(findings)
    return [Stay(row, involved.get(row.party, ())) for row in rows]


@dataclass(frozen=True, slots=True)
class Offer:
    """A range that could hand the address out; `next` is what its pool hands out next."""

    range: Occupant
    next: Span | None
    is_next: bool


def offers_of(interval: Interval, nexts: Mapping[PoolId, Span]) -> list[Offer]:
    offers = ((each, nexts.get((each.cluster, each.pool))) for each in interval.ranges)
    return [Offer(each, span, bool(span and span.contains(interval.span))) for each, span in offers]


def _stated(address: Span, segment: str, as_of: AsOf) -> list[Occupancy]:
    """All that is stated of the address, ranges too, with their clusters."""
    seen = Occupancy.objects.in_scope(as_of.scope).as_seen(as_of.at)
    return list(seen.on(segment).within(address).whole())


def _next_by_range(
    rows: Sequence[Occupancy], subnet: Subnet | None, at: datetime | None
) -> dict[PoolId, Span]:
    """What the ranges among the rows hand out next, wherever that lies."""
    ranges = [row for row in rows if row.role in RANGE_ROLES]
    return next_around(ranges, [subnet] if subnet else [], at)


def neighbours_of(address: Span, intervals: Iterable[Interval]) -> list[tuple[Span, Look]]:
    """The eight addresses around it, as far as the subnet goes."""
    beside = _beside(address)
    numbers = (number for number in range(beside.first, beside.last + 1) if number != address.first)
    wanted = [single(address.version, number) for number in numbers]
    near = [each for each in intervals if each.span.meets(beside)]
    found = ((span, next((each for each in near if each.span.contains(span)), None)) for span in wanted)
    return [(span, look_of(interval)) for span, interval in found if interval]


def _changes(rows: Iterable[Occupancy], at: datetime | None) -> list[Change]:
    """The last of what happened to objects that ever held the address."""
    held = [row for row in rows if row.role not in RANGE_ROLES]
    happened = Change.objects.of_objects(held).whole()
    return list((happened.until(at) if at else happened)[:CHANGES])


def _beside(address: Span) -> Span:
    last = min(address.last + NEAR, (1 << BITS[address.version]) - 1)
    return Span(address.version, max(0, address.first - NEAR), last)
