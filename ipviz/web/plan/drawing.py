"""A division drawn over what is used now: rows of the subnet with its states, and the parts beneath them.

It is a picture of at most 256 cells, whatever the subnet's size: parts that are smaller are drawn as one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import Span, address_text
from ipviz.planning.dividing import Proposal
from ipviz.web.figures import worst_ranks
from ipviz.web.grid import Grid
from ipviz.web.states import PAINTED, Look

LEFT, UNIT, ROW = 132, 16, 52
GROUND = 16
_COLUMNS, _CELL_BITS = 64, 8
_LETTER = 7.2
"""Units of a letter, about."""


@dataclass(frozen=True, slots=True)
class Strip:
    x: int
    y: int
    width: int
    look: Look


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a part lies in one row."""

    x: float
    y: int
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """`position` is the cell in which it begins."""

    position: int
    part: Part
    is_kept: bool
    is_chosen: bool
    pieces: tuple[Piece, ...]

    @property
    def first(self) -> str:
        return str(self.part.span.first)

    @property
    def last(self) -> str:
        return str(self.part.span.last)


@dataclass(frozen=True, slots=True)
class Drawing:
    """`base` and `cell_size` are numbers as text: those of IPv6 are none that a script can hold otherwise."""

    width: int
    height: int
    strips: tuple[Strip, ...]
    parts: tuple[DrawnPart, ...]
    rows: tuple[tuple[int, str], ...]
    version: int
    base: str
    cell_size: str
    columns: int
    last_position: int
    left: int = LEFT
    unit: int = UNIT
    row: int = ROW
    ground: int = GROUND


def drawing_of(proposal: Proposal) -> Drawing:
    grid = grid_of(proposal.subnet.span)
    chosen = set(proposal.needs.fixed)
    parts = [
        *((part, True, False) for part in proposal.division.kept),
        *((part, False, part in chosen) for part in proposal.division.parts),
    ]
    return Drawing(
        width=LEFT + grid.columns * UNIT,
        height=grid.rows * ROW,
        strips=tuple(_strips(grid, worst_ranks(grid, proposal.standing.survey))),
        parts=tuple(_part(grid, *each) for each in parts),
        rows=tuple((row * ROW, _row_label(grid, row)) for row in range(grid.rows)),
        version=grid.span.version,
        base=str(grid.span.first),
        cell_size=str(1 << grid.cell_bits),
        columns=grid.columns,
        last_position=grid.cells - 1,
    )


def grid_of(span: Span) -> Grid:
    """At most four rows of 64 cells."""
    bits = span.size.bit_length() - 1
    cells = 1 << min(bits, _CELL_BITS)
    columns = min(_COLUMNS, cells)
    return Grid(span, columns, cells // columns, bits - min(bits, _CELL_BITS), ROW)


def _row_label(grid: Grid, row: int) -> str:
    return address_text(grid.span.version, grid.cell_span(row * grid.columns).first)


def _strips(grid: Grid, ranks: bytes) -> Iterator[Strip]:
    for row in range(grid.rows):
        cells = range(row * grid.columns, (row + 1) * grid.columns)
        for rank, alike in groupby(cells, lambda cell: ranks[cell]):
            group = list(alike)
            yield Strip(LEFT + (group[0] - cells[0]) * UNIT, row * ROW, len(group) * UNIT, PAINTED[rank])


def _part(grid: Grid, part: Part, is_kept: bool, is_chosen: bool) -> DrawnPart:
    # One that was chosen may lie outside.
    position = max(0, min(grid.cells - 1, grid.cell(part.span.first)))
    pieces = tuple(_labelled(_pieces(grid, part.span), _label(part)))
    return DrawnPart(position, part, is_kept, is_chosen, pieces)


def _pieces(grid: Grid, span: Span) -> Iterator[tuple[float, int, float]]:
    """What lies in each row; at least a cell wide."""
    first, last = grid.cells_of(span)
    for row in range(first // grid.columns, last // grid.columns + 1):
        begin, end = max(first, row * grid.columns), min(last, (row + 1) * grid.columns - 1)
        yield LEFT + begin % grid.columns * UNIT, row * ROW, (end - begin + 1) * UNIT


def _labelled(pieces: Iterable[tuple[float, int, float]], label: str) -> Iterator[Piece]:
    """The label in the first piece that is wide enough for some of it."""
    is_named = False
    for x, y, width in pieces:
        letters = int((width - 8) / _LETTER)
        text = (
            "" if is_named or letters < 2 else label if len(label) <= letters else f"{label[: letters - 1]}…"
        )
        is_named = is_named or bool(text)
        yield Piece(x, y, width, text)


def _label(part: Part) -> str:
    short = part.name.rsplit("/", 1)[-1]
    match part.use:
        case Use.BLOCK:
            return short or "later"
        case Use.CONTROL_PLANES | Use.BALANCERS:
            return short
        case Use.DHCP:
            return "DHCP"
        case _:
            return part.use.value
