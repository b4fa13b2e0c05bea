"""All that is stated now on the segments of some subnets, so that each is looked at without a query."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.intervals import Interval, intervals_of
from ipviz.domain.lifecycle import Status
from ipviz.domain.next_addresses import NextOfRanges
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.spans import Span
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.verdicts import FindingClass
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy
from ipviz.inventory.offers import next_of_ranges_in
from ipviz.inventory.reading import Sights


class Census:
    """Addresses in order, the ranges, which are few, and the findings, by the segment's id."""

    def __init__(self) -> None:
        self._singles: dict[int, list[Occupant]] = defaultdict(list)
        self._ranges: dict[int, list[Occupant]] = defaultdict(list)
        self._findings: dict[int, list[Finding]] = defaultdict(list)
        self._sights = Sights()
        self._at: datetime | None = None

    @classmethod
    def read(cls, subnets: Sequence[Subnet], at: datetime | None = None) -> "Census":
        """What is stated of some subnets now or at a moment; four queries, however many subnets."""
        census = cls()
        if not subnets:
            return census
        first = min(subnet.first_key for subnet in subnets)
        last = max(subnet.last_key for subnet in subnets)
        segments = {subnet.segment_id for subnet in subnets}
        clusters = Cluster.objects.all() if at else Cluster.objects.live()
        census._at = at
        census._sights = sights = Sights.of(clusters.of_segments(segments).whole(), at)
        for row in Occupancy.objects.as_seen(at).of_any(sights.by_id).between(first, last):
            census._count(sights.by_id[row.cluster_id].cluster.segment_id, sights.occupant(row))
        for finding in Finding.objects.as_judged(at).of_segments(segments).between(first, last):
            census._findings[finding.segment_id].append(finding)
        return census

    @classmethod
    def of(cls, segment_id: int, occupants: Iterable[Occupant], findings: Iterable[Finding]) -> "Census":
        """What is known of a segment already, in whatever order."""
        census = cls()
        for each in sorted(occupants, key=_place):
            census._count(segment_id, each)
        census._findings[segment_id] = list(findings)
        return census

    def _count(self, segment_id: int, occupant: Occupant) -> None:
        known = self._singles if occupant.span.is_single else self._ranges
        known[segment_id].append(occupant)

    def occupants(self, subnet: Subnet) -> tuple[Occupant, ...]:
        singles, span = self._singles[subnet.segment_id], subnet.span
        first = bisect_left(singles, (span.version, span.first), key=_place)
        last = bisect_right(singles, (span.version, span.last), key=_place)
        return (*singles[first:last], *_meeting(self._ranges[subnet.segment_id], span))

    def findings(self, subnet: Subnet) -> list[Finding]:
        span = subnet.span
        return [each for each in self._findings[subnet.segment_id] if each.span and each.span.meets(span)]

    def next_of_ranges(self, subnet: Subnet) -> NextOfRanges:
        """What the load-balancer ranges of a subnet hand out next, where it was read; one query."""
        stated = {each.cluster for each in self.occupants(subnet) if each.role is Role.LBRANGE}
        by_id = {pk: sight for pk, sight in self._sights.by_id.items() if sight.cluster.path in stated}
        return next_of_ranges_in(Sights(by_id), self._at) if by_id else {}

    def intervals(self, subnet: Subnet, next_of_ranges: NextOfRanges) -> tuple[Interval, ...]:
        """The subnet cut into intervals, in order, each of which says one thing."""
        collisions = collisions_among(self.findings(subnet))
        following = chain.from_iterable(next_of_ranges.values())
        return intervals_of(subnet.as_declared(), self.occupants(subnet), collisions, following)


def collisions_among(findings: Iterable[Finding]) -> dict[Span, bool]:
    """The spans on which two meet, True where that is only suspected; what is sure outweighs."""
    found: dict[Span, bool] = {}
    for each in findings:
        if each.finding_class == FindingClass.COLLISION and each.span:
            found[each.span] = found.get(each.span, True) and each.status_then == Status.SUSPECTED
    return found


def findings_by_span(spans: Sequence[Span], findings: Iterable[Finding]) -> Mapping[Span, list[Finding]]:
    """For each span the findings that touch it, worst first. O(n log n + k)."""
    about: dict[Span, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.span:
            about[finding.span].append(finding)
    wanted = set(spans)
    found: dict[Span, list[Finding]] = defaultdict(list)
    for span, each in about.items():
        if span in wanted:
            found[span] += each
    for outer, inner in overlaps_among([*wanted, *about]):
        for span, other in ((outer, inner), (inner, outer)):
            if span in wanted:
                found[span] += about.get(other, ())
    return {span: sorted(each, key=lambda f: (f.severity_rank, f.pk)) for span, each in found.items()}


def _place(occupant: Occupant) -> tuple[int, int]:
    return occupant.span.version, occupant.span.first


def _meeting(ranges: Iterable[Occupant], span: Span) -> Iterable[Occupant]:
    return (each for each in ranges if each.span.meets(span))
