"""Where occupants are, asked of a sorted layout, is what a plain search through all of them finds."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.layout import Layout
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.spans import Span, parse_network, single
from tests.builders import (
    BETA,
    GAMMA,
    GMC,
    POOL_KEY,
    alloc,
    cpe,
    cpvip,
    manual,
    node,
    occupant,
    ref,
    span,
    svc,
)  # fmt: skip

NETWORKS = (parse_network("192.0.2.0/29"), parse_network("2001:db8::/125"), parse_network("::/125"))
ADDRESSES = [single(n.version, n.first + k) for n in NETWORKS for k in range(8)]
prefixes = st.sampled_from(["192.0.2.0/30", "2001:db8::/126", "2001:db8::/127"])
addresses = st.sampled_from([str(each) for each in ADDRESSES])


@st.composite
def occupants(draw: st.DrawFn) -> Occupant:
    where, path, number = draw(addresses), draw(st.sampled_from([BETA, GAMMA])), draw(st.integers(0, 1))
    name = path.rsplit("/", 1)[-1]
    key = draw(st.sampled_from([POOL_KEY, "GlobalInClusterIPPool//other"]))
    made = {
        "claim": alloc(where, name, pool=key, uid=f"{name}{number}{where}"),
        "spare": alloc(where, f"{name}-svc-lb-{number}", serves=path, purpose=Purpose.SERVICE, pool=key),
        "claim of nobody": manual(where, f"m{number}"),
        "endpoint": cpe(where, path),
        "announced": cpvip(where, path),
        "Service": svc(where, path, f"s{number}"),
        "external": occupant(Role.EXTIP, where, cluster=path, of=ref("Service", f"e{number}", "shop")),
        "node": node(where, path, f"n{number}"),
        "prefix": alloc(draw(prefixes), f"p{number}", pool=key),
    }  # fmt: skip
    return made[draw(st.sampled_from(sorted(made)))]


def plainly(some: Iterable[Occupant], span: Span) -> list[Occupant]:
    """Those of the span itself, and prefixes around it."""
    stated = [each for each in some if each.span == span]
    return (
        [*stated, *(each for each in some if each.span != span and each.span.contains(span))]
        if stated
        else []
    )


def same(some: Iterable[Occupant], others: Iterable[Occupant]) -> bool:
    return sorted(map(repr, some)) == sorted(map(repr, others))


fleets = st.lists(occupants(), max_size=14)


@given(fleets)
@settings(max_examples=400)
def test_at_every_span_is_what_a_search_finds(some: list[Occupant]) -> None:
    layout = Layout(some)
    for where in {*ADDRESSES, *(each.span for each in some)}:
        assert same(layout.at(where), plainly(some, where))


@given(fleets)
@settings(max_examples=400)
def test_none_is_passed_over_on_which_two_users_may_be(some: list[Occupant]) -> None:
    chosen = set(Layout(some).contested())
    for where in {each.span for each in some}:
        here = plainly(some, where)
        users = {(each.consumer.cluster, each.consumer.purpose, each.consumer.machine) for each in here}
        roles = [each.role for each in here]
        doubled = roles.count(Role.ALLOC) > 1 or roles.count(Role.SVC) > 1 or Role.EXTIP in roles
        if len(here) > 1 and (len(users) > 1 or doubled or "" in {each[0] for each in users}):
            assert where in chosen


@given(fleets, st.sampled_from(["192.0.2.2-192.0.2.5", "2001:db8::/125", "::1-::3", "192.0.2.7"]))
@settings(max_examples=400)
def test_within_a_range_it_finds_who_is_there(some: list[Occupant], within: str) -> None:
    layout, covered = Layout(some), span(within)
    inside = [each for each in some if covered.contains(each.span) and each.span.is_single]
    needed = {each.span for each in inside if each.role in (Role.CPE, Role.CPVIP, Role.NODE)}
    needed |= {each.span for each in inside if each.role is Role.SVC and each.cluster != BETA}
    assert list(layout.needed_in(covered, BETA)) == sorted(needed)
    used = set(layout.used_in(covered, (GMC, POOL_KEY)))
    for each in inside:
        own = {(o.cluster, o.pool) for o in some if o.span == each.span and o.role is Role.ALLOC}
        if each.role is not Role.ALLOC and own != {(GMC, POOL_KEY)}:
            assert each.span in used
        if own == {(GMC, POOL_KEY)}:
            assert each.span not in used


@given(fleets)
@settings(max_examples=200)
def test_services_without_a_claim_of_their_own_are_all_found(some: list[Occupant]) -> None:
    served = list(Layout(some).served())
    assert served == sorted(set(served))
    for each in some:
        alone = all(o.role is not Role.ALLOC for o in some if o.span == each.span)
        if each.role is Role.SVC and alone:
            assert each.span in served


@pytest.mark.parametrize("where", ["192.0.2.1", "2001:db8::/64", "::"])
def test_an_empty_one_answers_with_nothing(where: str) -> None:
    layout = Layout([])
    assert list(layout.at(span(where))) == []
    assert [
        *layout.contested(),
        *layout.served(),
        *layout.needed_in(span(where), BETA),
        *layout.of_role(Role.SVC),
    ] == []
    assert list(layout.used_in(span(where), (GMC, POOL_KEY))) == []


def test_families_are_kept_apart_also_where_their_numbers_are_equal() -> None:
    ours, theirs = node("0.0.0.5", BETA), node("::5", GAMMA)
    layout = Layout([theirs, ours])
    assert list(layout.contested()) == []
    assert [layout.at(span(each)) for each in ("0.0.0.5", "::5")] == [[ours], [theirs]]
