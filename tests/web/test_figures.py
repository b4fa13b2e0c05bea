"""What is drawn, against what was seen: no pixels."""

import gzip
import json
from base64 import b64decode
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ipviz.clusters.subnets import declare
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import Interval, State, intervals_of
from ipviz.domain.occupants import Occupant
from ipviz.domain.spans import Span, address_text, parse_address, single
from ipviz.domain.survey import Survey, survey_of
from ipviz.domain.usage import usage_of
from ipviz.web.drawing import SIGN_NEXT, alarms_of, marks_of
from ipviz.web.figures import MOST_GLYPHS, figure_of, worst_ranks
from ipviz.web.grid import Grid, grid_of
from ipviz.web.notes import notes_of_blocks
from ipviz.web.outlines import Outline, shapes_of
from ipviz.web.states import DRAWN, look_of
from ipviz.web.usage import bar_of
from tests.builders import alloc, node, pool, seen_service, span, svc
from tests.factories import segment
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


def test_ipv6_is_drawn_cell_by_cell_where_it_is_as_small_as_a_sixteen() -> None:
    assert grid_of(span("2001:db8::/111")) is None
    drawn = grid("2001:db8::/112")
    assert (drawn.columns, drawn.rows, drawn.cell_bits) == (256, 256, 0)
    assert drawn.label(drawn.cell(span("2001:db8::ab").first)) == "2001:db8::ab"
    assert [drawn.row_label(row) for row in (0, 1)] == ["…:0", "…:100"]


@pytest.mark.parametrize(
    ("cidr", "texts"),
    [
        ("192.0.2.0/30", ["192.0.2.0", "192.0.2.3"]),
        ("192.0.2.0/24", ["0", "255"]),
        ("2001:db8::/120", ["0", "ff"]),
        ("0.0.0.0/0", ["0/8", "255/8"]),
    ],
)
def test_a_cell_is_named_as_there_is_room(cidr: str, texts: list[str]) -> None:
    drawn = grid(cidr)
    labels = figure_of(drawn, worst_ranks(drawn, survey(cidr)), ())["data"][1]["text"]
    assert [labels[0], labels[-1]] == texts


def test_a_cell_and_its_address_are_each_others() -> None:
    drawn = grid("192.0.2.0/24")
    assert drawn.label(drawn.cell(parse_address("192.0.2.236").first)) == "192.0.2.236"
    assert grid("10.0.0.0/8").label(1) == "10.0.16.0/20"
    assert drawn.row_label(14) == "192.0.2.224"


def survey(cidr: str, *occupants: Occupant, collisions: dict[Span, bool] | None = None) -> Survey:
    intervals = intervals_of(DeclaredSubnet(span(cidr)), occupants, collisions or {})
    return survey_of(span(cidr), intervals, occupants, ())


def drawn_looks(cidr: str, *occupants: Occupant, collisions: dict[Span, bool] | None = None) -> list[str]:
    """The look of each cell."""
    ranks = worst_ranks(grid(cidr), survey(cidr, *occupants, collisions=collisions))
    return [DRAWN[rank].key for rank in ranks]


def test_in_a_cell_the_worst_is_seen() -> None:
    occupants = [alloc("10.0.3.9"), alloc("10.0.4.1"), alloc("10.0.5.1"), svc("10.0.3.200")]
    looks = drawn_looks("10.0.0.0/15", *occupants, collisions={span("10.0.3.10"): False})
    assert looks[2:7] == ["free", "collision", "tracked", "tracked", "free"]


