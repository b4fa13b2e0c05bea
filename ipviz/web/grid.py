"""The grid on which a subnet is drawn: row by row, so that each row is a block of its own."""

from dataclasses import dataclass
from ipaddress import IPv6Address

from ipviz.domain.spans import BITS, Span, address_text, network_text, prefix_length

# Up to how many host bits; columns; how many of them lie in one cell; pixels a row.
_GRIDS = (
    (3, 8, 0, 40),
    (8, 16, 0, 32),
    (10, 32, 0, 24),
    (12, 64, 0, 14),
    (14, 128, 0, 8),
    (16, 256, 0, 4),
    (20, 64, 8, 14),
    (24, 64, 12, 14),
    (32, 16, 24, 32),
)
_MOST_BITS_OF_IPV6 = 16
_LETTERED_CELLS = 256


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells are numbered from 0, row by row; `cell_bits` is 0 where a cell is one address."""

    span: Span
    columns: int
    rows: int
    cell_bits: int
    row_pixels: int

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    @property
    def is_lettered(self) -> bool:
        """Small enough for a text in each cell."""
        return self.cells <= _LETTERED_CELLS

    @property
    def cell_words(self) -> str:
        return f"a /{BITS[self.span.version] - self.cell_bits}"

    def cell(self, number: int) -> int:
        """The cell of an address of the span."""
        return (number - self.span.first) >> self.cell_bits

    def cells_of(self, span: Span) -> tuple[int, int]:
        """First and last cell of what of the span is drawn; they must meet."""
        first, last = max(span.first, self.span.first), min(span.last, self.span.last)
        return self.cell(first), self.cell(last)

    def cell_span(self, cell: int) -> Span:
        first = self.span.first + (cell << self.cell_bits)
        return Span(self.span.version, first, first + (1 << self.cell_bits) - 1)

    def block_around(self, cell: int, cells: int) -> Span:
        """Of the blocks of so many cells the one that holds a cell, as far as the grid goes."""
        first = cell - cell % cells
        last = min(first + cells, self.cells) - 1
        return Span(self.span.version, self.cell_span(first).first, self.cell_span(last).last)

    def label(self, cell: int) -> str:
        """The address, or the block where a cell is one."""
        span = self.cell_span(cell)
        return str(span) if span.is_single else network_text(span)

    def row_label(self, row: int) -> str:
        return tail_text(self.span, self.cell_span(row * self.columns).first)


def tail_text(network: Span, number: int) -> str:
    """An address of a network; of IPv6 what tells it from others of the network, where that is shorter."""
    whole = address_text(network.version, number)
    if network.version == 4:
        return whole
    host_bits = BITS[6] - (prefix_length(network) or 0)
    groups = IPv6Address(number).exploded.split(":")[8 - max(1, -(-host_bits // 16)) :]
    return min(whole, "…:" + ":".join(group.lstrip("0") or "0" for group in groups), key=len)


def grid_of(span: Span, cell_bits: int = 0) -> Grid | None:
    """The grid of a network; None for one of IPv6 with more than 65,536 cells, which are never counted out.

    Args:
        cell_bits: the host bits of the prefixes that are handed out of it, of which each has a cell then.
    """
    length = prefix_length(span)
    if length is None:
        return None
    bits = BITS[span.version] - length - cell_bits
    if span.version == 6 and not 0 <= bits <= _MOST_BITS_OF_IPV6:
        return None
    _, columns, merged_bits, row_pixels = next(each for each in _GRIDS if bits <= each[0])
    cells = 1 << bits - min(bits, merged_bits)
    width = min(columns, cells)
    return Grid(span, width, cells // width, cell_bits + merged_bits, row_pixels)
