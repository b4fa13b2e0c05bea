"""Which addresses, or blocks of them, can be had of a subnet: nobody's, in no range, not given up lately."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ipviz.clusters.models import Subnet
from ipviz.domain.conflicts import Wish, conflicts_with_declared, conflicts_with_occupants
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.free_space import blocks_in, free_runs, largest_block, passed_over
from ipviz.domain.landmarks import marks_of
from ipviz.domain.spans import Span, count, subtracted
from ipviz.domain.survey import Survey
from ipviz.domain.words import Namer
from ipviz.findings.surveys import survey_at
from ipviz.inventory.models import Occupancy
from ipviz.inventory.records import occupant_of

TOLD = 20
"""Of so many blocks that are not free it is said why."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A block that is not free, and why: the first of the reasons."""

    span: Span
    words: str


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

    Six queries, and one for each time that some of what was found was taken since the subnet was surveyed.

    Args:
        size: addresses in a block, a power of two.
        since: who held an address until then, and gave it up after, holds it still: caches, DNS, and whoever
            comes back from a night's outage.
    """
    runs, given_up = free_of(subnet, subnet.as_declared(), survey_at(subnet), since)
    found = list(islice(blocks_in(runs, size), number))
    while taken := _taken(subnet, found):
        runs = subtracted(runs, taken)
        found = list(islice(blocks_in(runs, size), number))
    over = list(islice(passed_over(subnet.span, found, size), TOLD))
    return FreeSpace(
        tuple(found),
        tuple(reasons_against(subnet, over, given_up)),
        _count_over(subnet.span, found, size),
        count(runs),
        largest_block(runs),
    )


def free_of(
    subnet: Subnet, declared: DeclaredSubnet, survey: Survey, since: datetime
) -> tuple[tuple[Span, ...], list[Occupancy]]:
    """What nothing claims of a subnet, in order and joined, and what was given up since. One query."""
    ended = Occupancy.objects.on(subnet.segment.name).addresses().within(subnet.span).ended_since(since)
    given_up = list(ended.select_related("cluster"))
    return subtracted(free_runs(survey, declared), [each.span for each in given_up]), given_up


def _taken(subnet: Subnet, blocks: Sequence[Span]) -> list[Span]:
    """What somebody holds of blocks that were free when the subnet was surveyed."""
    rows = Occupancy.objects.now().on(subnet.segment.name).meeting_each(blocks)
    return [row.span for row in rows] if blocks else []


def reasons_against(
    subnet: Subnet, blocks: Sequence[Span], given_up: Sequence[Occupancy]
) -> Iterator[Passed]:
    """Why each block is not free, in the words in which `check` says it. Two queries."""
    wish, subnets = Wish(tuple(blocks)), Subnet.objects.on(subnet.segment.name)
    rows = Occupancy.objects.now().on(subnet.segment.name).meeting_each(blocks).select_related("cluster")
    occupants = [occupant_of(row, path=row.cluster.path, stale=False) for row in rows] if blocks else []
    against = [
        *conflicts_with_declared(wish, [each.as_declared() for each in subnets]),
        *conflicts_with_occupants(wish, occupants, Namer.among(occupants)),
    ]
    for block in blocks:
        words = [each.words for each in against if each.span.meets(block)]
        words += [_given_up(row) for row in given_up if row.span.meets(block)]
        words += [str(mark) for mark in marks_of(subnet.as_declared()) if mark.span.meets(block)]
        yield Passed(block, words[0] if words else "was in use when the subnet was last judged")


def _given_up(row: Occupancy) -> str:
    until = f"{row.seen_until:%Y-%m-%d %H:%M} UTC"
    return (
        f"{row.span} was given up at {until} by {row.kind} {row.namespace}/{row.name} in {row.cluster.path}"
    )


def _count_over(span: Span, found: Sequence[Span], size: int) -> int:
    """How many aligned blocks lie before the last that was found, and are not among them."""
    first = -(-span.first // size)
    until = found[-1].first if found else span.last + 1
    return max(0, until // size - first - max(0, len(found) - 1))
