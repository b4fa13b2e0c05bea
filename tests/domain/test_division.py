"""Dividing a subnet: what is found is right, and where nothing is found nothing fits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.division import Division, divide, smallest_prefix
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.landmarks import marks_of
from ipviz.domain.needs import Ground, Needs, block_size, usable_in
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import (
    Span,
    count,
    network_text,
    parse_address,
    parse_entry,
    parse_network,
    subtracted,
)

NET = parse_network("192.0.2.0/24")
SUBNET = DeclaredSubnet(NET, parse_address("192.0.2.1"))
EMPTY = Ground.untouched(SUBNET)


def told(division: Division) -> dict[str, str]:
    return {str(part.span): part.words for part in division.parts}


def ground(*taken: str, nodes: tuple[str, ...] = (), kept: tuple[Part, ...] = ()) -> Ground:
    leased = tuple(parse_entry(each) for each in nodes)
    gone = [*map(parse_entry, taken), *leased, *(part.span for part in kept)]
    return Ground(NET, subtracted(EMPTY.free, gone), leased, kept)


def test_an_empty_subnet_is_divided_as_a_person_would() -> None:
    needs = Needs(nodes=100, clusters=3, later=5, balancers=3, management="gmc")
    found = divide(EMPTY, needs)
    assert found.fits
    assert told(found) == {
        "192.0.2.2": "API of the management cluster",
        "192.0.2.3": "ingress of the management cluster",
        "192.0.2.8-192.0.2.15": "pool for control planes wc-cp-ips",
        "192.0.2.16-192.0.2.39": "pool for load balancers svc-lb-ips",
        "192.0.2.48-192.0.2.147": "DHCP for nodes",
    }
    assert found.more == (253 - 2 - 8 - 24 - 100) // 4


def test_blocks_are_aligned_and_named_after_the_clusters_there_are() -> None:
    needs = Needs(clusters=2, later=1, balancers=3, in_blocks=True, names=("alpha", "beta"))
    blocks = [part for part in divide(EMPTY, needs).parts if part.use is Use.BLOCK]
    assert [(network_text(part.span), part.name) for part in blocks] == [
        ("192.0.2.8/30", "alpha"),
        ("192.0.2.12/30", "beta"),
        ("192.0.2.16/30", ""),
    ]


def test_a_block_of_which_the_provider_skips_addresses_is_passed_over() -> None:
    wide = DeclaredSubnet(parse_network("192.0.0.0/22"))
    needs = Needs(clusters=1, balancers=4, in_blocks=True)
    taken = Ground(wide.span, (parse_entry("192.0.0.252-192.0.1.7"), parse_entry("192.0.2.8-192.0.2.20")))
    (block,) = [part.span for part in divide(taken, needs).parts if part.use is Use.BLOCK]
    assert network_text(block) == "192.0.1.4/30", "neither .252/30 with its .255, nor .0/30 with its .0"


@pytest.mark.parametrize(
    ("addresses", "size"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 4), (200, 256), (254, 256), (255, 512), (600, 1024)],
)
def test_a_block_is_as_large_as_it_has_to_be(addresses: int, size: int) -> None:
    assert block_size(addresses) == size
    if size > 1:
        assert max(usable_in(Span(4, at * size, at * size + size - 1)) for at in range(1, 3)) >= addresses


def test_dhcp_covers_the_nodes_that_are_there() -> None:
    found = divide(ground(nodes=("192.0.2.60", "192.0.2.71", "192.0.2.75")), Needs(nodes=20, clusters=0))
    assert "192.0.2.60-192.0.2.79" in told(found)


def test_where_nodes_are_far_apart_it_covers_the_most() -> None:
    nodes = ("192.0.2.20", "192.0.2.100", "192.0.2.104", "192.0.2.200")
    assert "192.0.2.100-192.0.2.109" in told(divide(ground(nodes=nodes), Needs(nodes=10, clusters=0)))


def test_what_is_there_already_is_kept_and_counted() -> None:
    kept = (
        Part(Use.DHCP, parse_entry("192.0.2.20-192.0.2.150")),
        Part(Use.CONTROL_PLANES, parse_entry("192.0.2.232-192.0.2.239"), "wc-cp-ips"),
        Part(Use.API, parse_entry("192.0.2.10"), "gmc"),
        Part(Use.BLOCK, parse_network("192.0.2.180/30"), "alpha"),
    )
    needs = Needs(nodes=60, clusters=4, later=6, balancers=3, in_blocks=True, names=("beta",))
    found = divide(ground(kept=kept), needs)
    assert found.kept == kept
    uses = [part.use for part in found.parts]
    assert Use.DHCP not in uses
    assert Use.API not in uses
    assert uses.count(Use.BLOCK) == 9, "one of ten is there"
    assert sum(part.span.size for part in found.parts if part.use is Use.CONTROL_PLANES) == 2, (
        "eight are there"
    )


def test_a_range_that_fits_in_no_stretch_is_had_in_pieces() -> None:
    every_second = ground(*(f"192.0.2.{number}" for number in range(3, 255, 2)))
    found = divide(every_second, Needs(nodes=4, clusters=2, balancers=2))
    assert found.fits
    assert count(part.span for part in found.parts if part.use is Use.DHCP) == 4


def test_what_does_not_fit_is_told_by_its_hardest_need() -> None:
    found = divide(ground("192.0.2.64-192.0.2.255"), Needs(nodes=70, clusters=2))
    assert found.lack is not None
    assert (found.lack.use, found.lack.wanted) == (Use.DHCP, 70)
    assert found.lack.had < 70
    blocks = divide(ground("192.0.2.16-192.0.2.255"), Needs(clusters=5, balancers=4, in_blocks=True))
    assert blocks.lack is not None
    assert (blocks.lack.use, blocks.lack.wanted, blocks.lack.had) == (Use.BLOCK, 5, 3)


@pytest.mark.parametrize(
    ("needs", "length"),
    [
        (Needs(nodes=0, clusters=1, balancers=1), 29),
        (Needs(nodes=100, clusters=3, later=5), 24),
        (Needs(nodes=300, clusters=10), 23),
        (Needs(nodes=5, clusters=10, balancers=200, in_blocks=True), 20),
    ],
)
def test_the_smallest_subnet_that_would_do(needs: Needs, length: int) -> None:
    assert smallest_prefix(4, needs) == length
    assert smallest_prefix(6, needs) is not None


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Part(Use.API, parse_entry("198.51.100.7")), "lies outside the subnet"),
        (Part(Use.API, parse_entry("192.0.2.50")), "is not free"),
        (Part(Use.INGRESS, parse_entry("192.0.2.60-192.0.2.61")), "is more than one address"),
        (Part(Use.BLOCK, parse_entry("192.0.2.61-192.0.2.64")), "is no aligned block: a CIDR would cover"
         " its neighbours"),
    ],
)  # fmt: skip
def test_what_was_chosen_and_cannot_be_is_named(part: Part, words: str) -> None:
    found = divide(ground("192.0.2.50"), Needs(clusters=8, fixed=(part,)))
    assert (words, part) in [(fault.words, fault.part) for fault in found.faults]
    assert not found.fits


def test_a_choice_stands_and_all_else_goes_around_it() -> None:
    fixed = (
        Part(Use.API, parse_entry("192.0.2.5"), "gmc"),
        Part(Use.DHCP, parse_entry("192.0.2.10-192.0.2.99")),
        Part(Use.BLOCK, parse_network("192.0.2.128/30"), "beta"),
    )
    needs = Needs(nodes=60, clusters=2, in_blocks=True, names=("alpha", "beta"), fixed=fixed)
    found = divide(EMPTY, needs)
    assert found.fits
    assert set(fixed) <= set(found.parts)
    assert [part.name for part in found.parts if part.use is Use.BLOCK] == ["alpha", "beta"]


def test_what_is_there_may_be_chosen_larger() -> None:
    kept = (Part(Use.CONTROL_PLANES, parse_entry("192.0.2.232-192.0.2.239"), "wc-cp-ips"),)
    larger = Part(Use.CONTROL_PLANES, parse_entry("192.0.2.224-192.0.2.239"), "wc-cp-ips")
    found = divide(ground(kept=kept), Needs(clusters=12, fixed=(larger,)))
    assert (found.faults, found.kept) == ((), ())


@st.composite
def fields(draw: st.DrawFn) -> tuple[Ground, Needs]:
    """A small network, some of it taken, and some needs."""
    version = draw(st.sampled_from((4, 6)))
    base = 0xC0000200 if version == 4 else 0x20010DB8 << 96
    span = Span(version, base, base + 63)
    subnet = DeclaredSubnet(span, Span(version, base + 1, base + 1))
    numbers = st.integers(base, base + 63)
    taken = [
        Span(version, a, min(a + draw(st.integers(0, 6)), base + 63))
        for a in draw(st.lists(numbers, max_size=8))
    ]
    leased = subtracted([Span(version, a, a) for a in draw(st.lists(numbers, max_size=5))], taken)
    leased = subtracted(leased, [mark.span for mark in marks_of(subnet)])
    free = subtracted(Ground.untouched(subnet).free, [*taken, *leased])
    needs = Needs(
        nodes=draw(st.integers(0, 30)),
        clusters=draw(st.integers(0, 4)),
        later=draw(st.integers(0, 3)),
        balancers=draw(st.integers(0, 6)),
        in_blocks=draw(st.booleans()),
    )
    return Ground(span, free, leased), needs


def addresses(spans: object) -> set[int]:
    return {number for span in spans for number in range(span.first, span.last + 1)}  # type: ignore[attr-defined]


def could_fit(ground: Ground, needs: Needs) -> bool:
    """By counting alone: blocks at aligned places, the rest wherever something is left."""
    free, size = addresses(ground.free), needs.block_size
    blocks = 0
    if needs.in_blocks:
        starts = range(ground.span.first // size * size, ground.span.last + 1, size)
        whole = [s for s in starts if set(range(s, s + size)) <= free]
        whole = [
            s
            for s in whole
            if sum(n % 256 not in (0, 255) or ground.span.version == 6 for n in range(s, s + size))
            >= needs.balancers
        ]
        blocks = needs.all_clusters
        if len(whole) < blocks:
            return False
    singles = 2 + needs.all_clusters + (0 if needs.in_blocks else needs.all_clusters * needs.balancers)
    left = len(free) - blocks * size - singles
    return left >= 0 and left + len(addresses(ground.leased)) >= needs.nodes


@given(fields())
def test_what_is_found_is_right_and_is_found_where_it_can_be(field: tuple[Ground, Needs]) -> None:
    ground, needs = field
    found = divide(ground, needs)
    assert found.fits == could_fit(ground, needs)
    free, leased, seen = addresses(ground.free), addresses(ground.leased), set[int]()
    for part in found.parts:
        held = addresses([part.span])
        assert held <= (free | leased if part.use is Use.DHCP else free), "outside all that is used"
        assert not held & seen, "disjoint"
        seen |= held
        if part.use is Use.BLOCK:
            assert part.span.size == needs.block_size
            assert part.span.first % part.span.size == 0, "aligned"
            assert usable_in(part.span) >= needs.balancers
    assert addresses(found.left) == free - seen, "whole in its sum"
    if found.fits:
        sizes = {use: sum(p.span.size for p in found.parts if p.use is use) for use in Use}
        assert sizes[Use.API] == sizes[Use.INGRESS] == 1
        assert sizes[Use.CONTROL_PLANES] == needs.all_clusters
        assert sizes[Use.DHCP] == needs.nodes
        assert sizes[Use.BALANCERS] == (0 if needs.in_blocks else needs.all_clusters * needs.balancers)
        in_blocks = needs.in_blocks and needs.balancers > 0
        assert sizes[Use.BLOCK] == (needs.all_clusters * needs.block_size if in_blocks else 0)


@given(fields(), st.data())
def test_what_was_found_can_be_chosen_again(field: tuple[Ground, Needs], data: st.DataObject) -> None:
    ground, needs = field
    found = divide(ground, needs)
    single = [part for part in found.parts if sum(each.use is part.use for each in found.parts) == 1]
    if found.fits and single:
        chosen = data.draw(st.sampled_from(single))
        again = divide(ground, replace(needs, fixed=(chosen,)))
        assert again.fits
        assert chosen in again.parts


def test_a_block_that_others_have_is_not_to_be_had() -> None:
    kept = (Part(Use.BLOCK, parse_network("192.0.2.236/30"), "gmc/org-acme/lab"),)
    taken = Part(Use.BLOCK, parse_network("192.0.2.236/30"), "gmc/org-acme/edge")
    found = divide(ground(kept=kept), Needs(clusters=2, in_blocks=True, fixed=(taken,)))
    assert [fault.words for fault in found.faults] == ["is not free"]
    assert found.kept == kept
    own = replace(taken, name="gmc/org-acme/lab")
    assert divide(ground(kept=kept), Needs(clusters=2, in_blocks=True, fixed=(own,))).fits


def test_a_chosen_range_takes_the_place_of_what_it_lies_on() -> None:
    kept = (Part(Use.DHCP, parse_entry("192.0.2.20-192.0.2.150")),)
    small = Part(Use.DHCP, parse_entry("192.0.2.20-192.0.2.30"))
    found = divide(ground(kept=kept), Needs(nodes=60, fixed=(small,)))
    assert found.kept == ()
    assert [str(part.span) for part in found.parts if part.use is Use.DHCP] == [
        "192.0.2.20-192.0.2.30",
        "192.0.2.160-192.0.2.208",
    ]
    large = Part(Use.DHCP, parse_entry("192.0.2.10-192.0.2.150"))
    assert divide(ground(kept=kept), Needs(nodes=140, fixed=(large,))).fits


def test_what_a_chosen_range_lacks_is_found_beside_it() -> None:
    chosen = Part(Use.CONTROL_PLANES, parse_entry("192.0.2.60-192.0.2.62"), "wc-cp-ips")
    found = divide(EMPTY, Needs(clusters=8, fixed=(chosen,)))
    assert [str(part.span) for part in found.parts if part.use is Use.CONTROL_PLANES] == [
        "192.0.2.60-192.0.2.62",
        "192.0.2.63-192.0.2.67",
    ]


def test_a_management_cluster_that_is_elsewhere_wants_nothing_here() -> None:
    found = divide(replace(EMPTY, is_managed_elsewhere=True), Needs(clusters=1))
    assert {part.use for part in found.parts} == {Use.CONTROL_PLANES, Use.BALANCERS}


def test_two_uses_of_one_address_name_each_other() -> None:
    one = Part(Use.API, parse_entry("192.0.2.9"))
    found = divide(EMPTY, Needs(fixed=(one, Part(Use.INGRESS, parse_entry("192.0.2.9")))))
    assert found.faults[0].words == "is chosen twice, also as API of the management cluster"
    twice = divide(EMPTY, Needs(fixed=(one, Part(Use.API, parse_entry("192.0.2.10")))))
    assert twice.faults[0].words == "is more than one address"


def test_a_block_whose_cluster_came_is_counted_once() -> None:
    kept = (Part(Use.BLOCK, parse_network("192.0.2.180/30"), "gmc/org-acme/epsilon"),)
    planned = Part(Use.BLOCK, parse_network("192.0.2.180/30"), "epsilon")
    later = Part(Use.BLOCK, parse_network("192.0.2.184/30"))
    needs = Needs(clusters=3, in_blocks=True, fixed=(planned, later))
    blocks = [part for part in divide(ground(kept=kept), needs).parts if part.use is Use.BLOCK]
    assert len(blocks) == 3
