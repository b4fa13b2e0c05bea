"""The plans of a segment's subnets laid beside its ranges: whose place is where, and what lies in it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import chain
from operator import attrgetter

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.occupants import Occupant
from ipviz.domain.plans import Part
from ipviz.domain.spans import Span, merged, subtracted
from ipviz.domain.sweep import overlaps_among


class LaidPlans:
    """The plans of a segment laid beside its ranges. O(n log n) in the parts and ranges."""

    def __init__(self, subnets: Iterable[DeclaredSubnet], ranges_at: Mapping[Span, list[Occupant]]) -> None:
        self.parts = [(part, subnet) for subnet in subnets for part in subnet.planned]
        self._covered = merged(part.span for part, _ in self.parts)
        self._ranges_at = ranges_at
        self._wanting: dict[str, list[tuple[Part, DeclaredSubnet]]] = defaultdict(list)
        for part, subnet in self.parts:
            self._wanting[_last(part.name)].append((part, subnet))

    def own(self, occupant: Occupant) -> dict[Span, list[Part]]:
        """The parts in which it belongs, by the subnets of these that it meets."""
        found: dict[Span, list[Part]] = defaultdict(list)
        names = {"", _last(occupant.consumer.cluster), _last(occupant.pool)}
        for part, subnet in chain.from_iterable(self._wanting.get(name, ()) for name in names):
            if part.wants(occupant) and subnet.span.meets(occupant.span):
                found[subnet.span].append(part)
        return found

    def uncovered(self, span: Span) -> tuple[Span, ...]:
        """What of a span no part of any subnet holds: in its own all is well, in another's H17 tells."""
        ends, begins = attrgetter("version", "last"), attrgetter("version", "first")
        begin = bisect_left(self._covered, (span.version, span.first), key=ends)
        after = bisect_right(self._covered, (span.version, span.last), key=begins)
        return subtracted([span], self._covered[begin:after])

    @cached_property
    def met(self) -> Mapping[Span, list[Occupant]]:
        """The ranges that meet the span of a part."""
        spans = {part.span for part, _ in self.parts}
        found: dict[Span, list[Occupant]] = defaultdict(list)
        pairs = overlaps_among([*spans, *self._ranges_at])
        same = ((span, span) for span in spans & self._ranges_at.keys())
        for one, other in chain(pairs, same):
            for span, at in {(one, other), (other, one)}:
                if span in spans:
                    found[span] += self._ranges_at.get(at, ())
        return found

    def admitted(self, part: Part) -> list[Span]:
        return [each.span for each in self.met.get(part.span, ()) if part.admits(each)]


def _last(name: str) -> str:
    return name.rpartition("/")[2]
