"""The stretch of a network around what a finding is about, as a page draws it: a few cells, each a link."""

from collections.abc import Sequence
from dataclasses import dataclass

from ipviz.domain.spans import Span
from ipviz.domain.stretch import Cell, Stretch
from ipviz.web.states import LOOKS, SUSPECTED, Look


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """`words` say all of it to who cannot see it; `number` is the end of an address, or how many are used."""

    span: Span
    look: Look
    number: str
    words: str
    is_marked: bool
    is_stale: bool


def rows_of(stretch: Stretch) -> Sequence[Sequence[DrawnCell]]:
    return [[_drawn(cell) for cell in row] for row in stretch.rows]


def _drawn(cell: Cell) -> DrawnCell:
    look = LOOKS[SUSPECTED if cell.is_suspected else cell.state]
    stale = ", not readable now" if cell.is_stale else ""
    if cell.span.is_single:
        number = cell.span.first_text.replace(":", ".").rpartition(".")[2] or "0"
        words = f"{cell.span}: {look.words}{stale}"
    else:
        number = str(cell.used or "")
        words = f"{cell.span}: {cell.used} used, the worst is {look.name}{stale}"
    return DrawnCell(cell.span, look, number, words, cell.is_marked, cell.is_stale)
