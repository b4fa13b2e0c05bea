"""The map as Plotly's own JSON: plain dicts, drawn from intervals and never from single addresses.

Colours are named (`var(--state-tracked)`) and looked up in the browser, so that they are written once, in
static/css/map.css, and light and dark are the same figure. Nothing of what Kubernetes calls things is in
the figure itself: names are in the notes beside it, which the page sets as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from ipviz.web.grid import Grid
from ipviz.web.outlines import Outline, shapes_of
from ipviz.web.states import DRAWN, Look

Figure = dict[str, Any]

MOST_GLYPHS = 500
MOST_OUTLINES = 200
LABEL_PIXELS = 18
_CORNER = (0.36, -0.24)
_FONT = "ui-monospace, SF Mono, Cascadia Mono, DejaVu Sans Mono, Liberation Mono, monospace"


@dataclass(frozen=True, slots=True)
class Run:
    """What is drawn of one interval: cells from `first` to `last` look alike; `marks` are signs on top."""

    first: int
    last: int
    look: Look
    marks: tuple[str, ...] = ()


def figure_of(grid: Grid, runs: Sequence[Run], outlines: Iterable[Outline] = ()) -> Figure:
    """Draw the runs, which together cover the grid; where they meet in a cell, the worst is seen."""
    looks = worst_looks(grid, runs)
    traces = [_cells(grid, looks)]
    if grid.is_lettered:
        traces += [_labels(grid, looks), _letters(grid, looks)]
    traces.append(_glyphs(grid, runs))
    return {"data": traces, "layout": _layout(grid, outlines), "config": _CONFIG}


def worst_looks(grid: Grid, runs: Iterable[Run]) -> list[Look]:
    """One look a cell. O(cells + runs)."""
    ranks = [len(DRAWN) - 1] * grid.cells
    for run in runs:
        rank = run.look.rank
        if run.first == run.last:
            ranks[run.first] = min(ranks[run.first], rank)
            continue
        for cell in range(run.first, run.last + 1):
            if rank < ranks[cell]:
                ranks[cell] = rank
    return [DRAWN[rank] for rank in ranks]


_CONFIG = {"displayModeBar": False, "responsive": True, "doubleClick": False, "scrollZoom": False}


def _cells(grid: Grid, looks: Sequence[Look]) -> Figure:
    last = len(DRAWN)
    # One flat band of colour a state.
    scale = [[edge / last, look.fill] for look in DRAWN for edge in (look.rank, look.rank + 1)]
    gap = 3 if grid.is_lettered else 1
    return {
        "type": "heatmap",
        "name": "cells",
        "z": [[look.rank for look in _row(grid, looks, row)] for row in range(grid.rows)],
        "zmin": -0.5,
        "zmax": last - 0.5,
        "colorscale": scale,
        "showscale": False,
        # Never 0: the fast way that Plotly takes then needs a style attribute, which our policy refuses.
        "xgap": gap,
        "ygap": gap,
        "hoverinfo": "none",
    }


def _row(grid: Grid, looks: Sequence[Look], row: int) -> Sequence[Look]:
    return looks[row * grid.columns : (row + 1) * grid.columns]


def _labels(grid: Grid, looks: Sequence[Look]) -> Figure:
    """The number of each address in the middle of its cell, or the whole address where there is room."""
    short = grid.columns == 16 and not grid.cell_bits
    labels = (grid.label(cell) for cell in range(grid.cells))
    return _texts(
        grid,
        range(grid.cells),
        [label.rsplit(".", 1)[-1] if short else label for label in labels],
        [look.ink for look in looks],
        name="labels",
        size=12,
        weight=["bold" if look.is_alarm else "normal" for look in looks],
    )


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


def _glyphs(grid: Grid, runs: Iterable[Run]) -> Figure:
    """Signs in the corner of special cells, the worst first, so that the cap leaves out the least."""
    special = sorted((run for run in runs if run.marks), key=lambda run: run.look.rank)
    marks = list(islice(_marks(special), MOST_GLYPHS))
    across, down = _CORNER if grid.is_lettered else (0.0, 0.0)
    colours = [f"var(--ink-{run.look.key})" for _, _, run in marks]
    return {
        "type": "scatter",
        "name": "glyphs",
        "mode": "markers",
        "x": [cell % grid.columns + across for cell, _, _ in marks],
        "y": [cell // grid.columns + down for cell, _, _ in marks],
        "marker": {
            "symbol": [symbol for _, symbol, _ in marks],
            "color": colours,
            "size": 7 if grid.is_lettered else max(3, min(8, grid.row_pixels - 5)),
            "line": {"width": 1.5 if grid.row_pixels > 12 else 0, "color": colours},
        },
        "hoverinfo": "skip",
    }


def _marks(runs: Iterable[Run]) -> Iterator[tuple[int, str, Run]]:
    """Each sign once in a cell, however much of the kind lies in it."""
    drawn = set()
    for run in runs:
        for cell, symbol in product(range(run.first, run.last + 1), run.marks):
            if (cell, symbol) not in drawn:
                drawn.add((cell, symbol))
                yield cell, symbol, run


def _layout(grid: Grid, outlines: Iterable[Outline]) -> Figure:
    every_row = max(1, -(-LABEL_PIXELS // grid.row_pixels))
    every_column = max(1, grid.columns // 8)
    rows = range(0, grid.rows, every_row)
    columns = range(0, grid.columns, every_column)
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    ticks = {"family": _FONT, "size": 11, "color": "var(--quiet)"}
    return {
        "height": grid.rows * grid.row_pixels + (8 if grid.is_lettered else 30),
        "margin": {"l": 108, "r": 4, "t": 4 if grid.is_lettered else 26, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverdistance": 1,
        "xaxis": {
            **axis,
            "side": "top",
            "range": [-0.5, grid.columns - 0.5],
            "tickvals": [] if grid.is_lettered else list(columns),
            "ticktext": [] if grid.is_lettered else [f"+{column}" for column in columns],
            "tickfont": ticks,
        },
        "yaxis": {
            **axis,
            "range": [grid.rows - 0.5, -0.5],
            "tickvals": list(rows),
            "ticktext": [grid.row_label(row) for row in rows],
            "tickfont": ticks,
        },
        "shapes": [shape for each in islice(outlines, MOST_OUTLINES) for shape in shapes_of(grid, each)],
    }
