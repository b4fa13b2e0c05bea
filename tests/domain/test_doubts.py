"""What looks wrong and need not be: states of real fleets in which a plain rule would cry wolf."""

from dataclasses import replace
from datetime import timedelta

from ipviz.domain.ages import fresh_until
from ipviz.domain.estate import DeclaredSubnet, Estate
from ipviz.domain.hints import Network
from ipviz.domain.occupants import Role
from ipviz.domain.seen import PoolCounts, Seen
from tests.builders import (
    AT,
    BETA,
    GMC,
    HMC,
    alloc,
    estate,
    estate_seen,
    facts,
    manual,
    node,
    occupant,
    prefix_pool,
    ref,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_kube_vip,
    seen_machine,
    seen_node,
    seen_pool,
    seen_provider,
    seen_service,
    seen_vm,
    span,
)  # fmt: skip
from tests.verdicts import only, said, severities

IP, OWN = "192.0.2.31", "192.0.2.40"


def fleet(gmc: list[Seen], beta: list[Seen] | None = None, **other: object) -> Estate:
    seen: dict[str, list[Seen]] = {GMC: gmc, BETA: beta or []}
    return estate_seen(seen, **other)  # type: ignore[arg-type]


def test_a_node_of_an_unreadable_cluster_whose_machine_is_gone_is_doubtful() -> None:
    """DHCP gave its address to a new machine, and its own cluster cannot say that it left."""
    old = seen_node("beta-w-0", IP, provider_id="vsphere://old")
    new = seen_vm("gamma-w-0", IP, cluster="gamma", provider_id="vsphere://new")
    blind = facts(BETA, error="unreachable")
    reused = fleet([new], [old], clusters=[blind])
    stale = replace(
        reused, occupants=tuple(replace(o, stale=True) if o.cluster == BETA else o for o in reused.occupants)
    )
    assert severities(stale, "C11") == ["medium"]
    still = seen_machine("beta-w-0", provider_id="vsphere://old")
    listed = replace(stale, records={**stale.records, GMC: {**stale.records[GMC], "Machine": (still,)}})
    assert severities(listed, "C11") == ["critical"]


def test_an_address_on_two_machines_of_a_cluster_that_was_never_read_may_be_kube_vips() -> None:
    both: list[Seen] = [seen_vm(f"beta-w-{n}", IP, provider_id=f"vsphere://{n}") for n in (1, 2)]
    never = facts(BETA, never=["Node", "Service"])
    assert severities(estate_seen({GMC: both}, clusters=[never]), "C11") == ["medium"]
    assert severities(fleet(both), "C11") == ["critical"]


def test_an_address_that_was_claimed_for_the_machine_is_its_own_on_any_card() -> None:
    claim = seen_claim("beta-w-0-1-0", machine="beta-w-0", cluster_name="beta", address_name="beta-w-0-1-0")
    second = seen_vm("beta-w-0", OWN, IP, provider_id="vsphere://1")
    first = seen_node("beta-w-0", OWN, provider_id="vsphere://1")
    gmc: list[Seen] = [
        claim,
        seen_address(IP, "beta-w-0-1-0"),
        second,
        seen_cluster("gamma", IP),
        seen_cluster("beta"),
    ]
    assert severities(fleet(gmc, [first]), "C10") == ["critical"]


def test_a_machine_may_have_an_address_of_its_own_clusters_range_from_kube_vip() -> None:
    config = seen_config_map(data={"cidr-global": f"{IP}/32"})
    vm = seen_vm("beta-w-0", OWN, IP, provider_id="vsphere://1")
    here = seen_node("beta-w-0", OWN, provider_id="vsphere://1")
    assert severities(fleet([vm], [seen_provider(), config, here]), "H6") == []
    unread = facts(BETA, never=["Service"])
    assert severities(fleet([vm], [seen_provider(), config], clusters=[unread]), "H6") == []
    its_own = seen_node("beta-w-0", OWN, IP, provider_id="vsphere://1")
    assert severities(fleet([vm], [seen_provider(), config, its_own]), "H6") == ["high"]


def test_what_another_load_balancer_serves_is_used() -> None:
    held: list[Seen] = [seen_claim("kept", address_name="kept"), seen_address(IP, "kept")]
    metallb = seen_service("web", annotation=IP, load_balancer_class="metallb.io/metallb")
    assert severities(fleet(held, [metallb]), "P5") == []


def test_a_claim_of_nobody_rests_on_lists_that_were_never_read_and_would_show_its_user() -> None:
    held: list[Seen] = [seen_claim("kept", address_name="kept"), seen_address(IP, "kept")]
    known = {(GMC, "IPAddressClaim"), (GMC, "Cluster")}
    assert only(fleet(held), "P5").rests_on == known
    never = facts(BETA, never=["Service"])
    assert only(fleet(held, clusters=[never]), "P5").rests_on == known | {(BETA, "Service")}


def test_one_prefix_counts_once_however_many_addresses_lie_in_it() -> None:
    prefix = alloc("2001:db8::/64", "beta", pool="GlobalInClusterPrefixPool//pods")
    nodes = [node(f"2001:db8::{n}", BETA, f"n{n}") for n in range(1, 9)]
    assert said(estate(prefix_pool("2001:db8::/48"), prefix, *nodes)) == []


def test_an_address_claimed_by_hand_may_be_that_very_external_one() -> None:
    external = occupant(Role.EXTIP, IP, cluster=BETA, of=ref("Service", "ext", "shop"))
    assert severities(estate(external, manual(IP)), "C13") == []


def test_a_service_of_the_management_cluster_takes_traffic_of_others_machines() -> None:
    external = occupant(Role.EXTIP, IP, cluster=GMC, of=ref("Service", "ext", "shop"))
    theirs = fleet([seen_vm("beta-w-0", IP)])
    assert severities(replace(theirs, occupants=(*theirs.occupants, external)), "C13") == ["high"]


