"""Which addresses, or blocks of them, can be had of a subnet: nobody's, in no range, not given up lately."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter

from ipviz.clusters.models import Subnet
from ipviz.clusters.subnets import declared_meeting
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.free_space import blocks_in, free_runs, passed_over
from ipviz.domain.runs import Runs, between_keys
from ipviz.domain.spans import Span
from ipviz.findings.surveys import free_at
from ipviz.inventory.models import Occupancy
from ipviz.planning.reasons import Passed, held_in, reasons_among

LATELY = timedelta(days=7)
"""So long an address that was given up is held still, unless somebody wants it otherwise."""
TOLD = 20
"""Of so many blocks that are not free it is said why."""


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """`size` is how many addresses are free in all, `largest` the largest aligned block of them."""

    found: tuple[Span, ...]
    passed: tuple[Passed, ...]
    passed_count: int
    size: int
    largest: Span | None


def free_space(subnet: Subnet, *, size: int, number: int, since: datetime) -> FreeSpace:
    """Find the first blocks of a size that are free.

    Four queries, and one for each time that some of what was found was taken since the subnet was surveyed.

    Args:
        subnet: it comes `with_runs`; else it is one query more.
        size: addresses in a block, a power of two.
        since: who held an address until then, and gave it up after, holds it still: caches, DNS, and whoever
            comes back from a night's outage.
    """
    declared = declared_meeting(subnet)
    free = free_of(subnet, subnet.as_declared(), free_at(subnet), since, declared)
    while True:
        found = list(islice(blocks_in(free, size), number))
        over = list(islice(passed_over(subnet.span, found, size), TOLD))
        held = held_in(Occupancy.objects.standing_since(since), subnet, [*over, *found])
        taken = [each.span for each in held if each.stands and _meets_any(each.span, found)]
        if not taken:
            break
        free = free.without(taken)
    return FreeSpace(
        tuple(found),
        tuple(reasons_among(held, subnet, over, declared)),
        _count_over(subnet.span, found, size),
        free.size,
        free.largest_block(),
    )


def free_of(
    subnet: Subnet,
    declared: DeclaredSubnet,
    surveyed: Runs,
    since: datetime,
    around: Iterable[Subnet],
) -> Runs:
    """What nothing claims of what is surveyed to be free, without what was given up since. One query."""
    ended = Occupancy.objects.on(subnet.segment.name).addresses().within(subnet.span).ended_since(since)
    keys = list(ended.order_by().values_list("first_key", "last_key"))
    others = [each.as_declared() for each in around if each.pk != subnet.pk]
    return free_runs(surveyed, declared, others).without(between_keys(subnet.span.version, keys))


def _meets_any(span: Span, blocks: Sequence[Span]) -> bool:
    """Of blocks that are in order and apart."""
    before = bisect_right(blocks, span.last, key=attrgetter("first"))
    return before > 0 and blocks[before - 1].meets(span)


def _count_over(span: Span, found: Sequence[Span], size: int) -> int:
    """How many aligned blocks lie before the last that was found, and are not among them."""
    first = -(-span.first // size)
    until = found[-1].first if found else span.last + 1
    return max(0, until // size - first - max(0, len(found) - 1))
