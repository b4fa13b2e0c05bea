"""Pools: how full. Claims: which address, or why none."""

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from ipviz.domain.pending import UNKNOWN, Known, why_pending
from ipviz.domain.pools import AnyPool, PoolUsage, pool_key, usage_of
from ipviz.domain.seen import PoolCounts, PoolRef, Seen, SeenClaim, SeenCluster, SeenPool
from tests.api.asking import Api
from tests.api.conftest import MANAGEMENT, Estate
from tests.api.conftest import POOL as SHARED
from tests.builders import seen_address, seen_claim, seen_cluster, seen_pool, seen_prefix_pool
from tests.factories import minutes, see


def test_a_pool_as_computed_and_as_reported(api: Api) -> None:
    pool = api.rows("pools/")[0]
    told = {name: pool[name] for name in ("cluster", "kind", "namespace", "name", "ranges", "next_address")}
    assert told == {
        "cluster": "gmc",
        "kind": "GlobalInClusterIPPool",
        "namespace": "",
        "name": "wc-cp-ips",
        "ranges": ["192.0.2.232-192.0.2.239"],
        "next_address": "192.0.2.232",
    }
    numbers = {"total": 8, "used": 1, "free": 7, "out_of_range": 0}
    assert {name: pool[name] for name in numbers} == numbers
    assert pool["reported"] == numbers
    assert pool["addresses"] == ["192.0.2.236-192.0.2.239", "192.0.2.232/30"]
    assert pool["hands_out"] == "addresses"


def test_a_pool_that_overflows_and_one_that_cannot_be_read(api: Api, estate: Estate) -> None:
    see(
        estate.gmc,
        seen_pool("192.0.2.5", name="small", namespace="org-acme"),
        seen_pool("192.0.2.9-7", name="wrong"),
        seen_address("192.0.2.5", "one", pool="small", pool_kind="InClusterIPPool"),
        seen_address("192.0.2.6", "two", pool="small", pool_kind="InClusterIPPool"),
        seen_address("192.0.2.7", "other", pool="small", pool_kind="InClusterIPPool", namespace="org-other"),
        at=minutes(9.5),
    )
    small, wrong = sorted(api.rows("pools/"), key=lambda pool: str(pool["name"]))
    assert (small["total"], small["used"], small["free"], small["out_of_range"]) == (1, 2, -1, 1)
    assert (small["next_address"], small["reported"], small["ranges"]) == (None, None, ["192.0.2.5"])
    assert (wrong["total"], wrong["ranges"]) == (0, [])
    assert "192.0.2.9-7" in wrong["faults"][0]


def test_a_pool_of_prefixes_counts_prefixes(api: Api, estate: Estate) -> None:
    pool = replace(
        seen_prefix_pool("2001:db8::/62", excluded=["2001:db8:0:3::/64"]),
        gateway="2001:db8::1",
        reported=PoolCounts(total=3, used=1, free=2, out_of_range=0),
    )
    kind = "GlobalInClusterPrefixPool"
    claim = replace(seen_claim("alpha", pool="pods", address_name="alpha"), pool=PoolRef(kind, "pods"))
    address = seen_address("2001:db8::", "alpha", pool="pods", pool_kind=kind, prefix=64)
    see(estate.gmc, pool, claim, address, at=minutes(9.5))
    (told,) = api.rows("pools/")
    assert {name: told[name] for name in ("kind", "hands_out", "addresses", "prefix", "next_address")} == {
        "kind": kind,
        "hands_out": "prefixes",
        "addresses": ["2001:db8::/62"],
        "prefix": 64,
        "next_address": "2001:db8:0:1::/64",
    }
    assert {name: told[name] for name in told["reported"]} == told["reported"]
    assert told["ranges"] == ["2001:db8::-2001:db8:0:2:ffff:ffff:ffff:ffff"]
    assert [row["address"] for row in api.rows("claims/")] == ["2001:db8::/64"]


