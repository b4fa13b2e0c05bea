"""The bands as Plotly's own JSON, and what is said of each bar.

As in the map's cells colours are named, and names are not in the figure: they stand beside it, and the page
sets them as text. Across, a row runs from 0 to 1; down the figure, numbers are pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ipviz.domain.spans import Span, address_text, around, merged, network_text, smallest_network
from ipviz.web.bands import Band
from ipviz.web.figures import BARE_AXIS, BARE_LAYOUT, CONFIG, LEFT_PIXELS, TICK_FONT, Figure
from ipviz.web.grid import Grid, tail_text
from ipviz.web.words import counted, grouped
from ipviz.web.wrapping import MOST_BARS, Placed, Wrap, bars_of, placed_in, wrap_of

LANE_PIXELS, MOST_PIXELS, MOST_LANES = 20, 480, 60
GAP_PIXELS = 8
_MOST_NAMES = 3
_NEXT_APART = 1 / 128
"""Of a row: two triangles that are closer cover each other."""
_TICKS = ((8, 4), (4, 9), (2, 40))
"""So many, where their texts are no longer than that: on a phone there is room for no more."""
_FILLS = {
    "pool": "var(--state-free-in-pool)",
    "range": "var(--state-free-in-lb-range)",
    "dhcp": "var(--state-dhcp)",
    "plan": "var(--state-free)",
    "reserved": "var(--state-reserved)",
    "used": "var(--quiet)",
}
_EDGES = {
    **{kind: f"var(--edge-{kind})" for kind in ("pool", "range", "dhcp", "plan")},
    "reserved": "var(--state-reserved)",
    "used": "var(--quiet)",
}
_SEVERAL = {
    "pool": "pool",
    "range": "range",
    "dhcp": "DHCP range",
    "plan": "planned part",
    "reserved": "address",
    "used": "stretch",
}
_NEVER = "rgba(0,0,0,0)"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar with where its middle is, in pixels from the top."""

    placed: Placed
    y: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """All bars of a wrapped network with their places; `tops` are those of its rows, and where they end."""

    wrap: Wrap
    bars: Sequence[Drawn]
    tops: Sequence[float]
    lane_pixels: float

    @property
    def bar_pixels(self) -> float:
        return self.lane_pixels * 0.8


def bands_data(shown: Span, grid: Grid | None, bands: Sequence[Band]) -> dict[str, Any]:
    """The figure, and what is said of each of its bars. Empty where there is nothing to draw.

    Where nothing is drawn cell by cell, the bands are of the smallest network that holds all that is handed
    out from: in a network of 2^64 addresses the first thousand would be a hair's breadth.
    """
    if not bands:
        return {}
    handed_out = [band for band in bands if band.kind != "reserved"]
    if not grid and not handed_out:
        return {}
    whole = shown if grid else smallest_network(around([span for band in handed_out for span in band.spans]))
    sheet = sheet_of(wrap_of(whole), bands)
    bars = [_bar(each, sheet, shown, grid) for each in sheet.bars]
    return {"figure": _figure(sheet), "bars": bars, "of": network_text(whole)}


