"""C12, H6 and H7: what the operator declared of a subnet, and who is in the way of it."""

from dataclasses import replace

import pytest

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.occupants import Consumer, Purpose
from ipviz.domain.seen import Seen
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    alloc,
    cpe,
    estate,
    estate_seen,
    facts,
    lb_range,
    manual,
    node,
    pool,
    seen_cluster,
    seen_config_map,
    seen_service,
    span,
    spans,
    svc,
)  # fmt: skip
from tests.verdicts import only, party_names, said, severities

GATEWAY, NETWORK, BROADCAST = "192.0.2.1", "192.0.2.0", "192.0.2.255"
SUBNET = DeclaredSubnet(span("192.0.2.0/24"), span(GATEWAY), spans("192.0.2.20-192.0.2.99"))
INFERRED = replace(SUBNET, declared=False)


@pytest.mark.parametrize(
    ("where", "severity", "what"),
    [
        (GATEWAY, "critical", "the gateway"),
        (NETWORK, "high", "the network address"),
        (BROADCAST, "high", "the broadcast address"),
    ],
)
def test_an_address_that_the_subnet_needs_itself(where: str, severity: str, what: str) -> None:
    verdict = only(estate(svc(where), subnets=[SUBNET]), "C12")
    assert (verdict.severity, verdict.subject) == (severity, where)
    assert verdict.title == f"{where}, {what} of its subnet, is used by beta/shop/web"
    assert f"It is {what} of 192.0.2.0/24." in verdict.explanation


@pytest.mark.parametrize("user", [cpe(GATEWAY), node(GATEWAY), alloc(GATEWAY, "alpha")])
def test_whoever_takes_the_gateway(user: object) -> None:
    assert severities(estate(user, subnets=[SUBNET]), "C12") == ["critical"]  # type: ignore[arg-type]


def test_what_a_pool_lets_us_guess_of_a_subnet_proves_nothing() -> None:
    """Pools say gateway 0.0.0.0 and a prefix that need not be the network's."""
    assert said(estate(svc(GATEWAY), subnets=[INFERRED])) == []
    assert said(estate(svc("192.0.2.2"), subnets=[SUBNET])) == []


def test_a_claim_from_nobody_may_keep_the_address_from_being_handed_out() -> None:
    assert severities(estate(manual(GATEWAY), subnets=[SUBNET]), "C12") == ["low"]
    assert severities(estate(manual(GATEWAY), svc(GATEWAY), subnets=[SUBNET]), "C12") == ["critical"]


def test_what_is_silent_or_leaving_is_milder() -> None:
    assert severities(estate(svc(GATEWAY, announced=False), subnets=[SUBNET]), "C12") == ["medium"]
    assert severities(estate(svc(GATEWAY, terminating=True), subnets=[SUBNET]), "C12") == ["medium"]
    assert said(estate(svc(GATEWAY, foreign=True), subnets=[SUBNET])) == []


def test_ipv6_has_no_broadcast_and_short_networks_no_ends() -> None:
    wide = DeclaredSubnet(span("2001:db8::/64"))
    assert severities(estate(svc("2001:db8::"), subnets=[wide]), "C12") == ["high"]
    assert said(estate(svc("2001:db8::ffff:ffff:ffff:ffff"), subnets=[wide])) == []
    assert (
        said(estate(svc("192.0.2.8"), svc("192.0.2.9"), subnets=[DeclaredSubnet(span("192.0.2.8/31"))])) == []
    )


def test_a_range_that_covers_an_endpoint_is_high_whosesoever_it_is() -> None:
    for path in (BETA, GAMMA):
        verdict = only(estate(lb_range("192.0.2.128/30"), cpe("192.0.2.130", path)), "H6")
        assert (verdict.severity, verdict.subject) == ("high", "192.0.2.130")
        assert party_names(verdict) == [
            f"gmc Cluster {path.removeprefix('gmc/')}",
            f"{BETA} ConfigMap kube-system/kubevip",
        ]
    assert only(estate(lb_range("192.0.2.128/30"), cpe("192.0.2.130", GAMMA)), "H6").title == (
        "192.0.2.130, the API of gamma, lies in the load-balancer range of beta"
    )


def test_a_range_that_covers_a_node_or_the_gateway_is_high() -> None:
    assert said(estate(lb_range("192.0.2.128/30"), node("192.0.2.129"))) == [("H6", "high", "192.0.2.129")]
    covers = estate(lb_range("192.0.2.0-192.0.2.3"), subnets=[SUBNET])
    assert said(covers) == [("H6", "high", NETWORK), ("H6", "high", GATEWAY)]
    assert only(estate(lb_range(GATEWAY), subnets=[SUBNET]), "H6").title == (
        f"{GATEWAY}, the gateway of 192.0.2.0/24, lies in the load-balancer range of beta"
    )
    assert said(estate(lb_range("192.0.2.0-192.0.2.3"), subnets=[INFERRED])) == []


