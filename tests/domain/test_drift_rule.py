"""H14: objects that state different addresses where they should state one."""

import pytest

from ipviz.domain.estate import Estate
from ipviz.domain.seen import Seen
from tests.builders import (
    BETA,
    GMC,
    estate_seen,
    seen_cluster,
    seen_kube_vip,
    seen_service,
    seen_vsphere_cluster,
)  # fmt: skip
from tests.verdicts import only, party_names, severities

IP, OTHER, V6 = "192.0.2.7", "192.0.2.8", "2001:db8::7"


def beta(*seen: Seen) -> Estate:
    return estate_seen({GMC: [], BETA: list(seen)})


@pytest.mark.parametrize(
    "service",
    [
        seen_service("web", annotation=IP, spec_ip=OTHER),
        seen_service("web", annotation=IP, status=[OTHER]),
        seen_service("web", spec_ip=IP, status=[OTHER]),
        seen_service("web", annotation=f"{IP},{V6}", spec_ip=OTHER, status=[IP, V6]),
    ],
)
def test_a_service_that_says_two_things_is_medium(service: Seen) -> None:
    verdict = only(beta(service), "H14")
    assert (verdict.severity, verdict.subject) == ("medium", f"{BETA} Service shop/web")
    assert verdict.title.startswith("Service shop/web of beta (workload of gmc) has more than one address: ")


@pytest.mark.parametrize(
    "service",
    [
        seen_service("web", annotation=IP, spec_ip=IP, status=[IP]),
        seen_service("dual", annotation=f"{V6},{IP}", spec_ip=V6, status=[IP, V6]),
        seen_service("half-way", annotation=f"{V6},{IP}", spec_ip=V6, status=[IP]),
        seen_service("waiting", annotation=IP, spec_ip=IP),
        seen_service("dhcp", annotation="0.0.0.0", spec_ip="0.0.0.0", status=[IP], requested_ip=OTHER),
        seen_service("named", annotation="lb.example.com", status=[IP]),
        seen_service("ignored", annotation=IP, status=[OTHER], ignored=True),
        seen_service("elsewhere", annotation=IP, status=[OTHER], load_balancer_class="metallb.io/metallb"),
        seen_service("status only", status=[IP, V6]),
        seen_service("nothing"),
    ],
)
def test_one_that_says_one_thing_is_not(service: Seen) -> None:
    assert severities(beta(service), "H14") == []


def test_an_endpoint_that_its_vsphere_cluster_does_not_have_is_medium() -> None:
    verdict = only(estate_seen({GMC: [seen_cluster("beta", IP), seen_vsphere_cluster("beta", OTHER)]}), "H14")
    assert (verdict.severity, verdict.subject) == ("medium", "gmc Cluster org-acme/beta")
    assert f"the Cluster says {IP} port 6443 and its VSphereCluster {OTHER} port 6443" in verdict.title
    assert party_names(verdict) == ["gmc Cluster org-acme/beta", "gmc VSphereCluster org-acme/beta"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(IP, IP), (IP, ""), ("", IP), ("API.example.com.", "api.example.com"), ("::ffff:192.0.2.7", IP)],
)
def test_one_endpoint_in_two_spellings_is_one(ours: str, theirs: str) -> None:
    seen: list[Seen] = [seen_cluster("beta", ours), seen_vsphere_cluster("beta", theirs)]
    assert severities(estate_seen({GMC: seen}), "H14") == []


def test_ports_that_differ_and_names_that_differ_are_two() -> None:
    other_port: list[Seen] = [seen_cluster("beta", IP, port=443), seen_vsphere_cluster("beta", IP)]
    other_name: list[Seen] = [
        seen_cluster("beta", "a.example.com"),
        seen_vsphere_cluster("beta", "b.example.com"),
    ]
    for both in (other_port, other_name):
        assert severities(estate_seen({GMC: both}), "H14") == ["medium"]


def test_kube_vip_that_announces_another_address_than_the_endpoint_is_high() -> None:
    seen: dict[str, list[Seen]] = {
        GMC: [seen_cluster("beta", IP)],
        BETA: [seen_kube_vip("kube-vip-cp-0", OTHER)],
    }
    verdict = only(estate_seen(seen), "H14")
    assert (verdict.severity, verdict.subject) == ("high", f"{BETA} kube-vip")
    assert verdict.title == (
        f"The API of beta (workload of gmc) has more than one address: its endpoint is {IP}, and kube-vip on "
        f"its control plane announces {OTHER}"
    )
    assert verdict.rests_on == {(GMC, "Cluster"), (BETA, "Pod")}


@pytest.mark.parametrize(
    ("host", "announced"),
    [
        (IP, (IP,)),
        (IP, (IP, V6)),
        (IP, ()),
        ("", (OTHER,)),
        ("api.example.com", (OTHER,)),
        (IP, ("api.example.com",)),
    ],
)
def test_what_agrees_or_cannot_be_compared_is_nothing(host: str, announced: tuple[str, ...]) -> None:
    seen: dict[str, list[Seen]] = {
        GMC: [seen_cluster("beta", host)],
        BETA: [seen_kube_vip("kube-vip-cp-0", *announced)],
    }
    assert severities(estate_seen(seen), "H14") == []


def test_a_pod_that_is_going_says_nothing_of_now() -> None:
    going = seen_kube_vip("kube-vip-cp-0", OTHER, terminating=True)
    assert severities(estate_seen({GMC: [seen_cluster("beta", IP)], BETA: [going]}), "H14") == []
