"""Which objects state which occupants."""

from collections import defaultdict

import pytest

from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.seen import Seen
from ipviz.domain.statements import pending_claims, statements_of
from tests.builders import (
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_kube_vip,
    seen_lease,
    seen_machine,
    seen_node,
    seen_pool,
    seen_prefix_pool,
    seen_provider,
    seen_service,
    seen_vm,
    seen_vsphere_cluster,
)


def stated(*records: Seen, path: str = "gmc", is_management: bool = True) -> tuple[Occupant, ...]:
    return statements_of(by_kind(*records), path=path, is_management=is_management)


def by_kind(*records: Seen) -> dict[str, tuple[Seen, ...]]:
    kinds: dict[str, list[Seen]] = defaultdict(list)
    for record in records:
        kinds[record.ref.kind].append(record)
    return {kind: tuple(each) for kind, each in kinds.items()}


def said(occupants: tuple[Occupant, ...]) -> list[tuple[str, str, str]]:
    return [(each.role.value, str(each.span), each.ref.name) for each in occupants]


def test_an_address_is_joined_with_its_claim() -> None:
    (one,) = stated(
        seen_address("10.0.0.5", "x"), seen_claim("x", giantswarm_cluster="x", paused=True, terminating=True)
    )
    assert (one.role, one.consumer.cluster, one.pool) == (
        Role.ALLOC,
        "gmc/org-acme/x",
        "GlobalInClusterIPPool//wc-cp-ips",
    )
    assert one.paused
    assert one.terminating


def test_an_address_is_paused_with_the_cluster_that_it_serves() -> None:
    records = (seen_address("10.0.0.5", "alpha"), seen_claim("alpha"))
    assert [each.paused for each in stated(*records, seen_cluster("alpha", paused=True))] == [True]
    assert [each.paused for each in stated(*records, seen_cluster("alpha"))] == [False]
    assert [each.paused for each in stated(*records, seen_cluster("beta", paused=True))] == [False]


def test_an_address_from_a_pool_of_prefixes_is_the_whole_prefix() -> None:
    (one,) = stated(seen_address("fd00:0:0:1::", "x", pool_kind="GlobalInClusterPrefixPool", prefix=64))
    assert str(one.span) == "fd00:0:0:1::-fd00::1:ffff:ffff:ffff:ffff"
    (one,) = stated(seen_address("10.0.0.5", "x", prefix=24))
    assert one.span.is_single


def test_both_objects_of_a_cluster_state_its_endpoint() -> None:
    occupants = stated(
        seen_cluster("alpha", "10.0.0.5", paused=True),
        seen_vsphere_cluster("alpha", "10.0.0.6", cluster_name="alpha"),
    )
    assert said(occupants) == [("CPE", "10.0.0.5", "alpha"), ("CPE", "10.0.0.6", "alpha")]
    assert {each.consumer.cluster for each in occupants} == {"gmc/org-acme/alpha"}
    assert all(each.paused for each in occupants)


@pytest.mark.parametrize(
    "host", ["", "api.example.com", "127.0.0.1", "0.0.0.0", "169.254.0.9", "fe80::1", "::"]
)
def test_an_endpoint_that_is_no_address_of_a_segment_is_not_stated(host: str) -> None:
    assert stated(seen_cluster("alpha", host)) == ()


def test_a_service_states_each_of_its_addresses() -> None:
    service = seen_service("web", annotation="10.0.0.5,fd00::5,0.0.0.0", ignored=True)
    occupants = stated(service, path="gmc/org-acme/alpha", is_management=False)
    assert said(occupants) == [("SVC", "10.0.0.5", "web"), ("SVC", "fd00::5", "web")]
    assert not any(each.announced for each in occupants)
    assert {each.ports for each in occupants} == {service.ports}


def test_a_service_of_another_load_balancer_is_stated_as_foreign() -> None:
    (one,) = stated(seen_service("web", status=["10.0.0.5"], load_balancer_class="metallb.io/metallb"))
    assert one.foreign


def test_a_node_does_not_state_the_vips_that_it_carries() -> None:
    occupants = stated(
        seen_node("n", "10.0.0.9", "10.0.0.5", "fe80::1", "fd00::9"),
        seen_service("web", annotation="10.0.0.5"),
        path="gmc/org-acme/alpha",
        is_management=False,
    )
    assert [each for each in said(occupants) if each[0] == "NODE"] == [
        ("NODE", "10.0.0.9", "n"),
        ("NODE", "fd00::9", "n"),
    ]


