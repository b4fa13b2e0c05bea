"""P3 and P5: claims that wait, and addresses that are held for nobody."""

from datetime import timedelta

import pytest

from ipviz.domain.estate import Estate
from ipviz.domain.seen import Seen
from tests.builders import (
    AT,
    BETA,
    GMC,
    estate_seen,
    facts,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_pool,
    seen_prefix_pool,
    seen_provider,
    seen_service,
)  # fmt: skip
from tests.verdicts import only, party_names, severities

POOL = seen_pool("192.0.2.1-192.0.2.9")


def ago(minutes: float) -> str:
    return (AT - timedelta(minutes=minutes)).isoformat()


def gmc(*seen: Seen) -> Estate:
    return estate_seen({GMC: list(seen)})


def waiting(name: str = "epsilon", minutes: float = 6, **other: object) -> Seen:
    return seen_claim(name, created_at=ago(minutes), **other)  # type: ignore[arg-type]


def test_a_claim_that_waits_for_an_endpoint_is_high() -> None:
    verdict = only(gmc(POOL, waiting(giantswarm_cluster="epsilon")), "P3")
    assert (verdict.severity, verdict.subject) == ("high", "gmc IPAddressClaim org-acme/epsilon")
    assert verdict.title.startswith("Claim org-acme/epsilon of gmc has no address: unknown")
    assert party_names(verdict) == ["gmc IPAddressClaim org-acme/epsilon"]


@pytest.mark.parametrize(
    ("claim", "pools", "severity", "reason"),
    [
        (
            waiting("x", pool="nowhere"),
            [POOL],
            "high",
            "pool missing: there is no GlobalInClusterIPPool nowhere",
        ),
        (waiting("x"), [seen_pool("192.0.2.1", excluded=["192.0.2.1"])], "high", "exhausted"),
        (waiting("x"), [seen_pool("192.0.2.1-192.0.2.9", paused=True)], "medium", "pool paused"),
        (waiting("x", paused=True), [POOL], "medium", "claim paused"),
        (waiting("x", cluster_name="gone"), [POOL], "medium", "cluster missing"),
    ],
)
def test_the_reason_says_how_grave_it_is(claim: Seen, pools: list[Seen], severity: str, reason: str) -> None:
    verdict = only(gmc(*pools, claim), "P3")
    assert verdict.severity == severity
    assert verdict.title.partition("has no address: ")[2].startswith(reason)


def test_a_claim_that_is_linked_to_a_paused_cluster_is_never_served() -> None:
    paused = seen_cluster("epsilon", paused=True)
    assert "cluster paused" in only(gmc(POOL, paused, waiting(cluster_name="epsilon")), "P3").title


@pytest.mark.parametrize(
    "claim", [waiting(minutes=4.9), waiting(terminating=True), waiting(address_name="epsilon")]
)
def test_one_that_is_fresh_going_or_served_does_not_wait(claim: Seen) -> None:
    assert severities(gmc(POOL, claim), "P3") == []


def test_an_age_that_nobody_knows_is_not_young() -> None:
    assert severities(gmc(POOL, seen_claim("epsilon")), "P3") == ["medium"]


def held(name: str, number: int = 5, **other: object) -> list[Seen]:
    return [
        seen_claim(name, address_name=name, **other),  # type: ignore[arg-type]
        seen_address(f"192.0.2.{number}", name),
    ]


def test_a_claim_from_which_nobody_can_be_told_is_low() -> None:
    verdict = only(gmc(POOL, *held("pssss")), "P5")
    assert (verdict.severity, verdict.subject) == ("low", "gmc IPAddressClaim org-acme/pssss")
    assert verdict.title == "Claim org-acme/pssss of gmc serves no cluster that is known"


def test_a_claim_of_a_cluster_that_is_not_there_is_medium() -> None:
    verdict = only(gmc(POOL, *held("gone", giantswarm_cluster="gone")), "P5")
    assert verdict.severity == "medium"
    assert verdict.title == "Claim org-acme/gone of gmc is for Cluster org-acme/gone, which is not there"
    assert verdict.rests_on == {(GMC, "IPAddressClaim"), (GMC, "Cluster")}


