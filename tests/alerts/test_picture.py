"""The picture in a mail: a PNG of known size, in the map's colours, in which the finding stands out."""

import re
import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageColor, ImageFont

from ipviz.alerts import picture
from ipviz.alerts.picture import (
    COLOURS,
    EDGES,
    GROUND,
    INK,
    SUSPECTED,
    WIDTH,
    WORDS,
    cell_box,
    legend_of,
    letter_of,
    png_of,
)
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import State, intervals_of
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.stretch import WORST_FIRST, Stretch, stretch_in, whole_family, window_of
from ipviz.web.states import DRAWN, LOOKS
from tests.builders import ALPHA, BETA, GAMMA, alloc, cpe, lb_range, node, pool, span, spans, svc

ROOT = Path(__file__).resolve().parents[2]
SUBNET = DeclaredSubnet(span("192.0.2.0/24"), None, spans("192.0.2.250-192.0.2.252"))
BUSY = (
    svc("192.0.2.236"),
    cpe("192.0.2.236", GAMMA),
    alloc("192.0.2.233"),
    alloc("192.0.2.234", "x", serves=BETA, purpose=Purpose.SERVICE),
    svc("192.0.2.234", BETA, "x"),
    alloc("192.0.2.235", "y", terminating=True),
    svc("192.0.2.238", BETA, "z", stale=True),
    svc("192.0.2.242", BETA, "s"),
    cpe("192.0.2.242", ALPHA),
    node("192.0.2.225"),
    pool("192.0.2.232-192.0.2.239"),
    lb_range("192.0.2.236-192.0.2.243"),
)
COLLISIONS = {"192.0.2.236": False, "192.0.2.242": True}


def stretch(
    about: str,
    *some: Occupant,
    subnet: DeclaredSubnet | None = SUBNET,
    collisions: Mapping[str, bool] = COLLISIONS,
) -> Stretch:
    around = subnet or whole_family(span(about).version)
    window = window_of(span(about), around.span)
    colliding = {span(each): suspected for each, suspected in collisions.items()}
    return stretch_in(window, span(about), intervals_of(around, some, colliding))


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    assert image.format == "PNG"
    image.load()
    return image.convert("RGB")


def colour_at(image: Image.Image, x: int, y: int) -> str:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return "#{:02x}{:02x}{:02x}".format(*found)