def test_a_node_of_a_management_cluster_states_what_is_another_clusters_endpoint() -> None:
    occupants = stated(seen_node("n", "10.0.0.9"), seen_cluster("alpha", "10.0.0.9"))
    assert {each.role for each in occupants} == {Role.CPE, Role.NODE}


def test_a_pool_states_each_span_that_it_can_hand_out() -> None:
    occupants = stated(
        seen_pool("10.0.0.0/29", excluded=["10.0.0.3"]), seen_pool("10.0.0.1-2", name="broken")
    )
    assert said(occupants) == [
        ("POOL", "10.0.0.1-10.0.0.2", "wc-cp-ips"),
        ("POOL", "10.0.0.4-10.0.0.7", "wc-cp-ips"),
    ]


def test_the_live_config_map_states_its_live_ranges() -> None:
    occupants = stated(
        seen_provider("kubevip", version="v0.0.5"),
        seen_config_map("kubevip", {"cidr-global": "10.0.0.180/30", "range-global": "10.0.1.1-10.0.1.2"}),
        seen_config_map("kube-vip-cloud-provider", {"cidr-global": "10.0.9.0/30"}),
        path="gmc/org-acme/alpha",
        is_management=False,
    )
    assert said(occupants) == [("LBRANGE", "10.0.0.181-10.0.0.182", "kubevip")]
    assert (occupants[0].pool, occupants[0].consumer.cluster) == ("cidr-global", "gmc/org-acme/alpha")


def test_a_workload_cluster_is_not_asked_for_pools_or_clusters() -> None:
    records = (seen_pool("10.0.0.0/29"), seen_cluster("alpha", "10.0.0.5"), seen_address("10.0.0.6", "x"))
    assert stated(*records, path="gmc/org-acme/beta", is_management=False) == ()


def test_the_order_does_not_depend_on_that_of_the_records() -> None:
    records = (
        seen_service("b", annotation="10.0.0.5"),
        seen_service("a", annotation="10.0.0.6"),
        seen_node("n", "10.0.0.9", "10.0.0.8"),
        seen_cluster("b", "10.0.0.2"),
        seen_cluster("a", "10.0.0.3"),
        seen_pool("10.0.0.0/29"),
    )
    assert stated(*records) == stated(*reversed(records))


def test_a_claim_without_an_address_is_pending() -> None:
    records = by_kind(
        seen_claim("epsilon", giantswarm_cluster="epsilon"),
        seen_claim("served", address_name="served"),
        seen_claim("going", terminating=True),
    )
    (claim,) = pending_claims(records, path="gmc")
    assert (claim.cluster, claim.pool) == ("gmc", "GlobalInClusterIPPool//wc-cp-ips")
    assert (claim.consumer_cluster, claim.purpose) == ("gmc/org-acme/epsilon", "cp")


HOME = (
    seen_node("n", "10.0.0.9", "10.0.0.1", provider_id="vsphere://1"),
    seen_machine("n", "10.0.0.9", "10.0.0.1", cluster="home", provider_id="vsphere://1", node="n"),
    seen_cluster("home", "10.0.0.1"),
)


def test_a_node_of_a_management_cluster_does_not_state_its_own_endpoint() -> None:
    assert said(stated(*HOME)) == [("CPE", "10.0.0.1", "home"), ("NODE", "10.0.0.9", "n")]


BETA = "gmc/org-acme/beta"
BETA_0 = (
    seen_machine("beta-abc", "10.0.0.41", provider_id="vsphere://4", infrastructure="beta-0", node="beta-0"),
    seen_vm("beta-0", "10.0.0.41", kind="VSphereMachine", provider_id="vsphere://4", owner="beta-abc"),
    seen_vm("beta-0", "10.0.0.41", "10.0.0.232", "10.0.0.236", "fe80::1", provider_id="VSPHERE://4"),
)


def nodes(*records: Seen, path: str = "gmc", is_management: bool = True) -> list[tuple[str, str, str]]:
    """Of the machines' addresses: the kind that states each, the address, and whose it is."""
    return [
        (each.ref.kind, str(each.span), f"{each.consumer.cluster} {each.consumer.machine}")
        for each in stated(*records, path=path, is_management=is_management)
        if each.role is Role.NODE
    ]