@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 9), st.booleans()), max_size=30), st.data())
def test_each_cell_has_the_look_of_its_address_and_a_block_that_of_its_worst(
    places: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    first = span("10.0.0.0").first
    occupants = [
        pool(f"{address_text(4, first + n)}-{address_text(4, first + min(1023, n + more))}")
        if more
        else svc(address_text(4, first + n))
        for n, more, _ in places
    ]
    collisions = {single(4, first + n): sure for n, more, sure in places if not more and n % 3 == 0}
    intervals = intervals_of(DeclaredSubnet(span("10.0.0.0/22")), occupants, collisions)
    one_by_one = [
        look_of(next(each for each in intervals if each.span.contains(single(4, first + n)))).key
        for n in range(1024)
    ]
    assert drawn_looks("10.0.0.0/22", *occupants, collisions=collisions) == one_by_one
    part = data.draw(st.sampled_from(["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/23", "10.0.3.128/25"]))
    within = survey("10.0.0.0/22", *occupants, collisions=collisions).within(span(part))
    begin = span(part).first - first
    ranks = worst_ranks(grid(part), within)
    assert [DRAWN[rank].key for rank in ranks] == one_by_one[begin : begin + span(part).size]
    assert usage_of(within.tallies) == usage_of(
        clipped for each in intervals if (clipped := cut(each, span(part)))
    )


def cut(interval: Interval, part: Span) -> Interval | None:
    common = interval.span.intersection(part)
    return replace(interval, span=common) if common else None


def test_signs_are_capped_and_the_worst_are_kept() -> None:
    drawn = grid("10.0.0.0/16")
    occupants = [svc(f"10.0.{n // 250}.{n % 250 + 1}", name=f"web-{n}") for n in range(2 * MOST_GLYPHS)]
    found = survey("10.0.0.0/16", *occupants, svc("10.0.200.1"), collisions={span("10.0.200.1"): False})
    glyphs = figure_of(drawn, worst_ranks(drawn, found), marks_of(drawn, found))["data"][-1]
    assert len(glyphs["x"]) == MOST_GLYPHS
    assert glyphs["marker"]["symbol"][-1] == "square-open", "on top of the others"


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
    occupants = [pool("10.4.0.0-10.7.255.255"), svc("10.0.16.7"), node("10.0.16.8")]
    found = survey("10.0.0.0/8", *occupants, collisions={span("10.0.16.7"): False})
    drawn = grid("10.0.0.0/8")
    notes = {first: note for first, _, note in notes_of_blocks(drawn, found)}
    assert notes[1]["state"] == "collision"
    assert notes[1]["who"] == ["1 collision", "1 node"]
    assert notes[64]["who"] == ["4\u202f096 free in a pool"]
    assert alarms_of(drawn, found) == [1]


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


def map_of(read: PageText, url: str = MAP) -> Any:
    return json.loads(read(f"{url}map/"))


def state_at(data: Any, cell: int) -> str:
    return DRAWN[b64decode(data["figure"]["data"][0]["z"]["bdata"])[cell]].key


def test_the_map_is_of_what_was_seen(read: PageText, estate: Estate) -> None:
    data = map_of(read)
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
    notes = {first: note for first, _, note in json.loads(read(f"{MAP}notes/"))}
    note = notes[236]
    assert note["state"] == "collision: two users hold it"
    assert note["why"][0] == estate.collision.title
    assert "gmc: Cluster org-acme/gamma (API endpoint of a cluster), for 10 min, read 12 s ago" in note["who"]
    assert any(line.startswith("beta: Service kube-system/ingress") for line in note["who"])
    assert notes[232]["who"] == ["gmc: pool wc-cp-ips gives this out next"]


def test_a_suspected_collision_is_drawn_less_sure(read: PageText, unjudged: Estate) -> None:
    unjudged.seen(9)
    unjudged.judged(9.1)
    assert state_at(map_of(read), 236) == "suspected"


def test_what_cannot_be_read_now_has_a_sign(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, beta_unread=("Service", "Node"))
    estate.judged(9.95)
    glyphs = map_of(read)["figure"]["data"][-1]
    signs = set(zip(glyphs["x"], glyphs["y"], glyphs["marker"]["symbol"], strict=True))
    assert any(symbol == "line-ne" and int(y + 0.5) == 31 // 16 for _, y, symbol in signs)


def test_what_is_handed_out_next_has_a_sign_and_is_said_of_who_does(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, seen_service("labelled", annotation="192.0.2.236", labelled=True))
    estate.judged(9.95)
    glyphs = map_of(read)["figure"]["data"][-1]
    signs = zip(glyphs["x"], glyphs["y"], glyphs["marker"]["symbol"], strict=True)
    assert {round(y + 0.2) * 16 + round(x - 0.2) for x, y, sign in signs if sign == SIGN_NEXT} == {232, 237}
    notes = {first: note for first, _, note in json.loads(read(f"{MAP}notes/"))}
    assert notes[232]["who"] == ["gmc: pool wc-cp-ips gives this out next"]
    assert notes[237]["who"] == [
        "gmc: pool wc-cp-ips gives it out",
        "beta: in the load-balancer range cidr-global, which gives this out next",
    ]


def test_the_notes_never_overlap(read: PageText, estate: Estate) -> None:
    notes = json.loads(read(f"{MAP}notes/"))
    assert all(before[1] < after[0] for before, after in pairwise(notes))


def test_a_sixteen_is_drawn_whole_and_its_data_is_small() -> None:
    occupants = [svc(f"10.0.{n // 250}.{n % 250 + 1}", name=f"web-{n}") for n in range(5000)]
    drawn, found = grid("10.0.0.0/16"), survey("10.0.0.0/16", *occupants)
    figure = figure_of(drawn, worst_ranks(drawn, found), marks_of(drawn, found))
    z = figure["data"][0]["z"]
    assert (len(b64decode(z["bdata"])), z["shape"]) == (65536, "256, 256")
    assert len(gzip.compress(json.dumps(figure).encode())) < 20_000


def test_notes_are_told_of_some_cells_around_the_one_that_is_asked_for(
    read: PageText, estate: Estate
) -> None:
    declare(segment(), "192.0.0.0/18")
    url = "/subnets/192.0.0.0-18/"
    map_of(read, url)
    cell = 2 * 256 + 236
    told = json.loads(read(f"{url}notes/?from={cell}"))
    assert {first for first, _, _ in told} >= {cell, cell - 3}
    assert all(512 <= first <= last < 768 for first, last, _ in told)
    (network,) = json.loads(read(f"{url}notes/"))
    assert network[:2] == [0, 0]
    assert json.loads(read(f"{url}notes/?from=nonsense")) == [network]


def test_a_map_that_did_not_change_is_not_sent_again(page: Client, estate: Estate) -> None:
    first = page.get(f"{MAP}map/")
    again = page.get(f"{MAP}map/", headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    estate.seen(9.9, seen_service("late", annotation="192.0.2.158"))
    estate.judged(9.95)
    assert page.get(f"{MAP}map/", headers={"if-none-match": first["ETag"]}).status_code == 200
