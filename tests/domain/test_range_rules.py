"""H2 to H5: two allocators of the same addresses."""

from ipviz.domain.occupants import Occupant, Purpose
from tests.builders import ALPHA, BETA, GAMMA, GMC, HMC, alloc, estate, facts, lb_range, pool
from tests.verdicts import only, party_names, said

RANGE = "192.0.2.232-192.0.2.239"


def own_claim(where: str, cluster: str = BETA, **other: str) -> Occupant:
    return alloc(where, f"x-svc-lb-{where}", serves=cluster, purpose=Purpose.SERVICE, **other)  # type: ignore[arg-type]


def test_a_range_in_a_pool_is_high() -> None:
    verdict = only(estate(pool(RANGE), lb_range("192.0.2.236/30")), "H2")
    assert (verdict.severity, verdict.subject) == ("high", "192.0.2.236-192.0.2.239")
    assert verdict.title == (
        "192.0.2.236-192.0.2.239 belongs to the load-balancer range of beta and to pool wc-cp-ips of gmc"
    )
    assert party_names(verdict) == [
        f"{BETA} ConfigMap kube-system/kubevip",
        "gmc GlobalInClusterIPPool wc-cp-ips",
    ]
    assert verdict.rests_on == {(BETA, "ConfigMap"), (GMC, "GlobalInClusterIPPool"), (GMC, "IPAddress")}


def test_only_what_both_hold_is_reported() -> None:
    assert said(estate(pool(RANGE), lb_range("192.0.2.238-192.0.2.250"))) == [
        ("H2", "high", "192.0.2.238-192.0.2.239")
    ]


def test_a_range_beside_a_pool_is_nothing() -> None:
    assert said(estate(pool(RANGE), lb_range("192.0.2.240/28"))) == []


def test_a_range_of_the_clusters_own_claims_is_normal() -> None:
    """The default of today's charts: the addresses of three claims, written as three /32."""
    claims = [own_claim(f"192.0.2.{number}") for number in (232, 233, 234)]
    assert said(estate(pool(RANGE), lb_range("192.0.2.232-192.0.2.234"), *claims)) == []
    apart = [lb_range(f"192.0.2.{number}") for number in (232, 233, 234)]
    assert said(estate(pool(RANGE), *apart, *claims)) == []


def test_what_was_not_claimed_of_it_is_reported_stretch_by_stretch() -> None:
    claims = own_claim("192.0.2.234"), own_claim("192.0.2.236")
    assert said(estate(pool(RANGE), lb_range("192.0.2.233-192.0.2.237"), *claims)) == [
        ("H2", "high", "192.0.2.233"),
        ("H2", "high", "192.0.2.235"),
        ("H2", "high", "192.0.2.237"),
    ]


def test_claims_of_others_or_for_others_do_not_count() -> None:
    control_plane = alloc("192.0.2.233", "beta")
    for claim in (own_claim("192.0.2.233", GAMMA), control_plane, own_claim("192.0.2.233", pool="X//y")):
        assert ("H2", "high", "192.0.2.233") in said(estate(pool(RANGE), lb_range("192.0.2.233"), claim))


def test_adjacent_ranges_of_one_cluster_are_one_stretch() -> None:
    halves = lb_range("192.0.2.234"), lb_range("192.0.2.235", key="cidr-shop")
    verdict = only(estate(pool(RANGE), *halves), "H2")
    assert verdict.subject == "192.0.2.234-192.0.2.235"
    assert len(verdict.parties) == 2


def test_a_pool_whose_addresses_were_never_read_is_not_judged() -> None:
    blind = facts(GMC, never=["IPAddress"])
    assert said(estate(pool(RANGE), lb_range("192.0.2.233"), clusters=[blind])) == []


def test_ranges_of_two_clusters_that_overlap_are_high() -> None:
    verdict = only(
        estate(
            lb_range("192.0.2.0/28", ALPHA), lb_range("192.0.2.8/28", BETA), lb_range("192.0.2.32/28", GAMMA)
        ),
        "H3",
    )
    assert (verdict.severity, verdict.subject) == ("high", "192.0.2.0-192.0.2.15")
    assert verdict.title == "192.0.2.0-192.0.2.15 belongs to the load-balancer ranges of alpha and beta"


