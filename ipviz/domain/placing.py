"""Finding places in what is free of a subnet: as people would lay it out, or as it fits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ipviz.domain.needs import Needs, blocks_for
from ipviz.domain.plans import Part, Use
from ipviz.domain.runs import Column, Runs
from ipviz.domain.spans import Span, count

_ROUND = 16
"""Ranges begin at a multiple of it where they can: so people find them again, and there is room behind."""

Wanted = dict[Use, int]
"""How much of each use is still to be placed: addresses, or blocks."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What does not fit, in blocks for blocks and else in addresses: the need that is the hardest to meet."""

    use: Use
    wanted: int
    had: int


class Placing:
    """One attempt after the other to place what is wanted on open ground."""

    def __init__(self, open_: Runs, leased: Runs, kept: Iterable[Part], needs: Needs) -> None:
        self._open = open_
        self._needs = needs
        self._kept = list(kept)
        self._leased = leased
        self._sums = np.append(0, np.cumsum(leased.sizes))

    def as_people_would(self, wanted: Wanted) -> list[Part] | None:
        """The small and named first, every range in one stretch; None where that does not go."""
        free, parts = self._open, []
        for use, size in wanted.items():
            if use is Use.BLOCK:
                found = self._blocks_in_a_row(free, size)
            elif use is Use.DHCP:
                found = self._beside(use, free, size) or self._for_nodes(free, size)
            else:
                found = self._beside(use, free, size) or _in_one(free, size)
            if found is None:
                return None
            parts += self._named(use, found)
            free = free.without(found)
        return parts

    def as_it_fits(self, wanted: Wanted) -> tuple[list[Part], Lack | None]:
        """Blocks first, then the largest ranges, DHCP last, in pieces if need be: fits where anything does.

        DHCP alone may cover what nodes hold, so it leaves what is free to the others.
        """
        free, parts, lack = self._open, [], None
        order = sorted(
            wanted.items(), key=lambda each: (each[0] is not Use.BLOCK, each[0] is Use.DHCP, -each[1])
        )
        for use, size in order:
            if use is Use.BLOCK:
                found = list(islice(blocks_for(self._needs, free), size))
            elif use is Use.DHCP:
                found = self._for_nodes(free, size) or _in_pieces(free.joined(self._leased), size)
            else:
                found = _in_one(free, size) or _in_pieces(free, size)
            had = len(found) if use is Use.BLOCK else count(found)
            if had < size:
                lack = lack or Lack(use, size, had)
            parts += self._named(use, found)
            free = free.without(found)
        return parts, lack

    def _blocks_in_a_row(self, free: Runs, number: int) -> list[Span] | None:
        """In the first run that holds all of them; else the first that there are."""
        for run in free.at_least(number * self._needs.block_size):
            found = list(islice(blocks_for(self._needs, [run]), number))
            if len(found) == number:
                return found
        found = list(islice(blocks_for(self._needs, free), number))
        return found if len(found) == number else None

    def _beside(self, use: Use, free: Runs, size: int) -> list[Span] | None:
        """Next to what there is for the same use: above it, or below."""
        for part in self._kept if size else ():
            if part.use is use:
                for first in (part.span.last + 1, part.span.first - size):
                    wanted = Span(part.span.version, first, first + size - 1)
                    if free.contains(wanted):
                        return [wanted]
        return None

    def _for_nodes(self, free: Runs, size: int) -> list[Span] | None:
        """The stretch that covers the most of the nodes that are there: their addresses are from DHCP too.

        It begins with a node or with a run; of several that cover as much it is the first.
        """
        if not (size and len(self._leased)):
            return _in_one(free, size)
        runs = free.joined(self._leased).at_least(size)
        if not len(runs):
            return None
        runs_of_nodes = runs.firsts.searchsorted(self._leased.firsts, side="right") - 1
        here = runs_of_nodes >= 0
        here[here] = self._leased.firsts[here] < runs.afters[runs_of_nodes[here]]
        latest = runs.afters[runs_of_nodes[here]] - size
        begins = np.minimum(self._leased.firsts[here], latest)
        firsts = np.sort(np.concatenate([runs.firsts, begins]))
        first = int(firsts[np.argmax(self._nodes_in(firsts, size))])
        return [Span(free.version, first, first + size - 1)]

    def _nodes_in(self, firsts: Column, size: int) -> Column:
        """How many each window holds that begins or ends with its run, or begins with a node."""
        begin = self._leased.afters.searchsorted(firsts, side="right")
        after = self._leased.firsts.searchsorted(firsts + size, side="left")
        covered: Column = self._sums[np.maximum(begin, after)] - self._sums[begin]
        return covered

    def _named(self, use: Use, spans: Iterable[Span]) -> list[Part]:
        needs = self._needs
        if use is Use.BLOCK:
            return [Part(use, span, name) for span, name in zip(spans, self._names(), strict=False)]
        name = {
            Use.CONTROL_PLANES: needs.control_plane_pool,
            Use.BALANCERS: needs.balancer_pool,
            Use.DHCP: "",
        }.get(use, needs.management)
        return [Part(use, span, name) for span in spans]

    def _names(self) -> Iterator[str]:
        chosen = {each.name for each in self._needs.fixed if each.use is Use.BLOCK}
        yield from (name for name in self._needs.names if name not in chosen)
        while True:
            yield ""


def _in_one(free: Runs, size: int) -> list[Span] | None:
    """The first stretch, from a round address on if there is one."""
    if not size:
        return []
    round_ = min(_ROUND, 1 << (size - 1).bit_length())
    found = free.stretch(size, round_) or free.stretch(size, 1)
    return [found] if found else None


def _in_pieces(free: Runs, size: int) -> list[Span]:
    """The longest runs, until it is enough, or there are no more."""
    found: list[Span] = []
    for run in free.longest_first():
        if size <= 0:
            break
        piece = Span(run.version, run.first, run.first + min(size, run.size) - 1)
        found.append(piece)
        size -= piece.size
    return sorted(found)
