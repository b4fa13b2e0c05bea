"""All that is stated now on the segments of some subnets, so that each is looked at without a query."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.intervals import Interval, intervals_of
from ipviz.domain.lifecycle import Status
from ipviz.domain.occupants import Occupant
from ipviz.domain.spans import Span
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.verdicts import FindingClass
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy
from ipviz.inventory.reading import Sights


class Census:
    """Addresses in order, and the ranges, which are few, now or at a moment.

    Four queries, however many subnets.
    """

    def __init__(self, subnets: Sequence[Subnet], at: datetime | None = None) -> None:
        self._singles: dict[int, list[Occupant]] = defaultdict(list)
        self._ranges: dict[int, list[Occupant]] = defaultdict(list)
        self._findings: dict[int, list[Finding]] = defaultdict(list)
        if not subnets:
            return
        first = min(subnet.first_key for subnet in subnets)
        last = max(subnet.last_key for subnet in subnets)
        segments = {subnet.segment_id for subnet in subnets}
        clusters = Cluster.objects.all() if at else Cluster.objects.live()
        self._count(Sights.of(clusters.of_segments(segments).whole(), at), first, last, at)
        for finding in Finding.objects.as_judged(at).of_segments(segments).between(first, last):
            self._findings[finding.segment_id].append(finding)

    def _count(self, sights: Sights, first: str, last: str, at: datetime | None) -> None:
        for row in Occupancy.objects.as_seen(at).of_any(sights.by_id).between(first, last):
            known = self._singles if row.first_key == row.last_key else self._ranges
            known[sights.by_id[row.cluster_id].cluster.segment_id].append(sights.occupant(row))

    def occupants(self, subnet: Subnet) -> tuple[Occupant, ...]:
        singles, span = self._singles[subnet.segment_id], subnet.span
        first = bisect_left(singles, (span.version, span.first), key=_place)
        last = bisect_right(singles, (span.version, span.last), key=_place)
        return (*singles[first:last], *_meeting(self._ranges[subnet.segment_id], span))

    def findings(self, subnet: Subnet) -> list[Finding]:
        span = subnet.span
        return [each for each in self._findings[subnet.segment_id] if each.span and each.span.meets(span)]

    def intervals(self, subnet: Subnet) -> tuple[Interval, ...]:
        """The subnet cut into intervals, in order, each of which says one thing."""
        collisions = collisions_among(self.findings(subnet))
        return intervals_of(subnet.as_declared(), self.occupants(subnet), collisions)


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