LINK_LOCAL = seen_pool("192.0.2.232/30", "169.254.1.0/30")


@pytest.mark.parametrize("pool", [SHARED, LINK_LOCAL, seen_pool("192.0.2.232/29", name="unused")])
@pytest.mark.parametrize("third", ["192.0.2.8", "169.254.1.1"])
@pytest.mark.parametrize("at", [{}, {"at": "2026-01-15T09:09:30Z"}])
def test_a_pool_counts_every_address_object_then_as_now(
    api: Api, estate: Estate, pool: SeenPool, third: str, at: dict[str, str]
) -> None:
    """One that is of no segment too, of which no map tells."""
    held = [
        seen_address("192.0.2.232", "a"),
        seen_address("192.0.2.232", "b", namespace="org-other"),
        seen_address(third, "c"),
        seen_address("192.0.2.9", "d"),
        seen_address("192.0.2.233", "e", pool_kind="InClusterIPPool"),
    ]
    see(estate.gmc, pool, *held, at=minutes(9.4))
    if at:
        see(estate.gmc, pool, *(replace(each, address="192.0.2.235") for each in held), at=minutes(9.6))
    (told,) = api.rows("pools/", **at)
    usage = usage_of(pool, held)
    assert usage.used == (0 if pool.ref.name == "unused" else 4)
    for name in ("total", "used", "free", "out_of_range"):
        assert told[name] == getattr(usage, name), name
    assert told["next_address"] == str(usage.next)