def sheet_of(wrap: Wrap, bands: Sequence[Band], most: int = MOST_BARS) -> Sheet:
    """Place the bars; where they lie so deep that it would be too high, fewer of them."""
    rows = placed_in(wrap, bars_of(wrap, bands, most))
    depths = [max((each.lane for each in row), default=0) + 1 for row in rows]
    if sum(depths) > MOST_LANES:
        return sheet_of(wrap, bands, most // 2)
    lane = min(LANE_PIXELS, (MOST_PIXELS - GAP_PIXELS * len(rows)) / sum(depths))
    tops = [0.0]
    for depth in depths:
        tops.append(tops[-1] + depth * lane + GAP_PIXELS)
    drawn = [
        Drawn(each, top + (each.lane + 0.5) * lane)
        for row, top in zip(rows, tops, strict=False)
        for each in row
    ]
    return Sheet(wrap, drawn, tops, lane)


def _bar(drawn: Drawn, sheet: Sheet, shown: Span, grid: Grid | None) -> dict[str, Any]:
    bar, half = drawn.placed.bar, sheet.bar_pixels / 2
    return {
        "x": [_rounded(drawn.placed.begin), _rounded(drawn.placed.end)],
        "y": [_rounded(drawn.y - half), _rounded(drawn.y + half)],
        "bands": [band.id for band in bar.bands],
        "cells": grid.cells_of(bar.whole) if grid else None,
        "kind": bar.kind,
        "name": _name(drawn),
        "label": str(bar.whole),
        "note": _note(drawn),
        "opens": _opens(bar.whole, shown, grid),
    }


def _name(drawn: Drawn) -> str:
    bar = drawn.placed.bar
    if len(bar.bands) > 1:
        return counted(bar.pieces, _SEVERAL[bar.kind])
    (band,) = bar.bands
    if bar.kind == "range":  # most clusters name theirs alike
        return band.cluster.rsplit("/", 1)[-1]
    return band.name or {"dhcp": "DHCP"}.get(bar.kind, "")


def _note(drawn: Drawn) -> Mapping[str, Any]:
    """As what is said of a cell."""
    bar, bands = drawn.placed.bar, drawn.placed.bar.bands
    size = "" if bar.whole.is_single else f", {grouped(bar.size)} addresses"
    if len(bands) > 1:
        names = [_told(band) for band in bands[:_MOST_NAMES]]
        more = [f"and {grouped(len(bands) - _MOST_NAMES)} more"] if len(bands) > _MOST_NAMES else []
        return {"state": _name(drawn), "why": [], "who": [*names, *more]}
    (band,) = bands
    pieces = f", in {grouped(bar.pieces)} pieces" if bar.pieces > 1 else ""
    crossed = [f"crosses {other}" for other in band.crossed_by[:_MOST_NAMES]]
    if len(band.crossed_by) > _MOST_NAMES:
        crossed.append(f"and {grouped(len(band.crossed_by) - _MOST_NAMES)} more")
    who = [f"hands out {band.next_text} next"] if band.next else []
    who += ["not readable now"] if band.stale else []
    return {"state": f"{_told(band)}{size}{pieces}", "why": crossed, "who": who}


def _told(band: Band) -> str:
    named = f"{band.what} {band.name}" if band.name else band.what
    return f"{named} of {band.cluster.rsplit('/', 1)[-1]}" if band.cluster else named


def _opens(whole: Span, shown: Span, grid: Grid | None) -> dict[str, str]:
    """Its first address; where no address has a cell of its own, the narrower network around it."""
    met = whole.intersection(shown) or whole
    first = address_text(met.version, met.first)
    if grid and not grid.cell_bits:
        return {"address": first}
    network = smallest_network(met)
    if network == shown and grid:
        network = grid.cell_span(grid.cell(met.first))
    return {"address": first} if network == shown or network.is_single else {"block": network_text(network)}


def _figure(sheet: Sheet) -> Figure:
    return {
        "data": [_bars(sheet), _hatches(sheet), _nexts(sheet)],
        "layout": _layout(sheet),
        "config": CONFIG,
    }


def _bars(sheet: Sheet) -> Figure:
    kinds = [each.placed.bar.kind for each in sheet.bars]
    stale = [all(band.stale for band in each.placed.bar.bands) for each in sheet.bars]
    return {
        **_trace("bands", [(each.placed.begin, each.placed.end, each.y) for each in sheet.bars], sheet),
        "marker": {
            "color": [_FILLS[kind] for kind in kinds],
            "opacity": [0.5 if each else 1 for each in stale],
            "line": {
                "color": [_EDGES[kind] for kind in kinds],
                "width": 1.5 if sheet.lane_pixels > 12 else 1,
            },
        },
    }


def _hatches(sheet: Sheet) -> Figure:
    """Where bands cross, on each of them."""
    return {
        **_trace("crossings", list(_crossed(sheet)), sheet),
        "marker": {
            "color": _NEVER,
            "line": {"width": 0},
            "pattern": {
                "shape": "/",
                "size": 5,
                "solidity": 0.4,
                "fillmode": "overlay",
                "bgcolor": _NEVER,
                "fgcolor": "var(--state-collision)",
            },
        },
    }


def _crossed(sheet: Sheet) -> Iterator[tuple[float, float, float]]:
    for each in sheet.bars:
        placed = each.placed
        spans = chain.from_iterable(band.crossings for band in placed.bar.bands)
        parts = (common for span in spans if (common := span.intersection(placed.bar.part)))
        for part in merged(parts):
            begin, end = sheet.wrap.extent(part)
            yield max(begin, placed.begin), min(end, placed.end), each.y


def _trace(name: str, places: Sequence[tuple[float, float, float]], sheet: Sheet) -> Figure:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "base": [_rounded(begin) for begin, _, _ in places],
        "x": [_rounded(end - begin) for begin, end, _ in places],
        "y": [_rounded(y) for _, _, y in places],
        "width": _rounded(sheet.bar_pixels),
        "hoverinfo": "skip",
    }