def test_three_clusters_on_one_range_are_one_finding() -> None:
    verdict = only(estate(*(lb_range("192.0.2.0/28", path) for path in (ALPHA, BETA, GAMMA))), "H3")
    assert len(verdict.parties) == 3


def test_overlapping_keys_of_one_cluster_are_medium() -> None:
    """The namespace's lookups do not see who else in the cluster has an address."""
    everywhere, shop = lb_range("192.0.2.0/28"), lb_range("192.0.2.0/29", key="cidr-shop")
    verdict = only(estate(everywhere, shop), "H4")
    assert (verdict.severity, verdict.subject) == ("medium", "192.0.2.0-192.0.2.7")
    assert verdict.title == "192.0.2.0-192.0.2.7 belongs to cidr-global and cidr-shop of beta"
    assert said(estate(everywhere, shop)) == [("H4", "medium", "192.0.2.0-192.0.2.7")]


def test_two_namespaces_with_ranges_of_their_own_overlap_too() -> None:
    shop, db = lb_range("192.0.2.0/29", key="cidr-shop"), lb_range("192.0.2.7", key="range-db")
    assert said(estate(shop, db)) == [("H4", "medium", "192.0.2.7")]


def test_keys_that_touch_and_spans_of_one_key_do_not_overlap() -> None:
    assert said(estate(lb_range("192.0.2.0/29"), lb_range("192.0.2.8/29", key="cidr-shop"))) == []
    assert said(estate(lb_range("192.0.2.0/29"), lb_range("192.0.2.8/29"))) == []


def test_a_cluster_that_is_read_by_two_roads_does_not_overlap_itself() -> None:
    both = lb_range("192.0.2.0/28", GMC), lb_range("192.0.2.0/28", "gmc/org-giantswarm/gmc")
    assert said(estate(*both, aliases={"gmc/org-giantswarm/gmc": GMC})) == []


def test_two_pools_that_overlap_are_high() -> None:
    verdict = only(estate(pool(RANGE), pool("192.0.2.239-192.0.2.250", "more")), "H5")
    assert (verdict.severity, verdict.subject) == ("high", "192.0.2.239")
    assert verdict.title == "192.0.2.239 belongs to pool more of gmc and pool wc-cp-ips of gmc"


def test_the_same_pool_on_two_management_clusters_overlaps() -> None:
    assert said(estate(pool(RANGE), pool(RANGE, cluster=HMC))) == [("H5", "high", RANGE)]


def test_the_same_name_with_other_addresses_is_normal() -> None:
    assert said(estate(pool(RANGE), pool("192.0.2.16/28", cluster=HMC))) == []


def test_a_pool_of_any_kind_and_namespace_overlaps() -> None:
    assert said(estate(pool(RANGE), pool(RANGE, namespace="org-acme"))) == [("H5", "high", RANGE)]
    ours, theirs = pool(RANGE, namespace="org-acme"), pool(RANGE, namespace="org-other")
    assert said(estate(ours, theirs)) == [("H5", "high", RANGE)]


def test_two_spans_of_one_pool_are_one_pool() -> None:
    assert said(estate(pool("192.0.2.2-192.0.2.4"), pool("192.0.2.8-192.0.2.9"))) == []


def test_a_pool_that_is_read_by_two_roads_is_one() -> None:
    assert said(estate(pool(RANGE), pool(RANGE, cluster=HMC), aliases={HMC: GMC})) == []


def test_a_pool_with_many_spans_is_one_party() -> None:
    ours = pool("192.0.2.2-192.0.2.4"), pool("192.0.2.6-192.0.2.9")
    findings = estate(*ours, pool("192.0.2.0/28", "wide"))
    assert said(findings) == [("H5", "high", "192.0.2.2-192.0.2.4"), ("H5", "high", "192.0.2.6-192.0.2.9")]
