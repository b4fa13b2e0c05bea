"""The cells of a subnet as a picture that needs no script: for paper, and for who prints without one."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ipviz.web.figures import worst_ranks
from ipviz.web.grid import Grid
from ipviz.web.picture import Picture
from ipviz.web.states import PAINTED, Look

CELL = 24
"""Units of the drawing, across and down."""
LEFT = 120
LABEL_UNITS = 18
"""What the number of a row needs, so that rows that are lower have fewer of them."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Cells beside each other that look alike; `text` is in each where there is one of them."""

    x: int
    y: int
    width: int
    look: Look
    text: str


@dataclass(frozen=True, slots=True)
class Printed:
    """`rows` are where a row's first address is written, and what; `unit` is how wide and high a cell is."""

    width: int
    height: int
    unit: int
    strips: tuple[Strip, ...]
    rows: tuple[tuple[int, str], ...]


def printed(picture: Picture, grid: Grid) -> Printed:
    """As many strips as looks change along the rows, or a cell each where it is small enough for letters."""
    unit = max(2, min(CELL, 16 * CELL // grid.columns))
    every = max(1, -(-LABEL_UNITS // unit))
    return Printed(
        LEFT + grid.columns * unit,
        grid.rows * unit,
        unit,
        tuple(_strips(grid, worst_ranks(grid, picture.survey), unit)),
        tuple((row * unit, grid.row_label(row)) for row in range(0, grid.rows, every)),
    )


def _strips(grid: Grid, ranks: bytes, unit: int) -> Iterator[Strip]:
    for row in range(grid.rows):
        cells = range(row * grid.columns, (row + 1) * grid.columns)
        groups = ([each] for each in cells) if grid.is_lettered else _alike(cells, ranks)
        for group in groups:
            look = PAINTED[ranks[group[0]]]
            x = LEFT + (group[0] - cells[0]) * unit
            text = _text(grid, group[0], look) if grid.is_lettered else ""
            yield Strip(x, row * unit, len(group) * unit, look, text)


def _alike(cells: range, ranks: bytes) -> Iterator[list[int]]:
    for _, group in groupby(cells, lambda cell: ranks[cell]):
        yield list(group)


def _text(grid: Grid, cell: int, look: Look) -> str:
    """The end of the address, behind the letter of what is used."""
    return look.letter + grid.label(cell).partition("/")[0].replace(":", ".").rpartition(".")[2]
