"""Finding places in what is free of a subnet: as people would lay it out, or as it fits."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from ipviz.domain.needs import Needs, blocks_for
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import Span, count, merged, subtracted

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

    def __init__(
        self, open_: tuple[Span, ...], leased: tuple[Span, ...], kept: Iterable[Part], needs: Needs
    ) -> None:
        self._open = open_
        self._needs = needs
        self._kept = list(kept)
        self._leased = leased
        self._begins = [each.first for each in leased]
        self._ends = [each.last for each in leased]
        self._sums = [0, *accumulate(each.size for each in leased)]

    def as_people_would(self, wanted: Wanted) -> list[Part] | None:
        """The small and named first, every range in one stretch; None where that does not go."""
        free, parts = self._open, []
        for use, size in wanted.items():
            if use is Use.BLOCK:
                found = self._blocks_in_a_row(free, size)
            elif use is Use.DHCP:
                found = self._for_nodes(free, size)
            else:
                found = self._beside(use, free, size) or _in_one(free, size)
            if found is None:
                return None
            parts += self._named(use, found)
            free = subtracted(free, found)
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
                found = self._for_nodes(free, size) or _in_pieces(self._with_nodes(free), size)
            else:
                found = _in_one(free, size) or _in_pieces(free, size)
            had = len(found) if use is Use.BLOCK else count(found)
            if had < size:
                lack = lack or Lack(use, size, had)
            parts += self._named(use, found)
            free = subtracted(free, found)
        return parts, lack

    def _blocks_in_a_row(self, free: Sequence[Span], number: int) -> list[Span] | None:
        """In the first run that holds all of them; else the first that there are."""
        for run in free:
            found = list(islice(blocks_for(self._needs, [run]), number))
            if len(found) == number:
                return found
        found = list(islice(blocks_for(self._needs, free), number))
        return found if len(found) == number else None

    def _beside(self, use: Use, free: Sequence[Span], size: int) -> list[Span] | None:
        """Next to what there is for the same use: above it, or below."""
        for part in self._kept if size else ():
            if part.use is use:
                for first in (part.span.last + 1, part.span.first - size):
                    wanted = Span(part.span.version, first, first + size - 1)
                    if any(run.contains(wanted) for run in free):
                        return [wanted]
        return None

    def _for_nodes(self, free: Sequence[Span], size: int) -> list[Span] | None:
        """The stretch that covers the most of the nodes that are there: their addresses are from DHCP too."""
        if not (size and self._leased):
            return _in_one(free, size)
        best, most = None, -1
        for run in self._with_nodes(free):
            for start in _starts(run, self._leased, size):
                window = Span(run.version, start, start + size - 1)
                if (covered := self._nodes_in(window)) > most:
                    best, most = window, covered
        return [best] if best else None

    def _with_nodes(self, free: Sequence[Span]) -> tuple[Span, ...]:
        return merged([*free, *self._leased])

    def _nodes_in(self, window: Span) -> int:
        """Of a window that begins or ends with the run that it lies in, or begins with a node."""
        first = bisect_left(self._ends, window.first)
        after = bisect_right(self._begins, window.last)
        return self._sums[after] - self._sums[first] if after > first else 0

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


def _starts(run: Span, leased: Sequence[Span], size: int) -> Iterator[int]:
    """Where windows of a run may begin: with a node, and with the run."""
    last = run.last - size + 1
    if last < run.first:
        return
    yield run.first
    number = bisect_left(leased, Span(run.version, run.first, 0))
    while number < len(leased) and leased[number].version == run.version and leased[number].first <= run.last:
        yield min(leased[number].first, last)
        number += 1


def _in_one(free: Sequence[Span], size: int) -> list[Span] | None:
    """The first stretch, from a round address on if there is one."""
    if not size:
        return []
    for step in (min(_ROUND, 1 << (size - 1).bit_length()), 1):
        for run in free:
            first = -(-run.first // step) * step
            if first + size - 1 <= run.last:
                return [Span(run.version, first, first + size - 1)]
    return None


def _in_pieces(free: Iterable[Span], size: int) -> list[Span]:
    """The longest runs, until it is enough, or there are no more."""
    found: list[Span] = []
    for run in sorted(free, key=lambda each: (-each.size, each)):
        if size <= 0:
            break
        piece = Span(run.version, run.first, run.first + min(size, run.size) - 1)
        found.append(piece)
        size -= piece.size
    return sorted(found)