@pytest.mark.parametrize("path", ["pools/", "claims/"])
def test_a_page_takes_six_queries_at_most(
    api: Api, estate: Estate, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Some of the claims have an address, and some wait."""
    more: list[Seen] = [
        *(seen_pool(f"198.51.100.{n}", name=f"pool-{n}") for n in range(20)),
        *(seen_claim(f"new-{n}", pool=f"pool-{n}", cluster_name="alpha") for n in range(20)),
        *(seen_address(f"198.51.100.{n}", f"held-{n}", pool=f"pool-{n}") for n in range(20)),
    ]
    see(estate.gmc, *MANAGEMENT, *more, at=minutes(9.5))
    api.rows(path)  # the first use of a token is noted
    with django_assert_max_num_queries(6):
        rows = api.rows(path)
    assert len(rows) > 20


def test_what_cannot_be_read_now_is_marked(api: Api, estate: Estate) -> None:
    see(estate.gmc, at=minutes(9.5), unread=("GlobalInClusterIPPool",))
    pool = api.rows("pools/")[0]
    assert (pool["stale"], pool["last_seen"]) == (True, "2026-01-15T09:09:00Z")


def test_a_claim_with_its_address(api: Api) -> None:
    claim = api.rows("claims/", q="alpha")[0]
    assert (claim["cluster"], claim["namespace"], claim["name"]) == ("gmc", "org-acme", "alpha")
    assert (claim["pool"], claim["address"]) == ("wc-cp-ips", "192.0.2.233")
    assert (claim["pending_since"], claim["reason"]) == (None, None)


def test_a_claim_that_waits_says_since_when_and_why(api: Api) -> None:
    claim = api.rows("claims/", q="wait")[0]
    assert (claim["address"], claim["pending_since"]) == (None, "2026-01-15T08:30:00Z")
    assert claim["reason"] == "pool missing: there is no GlobalInClusterIPPool gone"


def test_a_claim_of_unknown_age_waits_since_it_was_first_seen(api: Api, estate: Estate) -> None:
    see(estate.gmc, *MANAGEMENT, seen_claim("new"), at=minutes(9.5))
    claim = api.rows("claims/", q="new")[0]
    assert (claim["pending_since"], claim["reason"]) == ("2026-01-15T09:09:30Z", UNKNOWN)


def test_a_claim_whose_address_was_not_seen_does_not_wait(api: Api, estate: Estate) -> None:
    see(estate.gmc, seen_claim("lost", address_name="lost-1"), at=minutes(9.5))
    claim = api.rows("claims/")[0]
    assert (claim["address"], claim["pending_since"]) == (None, None)
    assert claim["reason"] == "its IPAddress lost-1 was not seen"


def test_a_pool_is_not_missing_where_pools_could_not_be_read(api: Api, estate: Estate) -> None:
    see(estate.gmc, seen_claim("wait", pool="gone"), at=minutes(9.5), unread=("GlobalInClusterIPPool",))
    assert api.rows("claims/")[0]["reason"] == UNKNOWN


@pytest.mark.parametrize(
    ("path", "asked", "names"),
    [
        ("pools/", {"within": "192.0.2.239/32"}, ["wc-cp-ips"]),
        ("pools/", {"within": "192.0.2.240/32"}, []),
        ("pools/", {"cluster": "gmc"}, ["wc-cp-ips"]),
        ("pools/", {"cluster": "beta"}, []),
        ("pools/", {"segment": "lab"}, []),
        ("pools/", {"q": "CP-ips"}, ["wc-cp-ips"]),
        ("claims/", {}, ["alpha", "wait"]),
        ("claims/", {"within": "192.0.2.0/24"}, ["alpha"]),
        ("claims/", {"within": "192.0.2.236/32"}, []),
        ("claims/", {"cluster": "gmc"}, ["alpha", "wait"]),
        ("claims/", {"segment": "lab"}, []),
    ],
)
def test_they_are_filtered(api: Api, path: str, asked: dict[str, str], names: list[str]) -> None:
    assert api.names(path, **asked) == names


POOL = seen_pool("192.0.2.5")
LISTED = {"GlobalInClusterIPPool", "InClusterIPPool", "Cluster"}


def known(
    pool: AnyPool | None = POOL, *used: str, cluster: SeenCluster | None = None, listed: set[str] = LISTED
) -> Known:
    usages: dict[str, PoolUsage] = {}
    if pool:
        usages[pool_key(pool.ref)] = usage_of(pool, [seen_address(each, each) for each in used])
    clusters = {("org-acme", cluster.ref.name): cluster} if cluster else {}
    return Known({pool_key(pool.ref): pool} if pool else {}, usages, clusters, listed)


CLAIM = seen_claim("new")
LINKED = seen_claim("new", cluster_name="beta")


@pytest.mark.parametrize(
    ("claim", "facts", "reason"),
    [
        (CLAIM, known(), "unknown"),
        (seen_claim("new", paused=True), known(), "claim paused"),
        (CLAIM, known(None), "pool missing"),
        (CLAIM, known(None, listed=set()), "unknown"),
        (CLAIM, known(replace(POOL, paused=True)), "pool paused"),
        (CLAIM, known(POOL, "192.0.2.5"), "exhausted"),
        (LINKED, known(cluster=seen_cluster("beta", paused=True)), "cluster paused"),
        (LINKED, known(cluster=seen_cluster("beta")), "unknown"),
        (LINKED, known(), "cluster missing"),
        (LINKED, known(listed={"GlobalInClusterIPPool"}), "unknown"),
    ],
)
def test_why_a_claim_waits(claim: SeenClaim, facts: Known, reason: str) -> None:
    assert why_pending(claim, facts).partition(":")[0] == reason


OF_PREFIXES = replace(CLAIM, pool=PoolRef("GlobalInClusterPrefixPool", "pods"))


def test_why_a_claim_on_a_pool_of_prefixes_waits() -> None:
    full = known(seen_prefix_pool("2001:db8::/65"), listed={"GlobalInClusterPrefixPool"})
    assert why_pending(OF_PREFIXES, full) == "exhausted: GlobalInClusterPrefixPool pods has no free prefix"
    none = known(None, listed={"GlobalInClusterPrefixPool"})
    assert why_pending(OF_PREFIXES, none) == "pool missing: there is no GlobalInClusterPrefixPool pods"
    assert why_pending(OF_PREFIXES, known(None)) == UNKNOWN
