"""What a pool of prefixes can hand out, how full it is, and who squats in it."""

import pytest

from ipviz.domain.intervals import next_addresses
from ipviz.domain.judge import judge
from ipviz.domain.pools import allocatable, held_span, next_free, pool_faults, usage_of
from ipviz.domain.seen import SeenAddress
from ipviz.domain.spans import merged, network_text
from ipviz.domain.verdicts import Verdict
from tests.builders import (
    PREFIX_POOL_KEY,
    alloc,
    estate,
    node,
    prefix_pool,
    seen_address,
    seen_prefix_pool,
    span,
    spans,
)


def handed(prefix: str, name: str = "x", *, kind: str = "GlobalInClusterPrefixPool") -> SeenAddress:
    address, _, length = prefix.partition("/")
    return seen_address(address, name, pool="pods", pool_kind=kind, prefix=int(length))


@pytest.mark.parametrize(
    ("prefixes", "length", "excluded", "ranges"),
    [
        (["2001:db8::/62"], 64, [], ["2001:db8::/62"]),
        (["2001:db8::/63", "2001:db8:0:2::/63"], 64, [], ["2001:db8::/62"]),
        (["2001:db8::/65", "2001:db8:0:0:8000::/65"], 64, [], ["2001:db8::/64"]),
        (["2001:db8::/65"], 64, [], []),
        (["2001:db8::/62"], 64, ["2001:db8:0:3::1"], ["2001:db8::/63", "2001:db8:0:2::/64"]),
        (["2001:db8::/62"], 63, ["2001:db8:0:3::1"], ["2001:db8::/63"]),
        (["2001:db8::/62"], 64, ["2001:db8::/61"], []),
        (["2001:db8::1/62"], 64, [], []),
        (["2001:db8::/127"], 128, [], ["2001:db8::/127"]),
        (["10.0.0.0/24"], 64, [], []),
    ],
)
def test_only_whole_prefixes_can_be_handed_out(
    prefixes: list[str], length: int, excluded: list[str], ranges: list[str]
) -> None:
    found = allocatable(seen_prefix_pool(*prefixes, length=length, excluded=excluded))
    assert merged(found) == merged(spans(*ranges))


def test_the_lowest_free_prefix_is_handed_out_next() -> None:
    offered = allocatable(seen_prefix_pool("2001:db8::/62"))
    used = [span("2001:db8::/64"), span("2001:db8:0:2::1")]
    following = next_free(offered, used, 64)
    assert following is not None
    assert network_text(following) == "2001:db8:0:1::/64"
    assert next_free(offered, [span("2001:db8::/62")], 64) is None
    assert next_free((), (), 64) is None


def test_an_address_from_it_holds_a_prefix_and_one_of_another_pool_an_address() -> None:
    assert held_span(handed("2001:db8:0:1::5/64")) == span("2001:db8:0:1::/64")
    assert held_span(seen_address("2001:db8::5", "x", prefix=64)) == span("2001:db8::5")
    assert held_span(seen_address("green", "x")) is None


def test_its_numbers_are_of_prefixes() -> None:
    pool = seen_prefix_pool("2001:db8::/62", excluded=["2001:db8:0:3::/64"])
    usage = usage_of(
        pool, [handed("2001:db8::/64"), handed("2001:db8:0:9::/64"), handed("2001:db8:0:1::/80")]
    )
    assert (usage.total, usage.used, usage.out_of_range, usage.free) == (3, 3, 2, 2)
    assert usage.next is not None
    assert network_text(usage.next) == "2001:db8:0:2::/64"


def test_it_is_never_less_than_empty() -> None:
    usage = usage_of(seen_prefix_pool("2001:db8::/64"), [handed("2001:db8::/64", name) for name in "ab"])
    assert (usage.total, usage.used, usage.free, usage.next) == (1, 2, 0, None)


def test_other_pools_addresses_do_not_count() -> None:
    other = handed("2001:db8::/64", kind="InClusterPrefixPool")
    assert usage_of(seen_prefix_pool("2001:db8::/64"), [other]).used == 0
    own = seen_prefix_pool("2001:db8::/64", namespace="org-acme")
    assert usage_of(own, [other]).used == 1


def test_a_vast_pool_is_counted_at_once() -> None:
    assert usage_of(seen_prefix_pool("2000::/3", length=128), []).total == 2**63 - 1


@pytest.mark.parametrize(
    ("prefixes", "length", "fault"),
    [
        ([], 64, "it has no prefixes"),
        (["2001:db8::1/62"], 64, "entry '2001:db8::1/62' cannot be read: it has host bits set"),
        (["2001:db8::"], 64, "entry '2001:db8::' cannot be read: '2001:db8::' is not a CIDR"),
        (["10.0.0.0/24"], 64, "entry '10.0.0.0/24' is not of IPv6"),
        (["2001:db8::/80"], 64, "entry '2001:db8::/80' is smaller than the /64 that it is to hand out"),
    ],
)
def test_what_its_webhook_would_refuse(prefixes: list[str], length: int, fault: str) -> None:
    assert pool_faults(seen_prefix_pool(*prefixes, length=length)) == (fault,)


def test_a_sound_one_has_no_faults() -> None:
    assert pool_faults(seen_prefix_pool("2001:db8::/56", excluded=["2001:db8::/64"])) == ()


POOL = prefix_pool("2001:db8::/62")
TAKEN = alloc("2001:db8::/64", "one", pool=PREFIX_POOL_KEY)


def squatting(*others: str, taken: bool = True) -> list[Verdict]:
    nodes = [node(where, name=f"node-{number}") for number, where in enumerate(others)]
    found = judge(estate(POOL, *([TAKEN] if taken else []), *nodes))
    return [each for each in found if each.rule == "H1"]


def test_an_untracked_address_in_the_next_prefix_is_critical() -> None:
    (one,) = squatting("2001:db8:0:1::77")
    assert (one.severity.value, one.subject) == ("critical", "2001:db8:0:1::77")
    assert one.title == (
        "2001:db8:0:1::77 lies in the next prefix that pool pods will hand out; "
        "node node-0 of beta already answers on it"
    )
    assert "spec.excludedPrefixes" in one.remedy


def test_an_untracked_address_in_a_later_prefix_is_high() -> None:
    assert [each.severity.value for each in squatting("2001:db8:0:2::77")] == ["high"]


def test_an_address_in_a_prefix_that_was_handed_out_is_tracked() -> None:
    assert squatting("2001:db8::77") == []
    assert [each.severity.value for each in squatting("2001:db8::77", taken=False)] == ["critical"]


def test_an_address_beside_the_pool_is_nobodys_concern() -> None:
    assert squatting("2001:db8:0:4::77") == []


def test_the_map_marks_the_whole_next_prefix() -> None:
    assert next_addresses([POOL, TAKEN]) == (span("2001:db8:0:1::/64"),)
