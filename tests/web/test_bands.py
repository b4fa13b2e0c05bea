"""The bands, against what was seen: no pixels."""

import gzip
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.clusters.subnets import declare
from ipviz.domain.spans import Span, merged, single
from ipviz.web.band_figure import MOST_LANES, MOST_PIXELS, bands_data, sheet_of
from ipviz.web.bands import RANKS, Band
from ipviz.web.grid import grid_of, tail_text
from ipviz.web.states import DRAWN
from ipviz.web.wrapping import MOST_BARS, bars_of, placed_in, wrap_of
from tests.builders import (
    GMC,
    seen_address,
    seen_config_map,
    seen_pool,
    seen_prefix_pool,
    seen_provider,
    seen_service,
    span,
)
from tests.factories import minutes, see, segment
from tests.web.conftest import MAP, Estate, PageText


def band(name: str, *ranges: str, kind: str = "pool", **facts: Any) -> Band:
    return Band(name, kind, kind, name, GMC, merged(map(span, ranges)), **facts)


@pytest.mark.parametrize(
    ("cidr", "rows", "row_bits"),
    [
        ("192.0.2.1/32", 1, 0),
        ("192.0.2.0/30", 1, 2),
        ("192.0.2.0/25", 1, 7),
        ("192.0.2.0/24", 1, 8),
        ("10.0.0.0/23", 2, 8),
        ("10.0.0.0/21", 8, 8),
        ("10.0.0.0/20", 8, 9),
        ("10.0.0.0/16", 8, 13),
        ("0.0.0.0/0", 8, 29),
        ("2001:db8::/120", 1, 8),
        ("2001:db8::/64", 8, 61),
    ],
)
def test_rows_are_blocks_and_at_most_eight(cidr: str, rows: int, row_bits: int) -> None:
    wrap = wrap_of(span(cidr))
    assert (wrap.rows, wrap.row_bits) == (rows, row_bits)
    assert merged(map(wrap.row_span, range(rows))) == (span(cidr),)


places = st.integers(0, 1023)
ranges = st.tuples(places, places, st.sampled_from(sorted(RANKS)))


def bands_from(drawn: Sequence[tuple[int, int, str]]) -> list[Band]:
    whole = span("10.0.0.0/22")
    return [
        Band(str(n), kind, kind, f"b{n}", GMC, (Span(4, whole.first + min(a, b), whole.first + max(a, b)),))
        for n, (a, b, kind) in enumerate(drawn)
    ]


@given(st.lists(ranges, max_size=30), st.integers(32, 60))
def test_all_of_each_band_is_drawn_in_its_row_and_nothing_over_anything(
    drawn: list[tuple[int, int, str]], most: int
) -> None:
    bands, wrap = bands_from(drawn), wrap_of(span("10.0.0.0/22"))
    bars = bars_of(wrap, bands, most)
    assert len(bars) <= most
    for each in bands:
        own = [bar.part for bar in bars if each in bar.bands]
        assert all(any(part.contains(end) for part in own) for end in ends(each.spans[0]))
        assert {bar.kind for bar in bars if each in bar.bands} == {each.kind}
    for row, placed in enumerate(placed_in(wrap, bars)):
        assert all(each.bar.row == row and 0 <= each.begin < each.end <= 1 for each in placed)
        for one, other in combinations(placed, 2):
            apart = one.end <= other.begin or other.end <= one.begin
            assert apart or one.lane != other.lane


def ends(part: Span) -> tuple[Span, Span]:
    return single(part.version, part.first), single(part.version, part.last)


def test_a_small_pool_of_a_large_subnet_is_wide_enough_to_be_seen() -> None:
    wrap = wrap_of(span("10.20.0.0/16"))
    (bar,) = bars_of(wrap, [band("tiny", "10.20.100.8-10.20.100.15")])
    begin, end = wrap.extent(bar.part)
    assert (bar.row, end - begin) == (3, 1 / 256)
    (last,) = bars_of(wrap, [band("end", "10.20.255.255")])
    assert wrap.extent(last.part)[1] == 1


