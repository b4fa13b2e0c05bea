"""C6 and C13: addresses that Services share, and external ones."""

import pytest

from ipviz.domain.estate import Estate
from ipviz.domain.seen import Port, Seen
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    estate_seen,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_kube_vip,
    seen_node,
    seen_service,
)  # fmt: skip
from tests.verdicts import only, said, severities

IP = "192.0.2.7"
WEB, MAIL = [Port("TCP", 443)], [Port("TCP", 25)]
ELECTING = seen_kube_vip(serves=True, elects=True)


def sharer(name: str, holder: str, ports: list[Port], **other: object) -> Seen:
    return seen_service(name, annotation=IP, status=[IP], holder=holder, ports=ports, **other)  # type: ignore[arg-type]


def beta(*seen: Seen) -> Estate:
    return estate_seen({GMC: [], BETA: list(seen)})


def test_two_nodes_for_one_shared_address_are_high() -> None:
    verdict = only(beta(ELECTING, sharer("web", "node-0", WEB), sharer("mail", "node-1", MAIL)), "C6")
    assert (verdict.severity, verdict.subject) == ("high", IP)
    assert verdict.title == f"{IP} is announced by node-1 for beta/shop/mail and node-0 for beta/shop/web"
    assert "-n shop annotate service web kube-vip.io/leaseName=shop/NAME --overwrite" in verdict.remedy


@pytest.mark.parametrize(
    "pair",
    [
        (sharer("web", "node-0", WEB), sharer("mail", "node-0", MAIL)),
        (sharer("web", "node-0", WEB), sharer("mail", "", MAIL)),
        (sharer("web", "node-0", WEB, lease="one"), sharer("mail", "node-1", MAIL, lease="shop/one")),
        (sharer("web", "node-0", WEB), seen_service("mail", annotation=IP, holder="node-1", ports=MAIL)),
    ],
    ids=["one holder", "one unknown", "one lease", "an annotation that stayed behind"],
)
def test_what_one_node_serves_or_may_serve_is_fine(pair: tuple[Seen, Seen]) -> None:
    assert severities(beta(ELECTING, *pair), "C6") == []


def test_one_leader_for_all_differs_only_for_a_moment() -> None:
    both = sharer("web", "node-0", WEB), sharer("mail", "node-1", MAIL)
    assert severities(beta(seen_kube_vip(serves=True), *both), "C6") == []
    assert severities(beta(*both), "C6") == ["high"]


def test_leases_of_one_name_in_two_namespaces_are_two() -> None:
    ours = sharer("web", "node-0", WEB, lease="one")
    theirs = sharer("mail", "node-1", MAIL, lease="one", namespace="post")
    assert severities(beta(ELECTING, ours, theirs), "C6") == ["high"]


def test_a_port_in_common_is_another_rules_concern() -> None:
    assert said(beta(ELECTING, sharer("web", "node-0", WEB), sharer("more", "node-1", WEB))) == [
        ("C5", "high", IP)
    ]


def test_sharing_on_different_ports_is_what_it_is_for() -> None:
    """TCP/53 and UDP/53 are two ports."""
    dns = sharer("tcp", "node-0", [Port("TCP", 53)]), sharer("udp", "node-0", [Port("UDP", 53)])
    assert said(beta(ELECTING, *dns)) == []


def external(name: str = "ext", ports: list[Port] = WEB, **other: object) -> Seen:
    return seen_service(name, external_ips=[IP], ports=ports, is_load_balancer=False, **other)  # type: ignore[arg-type]


def others() -> list[tuple[str, dict[str, list[Seen]]]]:
    claim = seen_claim("alpha", giantswarm_cluster="alpha", address_name="alpha")
    return [
        ("a Service", {ALPHA: [seen_service("web", annotation=IP, status=[IP])]}),
        ("an endpoint", {GMC: [seen_cluster("gamma", IP)]}),
        ("a node", {GAMMA: [seen_node("worker-9", IP)]}),
        ("an allocation", {GMC: [claim, seen_address(IP, "alpha"), seen_cluster("alpha")]}),
        ("an external address", {ALPHA: [external()]}),
    ]


@pytest.mark.parametrize("other", [each[1] for each in others()], ids=[each[0] for each in others()])
def test_an_external_address_that_another_cluster_has_is_high(other: dict[str, list[Seen]]) -> None:
    verdict = only(estate_seen({GMC: [], BETA: [external()], **other}), "C13")
    assert (verdict.severity, verdict.subject) == ("high", IP)
    assert verdict.title.startswith(f"{IP} is an external address of ")
    assert "beta/shop/ext" in verdict.title


def test_on_the_clusters_own_nodes_it_is_what_external_addresses_are_for() -> None:
    assert said(beta(external(), seen_node("worker-0", IP))) == []


def test_on_another_address_of_its_cluster_only_the_same_port_is_taken_away() -> None:
    for ports, expected in ((WEB, ["high"]), (MAIL, [])):
        assert (
            severities(beta(external(), seen_service("web", annotation=IP, ports=ports)), "C13") == expected
        )
        assert severities(beta(external(), external("more", ports)), "C13") == expected
    api = {GMC: [seen_cluster("beta", IP)]}
    assert severities(estate_seen({**api, BETA: [external()]}), "C13") == []
    assert severities(estate_seen({**api, BETA: [external(ports=[Port("TCP", 6443)])]}), "C13") == ["high"]


def test_the_address_that_it_holds_as_a_load_balancer_is_no_other() -> None:
    own = seen_service("web", annotation=IP, status=[IP], external_ips=[IP])
    assert said(beta(own)) == []