def test_an_address_without_a_claim_is_low() -> None:
    verdict = only(gmc(POOL, seen_address("192.0.2.5", "by-hand")), "P5")
    assert (verdict.severity, verdict.subject) == ("low", "gmc IPAddress org-acme/by-hand")


@pytest.mark.parametrize(
    "user",
    [
        {GMC: [seen_cluster("zeta", "192.0.2.5")]},
        {BETA: [seen_service("web", annotation="192.0.2.5")]},
        {BETA: [seen_service("ext", external_ips=["192.0.2.5"])]},
    ],
)
def test_what_somebody_uses_is_no_leak_whatever_else_it_is(user: dict[str, list[Seen]]) -> None:
    seen = {GMC: [POOL, *held("pssss"), *user.get(GMC, [])], BETA: user.get(BETA, [])}
    assert severities(estate_seen(seen), "P5") == []


def test_a_prefix_of_which_somebody_uses_an_address_is_no_leak() -> None:
    held = seen_address("2001:db8::", "pods-a", pool="pods", pool_kind="GlobalInClusterPrefixPool", prefix=64)
    pools: list[Seen] = [seen_prefix_pool("2001:db8::/56", length=64), held]
    assert severities(gmc(*pools), "P5") == ["low"]
    for address, leaks in (("2001:db8::5", []), ("2001:db8:0:1::5", ["low"])):
        seen: dict[str, list[Seen]] = {GMC: pools, BETA: [seen_service("web", annotation=address)]}
        assert severities(estate_seen(seen), "P5") == leaks


def test_the_claims_of_clusters_that_are_there_are_no_leaks() -> None:
    cluster = seen_cluster("alpha")
    assert severities(gmc(POOL, cluster, *held("alpha", giantswarm_cluster="alpha")), "P5") == []
    assert severities(gmc(POOL, cluster, *held("kept", giantswarm_cluster="alpha")), "P5") == []
    assert severities(gmc(POOL, cluster, *held("alpha")), "P5") == []


def test_the_management_clusters_own_claims_are_no_leaks() -> None:
    assert severities(gmc(POOL, *held("gmc", giantswarm_cluster="gmc")), "P5") == []


def test_a_cluster_that_could_not_be_read_may_well_be_there() -> None:
    seen = {GMC: [POOL, *held("gone", giantswarm_cluster="gone")]}
    for blind in (facts(GMC, never=["Cluster"]), facts(GMC, unreadable={"Cluster": ("org-acme/gone",)})):
        assert severities(estate_seen(seen, clusters=[blind]), "P5") == []


def spares(*numbers: int) -> list[Seen]:
    claims = [held(f"beta-svc-lb-{n}", number, giantswarm_cluster="beta") for n, number in enumerate(numbers)]
    return [POOL, seen_cluster("beta"), *(each for pair in claims for each in pair)]


def test_what_a_cluster_claimed_and_never_got_is_medium() -> None:
    """Some versions of the chart wrote the ranges to the wrong place: the ConfigMap stays empty."""
    config = seen_config_map(data={"cidr-global": ""})
    verdict = only(estate_seen({GMC: spares(5, 6, 7), BETA: [seen_provider(), config]}), "P5")
    assert (verdict.severity, verdict.subject) == ("medium", f"{BETA} svc-lb")
    assert verdict.title == (
        "192.0.2.5, 192.0.2.6 and 192.0.2.7 never reached beta (workload of gmc), which claimed them for its "
        "Services"
    )


def test_spares_are_normal() -> None:
    config = seen_config_map(data={"cidr-global": "192.0.2.5/32,192.0.2.6/32,192.0.2.7/32"})
    assert severities(estate_seen({GMC: spares(5, 6, 7), BETA: [seen_provider(), config]}), "P5") == []
    used = seen_service("web", annotation="192.0.2.6", status=["192.0.2.6"])
    assert severities(estate_seen({GMC: spares(5, 6, 7), BETA: [used]}), "P5") == []


def test_a_cluster_that_was_never_read_may_use_them() -> None:
    blind = facts(BETA, never=["Service"])
    assert severities(estate_seen({GMC: spares(5), BETA: []}, clusters=[blind]), "P5") == []
    assert severities(estate_seen({GMC: spares(5)}), "P5") == []
