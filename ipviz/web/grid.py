"""The grid on which a subnet is drawn: row by row, so that each row is a block of its own."""

from dataclasses import dataclass

from ipviz.domain.spans import BITS, Span, address_text, network_text, prefix_length

# From which prefix length on; columns; how many host bits lie in one cell; pixels a row.
_GRIDS = (
    (29, 8, 0, 40),
    (24, 16, 0, 32),
    (22, 32, 0, 24),
    (20, 64, 0, 14),
    (18, 128, 0, 8),
    (16, 256, 0, 4),
    (12, 64, 8, 14),
    (8, 64, 12, 14),
    (0, 16, 24, 32),
)
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

    def label(self, cell: int) -> str:
        """The address, or the block where a cell is one."""
        span = self.cell_span(cell)
        return str(span) if span.is_single else network_text(span)

    def row_label(self, row: int) -> str:
        return address_text(self.span.version, self.cell_span(row * self.columns).first)


def grid_of(span: Span) -> Grid | None:
    """The grid of an IPv4 network; None for IPv6, which is never drawn address by address."""
    length = prefix_length(span)
    if span.version != 4 or length is None:
        return None
    _, columns, cell_bits, row_pixels = next(each for each in _GRIDS if length >= each[0])
    cells = max(1, span.size >> cell_bits)
    width = min(columns, cells)
    return Grid(span, width, cells // width, cell_bits, row_pixels)
