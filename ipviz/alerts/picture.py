"""The picture in a mail: the stretch around a finding, drawn as the map draws it, for eyes just woken.

A mail has no style sheet to ask, so the colours of static/css/map.css stand here again; a test compares the
two. They are those for light pages, on a ground of the picture's own, whatever the mail's is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from itertools import groupby
from typing import cast

from PIL import Image, ImageColor, ImageDraw, ImageFont

from ipviz.domain.intervals import State
from ipviz.domain.occupants import Role
from ipviz.domain.spans import Span
from ipviz.domain.stretch import COLUMNS, WORST_FIRST, Cell, Stretch, span_in_words

SHOWN_WIDTH = 640
WIDTH = 2 * SHOWN_WIDTH
"""In pixels: a screen may have two for one that a page speaks of, and shows the picture sharp then."""
MARGIN = 28
LABELS = 220
TITLE = 92
GAP = 8
PITCH = (WIDTH - 2 * MARGIN - LABELS + GAP) // COLUMNS
ROW = 114
CELL, CELL_HEIGHT = PITCH - GAP, 84
LEGEND_ROW, LEGEND_SIZE = 50, 26
ENTRIES_ABREAST = 3
ENTRY = (WIDTH - 2 * MARGIN) // ENTRIES_ABREAST
SWATCH = 48

SUSPECTED, STALE, COUNT = "suspected", "stale", "count"
GROUND, INK, QUIET, LINE = "#ffffff", "#1a212c", "#576171", "#b9c1cc"
COLOURS: Mapping[str, tuple[str, str]] = {
    State.COLLISION: ("#b90719", "#ffffff"),
    SUSPECTED: ("#fa7c66", "#5c0008"),
    State.UNTRACKED: ("#b49105", "#1f1000"),
    State.COOLING: ("#9f36e9", "#ffffff"),
    State.MATCHED: ("#00286a", "#ffffff"),
    State.TRACKED: ("#329ce2", "#0a1c30"),
    State.NODE: ("#336884", "#ffffff"),
    State.RESERVED: ("#929292", "#101418"),
    State.FREE_IN_POOL: ("#d9e8fa", "#2f5f96"),
    State.FREE_IN_LB_RANGE: ("#fbe9cf", "#8a5200"),
    State.DHCP: ("#e6e9ed", "#525b68"),
    State.FREE: ("#f3f5f7", "#5a6472"),
}
"""Of each state what a cell is filled with, and what is written on it."""
EDGES: Mapping[str, str] = {Role.POOL: "#1c5cb8", Role.LBRANGE: "#b25a00"}

WORDS: Mapping[str, str] = {
    State.COLLISION: "collision: two users",
    SUSPECTED: "suspected collision",
    State.UNTRACKED: "untracked by IPAM",
    State.COOLING: "cooling: being deleted",
    State.MATCHED: "matched: used as claimed",
    State.TRACKED: "tracked by IPAM",
    State.NODE: "node, untracked by IPAM",
    State.RESERVED: "reserved",
    State.FREE_IN_POOL: "free in a pool",
    State.FREE_IN_LB_RANGE: "free in an LB range",
    State.DHCP: "free for DHCP",
    State.FREE: "free",
    STALE: "as last seen, not now",
    COUNT: "so many of it are used",
    Role.POOL: "pool of IPAM",
    Role.LBRANGE: "load-balancer range",
}
"""For the legend: what fits beside each other, so that a phone shows it large enough to be read."""
_ORDER = (State.COLLISION, SUSPECTED, *WORST_FIRST[1:], STALE, COUNT, *EDGES)
_LONGEST_LABEL = 15
_MOST_COUNTED = 1000
_LEVELS = 3
"""In so many steps the edges of letters turn from one colour into the other: more make a larger file."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels; what is drawn covers all four edges."""


