"""Free space: what nothing that we know claims, and which blocks of it can be had.

Blocks are aligned, as CIDRs are: a range that is written as a CIDR which is not covers its neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.landmarks import marks_of
from ipviz.domain.runs import Runs
from ipviz.domain.spans import Span


def free_runs(surveyed: Runs, subnet: DeclaredSubnet, others: Iterable[DeclaredSubnet] = ()) -> Runs:
    """What can be had of what is surveyed to be free: not what the subnet itself needs, nor what is planned.

    That is left out also where nobody declared it: a guess must not be handed out.

    Args:
        others: declared subnets that lie in it or around it, with DHCP ranges of their own.
    """
    needed = [mark.span for each in (subnet, *others) for mark in marks_of(each)]
    planned = [part.span for each in (subnet, *others) for part in each.planned]
    return surveyed.without([*needed, *planned, *(span for each in others for span in each.dhcp)])


def blocks_in(runs: Iterable[Span], size: int) -> Iterator[Span]:
    """The aligned blocks of a size, a power of two, one after the other. Lazily: there may be very many."""
    for run in runs.at_least(size) if isinstance(runs, Runs) else runs:
        first = -(-run.first // size) * size
        for start in range(first, run.last - size + 2, size):
            yield Span(run.version, start, start + size - 1)


def passed_over(span: Span, found: Sequence[Span], size: int) -> Iterator[Span]:
    """The aligned blocks of a span that lie before the last that was found, and are not free. Lazily.

    All of those in the span, where none was found.
    """
    until = found[-1].first if found else span.last + 1
    had = set(found)
    return (
        block for block in blocks_in([Span(span.version, span.first, until - 1)], size) if block not in had
    )
