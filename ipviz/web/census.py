"""All that is stated now, so that any number of subnets can be looked at with the same few queries."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from ipviz.domain.occupants import Occupant
from ipviz.domain.spans import Span
from ipviz.inventory.models import Occupancy
from ipviz.inventory.reading import Sights


@dataclass(slots=True)
class _Segment:
    """Single addresses in order, and the ranges, which are few."""

    singles: list[Occupant] = field(default_factory=list)
    ranges: list[Occupant] = field(default_factory=list)


class Census:
    def __init__(self, sights: Sights) -> None:
        self.segments: dict[str, _Segment] = {}
        # In the order of addresses, which `within` searches by.
        for row in Occupancy.objects.now().of_any(sights.by_id):
            segment = self.segments.setdefault(sights.by_id[row.cluster_id].cluster.segment.name, _Segment())
            occupant = sights.occupant(row)
            (segment.singles if occupant.span.is_single else segment.ranges).append(occupant)

    def within(self, segment: str, span: Span) -> tuple[Occupant, ...]:
        """What meets the span: O(log n) for addresses, each range is looked at."""
        known = self.segments.get(segment)
        if known is None:
            return ()
        first = bisect_left(known.singles, (span.version, span.first), key=_place)
        last = bisect_right(known.singles, (span.version, span.last), key=_place)
        return (*known.singles[first:last], *_meeting(known.ranges, span))


def _place(occupant: Occupant) -> tuple[int, int]:
    return occupant.span.version, occupant.span.first


def _meeting(ranges: Iterable[Occupant], span: Span) -> Iterable[Occupant]:
    return (each for each in ranges if each.span.meets(span))