def png_of(stretch: Stretch) -> bytes:
    """Draw it: a PNG, `WIDTH` pixels wide, some kilobytes; the same bytes for the same stretch."""
    legend = legend_of(stretch)
    legend_top = TITLE + len(stretch.rows) * ROW + 4
    height = legend_top + -(-len(legend) // ENTRIES_ABREAST) * LEGEND_ROW + MARGIN // 2
    image = Image.new("RGB", (WIDTH, height), GROUND)
    draw = ImageDraw.Draw(image)
    _draw_title(draw, stretch)
    for number, cell in enumerate(stretch.cells):
        if number % COLUMNS == 0:
            _draw_label(draw, cell_box(number), cell.span)
        _draw_cell(draw, cell_box(number), cell)
    for box in _outlines(stretch.cells):
        _draw_outline(draw, box)
    for number, key in enumerate(legend):
        row, column = divmod(number, ENTRIES_ABREAST)
        _draw_entry(draw, (MARGIN + column * ENTRY, legend_top + row * LEGEND_ROW), key)
    draw.rectangle((0, 0, WIDTH - 1, height - 1), outline=LINE, width=2)
    return _packed(image, [*legend, State.FREE])


def cell_box(number: int) -> Box:
    row, column = divmod(number, COLUMNS)
    left, top = MARGIN + LABELS + column * PITCH, TITLE + row * ROW
    return left, top, left + CELL - 1, top + CELL_HEIGHT - 1


def legend_of(stretch: Stretch) -> list[str]:
    """What the picture shows and has to explain, the worst first."""
    shown = {_key(cell) for cell in stretch.cells}
    shown |= {STALE for cell in stretch.cells if cell.is_stale}
    shown |= {COUNT for cell in stretch.cells if cell.used and not cell.span.is_single}
    shown |= {role for cell in stretch.cells for role in _edges(cell)}
    return [key for key in _ORDER if key in shown]


def _key(cell: Cell) -> str:
    return SUSPECTED if cell.is_suspected else cell.state


def _edges(cell: Cell) -> list[Role]:
    return [Role.POOL] * cell.in_pool + [Role.LBRANGE] * cell.in_lb_range


def letter_of(key: str) -> str:
    """A free cell is told by its pale ground, as on the map."""
    if key == SUSPECTED:
        return "X?"
    return "" if State(key).is_free else State(key).letter


def _draw_title(draw: ImageDraw.ImageDraw, stretch: Stretch) -> None:
    middle = TITLE // 2
    _write(draw, (WIDTH - MARGIN, middle), stretch.scale, QUIET, _font(28), anchor="rm")
    room = WIDTH - 3 * MARGIN - int(_font(28).getlength(stretch.scale))
    title = span_in_words(stretch.about)
    _write(draw, (MARGIN, middle), title, INK, _fitting(title, 42, room), anchor="lm", bold=True)


def _draw_label(draw: ImageDraw.ImageDraw, box: Box, span: Span) -> None:
    """The first address of a row; of a long one its end, in which it differs from the others."""
    label = span.first_text
    if len(label) > _LONGEST_LABEL:
        label = "…" + label[-_LONGEST_LABEL:].partition(":")[2]
    _write(draw, (box[0] - 16, _middle(box)[1]), label, INK, _fitting(label, 28, LABELS - 16), anchor="rm")


def _draw_cell(draw: ImageDraw.ImageDraw, box: Box, cell: Cell) -> None:
    key = _key(cell)
    ink = COLOURS[key][1]
    across, down = _middle(box)
    _draw_swatch(draw, box, key)
    if letter := letter_of(key):
        _write(draw, (across, box[1] + 30), letter, ink, _font(40), bold=True)
        down = box[3] - 18
    number = _number(cell)
    _write(draw, (across, down), number, ink, _fitting(number, 25, CELL - 6))
    if cell.is_stale:
        _draw_stale(draw, box, ink)
    for role in _edges(cell):
        _draw_edge(draw, box, box[3] + (7 if role is Role.POOL else 17), role)


def _number(cell: Cell) -> str:
    """The end of an address that is worth a look; of a block how many in it are used."""
    if cell.state.is_free and not (cell.is_marked and cell.span.is_single):
        return ""
    if cell.span.is_single:
        return cell.span.first_text.replace(":", ".").rpartition(".")[2] or "0"
    if cell.used < _MOST_COUNTED:
        return str(cell.used or "")
    return "all" if cell.used == cell.span.size else f">{_MOST_COUNTED - 1}"


def _draw_swatch(draw: ImageDraw.ImageDraw, box: Box, key: str) -> None:
    is_pale = key != SUSPECTED and State(key).is_free
    fill = COLOURS[key][0]
    draw.rectangle(box, fill=fill, outline=LINE if is_pale else fill, width=2)


def _draw_stale(draw: ImageDraw.ImageDraw, box: Box, ink: str) -> None:
    """A line across the corner."""
    draw.line((box[2] - 15, box[1] + 5, box[2] - 5, box[1] + 15), fill=ink, width=4)


def _draw_edge(draw: ImageDraw.ImageDraw, box: Box, top: int, role: str) -> None:
    """Under what is handed out from: a pool has a line, a load-balancer range has dashes."""
    left, right = box[0] - GAP // 2, box[2] + GAP // 2
    if role == Role.POOL:
        draw.rectangle((left, top, right, top + 5), fill=EDGES[role])
        return
    for start in range(left + 2, right, 21):
        draw.rectangle((start, top, min(start + 12, right), top + 5), fill=EDGES[role])


def _outlines(cells: Sequence[Cell]) -> Iterator[Box]:
    """One box around all neighbours of a row that what it is about reaches into."""
    marked = (number for number, cell in enumerate(cells) if cell.is_marked)
    for _, run in groupby(marked, key=lambda number: number // COLUMNS):
        numbers = list(run)
        left, top, _, _ = cell_box(numbers[0])
        _, _, right, bottom = cell_box(numbers[-1])
        yield left, top, right, bottom


def _draw_outline(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Dark, and white within it, so that it is seen on a dark cell too."""
    left, top, right, bottom = box
    draw.rectangle((left - 6, top - 6, right + 6, bottom + 6), outline=INK, width=6)
    draw.rectangle((left, top, right, bottom), outline=GROUND, width=3)


def _draw_entry(draw: ImageDraw.ImageDraw, place: tuple[int, int], key: str) -> None:
    left, top = place
    box = (left, top + 6, left + SWATCH - 1, top + LEGEND_ROW - 7)
    if key in EDGES:
        _draw_edge(draw, box, _middle(box)[1] - 3, key)
    elif key == COUNT:
        _write(draw, _middle(box), "12", INK, _font(25))
    elif key == STALE:
        _draw_swatch(draw, box, State.FREE)
        _draw_stale(draw, box, INK)
    else:
        _draw_swatch(draw, box, key)
        _write(draw, _middle(box), letter_of(key), COLOURS[key][1], _font(LEGEND_SIZE), bold=True)
    _write(draw, (left + SWATCH + GAP + 6, _middle(box)[1]), WORDS[key], INK, _font(LEGEND_SIZE), anchor="lm")


def _middle(box: Box) -> tuple[int, int]:
    return (box[0] + box[2] + 1) // 2, (box[1] + box[3] + 1) // 2


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))


def _fitting(text: str, size: int, room: int) -> ImageFont.FreeTypeFont:
    """The font in the largest size up to that in which the text fits into so many pixels."""
    width = _font(size).getlength(text)
    return _font(size) if width <= room else _font(max(8, int(size * room / width)))


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    ink: str,
    font: ImageFont.FreeTypeFont,
    *,
    anchor: str = "mm",
    bold: bool = False,
) -> None:
    draw.text(place, text, ink, font, anchor=anchor, stroke_width=int(bold))


def _packed(image: Image.Image, keys: Iterable[str]) -> bytes:
    """As PNG with a palette: of the colours that are drawn, and of some between, for the edges of letters."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in _palette(keys) for channel in colour])
    file = BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _palette(keys: Iterable[str]) -> list[tuple[int, ...]]:
    """Each colour once."""
    written = [(GROUND, INK), (GROUND, QUIET), *(COLOURS[key] for key in keys if key in COLOURS)]
    found: list[tuple[int, ...]] = [
        ImageColor.getrgb(each) for each in (GROUND, INK, QUIET, LINE, *EDGES.values())
    ]
    for pair in written:
        fill, ink = map(ImageColor.getrgb, pair)
        found += [
            tuple((a * (_LEVELS - step) + b * step) // _LEVELS for a, b in zip(fill, ink, strict=True))
            for step in range(_LEVELS + 1)
        ]
    return list(dict.fromkeys(found))
