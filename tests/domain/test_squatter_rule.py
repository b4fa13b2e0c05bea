"""H1 and H10: a pool's address that is used without the pool's knowledge."""

from dataclasses import replace

import pytest

from ipviz.domain.estate import DeclaredSubnet, PendingClaim
from ipviz.domain.judge import judge
from ipviz.domain.occupants import Consumer, Occupant, Purpose
from ipviz.domain.spans import parse_address, parse_network
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    HMC,
    POOL_KEY,
    alloc,
    cpe,
    cpvip,
    estate,
    facts,
    node,
    pool,
    prefix_pool,
    svc,
)
from tests.verdicts import only, party_names, said, severities

RANGE = "192.0.2.232-192.0.2.239"
FIRST, SECOND = "192.0.2.232", "192.0.2.233"


@pytest.mark.parametrize("user", [svc(SECOND), cpe(SECOND), node(SECOND)], ids=lambda o: str(o.role))
def test_an_untracked_user_inside_a_pool_is_high(user: Occupant) -> None:
    assert said(estate(pool(RANGE), user)) == [("H1", "high", SECOND)]


@pytest.mark.parametrize("user", [svc(FIRST), cpe(FIRST), node(FIRST)], ids=lambda o: str(o.role))
def test_on_the_pools_next_address_it_is_critical(user: Occupant) -> None:
    assert said(estate(pool(RANGE), user)) == [("H1", "critical", FIRST)]


def test_the_next_address_follows_the_pools_own_allocations_alone() -> None:
    taken = alloc(FIRST, "alpha", pool="GlobalInClusterIPPool//another")
    assert severities(estate(pool(RANGE), svc(SECOND), taken), "H1") == ["high"]
    assert severities(estate(pool(RANGE), svc(SECOND), alloc(FIRST, "alpha")), "H1") == ["critical"]
    assert severities(estate(pool(RANGE), svc(SECOND), alloc(FIRST, "alpha", terminating=True)), "H1") == [
        "critical"
    ]


def test_it_says_what_will_happen() -> None:
    verdict = only(estate(pool(RANGE), svc(FIRST, BETA), cpe(FIRST, GAMMA)), "H1")
    assert verdict.title == (
        f"{FIRST} is the next address that pool wc-cp-ips will hand out; "
        "beta/shop/web and the API of gamma already answer on it"
    )
    assert party_names(verdict) == [
        f"{BETA} Service shop/web",
        "gmc Cluster org-acme/gamma",
        "gmc GlobalInClusterIPPool wc-cp-ips",
    ]
    assert not any(party.tracked for party in verdict.parties)


def test_its_absence_of_an_address_is_evidence_too() -> None:
    verdict = only(estate(pool(RANGE), svc(SECOND, BETA)), "H1")
    assert verdict.rests_on == {
        (BETA, "Service"),
        (GMC, "GlobalInClusterIPPool"),
        (GMC, "IPAddress"),
        (GMC, "IPAddressClaim"),
    }


@pytest.mark.parametrize("where", ["192.0.2.231", "192.0.2.240", "2001:db8::1"])
def test_outside_the_pool_is_nothing(where: str) -> None:
    assert said(estate(pool(RANGE), svc(where))) == []


def test_an_address_that_the_pool_tracks_is_no_squat() -> None:
    assert "H1" not in {rule for rule, _, _ in said(estate(pool(RANGE), svc(SECOND), alloc(SECOND, "x")))}


def test_where_another_pool_tracks_it_the_pools_overlap_which_is_told_once() -> None:
    """Each pool knows its own alone, so it is the next one that will be given twice."""
    other = pool(RANGE, "other", cluster=HMC)
    elsewhere = alloc(SECOND, "x", cluster=HMC, pool="GlobalInClusterIPPool//other")
    both = estate(pool(RANGE), other, cpe(SECOND), elsewhere)
    assert severities(both, "H1") == []
    assert severities(both, "H5") == ["high"]
    following = estate(pool(RANGE), other, cpe(SECOND), elsewhere, alloc(FIRST, "y"))
    assert [each for each in said(following) if each[0] == "H1"] == [("H1", "critical", SECOND)]


