"""The map of a picture: the figure, and what goes with it to the browser."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ipviz.domain.intervals import Interval, State
from ipviz.domain.occupants import Role
from ipviz.findings.census import findings_by_span
from ipviz.findings.models import Finding
from ipviz.web.figures import Run, figure_of
from ipviz.web.grid import Grid
from ipviz.web.notes import notes_of
from ipviz.web.outlines import Outline
from ipviz.web.picture import Picture
from ipviz.web.states import look_of

STALE, NEXT, HAZARD = "line-ne", "triangle-right", "triangle-up-open"
_KINDS = {Role.POOL: "pool", Role.LBRANGE: "range"}


def drawing_of(picture: Picture, grid: Grid, at: datetime) -> dict[str, Any]:
    """The figure, the grid's measures, a note for each cell that is not plain free, and where alarms are."""
    findings = findings_by_span([each.span for each in picture.intervals], picture.findings)
    runs = [_run(grid, each, findings.get(each.span, ())) for each in picture.intervals]
    return {
        "figure": figure_of(grid, runs, _outlines(picture)),
        "grid": _measures(grid),
        "notes": notes_of(grid, picture.intervals, findings, at),
        "alarms": alarms_of(grid, picture.intervals),
    }


def alarms_of(grid: Grid, intervals: Sequence[Interval]) -> list[int]:
    cells = {cell for each in intervals if each.state is State.COLLISION for cell in grid.cells_of(each.span)}
    return sorted(cells)


def _measures(grid: Grid) -> dict[str, int]:
    return {
        "columns": grid.columns,
        "rows": grid.rows,
        "cell_bits": grid.cell_bits,
        "first": grid.span.first,
    }


def _run(grid: Grid, interval: Interval, findings: Sequence[Finding]) -> Run:
    first, last = grid.cells_of(interval.span)
    return Run(first, last, look_of(interval), tuple(_marks(grid, interval, findings)))


def _marks(grid: Grid, interval: Interval, findings: Sequence[Finding]) -> Iterator[str]:
    """Signs on top of the colour: what calls for a person, and, where no letter tells it, the state."""
    look = look_of(interval)
    if interval.state.is_free:
        if interval.is_next and not grid.cell_bits:
            yield NEXT
    elif look.symbol and (look.is_alarm or not grid.is_lettered):
        yield look.symbol
    elif any(finding.span == interval.span for finding in findings):
        yield HAZARD
    if interval.is_stale and not interval.state.is_free:
        yield STALE


def _outlines(picture: Picture) -> list[Outline]:
    """The edges of what is handed out from, within what is shown; pools last, so that they lie on top."""
    spans = {(each.span, _KINDS[each.role]) for each in picture.occupants if each.role in _KINDS}
    spans |= {(span, "dhcp") for span in picture.subnet.as_declared().dhcp}
    clipped = {(common, kind) for span, kind in spans if (common := span.intersection(picture.shown))}
    return [Outline(span, kind) for span, kind in sorted(clipped, key=lambda each: (each[1], each[0]))]
