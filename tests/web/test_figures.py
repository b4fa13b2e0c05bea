"""What is drawn, against what was seen: no pixels."""

import gzip
import json
import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import State, intervals_of
from ipviz.domain.spans import parse_address
from ipviz.domain.usage import usage_of
from ipviz.web.drawing import alarms_of
from ipviz.web.figures import MOST_GLYPHS, Run, figure_of, worst_looks
from ipviz.web.grid import Grid, grid_of
from ipviz.web.notes import notes_of
from ipviz.web.outlines import Outline, shapes_of
from ipviz.web.states import DRAWN, LOOKS, look_of
from ipviz.web.usage import bar_of
from tests.builders import AT, alloc, node, pool, span, svc
from tests.web.conftest import MAP, Estate, PageText


def grid(cidr: str) -> Grid:
    found = grid_of(span(cidr))
    assert found
    return found


@pytest.mark.parametrize(
    ("cidr", "columns", "rows", "cell_bits"),
    [
        ("192.0.2.1/32", 1, 1, 0),
        ("192.0.2.0/31", 2, 1, 0),
        ("192.0.2.0/29", 8, 1, 0),
        ("192.0.2.0/28", 16, 1, 0),
        ("192.0.2.0/24", 16, 16, 0),
        ("10.0.0.0/23", 32, 16, 0),
        ("10.0.0.0/22", 32, 32, 0),
        ("10.0.0.0/20", 64, 64, 0),
        ("10.0.0.0/18", 128, 128, 0),
        ("10.0.0.0/17", 256, 128, 0),
        ("10.0.0.0/16", 256, 256, 0),
        ("10.0.0.0/15", 64, 8, 8),
        ("10.0.0.0/12", 64, 64, 8),
        ("10.0.0.0/11", 64, 8, 12),
        ("10.0.0.0/8", 64, 64, 12),
        ("0.0.0.0/0", 16, 16, 24),
    ],
)
def test_a_grid_holds_its_network_in_rows_that_are_blocks(
    cidr: str, columns: int, rows: int, cell_bits: int
) -> None:
    drawn = grid(cidr)
    assert (drawn.columns, drawn.rows, drawn.cell_bits) == (columns, rows, cell_bits)
    assert drawn.cells << cell_bits == span(cidr).size
    assert drawn.cell_span(drawn.cells - 1).last == span(cidr).last
    row = columns << cell_bits
    assert row & (row - 1) == 0


def test_ipv6_is_never_drawn_cell_by_cell() -> None:
    assert grid_of(span("2001:db8::/120")) is None


def test_a_cell_and_its_address_are_each_others() -> None:
    drawn = grid("192.0.2.0/24")
    assert drawn.label(drawn.cell(parse_address("192.0.2.236").first)) == "192.0.2.236"
    assert grid("10.0.0.0/8").label(1) == "10.0.16.0/20"
    assert drawn.row_label(14) == "192.0.2.224"


def test_in_a_cell_the_worst_is_seen() -> None:
    drawn = grid("10.0.0.0/15")
    runs = [
        Run(0, drawn.cells - 1, LOOKS["free"]),
        Run(3, 3, LOOKS["collision"]),
        Run(3, 5, LOOKS["tracked"]),
    ]
    looks = worst_looks(drawn, runs)
    assert [look.key for look in looks[2:7]] == ["free", "collision", "tracked", "tracked", "free"]


def test_signs_are_capped_and_the_worst_are_kept() -> None:
    drawn = grid("10.0.0.0/16")
    runs = [
        Run(0, 60000, LOOKS["untracked"], ("triangle-up",)),
        Run(60001, 60001, LOOKS["collision"], ("x",)),
    ]
    glyphs = figure_of(drawn, runs)["data"][-1]
    assert len(glyphs["x"]) == MOST_GLYPHS
    assert glyphs["marker"]["symbol"][0] == "x"


@pytest.mark.parametrize(
    ("stretch", "boxes"),
    [
        ("192.0.2.16-192.0.2.31", 1),
        ("192.0.2.20-192.0.2.150", 1),
        ("192.0.2.30-192.0.2.33", 2),
        ("192.0.2.20-192.0.2.36", 1),
    ],
)
def test_a_range_has_an_edge_around_its_cells_and_no_others(stretch: str, boxes: int) -> None:
    drawn = grid("192.0.2.0/24")
    shapes = list(shapes_of(drawn, Outline(span(stretch), "pool")))
    assert len(shapes) == boxes
    assert sum(area(shape["path"]) for shape in shapes) == span(stretch).size


def area(path: str) -> float:
    """Of a polygon, in cells (the shoelace formula)."""
    corners = [tuple(map(float, each.split(","))) for each in path[1:-2].split(" L")]
    turned = [*corners[1:], corners[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(corners, turned, strict=True))) / 2