def test_an_allocation_of_a_pool_that_is_gone_holds_nothing_back() -> None:
    """The pool was made anew under another name, over the same range."""
    former = alloc(SECOND, "gamma", pool="GlobalInClusterIPPool//former")
    assert severities(estate(pool(RANGE), cpe(SECOND, GAMMA), former), "H1") == ["high"]
    blind = facts(GMC, never=["GlobalInClusterIPPool"])
    assert severities(estate(pool(RANGE), cpe(SECOND, GAMMA), former, clusters=[blind]), "H1") == []


def test_an_own_service_claim_or_a_machines_claim_is_no_squat() -> None:
    claim = alloc(SECOND, "beta-svc-lb-0", serves=BETA, purpose=Purpose.SERVICE)
    assert said(estate(pool(RANGE), svc(SECOND, BETA), claim)) == []
    machine = alloc(SECOND, "w-0-0-0", serves=BETA, purpose=Purpose.MACHINE, machine="worker-0")
    assert said(estate(pool(RANGE), node(SECOND, BETA), machine)) == []


def test_a_terminating_allocation_still_tracks() -> None:
    assert said(estate(pool(RANGE), cpe(SECOND, GAMMA), alloc(SECOND, "gamma", terminating=True))) == []


def test_a_prefix_that_was_handed_out_tracks_all_its_addresses() -> None:
    prefix = alloc("2001:db8::/80", "gamma", pool="GlobalInClusterPrefixPool//p")
    handing_out = prefix_pool("2001:db8::/64", "p", length=80)
    found = said(estate(handing_out, cpe("2001:db8::5", GAMMA), prefix))
    assert found == []


def test_a_terminating_user_still_squats() -> None:
    assert severities(estate(pool(RANGE), svc(SECOND, terminating=True)), "H1") == ["high"]


def test_a_node_that_carries_its_clusters_vips_does_not_squat() -> None:
    service = estate(pool(RANGE), node(SECOND, BETA), svc(SECOND, BETA))
    assert [party.role for party in only(service, "H1").parties] == ["SVC", "POOL"]
    endpoint = estate(pool(RANGE), node(SECOND, GAMMA), cpe(SECOND, GAMMA))
    assert [party.role for party in only(endpoint, "H1").parties] == ["CPE", "POOL"]
    other = estate(pool(RANGE), node(SECOND, BETA), cpe(SECOND, GAMMA))
    assert [party.role for party in only(other, "H1").parties] == ["CPE", "NODE", "POOL"]


def test_a_service_of_another_load_balancer_is_not_judged() -> None:
    assert said(estate(pool(RANGE), svc(SECOND, foreign=True))) == []


def test_a_service_that_kube_vip_ignores_is_milder() -> None:
    assert severities(estate(pool(RANGE), svc(FIRST, announced=False)), "H1") == ["medium"]
    assert severities(estate(pool(RANGE), svc(FIRST, announced=False), cpe(FIRST)), "H1") == ["critical"]


def test_a_pending_claim_of_the_very_same_user_is_waited_for() -> None:
    def waiting(
        cluster: str = GAMMA, purpose: str = "cp", key: str = POOL_KEY, management: str = GMC
    ) -> PendingClaim:
        return PendingClaim(management, key, cluster, purpose)

    squat = (pool(RANGE), cpe(SECOND, GAMMA))
    assert said(estate(*squat, pending=[waiting()])) == []
    assert said(estate(*squat, pending=[waiting(purpose="manual")])) == []
    for other in (
        waiting(BETA),
        waiting(purpose="svc-lb"),
        waiting(key="X//y"),
        waiting(management=HMC),
        waiting(""),
    ):
        assert severities(estate(*squat, pending=[other]), "H1") == ["high"]


def test_a_pending_claim_is_known_by_a_second_path_too() -> None:
    claim = PendingClaim(HMC, POOL_KEY, "hmc/org-acme/gamma", "cp")
    assert said(estate(pool(RANGE), cpe(SECOND, GAMMA), pending=[claim], aliases={HMC: GMC})) == []


def test_unread_addresses_are_not_absent_ones() -> None:
    squat = (pool(RANGE), svc(SECOND, BETA))
    assert said(estate(*squat, clusters=[facts(GMC, never=["IPAddress"])])) == []
    once = facts(GMC, unread={"IPAddress": "403 Forbidden"})
    assert only(estate(*squat, clusters=[once]), "H1").stale