def test_more_than_can_be_drawn_are_joined_with_their_neighbours_and_counted() -> None:
    bands = [
        band(f"p{n}", f"10.{n // 125}.{2 * (n % 125)}.0-10.{n // 125}.{2 * (n % 125) + 1}.99")
        for n in range(2 * MOST_BARS)
    ]
    bars = bars_of(wrap_of(span("10.0.0.0/13")), bands)
    assert len(bars) == MOST_BARS
    assert sum(bar.pieces for bar in bars) == len(bands)
    data = bands_data(span("10.0.0.0/13"), grid_of(span("10.0.0.0/13")), bands)
    several = next(bar for bar in data["bars"] if len(bar["bands"]) > 3)
    assert several["name"] == f"{len(several['bands'])} pools"
    assert several["note"]["who"][-1].startswith("and ")


def test_a_band_with_a_small_hole_is_one_bar_that_says_how_much_is_in_it() -> None:
    whole = span("10.20.0.0/16")
    data = bands_data(
        whole, grid_of(whole), [band("pool", "10.20.0.1-10.20.0.253", "10.20.0.255-10.20.9.255")]
    )
    (bar,) = data["bars"]
    assert bar["label"] == "10.20.0.1-10.20.9.255"
    assert bar["note"]["state"] == "pool pool of gmc, 2\u202f558 addresses, in 2 pieces"


def test_of_what_many_hand_out_next_at_one_place_one_is_marked() -> None:
    bands = [band(f"p{n}", f"10.0.{n}.0/28", next=span(f"10.0.{n}.1")) for n in range(50)]
    whole = span("10.0.0.0/8")
    marks = bands_data(whole, grid_of(whole), bands)["figure"]["data"][2]
    assert len(marks["x"]) == 1


@pytest.mark.parametrize(
    ("cidr", "first", "last"),
    [
        ("192.0.2.0/24", "+0", "+224"),
        ("10.0.0.0/16", "+0", "+24.0"),
        ("10.0.0.0/8", "+0", "+24.0.0"),
        ("2001:db8::/120", "+0", "+e0"),
        ("2001:db8::/64", "+0", "+1000:0:0:0"),
    ],
)
def test_above_the_rows_stands_what_is_to_be_added(cidr: str, first: str, last: str) -> None:
    whole = [band("a", cidr)]
    texts = bands_data(span(cidr), grid_of(span(cidr)), whole)["figure"]["layout"]["xaxis"]["ticktext"]
    assert (texts[0], texts[-1]) == (first, last)


def test_what_nobody_could_tell_apart_is_one() -> None:
    bands = [band(f"p{n}", f"10.0.{n}.0/28") for n in range(5)] + [band("far", "10.9.0.0/16")]
    bars = bars_of(wrap_of(span("10.0.0.0/8")), bands)
    assert [(len(bar.bands), str(bar.whole)) for bar in bars] == [
        (5, "10.0.0.0-10.0.4.15"),
        (1, "10.9.0.0-10.9.255.255"),
    ]


def test_a_hundred_ranges_on_one_another_are_no_tower() -> None:
    bands = [band(f"r{n}", "192.0.2.16-192.0.2.99", kind="range") for n in range(100)]
    sheet = sheet_of(wrap_of(span("192.0.2.0/24")), bands)
    assert max(each.placed.lane for each in sheet.bars) < MOST_LANES
    assert sheet.tops[-1] <= MOST_PIXELS
    assert {each.id for drawn in sheet.bars for each in drawn.placed.bar.bands} == {b.id for b in bands}


def test_the_data_of_many_bands_is_small() -> None:
    bands = [
        band(f"pool-{n}", f"10.0.{n % 250}.{n // 250 * 8}-10.0.{n % 250}.{n // 250 * 8 + 9}")
        for n in range(5000)
    ]
    whole = span("10.0.0.0/16")
    assert len(gzip.compress(json.dumps(bands_data(whole, grid_of(whole), bands)).encode())) < 100_000


def declared_of(read: PageText, url: str = MAP) -> Any:
    return json.loads(read(f"{url}map/"))["bands"]


def test_the_bands_are_of_what_was_seen(read: PageText, estate: Estate) -> None:
    bars = declared_of(read)["bars"]
    assert Counter((bar["kind"], bar["name"], bar["label"]) for bar in bars) == {
        ("reserved", "", "192.0.2.0-192.0.2.1"): 1,
        ("dhcp", "DHCP", "192.0.2.20-192.0.2.150"): 1,
        ("pool", "wc-cp-ips", "192.0.2.232-192.0.2.239"): 1,
        ("range", "beta", "192.0.2.236-192.0.2.239"): 1,
        ("reserved", "", "192.0.2.255"): 1,
    }
    assert all(before["x"][0] <= after["x"][0] for before, after in pairwise(bars))
    pool = next(bar for bar in bars if bar["kind"] == "pool")
    assert pool["x"] == [232 / 256, 240 / 256]
    assert pool["cells"] == [232, 239]
    assert pool["opens"] == {"address": "192.0.2.232"}
    assert pool["note"] == {
        "state": "pool wc-cp-ips of gmc, 8 addresses",
        "why": ["crosses cidr-global of beta"],
        "who": ["hands out 192.0.2.232 next"],
    }


