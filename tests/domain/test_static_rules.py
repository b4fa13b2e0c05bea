"""H8, H13 and H15: Services whose addresses the cloud provider does not manage."""

from dataclasses import replace

import pytest

from ipviz.domain.estate import DeclaredSubnet, Estate
from ipviz.domain.occupants import Consumer, Purpose
from ipviz.domain.seen import Seen
from tests.builders import (
    BETA,
    GAMMA,
    GMC,
    alloc,
    estate,
    estate_seen,
    facts,
    lb_range,
    seen_address,
    seen_claim,
    seen_config_map,
    seen_kube_vip,
    seen_provider,
    seen_service,
    span,
    svc,
)  # fmt: skip
from tests.verdicts import only, party_names, said, severities

IP, NEXT = "192.0.2.180", "192.0.2.181"
CONFIG = seen_config_map(data={"cidr-global": "192.0.2.180/30"})
SUBNET = DeclaredSubnet(span("192.0.2.0/24"))


def beta(*seen: Seen, config: Seen = CONFIG) -> Estate:
    return estate_seen({GMC: [], BETA: [seen_provider(), config, *seen]})


def chosen(ip: str = IP, name: str = "legacy", **other: object) -> Seen:
    return seen_service(name, spec_ip=ip, annotation=ip, status=[ip], **other)  # type: ignore[arg-type]


def test_an_address_of_its_own_choice_that_the_provider_does_not_count() -> None:
    verdict = only(beta(chosen(NEXT), chosen(IP, "web", labelled=True)), "H8")
    assert (verdict.severity, verdict.subject) == ("high", NEXT)
    assert verdict.title == f"{NEXT} was chosen for beta/shop/legacy; the next Service there will get it too"
    assert party_names(verdict) == [f"{BETA} Service shop/legacy"]
    assert "-n shop label service legacy implementation=kube-vip" in verdict.remedy


def test_one_further_up_may_be_handed_out_later() -> None:
    verdict = only(beta(chosen("192.0.2.183")), "H8")
    assert verdict.title == (
        "192.0.2.183 was chosen for beta/shop/legacy and lies in its cluster's range, which may hand it out "
        "again"
    )


@pytest.mark.parametrize(
    "service",
    [
        chosen(labelled=True),
        chosen("192.0.2.9"),
        chosen(load_balancer_class="metallb.io/metallb"),
        chosen(mode="Proxy"),
        chosen(vlan="7"),
        chosen(is_load_balancer=False),
        seen_service("annotated", annotation=IP),
        seen_service("host", spec_ip="lb.example.com"),
    ],
)
def test_what_it_knows_or_does_not_serve_is_nothing(service: Seen) -> None:
    assert severities(beta(service), "H8") == []


def test_an_address_that_a_known_service_shares_is_not_handed_out() -> None:
    assert severities(beta(chosen(IP, ports=()), chosen(IP, "web", labelled=True, ports=())), "H8") == []


def test_without_a_provider_nobody_hands_out() -> None:
    assert severities(estate_seen({GMC: [], BETA: [CONFIG, chosen()]}), "H8") == []
    unknown = facts(BETA, never=["Deployment", "DaemonSet"])
    assert severities(estate_seen({GMC: [], BETA: [CONFIG, chosen()]}, clusters=[unknown]), "H8") == ["high"]


def test_an_address_outside_its_clusters_ranges_is_information() -> None:
    verdict = only(beta(chosen("192.0.2.9")), "H13")
    assert (verdict.severity, verdict.subject) == ("info", "192.0.2.9")
    assert verdict.rests_on == {(BETA, "Service"), (BETA, "ConfigMap")}
    assert severities(beta(chosen(IP)), "H13") == []


def test_without_ranges_there_is_no_outside() -> None:
    assert said(estate_seen({GMC: [], BETA: [chosen("192.0.2.9")]})) == []


def test_an_address_outside_every_declared_subnet_is_high() -> None:
    lost = replace(beta(chosen("198.51.100.9")), subnets=(SUBNET,))
    verdict = only(lost, "H13")
    assert (verdict.severity, verdict.title) == (
        "high",
        "198.51.100.9, used by beta/shop/legacy, lies in no declared subnet",
    )
    inferred = replace(lost, subnets=(replace(SUBNET, declared=False),))
    assert severities(inferred, "H13") == ["info"]
    two = replace(lost, subnets=(SUBNET, DeclaredSubnet(span("198.51.100.0/24"))))
    assert severities(two, "H13") == ["info"]


def test_subnets_of_one_family_say_nothing_of_the_other() -> None:
    assert severities(replace(beta(chosen("2001:db8::9")), subnets=(SUBNET,)), "H13") == []


def test_routes_make_the_subnet_irrelevant() -> None:
    routed = seen_kube_vip(serves=True, arp=False, bgp=True)
    assert severities(replace(beta(chosen("198.51.100.9"), routed), subnets=(SUBNET,)), "H13") == ["info"]


@pytest.mark.parametrize(
    "service",
    [
        seen_service("dhcp", annotation="0.0.0.0", status=["192.0.2.9"], requested_ip="192.0.2.9"),
        seen_service("named", annotation="lb.example.com", status=["192.0.2.9"]),
        chosen("192.0.2.9", interface="eth9"),
    ],
)
def test_an_address_that_others_choose_is_in_nobodys_range(service: Seen) -> None:
    pod = seen_kube_vip(serves=True)
    assert severities(beta(service, pod), "H13") == []


def test_what_ipam_holds_for_the_cluster_needs_no_range() -> None:
    claim = seen_claim("beta-svc-lb-0", giantswarm_cluster="beta", address_name="beta-svc-lb-0")
    held = seen_address("192.0.2.9", "beta-svc-lb-0")
    seen: dict[str, list[Seen]] = {GMC: [claim, held], BETA: [seen_provider(), CONFIG, chosen("192.0.2.9")]}
    assert severities(estate_seen(seen), "H13") == []


def test_the_api_that_a_service_serves_needs_none_either() -> None:
    api = svc("192.0.2.9", GMC, "gamma", serves=Consumer(GAMMA, Purpose.CONTROL_PLANE))
    held = alloc("192.0.2.9", "gamma")
    assert said(estate(api, held, lb_range("192.0.2.180/30", GMC))) == []


def test_a_label_on_what_is_no_load_balancer_keeps_its_address() -> None:
    ghost = seen_service("old", annotation=f"{IP},2001:db8::9", labelled=True, is_load_balancer=False)
    assert [each for each in said(beta(ghost)) if each[0] == "H15"] == [
        ("H15", "low", IP),
        ("H15", "low", "2001:db8::9"),
    ]
    single = seen_service("old", annotation=IP, labelled=True, is_load_balancer=False)
    assert only(beta(single), "H15").title == (
        f"{IP} stays reserved for beta/shop/old, which is no load balancer any more"
    )
    unlabelled = seen_service("old", annotation=IP, is_load_balancer=False)
    assert severities(beta(unlabelled), "H15") == []
    assert severities(estate_seen({GMC: [], BETA: [ghost]}), "H15") == []
