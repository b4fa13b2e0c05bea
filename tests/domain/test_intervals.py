"""The subnet as the map draws it."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import Interval, State, intervals_of, next_addresses
from ipviz.domain.landmarks import marks_of
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span
from ipviz.domain.usage import summary
from tests.builders import ALPHA, BETA, GAMMA, GMC, alloc, cpe, lb_range, node, pool, span, spans, svc
from tests.domain.test_judge import occupants

SUBNET = DeclaredSubnet(span("192.0.2.0/24"), span("192.0.2.1"), spans("192.0.2.20-192.0.2.150"))
BARE = DeclaredSubnet(span("192.0.2.0/24"))


def drawn(
    *some: Occupant, subnet: DeclaredSubnet = SUBNET, collisions: Mapping[str, bool] | None = None
) -> tuple[Interval, ...]:
    return intervals_of(subnet, some, {span(each): known for each, known in (collisions or {}).items()})


def at(where: str, *some: Occupant, **how: Any) -> Interval:
    """The one interval that holds the address."""
    (found,) = [each for each in drawn(*some, **how) if each.span.contains(span(where))]
    return found


def test_an_empty_subnet_is_free_but_for_its_own_addresses() -> None:
    assert [(str(each.span), each.state.value) for each in drawn()] == [
        ("192.0.2.0-192.0.2.1", "reserved"),
        ("192.0.2.2-192.0.2.19", "free"),
        ("192.0.2.20-192.0.2.150", "dhcp"),
        ("192.0.2.151-192.0.2.254", "free"),
        ("192.0.2.255", "reserved"),
    ]


@pytest.mark.parametrize(
    ("state", "some"),
    [
        (State.TRACKED, [alloc("192.0.2.9", "gamma")]),
        (State.TRACKED, [alloc("192.0.2.9", "gamma"), cpe("192.0.2.9", GAMMA), node("192.0.2.9", GAMMA)]),
        (State.TRACKED, [alloc("192.0.2.9", "gamma"), svc("192.0.2.9", BETA)]),
        (
            State.MATCHED,
            [alloc("192.0.2.9", "x", serves=BETA, purpose=Purpose.SERVICE), svc("192.0.2.9", BETA)],
        ),
        (State.UNTRACKED, [svc("192.0.2.9")]),
        (State.UNTRACKED, [cpe("192.0.2.9"), node("192.0.2.9", GAMMA)]),
        (State.NODE, [node("192.0.2.9")]),
        (State.COOLING, [alloc("192.0.2.9", terminating=True), cpe("192.0.2.9", ALPHA)]),
        (State.FREE_IN_POOL, [pool("192.0.2.8/30"), lb_range("192.0.2.8/30")]),
        (State.FREE_IN_LB_RANGE, [lb_range("192.0.2.8/30")]),
        (State.FREE, []),
    ],
)
def test_an_address_is_in_the_state_that_is_known_of_it(state: State, some: list[Occupant]) -> None:
    assert at("192.0.2.9", *some).state is state


def test_a_node_in_the_dhcp_range_is_a_node() -> None:
    assert at("192.0.2.30", node("192.0.2.30")).state is State.NODE


def test_a_collision_is_drawn_above_all_else() -> None:
    some = alloc("192.0.2.9"), svc("192.0.2.9")
    assert at("192.0.2.9", *some, collisions={"192.0.2.9": False}).state is State.COLLISION
    assert at("192.0.2.1", collisions={"192.0.2.1": False}).state is State.COLLISION
    assert at("192.0.2.8", *some, collisions={"192.0.2.9": False}).state is State.FREE


def test_a_collision_is_suspected_until_any_finding_is_open() -> None:
    assert at("192.0.2.9", collisions={"192.0.2.9": True}).is_suspected
    assert not at("192.0.2.9", collisions={"192.0.2.9": False}).is_suspected
    assert not at("192.0.2.9", collisions={"192.0.2.9": True, "192.0.2.8/31": False}).is_suspected


def test_an_address_knows_who_is_on_it_and_which_ranges_cover_it() -> None:
    found = at("192.0.2.9", pool("192.0.2.8/29"), lb_range("192.0.2.9-192.0.2.20"), svc("192.0.2.9"))
    assert str(found.span) == "192.0.2.9"
    assert [each.role.value for each in found.occupants] == ["SVC"]
    assert sorted(each.role.value for each in found.ranges) == ["LBRANGE", "POOL"]


def test_what_is_stale_is_marked_so() -> None:
    assert at("192.0.2.9", svc("192.0.2.9", stale=True), pool("192.0.2.8/29")).is_stale
    assert not at("192.0.2.10", svc("192.0.2.9", stale=True), pool("192.0.2.8/29")).is_stale


def test_each_pools_next_address_stands_alone() -> None:
    some = pool("192.0.2.232/29"), alloc("192.0.2.232", "alpha")
    assert [str(each.span) for each in drawn(*some, subnet=BARE) if each.is_next] == ["192.0.2.233"]
    assert next_addresses([pool("192.0.2.1"), alloc("192.0.2.1", "alpha")]) == ()
    apart = drawn(pool("192.0.2.232/30"), pool("192.0.2.233-192.0.2.235", "two", cluster=GMC), subnet=BARE)
    assert [str(each.span) for each in apart if each.is_next] == ["192.0.2.232", "192.0.2.233"]


def test_the_next_address_is_marked_also_where_somebody_sits_on_it() -> None:
    found = at("192.0.2.232", pool("192.0.2.232/29"), svc("192.0.2.232"))
    assert (found.state, found.is_next) == (State.UNTRACKED, True)


def test_a_pool_that_reaches_beyond_the_subnet_is_cut() -> None:
    found = drawn(pool("192.0.1.0-192.0.2.9"), subnet=BARE)
    assert [str(each.span) for each in found if each.ranges] == ["192.0.2.0", "192.0.2.1-192.0.2.9"]


def test_another_family_is_not_drawn() -> None:
    assert drawn(pool("2001:db8::/64"), svc("2001:db8::5")) == drawn()


@pytest.mark.parametrize(
    ("cidr", "reserved"),
    [
        ("192.0.2.0/24", ["192.0.2.0", "192.0.2.255"]),
        ("192.0.2.0/31", []),
        ("192.0.2.0/32", []),
        ("2001:db8::/64", ["2001:db8::"]),
        ("2001:db8::/127", []),
    ],
)
def test_what_a_network_keeps_for_itself(cidr: str, reserved: list[str]) -> None:
    assert [str(each.span) for each in marks_of(DeclaredSubnet(span(cidr)))] == reserved


def test_a_huge_subnet_is_cut_into_few_intervals() -> None:
    subnet = DeclaredSubnet(span("2001:db8::/32"))
    found = drawn(pool("2001:db8:1::/48"), svc("2001:db8:1::5"), subnet=subnet)
    assert len(found) == 7
    assert sum(each.span.size for each in found) == subnet.span.size


def test_a_summary_counts_addresses_of_every_state() -> None:
    counts = summary(drawn(svc("192.0.2.9"), pool("192.0.2.232/29")))
    assert set(counts) == set(State)
    assert (counts[State.UNTRACKED], counts[State.FREE_IN_POOL], counts[State.RESERVED]) == (1, 8, 3)
    assert sum(counts.values()) == 256


def test_every_state_has_a_letter_and_words_of_its_own() -> None:
    assert len({state.letter for state in State}) == len(State) == len({state.words for state in State})
    assert {state for state in State if state.is_free} == {
        State.FREE,
        State.FREE_IN_POOL,
        State.FREE_IN_LB_RANGE,
        State.DHCP,
    }


def statement(occupant: Occupant) -> tuple[str, Ref, Role, Span]:
    return occupant.cluster, occupant.ref, occupant.role, occupant.span


@given(
    st.lists(occupants(), max_size=10, unique_by=statement),
    st.integers(28, 31),
    st.lists(st.integers(0, 15), max_size=3),
)
@settings(max_examples=150)
def test_intervals_cover_the_subnet_exactly_once(
    some: list[Occupant], length: int, marked: list[int]
) -> None:
    whole = span(f"192.0.2.0/{length}")
    subnet = DeclaredSubnet(whole, span("192.0.2.1"), spans("192.0.2.3-192.0.2.9"))
    collisions = {span(f"192.0.2.{last}"): last % 2 == 0 for last in marked}
    found = intervals_of(subnet, some, collisions)
    assert found[0].span.first == whole.first
    assert found[-1].span.last == whole.last
    assert all(a.span.last + 1 == b.span.first for a, b in pairwise(found))
    assert found == intervals_of(subnet, list(reversed(some)), collisions)
    for interval in found:
        for number in range(interval.span.first, interval.span.last + 1):
            here = Span(4, number, number)
            assert {each.ref for each in interval.occupants} | {each.ref for each in interval.ranges} == {
                each.ref for each in some if each.span.contains(here)
            }
