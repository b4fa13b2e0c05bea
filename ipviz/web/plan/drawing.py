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

ROW = 52
GROUND = 16
_LEFT, _WIDTH, _MOST_UNIT = 132, 1024, 64
_COLUMNS, _CELL_BITS = 64, 8
_LETTER = 7.2
"""Units of a letter, about."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the cells begin, beside the labels of their rows, and how wide one is."""

    left: int
    unit: int


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
    """`base` and `cell_size` are numbers as text: those of IPv6 are none that a script can hold otherwise.

    Args:
        looks: those that occur, the worst first.
        unit: how wide a cell is. Few are wider, so that something can be read in them.
        cell_words: what a cell is; empty where it is one address.
    """

    width: int
    height: int
    looks: tuple[Look, ...]
    strips: tuple[Strip, ...]
    parts: tuple[DrawnPart, ...]
    rows: tuple[tuple[int, str], ...]
    version: int
    base: str
    cell_size: str
    columns: int
    last_position: int
    left: int
    unit: int
    cell_words: str
    row: int = ROW
    ground: int = GROUND

    @property
    def is_broad(self) -> bool:
        return self.unit * self.columns == _WIDTH


def drawing_of(proposal: Proposal) -> Drawing:
    grid = grid_of(proposal.subnet.span)
    chosen = set(proposal.needs.fixed)
    parts = [
        *((part, True, False) for part in proposal.division.kept),
        *((part, False, part in chosen) for part in proposal.division.parts),
    ]
    ranks = worst_ranks(grid, proposal.standing.survey)
    labels = [_row_label(grid, row) for row in range(grid.rows)]
    scale = Scale(
        max(_LEFT, int(max(map(len, labels)) * _LETTER) + 16), min(_MOST_UNIT, _WIDTH // grid.columns)
    )
    return Drawing(
        width=scale.left + grid.columns * scale.unit,
        height=grid.rows * ROW,
        looks=tuple(PAINTED[rank] for rank in sorted(set(ranks))),
        strips=tuple(_strips(grid, scale, ranks)),
        parts=tuple(_part(grid, scale, *each) for each in parts),
        rows=tuple((row * ROW, label) for row, label in enumerate(labels)),
        version=grid.span.version,
        base=str(grid.span.first),
        cell_size=str(1 << grid.cell_bits),
        columns=grid.columns,
        last_position=grid.cells - 1,
        left=scale.left,
        unit=scale.unit,
        cell_words=_cell_words(grid),
    )


def grid_of(span: Span) -> Grid:
    """At most four rows of 64 cells."""
    bits = span.size.bit_length() - 1
    cells = 1 << min(bits, _CELL_BITS)
    columns = min(_COLUMNS, cells)
    return Grid(span, columns, cells // columns, bits - min(bits, _CELL_BITS), ROW)


def _row_label(grid: Grid, row: int) -> str:
    return address_text(grid.span.version, grid.cell_span(row * grid.columns).first)


def _cell_words(grid: Grid) -> str:
    if not grid.cell_bits:
        return ""
    # Larger numbers say nothing to anybody.
    return (
        f"{grid.cell_words}, {1 << grid.cell_bits:,} addresses" if grid.cell_bits <= 24 else grid.cell_words
    )


def _strips(grid: Grid, scale: Scale, ranks: bytes) -> Iterator[Strip]:
    for row in range(grid.rows):
        cells = range(row * grid.columns, (row + 1) * grid.columns)
        for rank, alike in groupby(cells, lambda cell: ranks[cell]):
            group = list(alike)
            x = scale.left + (group[0] - cells[0]) * scale.unit
            yield Strip(x, row * ROW, len(group) * scale.unit, PAINTED[rank])


def _part(grid: Grid, scale: Scale, part: Part, is_kept: bool, is_chosen: bool) -> DrawnPart:
    # One that was chosen may lie outside.
    position = max(0, min(grid.cells - 1, grid.cell(part.span.first)))
    pieces = tuple(_labelled(_pieces(grid, scale, part.span), _label(part)))
    return DrawnPart(position, part, is_kept, is_chosen, pieces)


def _pieces(grid: Grid, scale: Scale, span: Span) -> Iterator[tuple[float, int, float]]:
    """What lies in each row; at least a cell wide."""
    first, last = grid.cells_of(span)
    for row in range(first // grid.columns, last // grid.columns + 1):
        begin, end = max(first, row * grid.columns), min(last, (row + 1) * grid.columns - 1)
        yield scale.left + begin % grid.columns * scale.unit, row * ROW, (end - begin + 1) * scale.unit


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
