"""C3, C4 and C5: a Service's address that is somebody else's too."""

import pytest

from ipviz.domain.occupants import Consumer, Occupant, Purpose
from ipviz.domain.seen import Port
from tests.builders import ALPHA, BETA, GAMMA, GMC, HMC, alloc, cpe, estate, manual, node, svc
from tests.verdicts import only, party_names, said, severities

IP = "192.0.2.5"
TCP_53, UDP_53, TCP_80 = Port("TCP", 53), Port("UDP", 53), Port("TCP", 80)
KAMAJI = Consumer(GAMMA, Purpose.CONTROL_PLANE)


def claimed(cluster: str, name: str = "x-svc-lb-0") -> Occupant:
    return alloc(IP, name, serves=cluster, purpose=Purpose.SERVICE)


def test_a_service_on_an_address_that_another_cluster_claimed_is_critical() -> None:
    verdict = only(estate(svc(IP, BETA), alloc(IP, "gamma")), "C3")
    assert (verdict.severity, verdict.subject) == ("critical", IP)
    assert verdict.title == f"{IP} is used by beta/shop/web and allocated to the control plane of gamma"
    assert party_names(verdict) == [f"{BETA} Service shop/web", "gmc IPAddress org-acme/gamma"]
    assert verdict.rests_on == {(BETA, "Service"), (GMC, "IPAddress")}


def test_a_service_on_an_address_that_its_own_cluster_claimed_is_normal() -> None:
    """The default of today's charts: claims named CLUSTER-svc-lb-N."""
    assert said(estate(svc(IP, BETA), claimed(BETA))) == []


def test_a_service_on_its_clusters_control_plane_address_is_a_collision() -> None:
    everything = estate(svc(IP, GAMMA), alloc(IP, "gamma"), cpe(IP, GAMMA))
    assert said(everything) == [("C3", "critical", IP), ("C8", "critical", IP)]


def test_a_manual_claim_is_somebody_elses() -> None:
    verdict = only(estate(svc(IP, BETA), manual(IP)), "C3")
    assert verdict.severity == "critical"
    assert "the claim org-acme/pssss of gmc" in verdict.title
    assert (
        "-n org-acme label ipaddressclaims.ipam.cluster.x-k8s.io pssss giantswarm.io/cluster=beta"
        in verdict.remedy
    )


def test_labelling_a_claim_is_advised_only_where_it_helps() -> None:
    for elsewhere in (svc(IP, GMC), svc(IP, "gmc/org-other/beta"), svc(IP, "hmc/org-acme/beta")):
        assert "label ipaddressclaims" not in only(estate(elsewhere, manual(IP)), "C3").remedy
    assert "label ipaddressclaims" not in only(estate(svc(IP, BETA), alloc(IP, "gamma")), "C3").remedy


def test_a_claim_that_names_its_cluster_serves_its_services_too() -> None:
    assert said(estate(svc(IP, BETA), alloc(IP, "vip", serves=BETA, purpose=Purpose.MANUAL))) == []


def test_a_kamaji_service_on_the_management_cluster_is_the_control_plane_itself() -> None:
    kamaji = svc(IP, GMC, "gamma", namespace="org-acme", serves=KAMAJI)
    assert said(estate(kamaji, alloc(IP, "gamma"), cpe(IP, GAMMA))) == []
    other = svc(IP, GMC, "beta", namespace="org-acme", serves=Consumer(BETA, Purpose.CONTROL_PLANE))
    assert said(estate(other, alloc(IP, "gamma"))) == [("C3", "critical", IP)]


@pytest.mark.parametrize(
    "others", [[alloc(IP, "gamma")], [svc(IP, GAMMA)], [svc(IP, BETA, "two")], [cpe(IP, GAMMA)]]
)
def test_a_service_of_another_load_balancer_takes_part_in_nothing(others: list[Occupant]) -> None:
    assert said(estate(svc(IP, BETA, foreign=True), *others)) == []


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        ("C3", alloc(IP, "gamma")),
        ("C4", svc(IP, GAMMA)),
        ("C5", svc(IP, BETA, "two")),
        ("C8", cpe(IP, GAMMA)),
    ],
)
def test_a_service_that_kube_vip_ignores_is_milder(rule: str, other: Occupant) -> None:
    assert severities(estate(svc(IP, BETA, announced=False), other), rule) == ["medium"]


def test_one_ignored_service_does_not_make_the_others_milder() -> None:
    everyone = svc(IP, ALPHA), svc(IP, BETA), svc(IP, GAMMA, announced=False)
    verdict = only(estate(*everyone), "C4")
    assert verdict.severity == "critical"
    assert len(verdict.parties) == 3
    assert severities(
        estate(svc(IP, BETA), svc(IP, BETA, "a", announced=False), alloc(IP, "gamma")), "C3"
    ) == ["critical"]