def test_a_management_cluster_states_the_machines_of_its_workload_clusters_once() -> None:
    assert nodes(*BETA_0) == [
        ("Machine", "10.0.0.41", f"{BETA} beta-0"),
        ("VSphereVM", "10.0.0.232", f"{BETA} beta-0"),
        ("VSphereVM", "10.0.0.236", f"{BETA} beta-0"),
    ]


def test_a_machine_is_the_same_consumer_to_both_clusters() -> None:
    (theirs, *_) = stated(*BETA_0)
    (own,) = stated(
        seen_node("beta-0", "10.0.0.41", provider_id="vsphere://4"), path=BETA, is_management=False
    )
    assert theirs.span == own.span
    assert theirs.consumer.is_same(own.consumer)


def test_a_machine_does_not_state_the_endpoint_of_its_own_cluster() -> None:
    addresses = {address for _, address, _ in nodes(*BETA_0, seen_cluster("beta", "10.0.0.232"))}
    assert addresses == {"10.0.0.41", "10.0.0.236"}


def test_a_machine_states_the_endpoint_of_another_cluster() -> None:
    addresses = {address for _, address, _ in nodes(*BETA_0, seen_cluster("gamma", "10.0.0.232"))}
    assert "10.0.0.232" in addresses


def test_a_node_does_not_state_the_address_that_kube_vip_announces_for_its_own_cluster() -> None:
    records = (seen_node("n", "10.0.0.9", "10.0.0.1"), seen_kube_vip("kube-vip-n", "10.0.0.1"))
    assert nodes(*records, path=BETA, is_management=False) == [("Node", "10.0.0.9", f"{BETA} n")]
    assert nodes(*records) == [("Node", "10.0.0.9", "gmc n")]


def test_a_node_does_not_state_the_api_that_it_serves_for_another_cluster() -> None:
    """Kamaji: the API of a workload cluster is a Service here, and its address bound to a node here."""
    kamaji = seen_service("beta", namespace="org-acme", annotation="10.0.0.5", status=["10.0.0.5"])
    assert nodes(seen_node("n", "10.0.0.9", "10.0.0.5"), kamaji, seen_cluster("beta")) == [
        ("Node", "10.0.0.9", "gmc n")
    ]


def test_a_management_clusters_own_machine_is_stated_by_its_node() -> None:
    vm = seen_vm("n", "10.0.0.9", "10.0.0.77", cluster="home", provider_id="vsphere://1")
    assert nodes(*HOME, vm) == [("Node", "10.0.0.9", "gmc n"), ("VSphereVM", "10.0.0.77", "gmc n")]


def test_a_machine_of_no_known_cluster_is_stated_all_the_same() -> None:
    assert nodes(seen_vm("lost", "10.0.0.50", cluster="")) == [("VSphereVM", "10.0.0.50", " lost")]


def test_a_machine_that_is_being_deleted_still_states_its_addresses() -> None:
    (one,) = stated(seen_vm("beta-0", "10.0.0.41", terminating=True))
    assert one.terminating


def test_a_machines_own_claim_is_the_same_consumer() -> None:
    claim = seen_claim("beta-0-0-0", cluster_name="beta", machine="beta-0", address_name="beta-0-0-0")
    occupants = stated(*BETA_0, claim, seen_address("10.0.0.41", "beta-0-0-0"))
    (allocation,) = [each for each in occupants if each.role is Role.ALLOC]
    (machine,) = [each for each in occupants if each.ref.kind == "Machine"]
    assert machine.consumer.is_same(allocation.consumer)


def test_a_workload_cluster_states_its_nodes_only() -> None:
    assert nodes(*BETA_0, path="gmc/org-acme/other", is_management=False) == []


def test_the_address_of_the_api_is_stated_once_whichever_pods_announce_it() -> None:
    pods = (
        seen_kube_vip("kube-vip-b", "10.0.0.1", terminating=True),
        seen_kube_vip("kube-vip-a", "10.0.0.1"),
        seen_kube_vip("kube-vip-svc", serves=True),
    )
    (one,) = stated(*pods, seen_lease("plndr-cp-lock", "cp-1"), path=BETA, is_management=False)
    assert (one.role, str(one.span), one.ref.name) == (Role.CPVIP, "10.0.0.1", "kube-vip-a")
    assert (one.holder, one.terminating, one.announced) == ("cp-1", False, True)
    assert (one.consumer.cluster, one.consumer.purpose.value) == (BETA, "cp")
    assert stated(*reversed(pods), path=BETA, is_management=False)[0].ref == one.ref


