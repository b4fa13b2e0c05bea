"""A network as a band that is wrapped into a few rows, so that each row is a block of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ipviz.domain.lanes import Extent, lanes_of
from ipviz.domain.spans import Span, around
from ipviz.web.bands import RANKS, Band

MOST_BARS = 500
_MOST_ROW_BITS = 3
_SHORTEST_ROW_BITS = 8
_PARTS = 256
"""A bar is at least one of so many parts of a row wide: what is smaller is still seen."""
_LEAST = 1 / _PARTS


@dataclass(frozen=True, slots=True)
class Wrap:
    """Rows of a network, counted from 0; where something lies in one is told as a part of its length.

    A part, and not a number of addresses: of those of IPv6 a browser cannot count so many.
    """

    span: Span
    row_bits: int

    @property
    def rows(self) -> int:
        return self.span.size >> self.row_bits

    def row_span(self, row: int) -> Span:
        first = self.span.first + (row << self.row_bits)
        return Span(self.span.version, first, first + (1 << self.row_bits) - 1)

    def parts(self, span: Span) -> Iterator[tuple[int, Span]]:
        """What of a span lies in each row that it meets."""
        met = span.intersection(self.span)
        if met:
            for row in range(self._row(met.first), self._row(met.last) + 1):
                within = self.row_span(row)
                yield row, Span(span.version, max(met.first, within.first), min(met.last, within.last))

    def extent(self, part: Span) -> tuple[float, float]:
        """Where a part of one row begins and ends; of what is very small, a little more."""
        size = 1 << self.row_bits
        begin = ((part.first - self.span.first) & (size - 1)) / size
        end = begin + part.size / size
        if end - begin >= _LEAST:
            return begin, end
        begin = min(begin, 1 - _LEAST)
        return begin, begin + _LEAST

    def are_close(self, before: Span, after: Span) -> bool:
        """Say whether nobody could see what lies between two parts of one row."""
        return after.first - before.last < self._least

    def is_small(self, part: Span) -> bool:
        """Say whether a part is drawn larger than it is."""
        return part.size < self._least

    @property
    def _least(self) -> int:
        return (1 << self.row_bits) // _PARTS

    def place(self, part: Span) -> float:
        """The middle of a part of one row."""
        begin, end = self.extent(part)
        return (begin + end) / 2

    def _row(self, number: int) -> int:
        return (number - self.span.first) >> self.row_bits


def wrap_of(network: Span) -> Wrap:
    """One row up to 256 addresses, then rows of 256 until there are eight, then eight longer ones."""
    bits = network.size.bit_length() - 1
    return Wrap(network, max(min(bits, _SHORTEST_ROW_BITS), bits - _MOST_ROW_BITS))


@dataclass(frozen=True, slots=True)
class Bar:
    """What is drawn of a band in one row; of neighbours of one kind, where there are too many to draw each.

    Args:
        part: from the first to the last address in that row.
        whole: the range of which that is a part.
        size: how many addresses of the whole are the bands'.
        pieces: how many it is made of.
    """

    row: int
    part: Span
    whole: Span
    kind: str
    bands: tuple[Band, ...]
    size: int
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A bar where it is drawn: from `begin` to `end` of its row, in a lane of the row."""

    bar: Bar
    begin: float
    end: float
    lane: int


def bars_of(wrap: Wrap, bands: Iterable[Band], most: int = MOST_BARS) -> list[Bar]:
    """The bars of some bands, row by row, in each the kinds in their order."""
    bars = [
        Bar(row, part, span, band.kind, (band,), span.size)
        for band in bands
        for span in band.spans
        for row, part in wrap.parts(span)
    ]
    return _fewer(wrap, sorted(bars, key=lambda bar: (bar.row, RANKS[bar.kind], bar.part)), most)


def _fewer(wrap: Wrap, bars: list[Bar], most: int) -> list[Bar]:
    """Join neighbours of one kind: those that are one to see, and the closest while there are too many."""
    neighbours = [
        (number, before, after)
        for number, (before, after) in enumerate(pairwise(bars), 1)
        if (before.row, before.kind) == (after.row, after.kind)
    ]
    joined = {number for number, before, after in neighbours if _are_one_to_see(wrap, before, after)}
    gaps = sorted(
        (after.part.first - before.part.last, number)
        for number, before, after in neighbours
        if number not in joined
    )
    joined |= {number for _, number in gaps[: max(0, len(bars) - len(joined) - most)]}
    groups: list[list[Bar]] = []
    for number, bar in enumerate(bars):
        if number in joined:
            groups[-1].append(bar)
        else:
            groups.append([bar])
    return [_joined(group) for group in groups]


def _are_one_to_see(wrap: Wrap, before: Bar, after: Bar) -> bool:
    """Say whether nobody could tell two neighbours apart, or the pieces of one band."""
    alike = before.bands == after.bands or all(wrap.is_small(bar.part) for bar in (before, after))
    return alike and wrap.are_close(before.part, after.part)


def _joined(group: list[Bar]) -> Bar:
    if len(group) == 1:
        return group[0]
    bands = tuple({band.id: band for bar in group for band in bar.bands}.values())
    part, whole = (around([*spans]) for spans in zip(*((bar.part, bar.whole) for bar in group), strict=True))
    size = sum(bar.size for bar in group)
    return Bar(group[0].row, part, whole, group[0].kind, bands, size, len(group))


def placed_in(wrap: Wrap, bars: Iterable[Bar]) -> list[list[Placed]]:
    """The bars of each row, from left to right, in lanes in which none is drawn over another."""
    rows: list[list[Bar]] = [[] for _ in range(wrap.rows)]
    for bar in bars:
        rows[bar.row].append(bar)
    return [_row(wrap, row) for row in rows]


def _row(wrap: Wrap, bars: list[Bar]) -> list[Placed]:
    extents = [Extent(*wrap.extent(bar.part), RANKS[bar.kind]) for bar in bars]
    placed = [
        Placed(bar, extent.begin, extent.end, lane)
        for bar, extent, lane in zip(bars, extents, lanes_of(extents), strict=True)
    ]
    return sorted(placed, key=lambda each: (each.begin, each.lane))
