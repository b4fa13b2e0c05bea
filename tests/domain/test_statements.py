"""Which objects state which occupants."""

from collections import defaultdict

import pytest

from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.seen import Seen, SeenMachine
from ipviz.domain.statements import pending_claims, statements_of
from tests.builders import (
    ref,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_node,
    seen_pool,
    seen_provider,
    seen_service,
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


def test_a_node_of_a_management_cluster_does_not_state_its_own_endpoint() -> None:
    occupants = stated(
        seen_node("n", "10.0.0.9", "10.0.0.1", provider_id="vsphere://1"),
        SeenMachine(ref("Machine", "n", "org-acme"), "home", "vsphere://1"),
        seen_cluster("home", "10.0.0.1"),
    )
    assert said(occupants) == [("CPE", "10.0.0.1", "home"), ("NODE", "10.0.0.9", "n")]
