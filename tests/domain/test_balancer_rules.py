"""P6 to P9: Services without an address or an announcer, ranges without room, holders that are gone."""

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
    seen_config_map,
    seen_kube_vip,
    seen_lease,
    seen_node,
    seen_provider,
    seen_service,
)  # fmt: skip
from tests.verdicts import only, party_names, said, severities

IP = "192.0.2.180"
WEB = f"{BETA} Service shop/web"


def ago(minutes: float) -> str:
    return (AT - timedelta(minutes=minutes)).isoformat()


def beta(*seen: Seen, data: dict[str, str] | None = None) -> Estate:
    config = seen_config_map(data={"cidr-global": "192.0.2.180/30"} if data is None else data)
    return estate_seen({GMC: [], BETA: [seen_provider(), config, *seen]})


def labelled(number: int, **other: object) -> Seen:
    ip = f"192.0.2.{number}"
    return seen_service(f"s{number}", annotation=ip, status=[ip], labelled=True, **other)  # type: ignore[arg-type]


def test_a_service_that_waits_is_medium() -> None:
    verdict = only(beta(seen_service("web", created_at=ago(6))), "P6")
    assert (verdict.severity, verdict.subject) == ("medium", WEB)
    assert verdict.title == "Service shop/web of beta (workload of gmc) has no address"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "no load-balancer range is configured"),
        ({"cidr-global": ""}, "the first key that is found, cidr-global, is empty"),
        (
            {"cidr-shop": "", "cidr-global": "192.0.2.0/28"},
            "the first key that is found, cidr-shop, is empty",
        ),
        ({"cidr-global": "192.0.2.0/28, 192.0.2.32/28"}, "cidr-global cannot be read"),
        ({"cidr-global": "192.0.2.181/32"}, "the addresses of cidr-global are used up"),
        ({"cidr-global": "192.0.2.0/28"}, "unknown"),
    ],
)
def test_it_says_why(data: dict[str, str], why: str) -> None:
    assert f"Why: {why}" in only(beta(seen_service("web"), labelled(181), data=data), "P6").explanation


def test_an_odd_annotation_of_another_service_is_named() -> None:
    odd = seen_service("odd", annotation="lb.example.com", labelled=True, status=[IP])
    assert "Why: the annotation of shop/odd keeps" in only(beta(seen_service("web"), odd), "P6").explanation


@pytest.mark.parametrize(
    "service",
    [
        seen_service("web", created_at=ago(4.9)),
        seen_service("web", terminating=True),
        seen_service("web", load_balancer_class="metallb.io/metallb"),
        seen_service("web", annotation="0.0.0.0"),
        seen_service("web", annotation="lb.example.com"),
        seen_service("web", status=[IP]),
        seen_service("web", is_load_balancer=False, external_ips=[IP]),
    ],
)
def test_one_that_is_fresh_anothers_or_served_does_not_wait(service: Seen) -> None:
    assert severities(beta(service), "P6") == []


def test_without_a_provider_nobody_was_to_serve_it() -> None:
    waits = seen_service("web")
    assert said(estate_seen({GMC: [], BETA: [waits]})) == []
    assert said(estate_seen({GMC: [], BETA: [waits, seen_config_map()]})) == []


def test_an_address_that_nobody_announces_is_low() -> None:
    verdict = only(beta(seen_service("web", annotation=IP, labelled=True)), "P7")
    assert (verdict.severity, verdict.subject) == ("low", WEB)
    assert verdict.title == "Service shop/web of beta (workload of gmc) has an address that nobody announces"


def test_a_class_that_no_kube_vip_serves_is_medium() -> None:
    """The provider gave it an address, and kube-vip keeps to Services of a class."""
    strict = seen_kube_vip(serves=True, classes=["kube-vip.io/kube-vip-class"])
    verdict = only(beta(seen_service("web", annotation=IP, labelled=True), strict), "P7")
    assert verdict.severity == "medium"
    assert "No kube-vip there serves Services of no class, so nobody ever will." in verdict.explanation


@pytest.mark.parametrize(
    "service",
    [
        seen_service("web", annotation=IP, status=[IP]),
        seen_service("web", annotation=IP, ignored=True),
        seen_service("web", annotation=IP, created_at=ago(4.9)),
        seen_service("web", annotation=IP, terminating=True),
        seen_service("web", annotation="0.0.0.0"),
        seen_service("web", annotation=IP, load_balancer_class="metallb.io/metallb"),
        seen_service("web", annotation=IP, is_load_balancer=False),
    ],
)
def test_one_that_is_announced_or_need_not_be_is_nothing(service: Seen) -> None:
    assert severities(beta(service), "P7") == []