def test_a_squat_in_two_pools_is_one_finding_with_both() -> None:
    pools = pool(RANGE), pool("192.0.2.233-192.0.2.250", "other", cluster=HMC)
    verdict = only(estate(*pools, svc(SECOND, ALPHA)), "H1")
    assert verdict.severity == "critical"
    assert "pool other will hand out" in verdict.title
    assert sorted(party.ref.name for party in verdict.parties) == ["other", "wc-cp-ips", "web"]
    assert (HMC, "IPAddress") in verdict.rests_on
    assert (GMC, "IPAddress") in verdict.rests_on


def test_a_pool_of_one_address_is_judged_like_any_other() -> None:
    assert severities(estate(pool(FIRST), svc(FIRST)), "H1") == ["critical"]


def test_a_kamaji_service_without_its_claim_squats() -> None:
    kamaji = svc(SECOND, GMC, "gamma", namespace="org-acme", serves=Consumer(GAMMA, Purpose.CONTROL_PLANE))
    assert severities(estate(pool(RANGE), kamaji), "H1") == ["high"]


def test_an_address_that_was_not_understood_may_be_the_one_that_is_missing() -> None:
    known = estate(pool(RANGE), cpe(SECOND, GAMMA))
    assert not only(known, "H1").stale
    partly = estate(
        pool(RANGE), cpe(SECOND, GAMMA), clusters=[facts(GMC, unreadable={"IPAddress": ("org-acme/odd",)})]
    )
    assert only(partly, "H1").stale


def test_a_cluster_that_is_being_deleted_released_its_address_early() -> None:
    """Its claim went at once; its machines and its address live until Cluster API is done."""
    going = cpe(SECOND, GAMMA, terminating=True)
    verdict = only(estate(pool(RANGE), alloc(FIRST, "alpha"), going), "H10")
    assert (verdict.severity, verdict.subject) == ("critical", SECOND)
    assert verdict.title == (
        f"{SECOND} is still the API of gamma, which is being deleted, and pool wc-cp-ips will hand it out "
        "next"
    )
    assert severities(estate(pool(RANGE), going), "H10") == ["high"]
    assert severities(estate(pool(RANGE), going, cpvip(SECOND, GAMMA)), "H10") == ["high"]


def test_an_address_that_is_kept_for_a_while_was_not_released() -> None:
    kept = alloc(SECOND, "gamma", terminating=True)
    assert said(estate(pool(RANGE), kept, cpe(SECOND, GAMMA, terminating=True))) == []


def test_somebody_else_who_stays_makes_it_a_squatters() -> None:
    going = cpe(SECOND, GAMMA, terminating=True)
    found = said(estate(pool(RANGE), going, node(SECOND, BETA)))
    assert [each for each in found if each[0] in ("H1", "H10")] == [("H1", "high", SECOND)]


def test_a_gateway_that_the_pool_does_not_name_is_a_user_too() -> None:
    """The provider leaves out what `spec.gateway` says, and knows of no other."""
    subnet = DeclaredSubnet(parse_network("192.0.2.0/24"), gateway=parse_address(SECOND))
    verdict = only(estate(pool(RANGE), subnets=[subnet]), "H1")
    assert (verdict.severity, verdict.title) == (
        "high",
        f"{SECOND}, the gateway of 192.0.2.0/24, lies in pool wc-cp-ips, which may hand it out",
    )
    following = only(estate(pool(RANGE), alloc(FIRST, "alpha"), subnets=[subnet]), "H1")
    assert (following.severity, following.title) == (
        "critical",
        f"{SECOND}, the gateway of 192.0.2.0/24, is the next address that pool wc-cp-ips will hand out",
    )
    kept = alloc(SECOND, "kept")
    assert "H1" not in {v.rule for v in judge(estate(pool(RANGE), kept, subnets=[subnet]))}
    assert said(estate(pool("192.0.2.234-192.0.2.239"), subnets=[subnet])) == []
    guessed = replace(subnet, declared=False)
    assert said(estate(pool(RANGE), subnets=[guessed])) == []


def test_so_are_the_ends_of_the_real_subnet() -> None:
    """A pool whose prefix is shorter than its subnet's reserves the wrong ones."""
    subnet = DeclaredSubnet(parse_network("192.0.2.232/29"))
    assert said(estate(pool(RANGE), subnets=[subnet])) == [
        ("H1", "critical", FIRST),
        ("H1", "high", "192.0.2.239"),
    ]