def test_where_two_cross_both_are_hatched_and_the_pool_is_above(read: PageText, estate: Estate) -> None:
    data = declared_of(read)
    pool, balancer = (next(bar for bar in data["bars"] if bar["kind"] == kind) for kind in ("pool", "range"))
    assert pool["y"][1] < balancer["y"][0]
    hatches = data["figure"]["data"][1]
    assert hatches["marker"]["pattern"]["shape"] == "/"
    assert hatches["base"] == [round(236 / 256, 5)] * 2
    assert hatches["x"] == [round(4 / 256, 5)] * 2
    assert sorted(hatches["y"]) == sorted(sum(each["y"]) / 2 for each in (pool, balancer))


def test_what_comes_next_is_marked_on_each_band_and_told_in_the_table(read: PageText, estate: Estate) -> None:
    marks = declared_of(read)["figure"]["data"][2]
    assert sorted(marks["x"]) == [round(each / 256, 5) for each in (232.5, 236.5)]
    row = read(MAP).split("load-balancer range <code")[1].split("</tr>")[0]
    assert ">192.0.2.236</a>" in row


def test_names_are_beside_the_figure_and_never_in_it(read: PageText, estate: Estate) -> None:
    see(estate.gmc, seen_pool("192.0.2.200-192.0.2.210", name="<b>&evil"), at=minutes(9.9))
    data = declared_of(read)
    assert "<b>&evil" in {bar["name"] for bar in data["bars"]}
    assert "evil" not in json.dumps(data["figure"])


def test_a_stale_band_is_pale_and_says_so(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, beta_unread=("ConfigMap",))
    estate.judged(9.95)
    data = declared_of(read)
    (number,) = [n for n, bar in enumerate(data["bars"]) if bar["kind"] == "range"]
    assert data["figure"]["data"][0]["marker"]["opacity"][number] == 0.5
    assert "not readable now" in data["bars"][number]["note"]["who"]


def test_a_table_row_names_its_cells_and_its_bands(read: PageText, estate: Estate) -> None:
    ids = {bar["kind"]: bar["bands"] for bar in declared_of(read)["bars"]}
    html = read(MAP)
    assert f'<tr data-bands="{ids["dhcp"][0]}" data-cells="20-150">' in html
    around = " ".join(sorted([*ids["pool"], *ids["range"]]))
    assert f'<tr data-bands="{around}" data-cells="236-236">' in html


def test_of_a_large_subnet_a_band_opens_the_narrower_one(read: PageText, estate: Estate) -> None:
    declare(segment(), "192.0.0.0/12")
    see(
        estate.gmc,
        seen_pool("192.0.4.0-192.0.7.255", name="near"),
        seen_pool("192.4.0.0-192.11.255.255", name="wide", prefix=12),
        at=minutes(9.9),
    )
    bars = declared_of(read, "/subnets/192.0.0.0-12/")["bars"]
    opens = {bar["name"]: bar["opens"] for bar in bars if bar["kind"] == "pool"}
    assert opens == {"near": {"block": "192.0.4.0/22"}, "wide": {"block": "192.4.0.0/24"}}


def test_an_ipv6_subnet_has_bands_of_the_part_that_holds_something(read: PageText, estate: Estate) -> None:
    url = "/subnets/2001:db8::-64/"
    declare(segment(), "2001:db8::/64", gateway="2001:db8::1", dhcp=["2001:db8::100-2001:db8::1ff"])
    config = seen_config_map(data={"cidr-global": "2001:db8::20/124"})
    web = seen_service("web", annotation="2001:db8::25", status=["2001:db8::25"], labelled=True)
    see(estate.beta, seen_provider(), config, web, at=minutes(9.9))
    data = declared_of(read, url)
    assert data["of"] == "2001:db8::/119"
    told = {(bar["kind"], bar["label"]) for bar in data["bars"]}
    assert told == {
        ("reserved", "2001:db8::-2001:db8::1"),
        ("range", "2001:db8::20-2001:db8::2f"),
        ("used", "2001:db8::25"),
        ("dhcp", "2001:db8::100-2001:db8::1ff"),
    }
    (opens,) = [bar["opens"] for bar in data["bars"] if bar["kind"] == "range"]
    assert opens == {"block": "2001:db8::20/124"}
    assert "data-map " not in read(url)