def test_a_prefix_that_begins_with_the_subnet_and_an_external_gateway() -> None:
    wide = DeclaredSubnet(span("2001:db8::/48"), span("2001:db8::1"))
    prefix = alloc("2001:db8::/64", "beta", pool="GlobalInClusterPrefixPool//pods")
    assert severities(estate(prefix, subnets=[wide]), "C12") == []
    external = occupant(Role.EXTIP, "2001:db8::1", cluster=BETA, of=ref("Service", "ext", "shop"))
    assert severities(estate(external, subnets=[wide]), "C12") == ["high"]


def test_no_subnet_matters_where_nobody_answers_arp_or_nobody_knows() -> None:
    subnet = DeclaredSubnet(span("198.51.100.0/24"))
    service = seen_service("web", annotation=IP, status=[IP])
    tables = seen_kube_vip(serves=True, arp=False)
    unread = facts(BETA, never=["Pod"])
    other = seen_service("web", annotation=IP, status=[IP], interface="eth1")
    assert severities(fleet([], [service], subnets=[subnet]), "H13") == ["high"]
    assert severities(fleet([], [service, tables], subnets=[subnet]), "H13") == []
    assert severities(fleet([], [service], subnets=[subnet], clusters=[unread]), "H13") == []
    assert severities(fleet([], [other], subnets=[subnet]), "H13") == []
    inferred = replace(DeclaredSubnet(span("192.0.2.0/24")), declared=False)
    assert severities(fleet([], [service], subnets=[subnet, inferred]), "H13") == []


def test_a_configuration_that_nobody_reads_any_more_is_no_trouble() -> None:
    left = seen_config_map(data={"cidr-global": "", "range-global": "192.0.2.1-192.0.2.2"})
    assert said(fleet([], [left])) == []
    full = seen_config_map(data={"cidr-global": "192.0.2.2/31"})
    held: list[Seen] = [
        seen_service(f"s{n}", annotation=f"192.0.2.{n}", status=[f"192.0.2.{n}"], labelled=True)
        for n in (2, 3)
    ]
    assert severities(fleet([], [full, *held]), "P8") == []


def test_each_family_of_a_range_is_used_up_by_itself() -> None:
    config = seen_config_map(data={"cidr-global": "192.0.2.2/31,2001:db8::/120"})
    held: list[Seen] = [
        seen_service(f"s{n}", annotation=f"192.0.2.{n}", status=[f"192.0.2.{n}"], labelled=True)
        for n in (2, 3)
    ]
    verdict = only(fleet([], [seen_provider(), config, *held]), "P8")
    assert "All 2 IPv4 addresses of cidr-global" in verdict.explanation


def test_the_status_of_a_pool_that_is_paused_or_of_another_version_is_not_compared() -> None:
    wrong = PoolCounts(total=9, used=7, free=2, out_of_range=0)
    assert severities(fleet([seen_pool("192.0.2.1-192.0.2.9", paused=True, reported=wrong)]), "P4") == []
    # A provider that knows no reserved addresses gave out .255, and counts it in its total.
    older = seen_pool("192.0.2.250-192.0.2.255", reported=PoolCounts(6, 1, 5, 0))
    assert severities(fleet([older, seen_address("192.0.2.255", "x")]), "P4") == []
    ours = seen_pool("192.0.2.250-192.0.2.255", reported=PoolCounts(5, 1, 4, 0))
    assert severities(fleet([ours, seen_address("192.0.2.255", "x")]), "P4") == ["medium"]


def test_one_wrong_control_plane_node_of_three_is_found() -> None:
    pods: list[Seen] = [seen_kube_vip(f"kube-vip-cp-{n}", IP) for n in (0, 1)]
    verdict = only(fleet([seen_cluster("beta", IP)], [*pods, seen_kube_vip("kube-vip-cp-2", OWN)]), "H14")
    assert [party.ref.name for party in verdict.parties] == ["beta", "kube-vip-cp-2"]


def test_management_clusters_meet_where_their_workload_clusters_do() -> None:
    apart = {
        path: replace(facts(path), network=Network(server, ("vlan-7",)))
        for path, server in (
            (GMC, "a.example.com"),
            (HMC, "b.example.com"),
            (BETA, "w.example.com"),
            (f"{HMC}/org-acme/zeta", "w.example.com"),
        )
    }
    seen: dict[str, list[Seen]] = {path: [seen_cluster("x")] if "/" not in path else [] for path in apart}
    assert severities(estate_seen(seen, clusters=apart.values()), "H9") == ["medium"]
    moved = apart | {BETA: replace(apart[BETA], network=Network("v.example.com", ("vlan-7",)))}
    assert severities(estate_seen(seen, clusters=moved.values()), "H9") == []


def test_a_leader_of_which_no_pod_was_read_may_be_one_for_all() -> None:
    pair: list[Seen] = [
        seen_service("a", annotation=IP, status=[IP], holder="n0", ports=()),
        seen_service("b", annotation=IP, status=[IP], holder="n1", ports=()),
    ]
    assert severities(fleet([], pair), "C6") == ["high"]
    unread = facts(BETA, never=["Pod"])
    assert severities(fleet([], pair, clusters=[unread]), "C6") == []
    routed = seen_kube_vip(serves=True, elects=True, arp=False, bgp=True)
    assert severities(fleet([], [routed, *pair]), "C6") == []


def test_a_time_without_a_zone_is_no_known_age() -> None:
    assert fresh_until("2026-02-01") is None
    assert fresh_until("soon") is None
    assert fresh_until((AT - timedelta(minutes=1)).isoformat()) == AT + timedelta(minutes=4)