def test_a_range_beside_them_is_nothing() -> None:
    assert (
        said(estate(lb_range("192.0.2.128/30"), cpe("192.0.2.132"), node("192.0.2.127"), subnets=[SUBNET]))
        == []
    )


def test_services_in_a_range_are_what_it_is_for() -> None:
    assert said(estate(lb_range("192.0.2.128/30"), svc("192.0.2.129"))) == []


def test_an_endpoint_that_is_a_service_of_the_ranges_cluster_is_where_it_belongs() -> None:
    """Kamaji serves the API of a workload cluster by a Service of the management cluster."""
    api = svc("192.0.2.129", GMC, "gamma", serves=Consumer(GAMMA, Purpose.CONTROL_PLANE))
    assert said(estate(lb_range("192.0.2.128/30", GMC), api, cpe("192.0.2.129", GAMMA))) == []
    assert severities(estate(lb_range("192.0.2.128/30", ALPHA), api, cpe("192.0.2.129", GAMMA)), "H6") == [
        "high"
    ]


def test_a_range_that_covers_a_service_of_another_cluster_is_high() -> None:
    """It was chosen by hand, outside its own cluster's ranges; neither cloud provider knows of the other."""
    covers = lb_range("192.0.2.128/30")
    verdict = only(estate(covers, svc("192.0.2.130", GAMMA)), "H6")
    assert (verdict.severity, verdict.title) == (
        "high",
        "192.0.2.130, gamma/shop/web, lies in the load-balancer range of beta",
    )
    assert severities(estate(covers, svc("192.0.2.130", GAMMA, announced=False)), "H6") == ["medium"]
    assert severities(estate(covers, svc("192.0.2.130", BETA), svc("192.0.2.130", GAMMA)), "H6") == ["high"]


def test_services_of_the_ranges_own_cluster_or_of_another_range_are_none_of_its_business() -> None:
    covers = lb_range("192.0.2.128/30")
    assert said(estate(covers, svc("192.0.2.130", BETA))) == []
    overlap = estate(covers, lb_range("192.0.2.130/31", GAMMA), svc("192.0.2.130", GAMMA))
    assert {rule for rule, _, _ in said(overlap)} == {"H3"}
    assert said(estate(covers, svc("192.0.2.130", GAMMA, foreign=True))) == []


def test_a_range_that_gives_the_address_next_says_so() -> None:
    config = seen_config_map(data={"cidr-global": "192.0.2.129/32,192.0.2.130/32"})
    held = seen_service("web", annotation="192.0.2.129", labelled=True, status=["192.0.2.129"])
    seen: dict[str, list[Seen]] = {GMC: [seen_cluster("gamma", "192.0.2.130")], BETA: [config, held]}
    assert "It is the next address that beta gives to a Service." in only(estate_seen(seen), "H6").explanation
    seen[BETA] = [config]
    assert "next address" not in only(estate_seen(seen), "H6").explanation


@pytest.mark.parametrize("ranged", [pool("192.0.2.90-192.0.2.120"), lb_range("192.0.2.90-192.0.2.120")])
def test_a_range_in_dhcp_is_high(ranged: object) -> None:
    verdict = only(estate(ranged, subnets=[SUBNET]), "H7")  # type: ignore[arg-type]
    assert (verdict.severity, verdict.subject) == ("high", "192.0.2.90-192.0.2.99")
    assert "192.0.2.20-192.0.2.99 is declared as handed out by DHCP." in verdict.explanation
    assert verdict.title.endswith("and to DHCP")


def test_dhcp_is_only_what_was_declared() -> None:
    assert said(estate(pool("192.0.2.90-192.0.2.120"), subnets=[INFERRED])) == []
    assert said(estate(pool("192.0.2.100-192.0.2.120"), subnets=[SUBNET])) == []


def test_a_range_that_is_the_scope_itself_and_one_around_it() -> None:
    scope = "192.0.2.20-192.0.2.99"
    for where in (scope, "192.0.2.2-192.0.2.200"):
        assert ("H7", "high", scope) in said(estate(pool(where), subnets=[SUBNET]))


def test_nothing_of_it_depends_on_a_cluster_that_was_never_read() -> None:
    assert said(estate(subnets=[SUBNET], clusters=[facts(GMC)])) == []
