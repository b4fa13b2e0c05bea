"""Interval arithmetic against counting address by address, in both families."""

import ipaddress
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.spans import (
    BITS,
    Span,
    address_text,
    count,
    enclosing_network,
    first_key,
    intersected,
    is_drawable,
    last_key,
    merged,
    network_text,
    networks_of,
    parse_address,
    parse_entry,
    parse_network,
    parse_range,
    prefix_length,
    single,
    sort_key,
    span_from_keys,
    subtracted,
)
from tests.builders import span

BASES = {4: int(ipaddress.ip_address("192.0.2.0")), 6: int(ipaddress.ip_address("2001:db8::"))}
Address = tuple[int, int]


@st.composite
def small_spans(draw: st.DrawFn) -> Span:
    version = draw(st.sampled_from([4, 6]))
    ends = sorted((draw(st.integers(0, 40)), draw(st.integers(0, 40))))
    return Span(version, BASES[version] + ends[0], BASES[version] + ends[1])


many = st.lists(small_spans(), max_size=8)
anywhere = st.sampled_from([4, 6]).flatmap(
    lambda version: st.tuples(st.just(version), st.integers(0, 2 ** BITS[version] - 1))
)


def addresses(of: Iterable[Span]) -> set[Address]:
    return {(each.version, number) for each in of for number in range(each.first, each.last + 1)}


def are_apart(of: tuple[Span, ...]) -> bool:
    """In order, and neither overlapping nor touching."""
    return all((a.version, a.last + 1) < (b.version, b.first) for a, b in pairwise(of))


@given(many)
@settings(max_examples=200)
def test_merged_spans_hold_the_same_addresses_in_the_fewest_spans(some: list[Span]) -> None:
    joined = merged(some)
    assert addresses(joined) == addresses(some)
    assert are_apart(joined)
    assert count(some) == len(addresses(some))


@given(many, many)
@settings(max_examples=200)
def test_subtraction_leaves_what_no_hole_holds(some: list[Span], holes: list[Span]) -> None:
    left = subtracted(some, holes)
    assert addresses(left) == addresses(some) - addresses(holes)
    assert are_apart(left)


@given(many, many)
@settings(max_examples=200)
def test_an_intersection_is_what_both_hold(ours: list[Span], theirs: list[Span]) -> None:
    assert addresses(intersected(ours, theirs)) == addresses(ours) & addresses(theirs)


@given(many)
@settings(max_examples=200)
def test_networks_are_aligned_and_the_fewest_possible(some: list[Span]) -> None:
    networks = networks_of(some)
    expected = [
        str(network)
        for each in merged(some)
        for network in ipaddress.summarize_address_range(
            ipaddress.ip_address(address_text(each.version, each.first)),
            ipaddress.ip_address(address_text(each.version, each.last)),
        )
    ]
    assert [network_text(each) for each in networks] == expected


@given(anywhere, anywhere)
@settings(max_examples=200)
def test_sort_keys_sort_as_addresses_do(one: Address, other: Address) -> None:
    assert (sort_key(*one) < sort_key(*other)) == (one < other)


@given(anywhere)
@settings(max_examples=200)
def test_an_address_is_read_back_as_it_was_written(address: Address) -> None:
    there = single(*address)
    mapped = there.version == 6 and there.first >> 32 == 0xFFFF
    assert mapped or parse_address(str(there)) == there
    assert span_from_keys(first_key(there), last_key(there)) == there


@given(small_spans())
def test_a_range_is_read_back_as_it_was_written(there: Span) -> None:
    assert parse_entry(str(there)) == there
    assert span_from_keys(first_key(there), last_key(there)) == there


@given(anywhere, st.integers(0, 128))
def test_a_network_is_read_back_as_it_was_written(address: Address, length: int) -> None:
    there = single(*address)
    network = enclosing_network(there, min(length, BITS[there.version]))
    assert network.contains(there)
    mapped = network.version == 6 and network.first >> 32 == 0xFFFF
    assert mapped or parse_network(network_text(network)) == network


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("fd00:0:0::1", "fd00::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("10.0.0.5/30", "10.0.0.4-10.0.0.7"),
        ("10.0.0.5/32", "10.0.0.5"),
        ("10.0.0.1-10.0.0.1", "10.0.0.1"),
        ("::ffff:192.0.2.0/120", "192.0.2.0-192.0.2.255"),
    ],
)
def test_one_address_is_one_value_however_it_is_written(text: str, written: str) -> None:
    assert str(parse_entry(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0",
        "10.0.0.1 ",
        "10.0.0.01",
        "10.0.0.1/255.255.255.0",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/024",
        "10.0.0.0/8/8",
        "10.0.0.10-20",
        "10.0.0.10 - 10.0.0.20",
        "10.0.0.20-10.0.0.10",
        "10.0.0.1-fd00::1",
        "fe80::1%eth0",
        "fe80::1%eth0/64",
        "lb.example.com",
    ],
)
def test_what_go_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_entry(text)


def test_each_form_is_read_only_by_its_own_reader() -> None:
    for wrong in ("10.0.0.1", "10.0.0.0/24"):
        with pytest.raises(ValueError):
            parse_range(wrong)
    with pytest.raises(ValueError):
        parse_network("10.0.0.1")


def test_ipv4_and_ipv6_never_meet() -> None:
    one, other = Span(4, 5, 9), Span(6, 5, 9)
    assert not one.meets(other)
    assert not one.contains(other)
    assert one.intersection(other) is None


@pytest.mark.parametrize(
    "text", ["169.254.1.1", "127.0.0.1", "224.0.0.1", "0.0.0.0", "fe80::1", "::1", "ff02::1", "::"]
)
def test_an_address_that_no_host_on_a_segment_has_is_not_drawn(text: str) -> None:
    assert not is_drawable(span(text))


@pytest.mark.parametrize("text", ["10.0.0.1", "192.0.2.1", "fd00::1", "2001:db8::1"])
def test_other_addresses_are_drawn(text: str) -> None:
    assert is_drawable(span(text))


def test_a_span_that_is_no_network_has_no_prefix_length() -> None:
    assert prefix_length(span("10.0.0.1-10.0.0.2")) is None
    assert prefix_length(span("10.0.0.0-10.0.0.1")) == 31
    with pytest.raises(ValueError):
        network_text(span("10.0.0.1-10.0.0.2"))
