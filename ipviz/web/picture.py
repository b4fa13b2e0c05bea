"""One subnet, or a part of one, at one moment: all that its page draws, gathered once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ipviz.clusters.models import Subnet
from ipviz.domain.intervals import Interval, intervals_of
from ipviz.domain.occupants import Occupant
from ipviz.domain.spans import Span
from ipviz.findings.census import collisions_among
from ipviz.findings.models import Finding
from ipviz.inventory.reading import occupants_within


@dataclass(frozen=True, slots=True)
class Picture:
    """`shown` is the subnet's span, or the part of it that is looked at; `whole` is of all of the subnet."""

    subnet: Subnet
    shown: Span
    occupants: tuple[Occupant, ...]
    findings: tuple[Finding, ...]
    intervals: tuple[Interval, ...]
    whole: tuple[Occupant, ...]


def picture_of(subnet: Subnet, shown: Span, at: datetime | None = None) -> Picture:
    """Gather the picture as of a moment. A bounded number of queries."""
    segment = subnet.segment.name
    occupants = occupants_within(segment, subnet.span, at)
    findings = tuple(Finding.objects.as_judged(at).on(segment).touching(shown))
    whole = intervals_of(subnet.as_declared(), occupants, collisions_among(findings))
    seen = (each for each in occupants if each.span.meets(shown))
    return Picture(subnet, shown, tuple(seen), findings, tuple(clipped(whole, shown)), occupants)


def clipped(intervals: Iterable[Interval], shown: Span) -> Iterator[Interval]:
    for each in intervals:
        if common := each.span.intersection(shown):
            yield each if common == each.span else replace(each, span=common)
