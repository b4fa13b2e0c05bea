"""Subnets in numbers, and one drawn as data."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ipviz.api.rows.addresses import consumer_of
from ipviz.api.rows.census import Census
from ipviz.api.rows.row import Row, place_of
from ipviz.clusters.models import Subnet
from ipviz.domain.intervals import Interval, State, intervals_of, summary
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.spans import Span, address_text
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.verdicts import FindingClass
from ipviz.findings.models import Finding

TRACKED = (State.TRACKED, State.MATCHED, State.COOLING)


def subnet_rows(subnets: Sequence[Subnet]) -> list[Row]:
    census = Census(subnets)
    return [_subnet(subnet, census) for subnet in subnets]


def _subnet(subnet: Subnet, census: Census) -> Row:
    findings = census.findings(subnet)
    intervals = intervals_of(subnet.as_declared(), census.occupants(subnet), _collisions(findings))
    return {
        "id": subnet.pk,
        "segment": subnet.segment.name,
        "name": subnet.name,
        "cidr": subnet.cidr,
        "declared": subnet.declared,
        "gateway": subnet.gateway or None,
        "dhcp": subnet.dhcp,
        "size": subnet.span.size,
        **_numbers(summary(intervals)),
        "findings": len(findings),
    }


def _numbers(counts: Mapping[State, int]) -> Row:
    """Each address is in one of them, so that they add up to the size."""
    return {
        "tracked": sum(counts[state] for state in TRACKED),
        "untracked": counts[State.UNTRACKED],
        "nodes": counts[State.NODE],
        "colliding": counts[State.COLLISION],
        "reserved": counts[State.RESERVED],
        "free": sum(number for state, number in counts.items() if state.is_free),
    }


def map_rows(subnet: Subnet) -> list[Row]:
    """The subnet cut into intervals, in order, each of which says one thing."""
    census = Census([subnet])
    findings = census.findings(subnet)
    intervals = intervals_of(subnet.as_declared(), census.occupants(subnet), _collisions(findings))
    touching = _touching([each.span for each in intervals], findings)
    return [_interval(each, touching[each.span]) for each in intervals]


def _interval(interval: Interval, findings: Iterable[int]) -> Row:
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
        "findings": sorted(findings),
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


def _collisions(findings: Iterable[Finding]) -> dict[Span, bool]:
    """The spans on which two meet, True where that is only suspected; what is sure outweighs."""
    found: dict[Span, bool] = {}
    for each in findings:
        if each.finding_class == FindingClass.COLLISION and each.span:
            found[each.span] = found.get(each.span, True) and each.status == "suspected"
    return found


def _touching(spans: Iterable[Span], findings: Iterable[Finding]) -> Mapping[Span, set[int]]:
    """For each span the ids of the findings that touch it. O(n log n + k)."""
    about: dict[Span, set[int]] = defaultdict(set)
    for finding in findings:
        if finding.span:
            about[finding.span].add(finding.pk)
    touching = defaultdict(set, {span: set(ids) for span, ids in about.items()})
    for outer, inner in overlaps_among([*spans, *about]):
        touching[outer] |= about.get(inner, set())
        touching[inner] |= about.get(outer, set())
    return touching