def test_a_range_that_is_used_up_is_medium_and_high_where_a_service_waits() -> None:
    full = [labelled(n) for n in range(180, 184)]
    verdict = only(beta(*full), "P8")
    subject = f"{BETA} ConfigMap kube-system/kubevip cidr-global"
    assert (verdict.severity, verdict.subject) == ("medium", subject)
    assert verdict.title == "The load-balancer range cidr-global is used up in beta (workload of gmc)"
    verdict = only(beta(*full, seen_service("web")), "P8")
    assert verdict.severity == "high"
    assert severities(beta(*full[:3]), "P8") == []


def test_a_range_of_one_address_is_made_to_be_full() -> None:
    one = {"cidr-global": "192.0.2.180/32"}
    assert severities(beta(labelled(180), data=one), "P8") == []
    assert severities(beta(labelled(180), seen_service("web"), data=one), "P8") == ["high"]


def test_services_that_the_provider_does_not_count_take_no_room() -> None:
    static = seen_service("static", spec_ip="192.0.2.183", annotation="192.0.2.183", status=["192.0.2.183"])
    assert severities(beta(*(labelled(n) for n in range(180, 183)), static), "P8") == []


def test_where_addresses_are_shared_there_is_always_room() -> None:
    shared = {"cidr-global": "192.0.2.180/30", "allow-share-global": "true"}
    assert severities(beta(*(labelled(n) for n in range(180, 184)), data=shared), "P8") == []


def test_x_0_and_x_255_are_never_handed_out() -> None:
    ends = {"cidr-global": "192.0.2.254/31"}
    assert severities(beta(labelled(254), seen_service("web"), data=ends), "P8") == ["high"]


def test_a_range_of_which_the_services_were_never_read_is_not_judged() -> None:
    seen: dict[str, list[Seen]] = {
        GMC: [],
        BETA: [seen_provider(), seen_config_map(data={"cidr-global": "192.0.2.180/31"})],
    }
    blind = facts(BETA, never=["Service"])
    assert severities(estate_seen(seen, clusters=[blind]), "P8") == []


LEADER = seen_kube_vip("kube-vip-cp-0", IP)
SERVING = seen_kube_vip("kube-vip-svc-lb", serves=True)
ELECTING = seen_kube_vip("kube-vip-svc-lb", serves=True, elects=True)
ANNOUNCED = seen_service("web", annotation=IP, status=[IP], holder="node-0")


@pytest.mark.parametrize(
    ("seen", "lease"),
    [
        ([LEADER, seen_lease("plndr-cp-lock", "cp-0", lapsed=True)], "kube-system/plndr-cp-lock"),
        (
            [SERVING, ANNOUNCED, seen_lease("plndr-svcs-lock", "n", lapsed=True)],
            "kube-system/plndr-svcs-lock",
        ),
        (
            [ELECTING, ANNOUNCED, seen_lease("kubevip-web", "n", namespace="shop", lapsed=True)],
            "shop/kubevip-web",
        ),
    ],
)
def test_a_lease_in_use_that_lapsed_is_medium(seen: list[Seen], lease: str) -> None:
    verdict = only(estate_seen({GMC: [], BETA: seen}), "P9")
    assert (verdict.severity, verdict.subject) == ("medium", f"{BETA} Lease {lease}")
    assert verdict.title == f"Lease {lease} lapsed in beta (workload of gmc)"


@pytest.mark.parametrize(
    "seen",
    [
        [LEADER, seen_lease("plndr-cp-lock", "cp-0")],
        [LEADER, seen_lease("plndr-svcs-lock", "node-0", lapsed=True)],
        [SERVING, ANNOUNCED, seen_lease("kubevip-web", "n", namespace="shop", lapsed=True)],
        [SERVING, seen_lease("plndr-svcs-lock", "node-0", lapsed=True)],
        [seen_lease("plndr-cp-lock", "cp-0", lapsed=True)],
        [LEADER],
    ],
)
def test_one_that_is_renewed_or_left_over_is_nothing(seen: list[Seen]) -> None:
    assert said(estate_seen({GMC: [], BETA: seen})) == []


def test_a_holder_that_is_no_node_is_medium() -> None:
    verdict = only(beta(ANNOUNCED, seen_node("node-1")), "P9")
    assert (verdict.severity, verdict.subject) == ("medium", WEB)
    assert verdict.title == "Service shop/web is announced by a node that is gone in beta (workload of gmc)"
    assert verdict.rests_on == {(BETA, "Service"), (BETA, "Node")}
    assert party_names(verdict) == [WEB]
    assert severities(beta(ANNOUNCED, seen_node("node-0")), "P9") == []
    assert severities(beta(ANNOUNCED), "P9") == []
    silent = seen_service("web", annotation=IP, holder="node-0")
    assert severities(beta(silent, seen_node("node-1")), "P9") == []
