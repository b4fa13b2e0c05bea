"""Free space: what nothing that we know claims, and which blocks of it can be had.

Blocks are aligned, as CIDRs are: a range that is written as a CIDR which is not covers its neighbours.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import State
from ipviz.domain.landmarks import marks_of
from ipviz.domain.spans import Span, subtracted
from ipviz.domain.survey import Survey

_RUNS = re.compile(f"{re.escape(State.FREE.letter)}+")


def free_runs(survey: Survey, subnet: DeclaredSubnet) -> tuple[Span, ...]:
    """What is plainly free of a surveyed subnet, in order and joined, without what the subnet itself needs.

    That is left out also where nobody declared it: a guess must not be handed out. So is what is planned.
    """
    version, bounds = survey.span.version, survey.bounds
    found = [
        Span(version, bounds[run.start()], bounds[run.end()] - 1) for run in _RUNS.finditer(survey.states)
    ]
    marks = [mark.span for mark in marks_of(subnet)]
    return subtracted(found, [*marks, *(part.span for part in subnet.planned)])


def blocks_in(runs: Iterable[Span], size: int) -> Iterator[Span]:
    """The aligned blocks of a size, a power of two, one after the other. Lazily: there may be very many."""
    for run in runs:
        first = -(-run.first // size) * size
        for start in range(first, run.last - size + 2, size):
            yield Span(run.version, start, start + size - 1)


def largest_block(runs: Iterable[Span]) -> Span | None:
    """The first of the largest aligned blocks. O(number of runs)."""
    largest: Span | None = None
    for run in runs:
        if largest is None or run.size > largest.size:
            block = _largest_in(run)
            if largest is None or block.size > largest.size:
                largest = block
    return largest


def passed_over(span: Span, found: Sequence[Span], size: int) -> Iterator[Span]:
    """The aligned blocks of a span that lie before the last that was found, and are not free. Lazily.

    All of those in the span, where none was found.
    """
    until = found[-1].first if found else span.last + 1
    had = set(found)
    return (
        block for block in blocks_in([Span(span.version, span.first, until - 1)], size) if block not in had
    )


def _largest_in(run: Span) -> Span:
    size = 1 << (run.size.bit_length() - 1)
    while True:
        first = -(-run.first // size) * size
        if first + size - 1 <= run.last:
            return Span(run.version, first, first + size - 1)
        size >>= 1