def fills(shown: Stretch) -> list[str]:
    """What each cell is filled with, at its left edge."""
    image = opened(png_of(shown))
    boxes = (cell_box(number) for number in range(len(shown.cells)))
    return [colour_at(image, left + 4, (top + bottom) // 2) for left, top, _, bottom in boxes]


@pytest.mark.parametrize(
    ("about", "some", "subnet", "height"),
    [
        ("192.0.2.236", BUSY, SUBNET, 588),
        ("192.0.2.9", (), DeclaredSubnet(span("192.0.2.8/29")), 274),
        ("192.0.2.0/24", BUSY, SUBNET, 766),
        ("10.0.0.0/8", (), None, 616),
        ("2001:db8::e6", (svc("2001:db8::e6"),), DeclaredSubnet(span("2001:db8::/64")), 388),
        ("2001:db8:1:2:3:4:5:6-2001:db8:1:2:3:4:ffff:ffff", (), None, 616),
    ],
)
def test_it_is_a_small_png_of_one_width(
    about: str, some: tuple[Occupant, ...], subnet: DeclaredSubnet | None, height: int
) -> None:
    shown = stretch(about, *some, subnet=subnet)
    png = png_of(shown)
    assert opened(png).size == (WIDTH, height)
    assert len(png) < 25_000


def test_it_is_the_same_for_the_same_stretch() -> None:
    assert png_of(stretch("192.0.2.236", *BUSY)) == png_of(stretch("192.0.2.236", *reversed(BUSY)))


def test_each_cell_has_its_states_colour() -> None:
    shown = stretch("192.0.2.224", *BUSY)
    keys = [SUSPECTED if cell.is_suspected else cell.state for cell in shown.cells]
    assert {*keys} == {*COLOURS}
    assert fills(shown)[1:] == [COLOURS[key][0] for key in keys][1:]


def test_what_it_is_about_is_outlined_and_nothing_else() -> None:
    shown = stretch("192.0.2.236", *BUSY)
    image = opened(png_of(shown))
    corners = [cell_box(number) for number in range(32)]
    around = [
        {colour_at(image, left - 3, top + 20), colour_at(image, right + 3, top + 20)}
        for left, top, right, _ in corners
    ]
    assert [number for number, colours in enumerate(around) if colours == {INK}] == [12]
    left, top, right, bottom = cell_box(12)
    assert {colour_at(image, x, top - 3) for x in range(left - 6, right + 7)} == {INK}
    assert colour_at(image, left, (top + bottom) // 2) == GROUND


def test_a_range_is_outlined_row_by_row() -> None:
    shown = stretch("192.0.2.236-192.0.2.243", *BUSY)
    image = opened(png_of(shown))
    above = [
        colour_at(image, (left + right) // 2, top - 3) for left, top, right, _ in map(cell_box, range(32))
    ]
    assert [number for number, colour in enumerate(above) if colour == INK] == [*range(12, 20)]


def test_what_is_handed_out_from_is_underlined() -> None:
    image = opened(png_of(stretch("192.0.2.224", *BUSY)))
    lines = [
        {colour_at(image, x, bottom + offset) for x in range(left, right) for offset in (9, 19)}
        for left, _, right, bottom in map(cell_box, range(32))
    ]
    pools, ranges = (
        [number for number, colours in enumerate(lines) if EDGES[role] in colours]
        for role in (Role.POOL, Role.LBRANGE)
    )
    assert pools == [*range(8, 16)]
    assert ranges == [*range(12, 20)]


def test_letters_are_written_on_what_is_used_and_on_nothing_free() -> None:
    shown = stretch("192.0.2.224", *BUSY)
    image = opened(png_of(shown))
    for number, cell in list(enumerate(shown.cells))[1:]:
        left, top, right, bottom = cell_box(number)
        within = image.crop((left + 3, top + 3, right - 2, bottom - 2)).getcolors()
        assert within is not None
        assert (len(within) > 1) is not cell.state.is_free


def test_the_ground_is_its_own_on_whatever_a_mail_lies() -> None:
    image = Image.open(BytesIO(png_of(stretch("192.0.2.236"))))
    assert "transparency" not in image.info
    assert colour_at(image.convert("RGB"), 5, 5) == GROUND


def test_the_legend_tells_what_is_there_the_worst_first() -> None:
    assert legend_of(stretch("192.0.2.9", collisions={})) == [State.RESERVED, State.FREE]
    everything = [
        *("collision", "suspected", "untracked", "cooling", "matched", "tracked", "node", "reserved"),
        *("free-in-pool", "free-in-lb-range", "dhcp", "free", "stale", "POOL", "LBRANGE"),
    ]
    assert legend_of(stretch("192.0.2.236", *BUSY)) == everything
    assert "count" in legend_of(stretch("192.0.2.0/24", *BUSY))
    assert {*everything, "count"} == {*WORDS}


def test_the_words_of_the_legend_fit_beside_each_other() -> None:
    font = ImageFont.load_default(picture.LEGEND_SIZE)
    for words in WORDS.values():
        assert picture.SWATCH + 2 * picture.GAP + font.getlength(words) < picture.ENTRY, words


def test_the_colours_are_those_of_the_map_on_light_pages() -> None:
    css = ROOT / "static" / "css"
    sheets = ((css / name).read_text() for name in ("base.css", "map.css"))
    known = dict(re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6})", "".join(sheets)))
    assert {key: (known[f"state-{key}"], known[f"ink-{key}"]) for key in (*State, SUSPECTED)} == COLOURS
    assert {Role.POOL: known["edge-pool"], Role.LBRANGE: known["edge-range"]} == EDGES
    assert [known[name] for name in ("page", "ink")] == [GROUND, INK]
    assert [known[name] for name in ("quiet", "line-strong")] == [picture.QUIET, picture.LINE]


def test_colours_are_kept_exactly() -> None:
    drawn = opened(png_of(stretch("192.0.2.236", *BUSY))).getcolors()
    assert drawn is not None
    assert {ImageColor.getrgb(fill) for fill, _ in COLOURS.values()} <= {colour for _, colour in drawn}


def test_the_order_and_the_letters_are_those_of_the_map() -> None:
    sure = [look for look in DRAWN if look.key != SUSPECTED]
    assert [look.key for look in sure] == [*WORST_FIRST]
    assert {key: letter_of(key) for key in LOOKS} == {key: look.letter for key, look in LOOKS.items()}


def test_no_page_loads_what_draws() -> None:
    code = "import sys, django; django.setup(); import ipviz.urls; print('PIL' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr
