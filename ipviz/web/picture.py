"""One subnet, or a part of one, at one moment: what its page and map draw, gathered as it is asked for."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ipviz.clusters.models import Subnet
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import Interval, intervals_of
from ipviz.domain.occupants import Occupant
from ipviz.domain.pools import PoolUsage
from ipviz.domain.spans import BITS, Span, around
from ipviz.domain.survey import NEXT, STALE, PoolId, Run, Survey
from ipviz.domain.usage import Usage, usage_of
from ipviz.findings.census import findings_by_span
from ipviz.findings.models import Finding
from ipviz.findings.querysets import FindingQuerySet
from ipviz.findings.surveys import survey_at
from ipviz.inventory.models import Occupancy
from ipviz.inventory.querysets import OccupancyQuerySet
from ipviz.inventory.reading import Sights
from ipviz.web.echoes import without_echoes
from ipviz.web.grid import Grid, grid_of
from ipviz.web.states import Look, look_of


@dataclass(frozen=True, slots=True)
class Row:
    """One stretch: its state, who is in it, and what is wrong with it; `next_of` hand it out next."""

    span: Span
    look: Look
    holders: Sequence[Occupant]
    ranges: Sequence[Occupant]
    findings: Sequence[Finding]
    is_stale: bool
    is_next: bool
    next_of: Sequence[Occupant]


@dataclass(frozen=True)
class Picture:
    """`shown` is the subnet's span, or the part of it that is looked at; `at` is None for now."""

    subnet: Subnet
    shown: Span
    at: datetime | None = None

    @cached_property
    def survey(self) -> Survey:
        """Of what is shown."""
        return survey_at(self.subnet, self.at).within(self.shown)

    @property
    def pools(self) -> Mapping[PoolId, PoolUsage]:
        """Those that hand out of the subnet."""
        return self.survey.pools

    @property
    def usage(self) -> Usage:
        return usage_of(self.survey.tallies)

    @property
    def cluster_ids(self) -> Mapping[str, int]:
        """By path, those of the segment."""
        return {sight.cluster.path: pk for pk, sight in self._sights.by_id.items()}

    @cached_property
    def ranges(self) -> tuple[Occupant, ...]:
        """What allocators hand out from, in what is shown."""
        return self._stated(Occupancy.objects.ranges().within(self.shown))

    @cached_property
    def grid(self) -> Grid | None:
        """Its cells: addresses, or the prefixes that a pool of it hands out."""
        if found := grid_of(self.shown):
            return found
        lengths = sorted({each.allocation_prefix for each in self.ranges if each.allocation_prefix})
        grids = (grid_of(self.shown, BITS[6] - length) for length in reversed(lengths))
        return next(filter(None, grids), None)

    @property
    def findings(self) -> FindingQuerySet:
        """Those that stand, or stood, and touch what is shown."""
        return Finding.objects.as_judged(self.at).on(self.subnet.segment.name).touching(self.shown)

    def rows(self, runs: Sequence[Run]) -> list[Row]:
        """Who is in each of some runs, and what is wrong there; two queries, besides the sights."""
        if not runs:
            return []
        spans = [Span(self.shown.version, run.first, run.last) for run in runs]
        holders = self._stated(Occupancy.objects.addresses().meeting_any(spans))
        findings = findings_by_span(spans, self.findings.meeting_any(spans))
        whole = DeclaredSubnet(around(spans))
        known = intervals_of(whole, (*holders, *self.ranges), {})
        begin = [each.span.first for each in known]
        lie_in = (known[bisect_right(begin, run.first) - 1] for run in runs)
        return [
            self._row(run, span, interval, findings.get(span, ()))
            for run, span, interval in zip(runs, spans, lie_in, strict=True)
        ]

    @cached_property
    def _sights(self) -> Sights:
        return Sights.for_marks(self.subnet.segment.name, self.at)

    def _stated(self, rows: OccupancyQuerySet) -> tuple[Occupant, ...]:
        standing = rows.as_seen(self.at).of_any(self._sights.by_id)
        return tuple(map(self._sights.occupant, standing))

    def _row(self, run: Run, span: Span, interval: Interval, findings: Sequence[Finding]) -> Row:
        return Row(
            span=span,
            look=look_of(run),
            holders=without_echoes(interval.occupants),
            ranges=interval.ranges,
            findings=findings,
            is_stale=bool(run.flags & STALE),
            is_next=bool(run.flags & NEXT),
            next_of=[each for each in interval.ranges if self._hands_out_next(each, span)],
        )

    def _hands_out_next(self, offered: Occupant, span: Span) -> bool:
        return any(each.contains(span) for each in self.survey.next_of((offered.cluster, offered.pool)))
