"""Pools as the provider reads them; the numbers are its own (tests/data/vectors.json)."""

from typing import Any

import pytest
from hypothesis import given, settings

from ipviz.domain.pools import (
    LARGEST_COUNT,
    allocatable,
    hands_out_prefixes,
    inferred_subnet,
    next_free,
    pool_faults,
    pool_key,
    referred_key,
    usage_of,
    usage_of_keys,
)
from ipviz.domain.seen import PoolRef, SeenPool
from ipviz.domain.spans import Span, first_key, last_key, single
from tests.builders import ref, seen_address, seen_pool, span, spans
from tests.domain.test_spans import addresses, many
from tests.vectors import VECTORS


def pool_of(spec: dict[str, Any]) -> SeenPool:
    return seen_pool(
        *spec["addresses"],
        prefix=spec["prefix"],
        gateway=spec.get("gateway", ""),
        excluded=spec.get("excludedAddresses", ()),
        allocates_reserved=spec.get("allocateReservedIPAddresses", False),
    )


def named(vector: dict[str, Any]) -> str:
    return str(vector.get("name") or vector.get("reason"))


@pytest.mark.parametrize("vector", VECTORS["pools"], ids=named)
def test_a_pool_hands_out_what_the_provider_would(vector: dict[str, Any]) -> None:
    pool = pool_of(vector["spec"])
    assert [str(each) for each in allocatable(pool)] == vector["ranges"]
    usage = usage_of(pool, [])
    assert (usage.total, str(usage.next)) == (vector["total"], vector["first"])


@pytest.mark.parametrize("vector", VECTORS["pools"], ids=named)
def test_a_pool_that_the_webhook_lets_pass_has_no_fault(vector: dict[str, Any]) -> None:
    faults = pool_faults(pool_of(vector["spec"]))
    # Upstream's case for the arithmetic alone: two of its entries lie outside its own /112.
    assert bool(faults) == (vector["name"] == "ipv6 spread, no broadcast")


@pytest.mark.parametrize("vector", VECTORS["pools_rejected_by_webhook"], ids=named)
def test_a_pool_that_the_webhook_refuses_has_a_fault(vector: dict[str, Any]) -> None:
    assert pool_faults(pool_of(vector["spec"]))


@pytest.mark.parametrize(
    "faulty",
    [
        seen_pool("10.0.0.1", prefix=33),
        seen_pool("10.0.0.1", prefix=-1),
        seen_pool("10.0.0.1", gateway="nowhere"),
        seen_pool("10.0.0.1", excluded=["10.0.0.2 "]),
        seen_pool("10.0.0.1", excluded=["fd00::1"]),
    ],
)
def test_every_other_fault_is_found_too(faulty: SeenPool) -> None:
    assert len(pool_faults(faulty)) == 1


@pytest.mark.parametrize(
    "unreadable",
    [
        seen_pool(),
        seen_pool("10.0.0.10-20"),
        seen_pool("10.0.0.1", prefix=33),
        seen_pool("10.0.0.1", gateway="nowhere"),
        seen_pool("10.0.0.1", excluded=["10.0.0.2 "]),
    ],
)
def test_a_pool_that_the_provider_cannot_read_hands_out_nothing(unreadable: SeenPool) -> None:
    assert allocatable(unreadable) == ()


def test_the_subnet_is_inferred_from_the_lowest_address_in_any_order() -> None:
    assert inferred_subnet(seen_pool("10.0.1.5", "10.0.0.9", prefix=24)) == span("10.0.0.0/24")


@given(many, many)
@settings(max_examples=200)
def test_the_next_address_is_the_lowest_free_one(some: list[Span], used: list[Span]) -> None:
    left = sorted(addresses(some) - addresses(used))
    assert next_free(some, used) == (single(*left[0]) if left else None)


def test_the_next_address_of_a_huge_pool_costs_no_loop() -> None:
    assert next_free(spans("2001:db8::/32"), spans("2001:db8::-2001:db8::ffff:ffff")) == span(
        "2001:db8::1:0:0"
    )


def test_usage_counts_objects_as_the_provider_does() -> None:
    """Two objects on one address count twice, one outside the pool counts too: free can be negative."""
    pool = seen_pool("10.0.0.2-10.0.0.4")
    held = [
        seen_address("10.0.0.2", "a"),
        seen_address("10.0.0.2", "b", namespace="org-other"),
        seen_address("10.0.0.9", "c", terminating=True),
        seen_address("10.0.0.9", "d"),
        seen_address("not an address", "e"),
        seen_address("10.0.0.3", "f", pool="another"),
    ]
    usage = usage_of(pool, held)
    assert (usage.total, usage.used, usage.free, usage.out_of_range) == (3, 5, -2, 1)
    assert usage.next == span("10.0.0.3")


@given(many, many)
@settings(max_examples=200)
def test_usage_tells_apart_what_is_in_range_out_of_it_and_free(some: list[Span], used: list[Span]) -> None:
    pool = seen_pool(*map(str, some), allocates_reserved=True, prefix=0)
    held, offered = [single(each.version, each.first) for each in used], addresses(allocatable(pool))
    left = sorted(offered - addresses(held))
    usage = usage_of_keys(pool, [(first_key(each), last_key(each)) for each in held])
    assert (usage.total, usage.used, usage.free) == (len(offered), len(held), len(offered) - len(held))
    assert (usage.left, usage.out_of_range) == (len(left), len(addresses(held) - offered))
    assert usage.next == (single(*left[0]) if left else None)
    assert usage == usage_of(pool, [seen_address(str(each), str(n)) for n, each in enumerate(held)])


def test_a_namespaced_pool_counts_only_its_own_namespace() -> None:
    pool = seen_pool("10.0.0.2-10.0.0.4", namespace="org-acme")
    kind = "InClusterIPPool"
    held = [
        seen_address("10.0.0.2", "a", pool_kind=kind),
        seen_address("10.0.0.3", "b", pool_kind=kind, namespace="org-other"),
    ]
    assert usage_of(pool, held).used == 1


def test_a_count_stops_where_the_provider_stops() -> None:
    assert usage_of(seen_pool("fd00::/16", prefix=16), []).total == LARGEST_COUNT


def test_a_claim_finds_a_global_pool_from_any_namespace() -> None:
    assert referred_key(PoolRef("GlobalInClusterIPPool", "p"), "org-acme") == pool_key(
        ref("GlobalInClusterIPPool", "p")
    )
    assert referred_key(PoolRef("InClusterIPPool", "p"), "org-acme") == pool_key(
        ref("InClusterIPPool", "p", "org-acme")
    )


def test_only_pools_of_prefixes_hand_out_prefixes() -> None:
    assert hands_out_prefixes(PoolRef("GlobalInClusterPrefixPool", "p"))
    assert not hands_out_prefixes(PoolRef("GlobalInClusterIPPool", "p"))
