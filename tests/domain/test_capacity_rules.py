"""P1, P2 and P4: pools without room, with little, and with numbers that do not add up."""

from collections.abc import Iterable

import pytest

from ipviz.domain.estate import Estate
from ipviz.domain.seen import PoolCounts, Seen
from tests.builders import (
    GMC,
    estate_seen,
    facts,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_pool,
    seen_prefix_pool,
)  # fmt: skip
from tests.verdicts import only, party_names, severities

POOL = "gmc GlobalInClusterIPPool//wc-cp-ips"
SMALL = seen_pool("192.0.2.1-192.0.2.4")


def held(*numbers: int, each: int = 1, kind: str = "c") -> list[Seen]:
    """IPAddresses with their claims and Clusters; `each` of them serve one cluster."""
    found: list[Seen] = []
    for place, number in enumerate(numbers):
        cluster = f"{kind}{place // each}"
        name = cluster if each == 1 else f"{cluster}-svc-lb-{place % each}"
        claim = seen_claim(name, giantswarm_cluster=cluster, address_name=name)
        found += [claim, seen_address(f"192.0.2.{number}", name), seen_cluster(cluster)]
    return found


def gmc(*seen: Seen) -> Estate:
    return estate_seen({GMC: list(seen)})


def test_a_pool_that_is_used_up_is_medium() -> None:
    verdict = only(gmc(SMALL, *held(1, 2, 3, 4)), "P1")
    assert (verdict.severity, verdict.subject) == ("medium", POOL)
    assert verdict.title == "Pool wc-cp-ips of gmc hands out nothing more"
    assert "Of its 4 addresses 4 are in use." in verdict.explanation
    assert verdict.rests_on == {(GMC, "GlobalInClusterIPPool"), (GMC, "IPAddress")}


def test_it_is_high_where_a_claim_waits() -> None:
    verdict = only(gmc(SMALL, *held(1, 2, 3, 4), seen_claim("delta")), "P1")
    assert verdict.severity == "high"
    assert verdict.title == "Pool wc-cp-ips of gmc hands out nothing more, and a claim waits for it"
    assert party_names(verdict) == [
        "gmc GlobalInClusterIPPool wc-cp-ips",
        "gmc IPAddressClaim org-acme/delta",
    ]
    assert severities(gmc(SMALL, *held(1, 2, 3, 4), seen_claim("x", terminating=True)), "P1") == ["medium"]


def test_a_pool_of_one_address_is_made_to_be_full() -> None:
    one = seen_pool("192.0.2.1")
    assert severities(gmc(one, *held(1)), "P1") == []
    assert severities(gmc(one, *held(1), seen_claim("delta")), "P1") == ["high"]


def test_what_lies_out_of_range_takes_no_room() -> None:
    """Its status says that none is free, and the provider still finds one."""
    counts = PoolCounts(total=4, used=4, free=0, out_of_range=1)
    full = seen_pool("192.0.2.1-192.0.2.4", reported=counts)
    assert severities(gmc(full, *held(1, 2, 3, 9)), "P1") == []


def test_a_pool_that_cannot_be_read_hands_out_nothing() -> None:
    verdict = only(gmc(seen_pool("192.0.2.1-192.0.2")), "P1")
    assert "Its provider cannot read it: entry '192.0.2.1-192.0.2' cannot be read" in verdict.explanation


def test_a_pool_of_prefixes_counts_prefixes() -> None:
    pool = seen_prefix_pool("2001:db8::/63")
    taken = [
        seen_address(
            f"2001:db8:0:{n}::", f"n{n}", pool="pods", pool_kind="GlobalInClusterPrefixPool", prefix=64
        )
        for n in (0, 1)
    ]
    assert severities(gmc(pool, *taken), "P1") == ["medium"]
    assert severities(gmc(pool, *taken[:1]), "P1") == []


def test_a_pool_of_which_the_addresses_were_never_read_is_not_judged() -> None:
    blind = estate_seen({GMC: [SMALL]}, clusters=[facts(GMC, never=["IPAddress"])])
    assert [severities(blind, rule) for rule in ("P1", "P2", "P4")] == [[], [], []]


def test_less_than_the_next_cluster_will_claim_is_nearly_full() -> None:
    pool = seen_pool("192.0.2.1-192.0.2.8")
    verdict = only(gmc(pool, *held(1, 2, 3, 4, 5, 6, each=3)), "P2")
    assert (verdict.severity, verdict.subject) == ("medium", POOL)
    assert verdict.title == "Pool wc-cp-ips of gmc has 2 of 8 addresses left"
    assert "the next cluster will want 3" in verdict.explanation
    assert severities(gmc(pool, *held(1, 2, 3, 4, 5, each=3)), "P2") == []


def test_a_tiny_pool_is_measured_by_need_and_not_by_parts() -> None:
    assert severities(gmc(SMALL, *held(1, 2, 3)), "P2") == []


def test_a_tenth_of_a_large_pool_is_little() -> None:
    large = seen_pool("192.0.2.1-192.0.2.100")
    assert severities(gmc(large, *held(*range(1, 91))), "P2") == []
    assert severities(gmc(large, *held(*range(1, 92))), "P2") == ["medium"]


def test_one_that_is_full_or_going_is_not_nearly_full() -> None:
    assert severities(gmc(SMALL, *held(1, 2, 3, 4)), "P2") == []
    going = seen_pool("192.0.2.1-192.0.2.8", terminating=True)
    assert severities(gmc(going, *held(1, 2, 3, 4, 5, 6, each=3)), "P2") == []


@pytest.mark.parametrize(
    ("numbers", "reported", "said"),
    [
        ((1, 2, 9), None, "1 of its addresses in use are none that it can hand out"),
        ((1, 2), PoolCounts(4, 5, -1, 0), "Its status says that -1 are free"),
        ((1, 2), PoolCounts(4, 3, 1, 0), "Its status counts 3 in use, where there are 2"),
    ],
)
def test_numbers_that_do_not_add_up_are_medium(
    numbers: Iterable[int], reported: PoolCounts | None, said: str
) -> None:
    pool = seen_pool("192.0.2.1-192.0.2.4", reported=reported)
    verdict = only(gmc(pool, *held(*numbers)), "P4")
    assert (verdict.severity, verdict.subject) == ("medium", POOL)
    assert said in verdict.explanation


def test_totals_follow_the_providers_version_and_are_not_compared() -> None:
    other_rules = seen_pool(
        "192.0.2.0-192.0.2.4", reported=PoolCounts(total=5, used=1, free=4, out_of_range=0)
    )
    assert severities(gmc(other_rules, *held(1)), "P4") == []
