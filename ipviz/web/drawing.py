"""The map of a picture: the figure, and what goes with it to the browser."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ipviz.domain.intervals import State
from ipviz.domain.survey import HAZARD, NEXT, STALE, Run, Survey
from ipviz.web.bands import RANKS, Band
from ipviz.web.figures import Mark, figure_of, worst_ranks
from ipviz.web.grid import Grid
from ipviz.web.outlines import Outline
from ipviz.web.picture import Picture
from ipviz.web.states import DRAWN, PAINTED, SUSPECTED, Look, ranks_of

AROUND = {State.COLLISION: "square-open", SUSPECTED: "circle-open"}
"""The signs of alarms where a cell is too small for one in it."""
SIGN_STALE, SIGN_NEXT, SIGN_HAZARD = "line-ne", "triangle-right", "triangle-up-open"


def drawing_of(
    picture: Picture, grid: Grid, bands: Iterable[Band], chosen: Collection[int] = ()
) -> dict[str, Any]:
    """The figure, the grid's measures, where alarms are, and in words what each look is, by rank.

    Args:
        bands: of which the edges are drawn.
        chosen: the ranks of the looks that are to be seen, all where there are none.
    """
    survey = picture.survey
    marks = (each for each in marks_of(grid, survey) if not chosen or each.look.rank in chosen)
    return {
        "figure": figure_of(grid, worst_ranks(grid, survey, chosen), marks, _outlines(bands)),
        "grid": _measures(grid),
        "alarms": alarms_of(grid, survey),
        "looks": [look.words for look in PAINTED],
    }


def alarms_of(grid: Grid, survey: Survey) -> list[int]:
    """Where collisions begin and end, for whoever goes from one to the next."""
    wanted = State.COLLISION.letter
    colliding = (n for n, letter in enumerate(survey.states) if letter == wanted)
    ends = (end for n in colliding for end in (survey.bounds[n], survey.bounds[n + 1] - 1))
    return sorted({grid.cell(end) for end in ends})


def _measures(grid: Grid) -> dict[str, Any]:
    """The first address as text of IPv6, which is no number that JSON can hold."""
    first = grid.span.first
    return {
        "columns": grid.columns,
        "rows": grid.rows,
        "cell_bits": grid.cell_bits,
        "first": first if grid.span.version == 4 else f"{first:#x}",
    }


def marks_of(grid: Grid, survey: Survey) -> Iterator[Mark]:
    """Signs on top of the colour, worst first: what calls for a person, and a state that no letter tells.

    Each once in a cell, however much of the kind lies in it.
    """
    ranks = ranks_of(survey)
    seen: set[object] = set()
    for number in sorted(survey.told(), key=ranks.__getitem__):
        run, look = survey.run(number), DRAWN[ranks[number]]
        for symbol in _symbols(grid, run, look):
            around = look.is_alarm and symbol == AROUND.get(look.key)
            for cell in range(grid.cell(run.first), grid.cell(run.last) + 1):
                # A block has one sign, that of the worst in it.
                key = cell if grid.cell_bits else (cell, symbol)
                if key not in seen:
                    seen.add(key)
                    yield Mark(cell, symbol, look, around)


def _symbols(grid: Grid, run: Run, look: Look) -> Iterator[str]:
    is_next = bool(run.flags & NEXT) and run.size >> grid.cell_bits > 0
    if run.state.is_free:
        if is_next:
            yield SIGN_NEXT
        return
    if look.is_alarm and not grid.is_lettered:
        yield AROUND[look.key]
    elif look.symbol and (look.is_alarm or not grid.is_lettered):
        yield look.symbol
    elif run.flags & HAZARD:
        yield SIGN_HAZARD
    elif is_next:
        yield SIGN_NEXT
    if run.flags & STALE:
        yield SIGN_STALE


def _outlines(bands: Iterable[Band]) -> list[Outline]:
    """The edges of what is handed out from; pools last, so that they lie on top."""
    spans = {
        (RANKS[band.kind], span, band.kind)
        for band in bands
        if band.kind != "reserved"
        for span in band.spans
    }
    ordered = sorted(spans, key=lambda each: (-each[0], each[1]))
    return [Outline(span, kind) for _, span, kind in ordered]