def _nexts(sheet: Sheet) -> Figure:
    """A triangle below what each pool and each range hands out next; of those on one another, one."""
    places: list[tuple[float, float]] = []
    for y, x in sorted(_next_places(sheet)):
        if not (places and places[-1][0] == y and x - places[-1][1] < _NEXT_APART):
            places.append((y, x))
    return {
        "type": "scatter",
        "name": "next",
        "mode": "markers",
        "x": [_rounded(x) for _, x in places],
        "y": [_rounded(y) for y, _ in places],
        "marker": {
            "symbol": "triangle-up",
            "size": 9 if sheet.lane_pixels > 12 else 6,
            "color": "var(--cursor)",
            "line": {"width": 1, "color": "var(--page)"},
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _next_places(sheet: Sheet) -> set[tuple[float, float]]:
    return {
        (drawn.y + sheet.bar_pixels / 2, sheet.wrap.place(_first(band.next)))
        for drawn in sheet.bars
        for band in drawn.placed.bar.bands
        if band.next and drawn.placed.bar.part.contains(_first(band.next))
    }


def _first(span: Span) -> Span:
    return Span(span.version, span.first, span.first)


def _layout(sheet: Sheet) -> Figure:
    wrap, height = sheet.wrap, sheet.tops[-1]
    labels = [tail_text(wrap.span, wrap.row_span(row).first) for row in range(wrap.rows)]
    ends = [(top, after - GAP_PIXELS) for top, after in zip(sheet.tops, sheet.tops[1:], strict=False)]
    ticks = _ticks(wrap)
    return {
        **BARE_LAYOUT,
        "height": round(height + 24),
        "margin": {"l": max(LEFT_PIXELS, 7 * max(map(len, labels)) + 8), "r": 4, "t": 22, "b": 2},
        "barmode": "overlay",
        "xaxis": {
            **BARE_AXIS,
            "side": "top",
            "tickangle": 0,
            "range": [0, 1],
            "tickvals": [place for place, _ in ticks],
            "ticktext": [text for _, text in ticks],
            "tickfont": TICK_FONT,
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
        "yaxis": {
            **BARE_AXIS,
            "range": [height, 0],
            "tickvals": [(top + end) / 2 for top, end in ends],
            "ticktext": labels,
            "tickfont": TICK_FONT,
        },
        "shapes": [_ground(top, end) for top, end in ends],
    }


def _ground(top: float, end: float) -> Figure:
    place = {"type": "rect", "layer": "below", "x0": 0, "x1": 1, "y0": _rounded(top), "y1": _rounded(end)}
    return {**place, "name": "row", "fillcolor": "var(--state-free)", "line": {"width": 0}}


def _ticks(wrap: Wrap) -> list[tuple[float, str]]:
    """How much is to be added to a row's first address, at some places of the row."""
    size = 1 << wrap.row_bits
    for most, longest in _TICKS:
        parts = min(size, most)
        texts = [f"+{_offset(wrap.span.version, size * part // parts)}" for part in range(parts)]
        if max(map(len, texts)) <= longest:
            return [(part / parts, text) for part, text in enumerate(texts)]
    return []


def _offset(version: int, number: int) -> str:
    """A number as the end of an address: 1024 as `4.0`, in IPv6 as `400`."""
    bits, form, joint = (8, "d", ".") if version == 4 else (16, "x", ":")
    groups = [format(number % (1 << bits), form)]
    while number := number >> bits:
        groups.append(format(number % (1 << bits), form))
    return joint.join(reversed(groups))


def _rounded(number: float) -> float:
    return round(number, 5)