def test_a_large_subnet_is_drawn_in_blocks_without_a_step_for_each_address() -> None:
    subnet = DeclaredSubnet(span("10.0.0.0/8"))
    occupants = [pool("10.4.0.0-10.7.255.255"), svc("10.0.16.7"), node("10.0.16.8")]
    intervals = intervals_of(subnet, occupants, {span("10.0.16.7"): False})
    drawn = grid("10.0.0.0/8")
    notes = {first: note for first, _, note in notes_of(drawn, intervals, {}, AT)}
    assert notes[1]["state"] == "collision"
    assert notes[1]["who"] == ["1 collision", "1 node"]
    assert notes[64]["who"] == ["4\u202f096 free in a pool"]
    assert alarms_of(drawn, intervals) == [1]


def test_numbers_add_up() -> None:
    subnet = DeclaredSubnet(span("192.0.2.0/24"), gateway=span("192.0.2.1"))
    occupants = [alloc("192.0.2.9"), svc("192.0.2.10"), node("192.0.2.11"), svc("192.0.2.12")]
    intervals = intervals_of(subnet, occupants, {span("192.0.2.12"): False})
    usage = usage_of(intervals)
    assert usage.used + usage.reserved + usage.free == usage.size == 256
    assert (usage.tracked + usage.untracked, usage.nodes, usage.colliding, usage.reserved) == (4, 1, 1, 3)
    assert usage.percent == 2
    bar = bar_of(intervals)
    assert [piece.css for piece in bar] == ["wrong", "tracked", "untracked", "nodes", "reserved"]
    assert sum(piece.width for piece in bar) <= 1000


def test_every_state_has_a_look_of_its_own() -> None:
    assert {look.key for look in DRAWN} == {*State, "suspected"}
    assert len({look.words for look in DRAWN}) == len(DRAWN)
    used = [look.letter for look in DRAWN if not (look.key in set(State) and State(look.key).is_free)]
    assert all(used)
    assert len(set(used)) == len(used)


def drawing(html: str) -> Any:
    found = re.search(r'<script id="map-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def state_at(data: Any, cell: int) -> str:
    z = data["figure"]["data"][0]["z"]
    return DRAWN[int(z[cell // 16][cell % 16])].key


def test_the_page_carries_the_map_of_what_was_seen(read: PageText, estate: Estate) -> None:
    data = drawing(read(MAP))
    drawn = {cell: state_at(data, cell) for cell in (0, 1, 11, 21, 99, 200, 232, 233, 236, 238, 255)}
    assert drawn == {
        0: "reserved",
        1: "reserved",
        11: "untracked",
        21: "node",
        99: "dhcp",
        200: "free",
        232: "free-in-pool",
        233: "tracked",
        236: "collision",
        238: "free-in-pool",
        255: "reserved",
    }
    assert data["alarms"] == [236]
    assert data["grid"] == {"columns": 16, "rows": 16, "cell_bits": 0, "first": 192 << 24 | 2 << 8}


def test_a_note_says_who_since_when_and_why(read: PageText, estate: Estate) -> None:
    notes = {first: note for first, _, note in drawing(read(MAP))["notes"]}
    note = notes[236]
    assert note["state"] == "collision: two users hold it"
    assert note["why"][0] == estate.collision.title
    assert "gmc: Cluster org-acme/gamma (API endpoint of a cluster), for 10 min" in note["who"]
    assert any(line.startswith("beta: Service kube-system/ingress") for line in note["who"])
    assert notes[232]["who"] == ["gmc: pool wc-cp-ips gives this out next"]


def test_a_suspected_collision_is_drawn_less_sure(read: PageText, unjudged: Estate) -> None:
    unjudged.seen(9)
    unjudged.judged(9.1)
    assert state_at(drawing(read(MAP)), 236) == "suspected"


def test_what_cannot_be_read_now_has_a_sign(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, beta_unread=("Service", "Node"))
    glyphs = drawing(read(MAP))["figure"]["data"][-1]
    signs = set(zip(glyphs["x"], glyphs["y"], glyphs["marker"]["symbol"], strict=True))
    assert any(symbol == "line-ne" and int(y + 0.5) == 31 // 16 for _, y, symbol in signs)


def test_the_notes_never_overlap(read: PageText, estate: Estate) -> None:
    notes = drawing(read(MAP))["notes"]
    assert all(before[1] < after[0] for before, after in pairwise(notes))


def test_a_sixteen_is_drawn_whole_and_its_data_is_small() -> None:
    subnet = DeclaredSubnet(span("10.0.0.0/16"))
    occupants = [svc(f"10.0.{n // 250}.{n % 250 + 1}", name=f"web-{n}") for n in range(5000)]
    intervals = intervals_of(subnet, occupants, {})
    drawn = grid("10.0.0.0/16")
    runs = [Run(*drawn.cells_of(each.span), look_of(each)) for each in intervals]
    figure = figure_of(drawn, runs)
    assert sum(len(row) for row in figure["data"][0]["z"]) == 65536
    assert len(gzip.compress(json.dumps(figure).encode())) < 20_000
    assert notes_of(drawn, intervals, {}, AT + timedelta(hours=1))