def test_a_small_ipv6_subnet_is_drawn_cell_by_cell(read: PageText, estate: Estate) -> None:
    declare(segment(), "2001:db8::/64", gateway="2001:db8::1")
    web = seen_service("web", annotation="2001:db8::5a", status=["2001:db8::5a"])
    see(estate.beta, web, at=minutes(9.9))
    data = json.loads(read("/subnets/2001:db8::-112/map/"))
    first = f"0x20010db8{0:024x}"
    assert data["grid"] == {"columns": 256, "rows": 256, "cell_bits": 0, "first": first}
    (note,) = [note for first, _, note in json.loads(read("/subnets/2001:db8::-112/notes/")) if first == 0x5A]
    assert note["state"].startswith("untracked")


@pytest.fixture
def prefixes(estate: Estate) -> None:
    """A pool of /64 has handed out 2001:db8:0:7::/64; the subnet around it may have any size."""
    address = seen_address("2001:db8:0:7::", "machine", pool="pods", pool_kind=PREFIXES, prefix=64)
    see(estate.gmc, seen_prefix_pool("2001:db8::/50"), address, at=minutes(9.9))


PREFIXES = "GlobalInClusterPrefixPool"


def test_a_prefix_that_a_pool_handed_out_has_a_cell(read: PageText, prefixes: None) -> None:
    declare(segment(), "2001:db8::/48")
    data = json.loads(read("/subnets/2001:db8::-48/map/"))
    ranks = b64decode(data["figure"]["data"][0]["z"]["bdata"])
    assert data["grid"]["cell_bits"] == 64
    assert [DRAWN[ranks[cell]].key for cell in (6, 7, 8, 1 << 14)] == [
        "free-in-pool",
        "tracked",
        "free-in-pool",
        "free",
    ]
    notes = {first: note for first, _, note in json.loads(read("/subnets/2001:db8::-48/notes/"))}
    assert (notes[7]["state"], notes[7]["who"]) == ("tracked", ["tracked"])
    assert "used" not in {bar["kind"] for bar in data["bands"]["bars"]}


def test_where_there_are_too_many_prefixes_they_are_seen_where_they_are(
    read: PageText, prefixes: None
) -> None:
    declare(segment(), "2001:db8::/40")
    bars = declared_of(read, "/subnets/2001:db8::-40/")["bars"]
    (used,) = [bar for bar in bars if bar["kind"] == "used"]
    assert used["label"] == "2001:db8:0:7::-2001:db8:0:7:ffff:ffff:ffff:ffff"
    assert used["opens"] == {"block": "2001:db8:0:7::/64"}


@pytest.mark.parametrize(
    ("network", "address", "text"),
    [
        ("192.0.2.0/24", "192.0.2.64", "192.0.2.64"),
        ("2001:db8::/112", "2001:db8::40", "…:40"),
        ("2001:db8:1:2::/64", "2001:db8:1:2:2000::", "…:2000:0:0:0"),
        ("2001:db8::/32", "2001:db8:2000::", "2001:db8:2000::"),
    ],
)
def test_a_row_is_named_as_shortly_as_can_be(network: str, address: str, text: str) -> None:
    assert tail_text(span(network), span(address).first) == text


def test_of_a_large_network_that_hands_out_nothing_no_bands_are_drawn(read: PageText, estate: Estate) -> None:
    declare(segment(), "2001:db8:5::/48")
    assert declared_of(read, "/subnets/2001:db8:5::-48/") == {}


def test_an_empty_subnet_shows_what_it_keeps_and_no_range(read: PageText, estate: Estate) -> None:
    declare(segment(), "198.51.100.0/24")
    bars = declared_of(read, "/subnets/198.51.100.0-24/")["bars"]
    assert [(bar["kind"], bar["label"]) for bar in bars] == [
        ("reserved", "198.51.100.0"),
        ("reserved", "198.51.100.255"),
    ]