def test_terminating_objects_still_hold_their_address() -> None:
    assert severities(estate(svc(IP, BETA, terminating=True), alloc(IP, "gamma")), "C3") == ["critical"]
    assert severities(estate(svc(IP, BETA, terminating=True), svc(IP, GAMMA)), "C4") == ["critical"]


def test_a_claim_of_a_moved_twin_is_milder() -> None:
    twin = alloc(
        IP, "beta-svc-lb-0", cluster=HMC, serves="hmc/org-acme/beta", purpose=Purpose.SERVICE, paused=True
    )
    assert severities(estate(svc(IP, BETA), twin), "C3") == ["medium"]


def test_services_of_two_clusters_on_one_address_are_critical() -> None:
    verdict = only(estate(svc(IP, BETA), svc(IP, GAMMA, "db", ports=[TCP_53])), "C4")
    assert verdict.severity == "critical"
    assert verdict.title == f"{IP} is used by beta/shop/web and by gamma/shop/db"
    assert verdict.rests_on == {(BETA, "Service"), (GAMMA, "Service")}


def test_services_of_two_clusters_on_two_addresses_are_none() -> None:
    assert said(estate(svc(IP, BETA), svc("192.0.2.6", GAMMA))) == []


def test_a_cluster_that_is_read_by_two_roads_is_one() -> None:
    aliases = {"gmc/org-giantswarm/gmc": GMC}
    assert said(estate(svc(IP, GMC), svc(IP, "gmc/org-giantswarm/gmc"), aliases=aliases)) == []


def test_a_second_road_to_a_management_cluster_is_one_to_its_workload_clusters() -> None:
    through = "hmc/org-acme/beta"
    assert said(estate(svc(IP, BETA), svc(IP, through), aliases={HMC: GMC})) == []
    assert said(estate(svc(IP, BETA), svc(IP, through))) == [("C4", "critical", IP)]


def test_both_families_of_a_service_are_judged_apart() -> None:
    dual = [svc("192.0.2.5", BETA), svc("2001:db8::5", BETA)]
    assert said(estate(*dual, svc("2001:db8::5", GAMMA))) == [("C4", "critical", "2001:db8::5")]


def test_clusters_of_one_name_are_told_apart() -> None:
    verdict = only(estate(svc(IP, BETA), svc(IP, "hmc/org-acme/beta")), "C4")
    assert (
        verdict.title
        == f"{IP} is used by beta (workload of gmc)/shop/web and by beta (workload of hmc)/shop/web"
    )


def test_services_that_share_a_port_are_high() -> None:
    verdict = only(
        estate(svc(IP, BETA, "one", ports=[TCP_53, TCP_80]), svc(IP, BETA, "two", ports=[TCP_80])), "C5"
    )
    assert verdict.severity == "high"
    assert verdict.title == f"{IP} serves TCP/80 for beta/shop/one and beta/shop/two"
    assert verdict.rests_on == {(BETA, "Service")}


def test_services_on_different_ports_share_an_address_legally() -> None:
    assert said(estate(svc(IP, BETA, "one", ports=[TCP_53]), svc(IP, BETA, "two", ports=[TCP_80]))) == []


def test_tcp_53_and_udp_53_are_two_ports() -> None:
    assert said(estate(svc(IP, BETA, "tcp", ports=[TCP_53]), svc(IP, BETA, "udp", ports=[UDP_53]))) == []


def test_a_service_without_ports_clashes_on_none() -> None:
    assert said(estate(svc(IP, BETA, "one", ports=[]), svc(IP, BETA, "two", ports=[]))) == []


def test_a_node_that_carries_the_vip_is_no_party() -> None:
    verdict = only(estate(svc(IP, BETA), node(IP, BETA), svc(IP, GAMMA)), "C4")
    assert all(party.role == "SVC" for party in verdict.parties)


def test_a_service_is_tracked_only_by_its_own_clusters_claim() -> None:
    both = only(estate(svc(IP, BETA), svc(IP, GAMMA), claimed(BETA)), "C4")
    assert [(party.cluster, party.tracked) for party in both.parties] == [(BETA, True), (GAMMA, False)]


def test_a_thousand_sharers_are_one_finding() -> None:
    sharers = [svc(IP, BETA, f"s{number:04}", ports=[TCP_80]) for number in range(1000)]
    verdict = only(estate(*sharers), "C5")
    assert len(verdict.parties) == 1000
    assert len(verdict.title) < 200