def test_an_api_of_two_families_or_by_name_is_stated_as_far_as_it_has_addresses() -> None:
    pod = seen_kube_vip("kube-vip-a", "10.0.0.1", "fd00::1", "api.example.org")
    occupants = stated(pod, path=BETA, is_management=False)
    assert [str(each.span) for each in occupants] == ["10.0.0.1", "fd00::1"]


@pytest.mark.parametrize(
    ("arp", "bgp", "announced"),
    [(True, False, True), (False, True, False), (True, True, True), (False, False, True)],
)
def test_an_api_announced_by_bgp_alone_is_answered_for_by_nobody(
    arp: bool, bgp: bool, announced: bool
) -> None:
    (one,) = stated(seen_kube_vip("kube-vip-a", "10.0.0.1", arp=arp, bgp=bgp))
    assert one.announced is announced


def test_pods_that_are_all_going_say_so() -> None:
    (one,) = stated(seen_kube_vip("kube-vip-a", "10.0.0.1", terminating=True))
    assert one.terminating


def test_the_api_as_announced_and_as_declared_is_one_consumer() -> None:
    (announced,) = stated(seen_kube_vip("kube-vip-a", "10.0.0.1"), path=BETA, is_management=False)
    (declared,) = stated(seen_cluster("beta", "10.0.0.1"))
    assert announced.consumer.is_same(declared.consumer)


def test_a_service_says_by_its_lease_who_answers_for_it() -> None:
    service = seen_service("web", annotation="10.0.0.5", status=["10.0.0.5"])
    lease, pod = seen_lease("plndr-svcs-lock", "n-1"), seen_kube_vip(serves=True)
    assert [each.holder for each in stated(service, lease, pod)] == ["n-1"]
    assert [each.holder for each in stated(service, pod)] == [""]
    foreign = seen_service("web", status=["10.0.0.5"], load_balancer_class="metallb.io/metallb")
    assert [each.holder for each in stated(foreign, lease, pod)] == [""]


def test_a_service_of_a_class_of_ones_own_is_ours() -> None:
    service = seen_service("web", status=["10.0.0.5"], load_balancer_class="example.org/vip")
    provider = seen_provider(load_balancer_class="example.org/vip", kind="DaemonSet")
    assert [each.foreign for each in stated(service)] == [True]
    assert [each.foreign for each in stated(service, provider)] == [False]
    assert [
        each.foreign for each in stated(service, seen_kube_vip(serves=True, classes=["example.org/vip"]))
    ] == [False]


def test_a_service_states_its_external_addresses() -> None:
    plain = seen_service("web", external_ips=["10.0.0.8", "fe80::8"], is_load_balancer=False)
    assert said(stated(plain)) == [("EXTIP", "10.0.0.8", "web")]
    both = seen_service("web", annotation="10.0.0.5", external_ips=["10.0.0.5", "10.0.0.8"])
    assert said(stated(both)) == [("SVC", "10.0.0.5", "web"), ("EXTIP", "10.0.0.8", "web")]


def test_a_node_keeps_the_address_that_a_service_names_as_external() -> None:
    service = seen_service("web", external_ips=["10.0.0.9"], is_load_balancer=False)
    assert {each.role for each in stated(seen_node("n", "10.0.0.9"), service)} == {Role.EXTIP, Role.NODE}


def test_a_service_that_is_no_load_balancer_any_more_states_nothing() -> None:
    assert stated(seen_service("web", annotation="10.0.0.5", labelled=True, is_load_balancer=False)) == ()


def test_a_pool_of_prefixes_states_whole_prefixes_and_their_length() -> None:
    (one,) = stated(seen_prefix_pool("2001:db8::/62", excluded=["2001:db8::1"]))
    assert (one.role, one.pool, one.allocation_prefix) == (Role.POOL, "GlobalInClusterPrefixPool//pods", 64)
    assert str(one.span) == "2001:db8:0:1::-2001:db8:0:3:ffff:ffff:ffff:ffff"
    assert [each.allocation_prefix for each in stated(seen_pool("10.0.0.0/29"))] == [0]


def test_the_ranges_of_a_provider_that_is_a_daemon_set_are_stated() -> None:
    records = (
        seen_provider("ranges", kind="DaemonSet"),
        seen_config_map("ranges", {"cidr-global": "10.0.0.8/30"}),
    )
    assert said(stated(*records)) == [("LBRANGE", "10.0.0.8-10.0.0.11", "ranges")]
