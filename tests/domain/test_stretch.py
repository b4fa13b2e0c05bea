"""The stretch around a span: what is shown of it, and what is said of each cell."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import State, intervals_of
from ipviz.domain.occupants import Occupant, Purpose
from ipviz.domain.spans import Span
from ipviz.domain.stretch import (
    COLUMNS,
    MOST_ROWS,
    WORST_FIRST,
    Cell,
    Stretch,
    Window,
    span_in_words,
    stretch_in,
    whole_family,
    window_of,
)
from ipviz.domain.usage import usage_of
from tests.builders import ALPHA, BETA, GAMMA, alloc, cpe, lb_range, node, pool, prefix_pool, span, svc

SUBNET = DeclaredSubnet(span("192.0.2.0/24"), span("192.0.2.1"))
SIX = DeclaredSubnet(span("2001:db8::/64"))


def stretch(
    about: str,
    *some: Occupant,
    subnet: DeclaredSubnet | None = SUBNET,
    collisions: Mapping[str, bool] | None = None,
) -> Stretch:
    around = subnet or whole_family(span(about).version)
    window = window_of(span(about), around.span)
    colliding = {span(each): suspected for each, suspected in (collisions or {}).items()}
    return stretch_in(window, span(about), intervals_of(around, some, colliding))


def cell(shown: Stretch, where: str) -> Cell:
    (found,) = [each for each in shown.cells if each.span.meets(span(where))]
    return found


@pytest.mark.parametrize(
    ("about", "subnet", "shown", "cell_bits"),
    [
        ("192.0.2.236", "192.0.2.0/24", "192.0.2.224-192.0.2.255", 0),
        ("192.0.2.0", "192.0.2.0/24", "192.0.2.0-192.0.2.31", 0),
        ("192.0.2.255", "192.0.2.0/24", "192.0.2.224-192.0.2.255", 0),
        ("192.0.2.9", "192.0.2.8/29", "192.0.2.8-192.0.2.15", 0),
        ("192.0.2.9", "192.0.2.9/32", "192.0.2.9", 0),
        ("255.255.255.255", "0.0.0.0/0", "255.255.255.224-255.255.255.255", 0),
        ("2001:db8::e6", "2001:db8::/64", "2001:db8::e0-2001:db8::ff", 0),
        ("192.0.2.232-192.0.2.239", "192.0.2.0/24", "192.0.2.224-192.0.2.255", 0),
        ("192.0.2.16-192.0.2.47", "192.0.2.0/24", "192.0.2.0-192.0.2.63", 0),
        ("192.0.2.0-192.0.2.63", "192.0.2.0/24", "192.0.2.0-192.0.2.95", 1),
        ("192.0.2.0/24", "192.0.2.0/24", "192.0.2.0-192.0.2.255", 2),
        ("192.0.2.127-192.0.2.128", "192.0.2.0/24", "192.0.2.112-192.0.2.143", 0),
        ("10.0.0.0/8", "0.0.0.0/0", "9.128.0.0-11.127.255.255", 19),
        ("0.0.0.0/0", "0.0.0.0/0", "0.0.0.0-255.255.255.255", 26),
        ("2001:db8::/64", "2001:db8::/64", "2001:db8::-2001:db8::ffff:ffff:ffff:ffff", 58),
    ],
)
def test_what_is_shown(about: str, subnet: str, shown: str, cell_bits: int) -> None:
    assert window_of(span(about), span(subnet)) == Window(span(shown), cell_bits)


def test_a_span_beyond_its_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match=r"192\.0\.3\.0 is not in 192\.0\.2\.0"):
        window_of(span("192.0.3.0"), SUBNET.span)


@st.composite
def spans_in_bounds(draw: st.DrawFn) -> tuple[Span, Span]:
    first, last = sorted(draw(st.tuples(*[st.integers(0, 1023)] * 2)))
    begin, end = sorted(draw(st.tuples(st.integers(0, first), st.integers(last, 1023))))
    return Span(4, first, last), Span(4, begin, end)


@given(spans_in_bounds())
def test_a_window_holds_the_span_in_few_cells_no_larger_than_need_be(spans: tuple[Span, Span]) -> None:
    about, bounds = spans
    window = window_of(about, bounds)
    numbers = range(window.span.first, window.span.last + 1)
    blocks = sorted({number >> window.cell_bits for number in numbers})
    assert bounds.contains(window.span)
    assert window.span.contains(about)
    assert window.cells == len(blocks) <= COLUMNS * MOST_ROWS
    assert [window.cell(number) for number in numbers] == [
        blocks.index(number >> window.cell_bits) for number in numbers
    ]
    for index, block in enumerate(blocks):
        held = [number for number in numbers if number >> window.cell_bits == block]
        assert window.cell_span(index) == Span(4, held[0], held[-1])
    if not about.is_single:
        margin = 1 << window.cell_bits
        assert window.span.first <= max(bounds.first, about.first - margin)
        assert window.span.last >= min(bounds.last, about.last + margin)
        assert window.cell_bits == 0 or about.size + 2 > (COLUMNS * (MOST_ROWS - 2) << window.cell_bits - 1)


NUMBERS = st.integers(0, 255)
STATED = st.lists(
    st.one_of(
        st.builds(lambda n: alloc(f"192.0.2.{n}"), NUMBERS),
        st.builds(lambda n: svc(f"192.0.2.{n}"), NUMBERS),
        st.builds(lambda n: node(f"192.0.2.{n}"), NUMBERS),
        st.builds(lambda n, size: pool(f"192.0.2.{n}-192.0.2.{min(255, n + size)}"), NUMBERS, NUMBERS),
    ),
    max_size=12,
)


@given(STATED, st.sets(NUMBERS, max_size=3), st.tuples(NUMBERS, NUMBERS).map(sorted))
def test_cells_say_what_a_look_at_each_address_says(
    some: list[Occupant], colliding: set[int], ends: list[int]
) -> None:
    about = f"192.0.2.{ends[0]}-192.0.2.{ends[1]}"
    collisions = {f"192.0.2.{number}": False for number in colliding}
    shown = stretch(about, *some, collisions=collisions)
    intervals = intervals_of(SUBNET, some, {span(each): False for each in collisions})
    of = {n: each for each in intervals for n in range(each.span.first, each.span.last + 1)}
    for each in shown.cells:
        numbers = range(each.span.first, each.span.last + 1)
        assert each.state is min((of[n].state for n in numbers), key=WORST_FIRST.index)
        assert each.used == sum(bool(of[n].occupants) for n in numbers)
        assert each.in_pool == any(of[n].ranges for n in numbers)
        assert each.is_marked == any(n in range(shown.about.first, shown.about.last + 1) for n in numbers)
    assert shown.usage.size == shown.window.span.size == sum(each.span.size for each in shown.cells)
    assert shown.of_about.size == shown.about.size
    assert shown.of_about.colliding + shown.colliding_beside == shown.usage.colliding


def test_every_state_has_its_place_in_the_order() -> None:
    assert sorted(WORST_FIRST) == sorted(State)


def test_each_address_in_its_state() -> None:
    shown = stretch(
        "192.0.2.236",
        svc("192.0.2.236"),
        cpe("192.0.2.236", GAMMA),
        alloc("192.0.2.233"),
        alloc("192.0.2.234", "x", serves=BETA, purpose=Purpose.SERVICE),
        svc("192.0.2.234", BETA, "x"),
        alloc("192.0.2.235", "y", terminating=True),
        svc("192.0.2.238", BETA, "z", stale=True),
        node("192.0.2.225"),
        pool("192.0.2.232-192.0.2.239"),
        lb_range("192.0.2.240/30"),
        collisions={"192.0.2.236": False, "192.0.2.238": True},
    )
    assert "".join(each.state.letter for each in shown.cells) == "·N······pTLCXpXpllll···········R"
    assert [each.span for each in shown.cells if each.is_marked] == [span("192.0.2.236")]
    assert [str(each.span) for each in shown.cells if each.is_suspected] == ["192.0.2.238"]
    assert [str(each.span) for each in shown.cells if each.is_stale] == ["192.0.2.238"]
    assert sum(each.in_pool for each in shown.cells) == 8
    assert sum(each.in_lb_range for each in shown.cells) == 4
    assert [len(row) for row in shown.rows] == [16, 16]


def test_the_picture_in_words() -> None:
    users = [svc("192.0.2.236"), cpe("192.0.2.236", GAMMA)]
    others = [alloc("192.0.2.233"), svc("192.0.2.240", BETA, "a"), cpe("192.0.2.240", ALPHA)]
    nodes = [node(f"192.0.2.{number}", BETA, f"w{number}") for number in (225, 226)]
    shown = stretch(
        "192.0.2.236", *users, *others, *nodes, collisions={"192.0.2.236": False, "192.0.2.240": False}
    )
    assert shown.alt == (
        "192.0.2.224 to 192.0.2.255, each cell one address: 192.0.2.236 is used by more than one; "
        "5 of 32 are used (2 by nodes, 2 unknown to IPAM), 1 is reserved, 26 are free; "
        "1 other is used by more than one"
    )


@pytest.mark.parametrize(
    ("some", "collisions", "words"),
    [
        ([], {}, "192.0.2.99 is free; 0 of 32 are used, 32 are free"),
        ([pool("192.0.2.0/25")], {}, "192.0.2.99 is free in a pool; 0 of 32 are used, 32 are free"),
        ([alloc("192.0.2.99")], {}, "192.0.2.99 is tracked: IPAM holds it; 1 of 32 is used, 31 are free"),
        (
            [svc("192.0.2.99", stale=True)],
            {},
            "192.0.2.99 is untracked: in use, and unknown to IPAM, as last seen; "
            "1 of 32 is used (1 unknown to IPAM), 31 are free",
        ),
        (
            [node("192.0.2.99")],
            {},
            "192.0.2.99 is a node's own address, unknown to IPAM; 1 of 32 is used (1 by nodes), 31 are free",
        ),
        (
            [svc("192.0.2.99"), cpe("192.0.2.99"), svc("192.0.2.100", BETA, "x")],
            {"192.0.2.99": True, "192.0.2.100": True},
            "192.0.2.99 seems to be used by more than one; 2 of 32 are used (2 unknown to IPAM), 30 are free",
        ),
    ],
)
def test_one_address_in_words(some: list[Occupant], collisions: dict[str, bool], words: str) -> None:
    shown = stretch("192.0.2.99", *some, collisions=collisions)
    assert shown.alt == f"192.0.2.96 to 192.0.2.127, each cell one address: {words}"


def test_a_range_in_words() -> None:
    shown = stretch(
        "10.0.0.0/8", pool("10.0.0.0/8"), svc("10.9.9.9"), subnet=None, collisions={"10.9.9.9": False}
    )
    assert cell(shown, "10.9.9.9") == Cell(
        span("10.8.0.0/13"), State.COLLISION, used=1, is_marked=True, in_pool=True
    )
    assert shown.alt == (
        "9.128.0.0 to 11.127.255.255, each cell a /13: 10.0.0.0/8 is outlined, where 1 is used "
        "(1 unknown to IPAM), the rest is free; 1 is used (1 unknown to IPAM), the rest is free"
    )


def test_an_ipv6_subnet_is_told_without_counting_it() -> None:
    shown = stretch("2001:db8::e6", svc("2001:db8::e6"), cpe("2001:db8::e7"), subnet=SIX)
    assert shown.alt == (
        "2001:db8::e0 to 2001:db8::ff, each cell one address: 2001:db8::e6 is untracked: in use, and unknown "
        "to IPAM; 2 of 32 are used (2 unknown to IPAM), 30 are free"
    )
    whole = stretch("2001:db8::/64", svc("2001:db8::e6"), node("2001:db8:0:0:8000::"), subnet=SIX)
    assert [each.used for each in whole.cells if each.used] == [1, 1]
    assert (
        "each cell a /70: 2001:db8::/64 is outlined, where 2 are used (1 by nodes, 1 unknown to IPAM)"
        in whole.alt
    )


def test_a_prefix_that_is_handed_out_is_all_used() -> None:
    shown = stretch(
        "2001:db8:0:7::/64", prefix_pool("2001:db8::/48"), alloc("2001:db8:0:7::/64"), subnet=None
    )
    states = {each.state for each in shown.cells if each.is_marked}
    assert states == {State.TRACKED}
    assert "where more than a million are used, 0 are free" in shown.alt


def test_only_what_meets_the_stretch_has_to_be_known() -> None:
    near = [svc("192.0.2.236"), pool("192.0.2.232-192.0.2.239")]
    far = [svc(f"192.0.2.{number}", BETA, f"s{number}") for number in range(2, 200)]
    assert stretch("192.0.2.236", *near, *far) == stretch("192.0.2.236", *near)


def test_a_finding_on_everything_is_no_more_work_than_one_on_an_address() -> None:
    shown = stretch("::/0", pool("::/0"), svc("2001:db8::1"), subnet=None)
    assert len(shown.cells) == COLUMNS * MOST_ROWS
    assert all(each.is_marked for each in shown.cells)
    assert usage_of([]) != shown.usage


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.0/28", "192.0.2.0/28"),
        ("192.0.2.1-192.0.2.9", "192.0.2.1 to 192.0.2.9"),
    ],
)
def test_a_span_in_words(text: str, words: str) -> None:
    assert span_in_words(span(text)) == words
