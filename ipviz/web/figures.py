"""The map as Plotly's own JSON: plain dicts, drawn from runs and never from single addresses.

Colours are named (`var(--state-tracked)`) and looked up in the browser, so that they are written once, in
static/css/map.css, and light and dark are the same figure. Nothing of what Kubernetes calls things is in
the figure itself: names are in the notes beside it, which the page sets as text.
"""

from base64 import b64encode
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import mul
from typing import Any

from ipviz.domain.intervals import State
from ipviz.domain.survey import Survey
from ipviz.web.grid import Grid
from ipviz.web.outlines import Outline, shapes_of
from ipviz.web.states import FADED, LOOKS, PAINTED, Look, ranks_of

Figure = dict[str, Any]

MOST_GLYPHS = 500
MOST_OUTLINES = 200
LABEL_PIXELS = 18
HALO = 6
"""Pixels by which a sign around a cell is larger than the cell."""
ALARM = "var(--state-collision)"
"""The ink of a sign around a cell: what is only suspected is told by the shape."""
_CORNER = (0.36, -0.24)
_FONT = "ui-monospace, SF Mono, Cascadia Mono, DejaVu Sans Mono, Liberation Mono, monospace"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on top of a cell's colour; of many, the first are drawn, and the first lie on top.

    One that is `around` its cell, rather than in it, does not cover the colour of a small one.
    """

    cell: int
    symbol: str
    look: Look
    around: bool = False


def figure_of(grid: Grid, ranks: bytes, marks: Iterable[Mark], outlines: Iterable[Outline] = ()) -> Figure:
    """Draw a grid of which each cell has the look of that rank."""
    traces = [_cells(grid, ranks)]
    if grid.is_lettered:
        looks = [PAINTED[rank] for rank in ranks]
        traces += [_labels(grid, looks), _letters(grid, looks)]
    traces.append(_glyphs(grid, marks))
    return {"data": traces, "layout": _layout(grid, outlines), "config": CONFIG}


def worst_ranks(grid: Grid, survey: Survey, chosen: Collection[int] = ()) -> bytes:
    """The rank of the look of each cell: where several runs meet in one, of the worst. O(cells + runs).

    Args:
        chosen: the ranks that are to be seen; the others are faded. All where there are none.
    """
    faded = bytes(rank if rank in chosen or not chosen else FADED.rank for rank in range(256))
    of_runs = ranks_of(survey).translate(faded)
    if not grid.cell_bits:
        return b"".join(map(mul, map(_BYTES.__getitem__, of_runs), survey.sizes()))
    ranks = bytearray([FADED.rank if chosen else LOOKS[State.FREE].rank]) * grid.cells
    runs = zip(of_runs, survey.bounds, survey.bounds[1:], strict=False)
    for rank, first, after in sorted(runs, reverse=True):  # the worst last, so that it is on top
        cell, end = grid.cell(first), grid.cell(after - 1) + 1
        ranks[cell:end] = _BYTES[rank] * (end - cell)
    return bytes(ranks)


_BYTES = [bytes([rank]) for rank in range(len(PAINTED))]
CONFIG = {"displayModeBar": False, "responsive": True, "doubleClick": False, "scrollZoom": False}
LEFT_PIXELS = 108
"""Beside the rows, for the address at which each begins."""
TICK_FONT = {"family": _FONT, "size": 11, "color": "var(--quiet)"}
BARE_AXIS = {
    "fixedrange": True,
    "showgrid": False,
    "zeroline": False,
    "showline": False,
    # Ticks that nobody sees, so that there is some air between the labels and what they name.
    "ticks": "outside",
    "ticklen": 4,
    "tickcolor": "rgba(0,0,0,0)",
}
BARE_LAYOUT = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "showlegend": False,
    "dragmode": False,
    "hovermode": "closest",
    "hoverdistance": 1,
}


def _cells(grid: Grid, ranks: bytes) -> Figure:
    last = len(PAINTED)
    # One flat band of colour a state.
    scale = [[edge / last, look.fill] for look in PAINTED for edge in (look.rank, look.rank + 1)]
    gap = 3 if grid.is_lettered else 1
    return {
        "type": "heatmap",
        "name": "cells",
        # As Plotly takes numbers in bulk: a list of lists would be several times as long.
        "z": {"dtype": "u1", "bdata": b64encode(ranks).decode(), "shape": f"{grid.rows}, {grid.columns}"},
        "zmin": -0.5,
        "zmax": last - 0.5,
        "colorscale": scale,
        "showscale": False,
        # Never 0: the fast way that Plotly takes then needs a style attribute, which our policy refuses.
        "xgap": gap,
        "ygap": gap,
        "hoverinfo": "none",
    }


def _labels(grid: Grid, looks: Sequence[Look]) -> Figure:
    """The number of each address in the middle of its cell, or all of it where there is room."""
    has_room = grid.columns < 16 and grid.span.version == 4
    return _texts(
        grid,
        range(grid.cells),
        [grid.label(cell) if has_room else _short(grid, cell) for cell in range(grid.cells)],
        [look.ink for look in looks],
        name="labels",
        size=12,
        weight=["bold" if look.is_alarm else "normal" for look in looks],
    )


def _short(grid: Grid, cell: int) -> str:
    """What tells it from the others: the end of an address or of a prefix, the begin of a large block."""
    if grid.span.version == 6:
        return f"{grid.cell_span(cell).first >> grid.cell_bits & 0xFFFF:x}"
    label = grid.label(cell)
    return label.replace(".0", "") if grid.cell_bits else label.rpartition(".")[2]


def _letters(grid: Grid, looks: Sequence[Look]) -> Figure:
    """The letter of each state that is not a kind of free, in the upper left corner."""
    lettered = [(cell, look) for cell, look in enumerate(looks) if look.letter]
    return _texts(
        grid,
        [cell for cell, _ in lettered],
        [look.letter for _, look in lettered],
        [look.ink for _, look in lettered],
        name="letters",
        size=9,
        aside=(-_CORNER[0], _CORNER[1]),
    )


def _texts(
    grid: Grid,
    cells: Sequence[int],
    texts: Sequence[str],
    colours: Sequence[str],
    *,
    name: str,
    size: int,
    weight: Any = "normal",
    aside: tuple[float, float] = (0, 0),
) -> Figure:
    return {
        "type": "scatter",
        "name": name,
        "mode": "text",
        "x": [cell % grid.columns + aside[0] for cell in cells],
        "y": [cell // grid.columns + aside[1] for cell in cells],
        "text": list(texts),
        "textfont": {"family": _FONT, "size": size, "weight": weight, "color": list(colours)},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _glyphs(grid: Grid, marks: Iterable[Mark]) -> Figure:
    drawn = list(islice(marks, MOST_GLYPHS))[::-1]
    across, down = _CORNER if grid.is_lettered else (0.0, 0.0)
    colours = [ALARM if mark.around else mark.look.ink for mark in drawn]
    small = 7 if grid.is_lettered else max(3, min(8, grid.row_pixels - 5))
    return {
        "type": "scatter",
        "name": "glyphs",
        "mode": "markers",
        "x": [mark.cell % grid.columns + across for mark in drawn],
        "y": [mark.cell // grid.columns + down for mark in drawn],
        "marker": {
            "symbol": [mark.symbol for mark in drawn],
            "color": colours,
            "size": [grid.row_pixels + HALO if mark.around else small for mark in drawn],
            "line": {
                "width": [2 if mark.around else 1.5 if grid.row_pixels > 12 else 0 for mark in drawn],
                "color": colours,
            },
        },
        "hoverinfo": "skip",
    }


def _layout(grid: Grid, outlines: Iterable[Outline]) -> Figure:
    every_row = max(1, -(-LABEL_PIXELS // grid.row_pixels))
    every_column = max(1, grid.columns // 8)
    rows = range(0, grid.rows, every_row)
    columns = range(0, grid.columns, every_column)
    base = "d" if grid.span.version == 4 else "x"
    return {
        **BARE_LAYOUT,
        "height": grid.rows * grid.row_pixels + (8 if grid.is_lettered else 30),
        "margin": {"l": LEFT_PIXELS, "r": 4, "t": 4 if grid.is_lettered else 26, "b": 4},
        "xaxis": {
            **BARE_AXIS,
            "side": "top",
            "range": [-0.5, grid.columns - 0.5],
            "tickvals": [] if grid.is_lettered else list(columns),
            "ticktext": [] if grid.is_lettered else [f"+{column:{base}}" for column in columns],
            "tickfont": TICK_FONT,
        },
        "yaxis": {
            **BARE_AXIS,
            "range": [grid.rows - 0.5, -0.5],
            "tickvals": list(rows),
            "ticktext": [grid.row_label(row) for row in rows],
            "tickfont": TICK_FONT,
        },
        "shapes": [shape for each in islice(outlines, MOST_OUTLINES) for shape in shapes_of(grid, each)],
    }
