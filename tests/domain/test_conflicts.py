"""What stands against a wish, against a look at each address by itself."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.conflicts import Wish, conflicts_with_declared, conflicts_with_occupants, outside
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span, merged, single
from ipviz.domain.words import Namer
from tests.builders import span

BASE = span("192.0.2.0").first
CLUSTERS = ("gmc", "gmc/org/a", "gmc/org/b", "")
POOLS = ("GlobalInClusterIPPool//one", "GlobalInClusterIPPool//two")


@st.composite
def some_spans(draw: st.DrawFn, most: int = 8) -> Span:
    first = draw(st.integers(0, 31))
    return Span(4, BASE + first, BASE + min(31, first + draw(st.integers(0, most))))


@st.composite
def occupants(draw: st.DrawFn) -> Occupant:
    role = draw(st.sampled_from([Role.ALLOC, Role.SVC, Role.NODE, Role.POOL, Role.LBRANGE]))
    stretches = role in (Role.POOL, Role.LBRANGE)
    where = draw(some_spans(8 if stretches else 0))
    consumer = "" if role is Role.POOL else draw(st.sampled_from(CLUSTERS))
    return Occupant(
        span=where,
        role=role,
        cluster=draw(st.sampled_from(CLUSTERS[:1] if role in (Role.POOL, Role.ALLOC) else CLUSTERS[:3])),
        ref=Ref("Service", "shop", "web", "uid"),
        consumer=Consumer(consumer, Purpose.SERVICE),
        pool=draw(st.sampled_from(POOLS)) if role in (Role.POOL, Role.ALLOC) else "",
    )


wishes = st.builds(
    Wish,
    st.lists(some_spans(), min_size=1, max_size=4).map(merged),
    st.sampled_from(CLUSTERS[1:]),
    st.frozensets(st.sampled_from([("gmc", pool) for pool in POOLS]), max_size=1),
)


def stands_against(wish: Wish, number: int, all_of_them: Iterable[Occupant]) -> bool:
    """One address, said once more as docs/domain.md says it."""
    for each in all_of_them:
        if not each.span.contains(single(4, number)):
            continue
        if wish.cluster and each.consumer.cluster == wish.cluster:
            continue
        if each.role in (Role.POOL, Role.ALLOC) and ("gmc", each.pool) in wish.pools:
            continue
        gave = each.role is Role.POOL and any(
            other.role is Role.ALLOC
            and other.pool == each.pool
            and wish.cluster
            and other.consumer.cluster == wish.cluster
            and other.span.contains(single(4, number))
            for other in all_of_them
        )
        if not gave:
            return True
    return False


@given(wishes, st.lists(occupants(), max_size=12))
def test_an_address_is_told_where_and_only_where_something_stands_against_it(
    wish: Wish, known: list[Occupant]
) -> None:
    own = [
        each
        for each in known
        if each.role is Role.ALLOC and wish.cluster and each.consumer.cluster == wish.cluster
    ]
    found = conflicts_with_occupants(wish, known, Namer(), own)
    told = {number for each in found for number in range(each.span.first, each.span.last + 1)}
    wanted = {number for each in wish.spans for number in range(each.first, each.last + 1)}
    assert told == {number for number in wanted if stands_against(wish, number, known)}


SUBNET = DeclaredSubnet(span("192.0.2.0/27"), span("192.0.2.9"), (span("192.0.2.20-192.0.2.25"),))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("192.0.2.0/27", {("192.0.2.0", "reserved"), ("192.0.2.31", "reserved"), ("192.0.2.9", "reserved"),
                          ("192.0.2.20-192.0.2.25", "DHCP")}),
        ("192.0.2.24-192.0.2.26", {("192.0.2.24-192.0.2.25", "DHCP")}),
        ("192.0.2.26", set()),
        ("198.51.100.0", set()),
    ],
)  # fmt: skip
def test_what_the_operator_declared_stands_against_it(wanted: str, told: set[tuple[str, str]]) -> None:
    found = conflicts_with_declared(Wish((span(wanted),)), [SUBNET])
    assert {(str(each.span), each.what) for each in found} == told


def test_what_a_pool_lets_us_guess_proves_nothing() -> None:
    guessed = DeclaredSubnet(SUBNET.span, SUBNET.gateway, SUBNET.dhcp, declared=False)
    assert not list(conflicts_with_declared(Wish((SUBNET.span,)), [guessed]))


def test_what_lies_in_no_subnet_is_named() -> None:
    assert outside(Wish((span("192.0.2.30-192.0.2.33"),)), [SUBNET]) == (span("192.0.2.32-192.0.2.33"),)
