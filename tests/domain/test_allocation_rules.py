"""C1 and C2: an address that IPAM handed out twice."""

from ipviz.domain.occupants import Purpose
from tests.builders import ALPHA, GMC, HMC, alloc, estate
from tests.verdicts import only, party_names, said, severities

OTHER_POOL = "GlobalInClusterIPPool//svc-lb-ips"
IP = "192.0.2.5"


def test_one_pool_that_gave_an_address_twice_is_critical() -> None:
    assert said(estate(alloc(IP, "alpha"), alloc(IP, "beta"))) == [("C1", "critical", IP)]


def test_two_addresses_of_one_pool_are_no_collision() -> None:
    assert said(estate(alloc(IP, "alpha"), alloc("192.0.2.6", "beta"))) == []


def test_even_one_cluster_must_not_get_an_address_twice() -> None:
    claims = [
        alloc(IP, f"alpha-svc-lb-{number}", serves=ALPHA, purpose=Purpose.SERVICE) for number in range(2)
    ]
    assert severities(estate(*claims), "C1") == ["critical"]


def test_the_same_object_read_twice_is_one() -> None:
    assert said(estate(alloc(IP, "alpha"), alloc(IP, "alpha"))) == []
    aliases = {HMC: GMC}
    assert said(estate(alloc(IP, "alpha"), alloc(IP, "alpha", cluster=HMC), aliases=aliases)) == []


def test_an_object_that_was_made_anew_is_another() -> None:
    assert severities(estate(alloc(IP, uid="one"), alloc(IP, uid="two")), "C1") == ["critical"]


def test_a_terminating_duplicate_is_milder() -> None:
    both = alloc(IP, "alpha"), alloc(IP, "beta", terminating=True)
    assert severities(estate(*both), "C1") == ["medium"]
    assert severities(estate(*both, alloc(IP, "gamma")), "C1") == ["critical"]


def test_pools_of_prefixes_are_compared_as_ranges() -> None:
    key = "GlobalInClusterPrefixPool//p"
    wide = alloc("2001:db8::/64", "alpha", pool=key)
    inside = alloc("2001:db8::/80", "beta", pool=key)
    beside = alloc("2001:db8:0:1::/64", "gamma", pool=key)
    assert said(estate(wide, inside, beside)) == [("C1", "critical", str(inside.span))]


def test_namespaced_pools_of_one_name_are_two_pools() -> None:
    one, other = (alloc(IP, ns, pool=f"InClusterIPPool/{ns}/p") for ns in ("org-a", "org-b"))
    assert said(estate(one, other)) == [("C2", "critical", IP)]


def test_two_pools_that_gave_one_address_are_critical() -> None:
    verdict = only(estate(alloc(IP, "alpha"), alloc(IP, "beta", pool=OTHER_POOL)), "C2")
    assert verdict.severity == "critical"
    assert party_names(verdict) == ["gmc IPAddress org-acme/alpha", "gmc IPAddress org-acme/beta"]
    assert verdict.title == (
        f"{IP} is allocated to org-acme/alpha from pool wc-cp-ips of gmc "
        "and to org-acme/beta from pool svc-lb-ips of gmc"
    )


def test_the_same_pool_name_on_two_management_clusters_is_two_pools() -> None:
    assert said(estate(alloc(IP, "alpha"), alloc(IP, "beta", cluster=HMC))) == [("C2", "critical", IP)]


def test_a_moved_twin_is_milder_and_said_to_be_one() -> None:
    verdict = only(estate(alloc(IP, "alpha", paused=True), alloc(IP, "alpha", cluster=HMC)), "C2")
    assert verdict.severity == "medium"
    assert "moved" in verdict.title


def test_equal_names_alone_are_no_move() -> None:
    assert severities(estate(alloc(IP, "alpha"), alloc(IP, "alpha", cluster=HMC)), "C2") == ["critical"]


def test_a_pause_alone_is_no_move() -> None:
    assert severities(estate(alloc(IP, "alpha", paused=True), alloc(IP, "beta", cluster=HMC)), "C2") == [
        "critical"
    ]
    both = alloc(IP, "alpha", paused=True), alloc(IP, "alpha", pool=OTHER_POOL, uid="another")
    assert severities(estate(*both), "C2") == ["critical"]


def test_a_twin_of_what_is_known_to_be_one_cluster_is_milder() -> None:
    aliases = {"hmc/org-acme/alpha": ALPHA}
    both = alloc(IP, "alpha"), alloc(IP, "alpha", cluster=HMC)
    assert severities(estate(*both, aliases=aliases), "C2") == ["medium"]


def test_three_holders_are_one_finding_as_bad_as_its_worst_pair() -> None:
    twins = alloc(IP, "alpha", paused=True), alloc(IP, "alpha", cluster=HMC)
    verdict = only(estate(*twins, alloc(IP, "beta", pool=OTHER_POOL)), "C2")
    assert verdict.severity == "critical"
    assert len(verdict.parties) == 3


def test_an_allocation_is_a_tracked_party() -> None:
    verdict = only(estate(alloc(IP, "alpha"), alloc(IP, "beta")), "C1")
    assert [(p.role, p.tracked, p.consumer) for p in verdict.parties] == [
        ("ALLOC", True, "the API of alpha"),
        ("ALLOC", True, "the API of beta"),
    ]
    assert verdict.rests_on == {(GMC, "IPAddress")}
