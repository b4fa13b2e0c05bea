"""The edges of ranges on the map: a line around the cells that something is handed out from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ipviz.domain.spans import Span
from ipviz.web.grid import Grid

_DASHES = {"pool": "solid", "range": "dash", "dhcp": "dot", "plan": "longdash"}
# In cells: edges of different kinds around the same cells lie beside each other.
_INSETS = {"pool": 0.0, "range": 0.07, "dhcp": 0.14, "plan": 0.21}
_THICK_FROM_PIXELS = 12


@dataclass(frozen=True, slots=True)
class Outline:
    """The edge of a range that something is handed out from; `kind` names its line."""

    span: Span
    kind: str


def shapes_of(grid: Grid, outline: Outline) -> Iterator[dict[str, Any]]:
    first, last = grid.cells_of(outline.span)
    inset = _INSETS[outline.kind] if grid.is_lettered else 0.0
    for corners in _corners(grid, first, last, inset):
        path = " L".join(f"{x:g},{y:g}" for x, y in corners)
        yield {
            "type": "path",
            "name": outline.kind,
            "path": f"M{path} Z",
            "layer": "above",
            "line": {
                "color": f"var(--edge-{outline.kind})",
                "width": 2 if grid.row_pixels > _THICK_FROM_PIXELS else 1,
                "dash": _DASHES[outline.kind],
            },
        }


def _corners(grid: Grid, first: int, last: int, inset: float) -> Iterator[list[tuple[float, float]]]:
    """The corners around a run of cells: one polygon, or two boxes where its rows do not touch."""
    (top, left), (bottom, right) = divmod(first, grid.columns), divmod(last, grid.columns)
    west, east = -0.5 + inset, grid.columns - 0.5 - inset
    x0, x1 = left - 0.5 + inset, right + 0.5 - inset
    y0, y1 = top - 0.5 + inset, bottom + 0.5 - inset
    if top == bottom:
        yield [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    elif bottom == top + 1 and right < left:
        yield [(x0, y0), (east, y0), (east, top + 0.5 - inset), (x0, top + 0.5 - inset)]
        yield [(west, bottom - 0.5 + inset), (x1, bottom - 0.5 + inset), (x1, y1), (west, y1)]
    else:
        below, above = top + 0.5 + inset, bottom - 0.5 - inset
        yield [
            *((x0, y0), (east, y0), (east, above), (x1, above)),
            *((x1, y1), (west, y1), (west, below), (x0, below)),
        ]
