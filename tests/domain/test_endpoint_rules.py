"""C7, C8 and C9: the endpoint of a cluster that is somebody else's too."""

from ipviz.domain.occupants import Consumer, Purpose
from tests.builders import ALPHA, BETA, GAMMA, GMC, HMC, alloc, cpe, estate, manual, node, svc
from tests.verdicts import only, party_names, said, severities

IP = "192.0.2.236"
TWIN = "hmc/org-acme/gamma"


def test_two_clusters_with_one_endpoint_are_critical() -> None:
    verdict = only(estate(cpe(IP, BETA), cpe(IP, GAMMA)), "C7")
    assert verdict.severity == "critical"
    assert verdict.title == f"{IP} is the API endpoint of beta and gamma"
    assert verdict.rests_on == {(GMC, "Cluster")}


def test_different_ports_do_not_help() -> None:
    assert severities(estate(cpe(IP, BETA), cpe(IP, GAMMA, port=7443)), "C7") == ["critical"]


def test_a_cluster_and_its_own_vsphere_cluster_are_one() -> None:
    assert said(estate(cpe(IP, GAMMA), cpe(IP, GAMMA, kind="VSphereCluster"))) == []


def test_the_whole_of_a_healthy_cluster_is_one() -> None:
    """IPAddress, Cluster, VSphereCluster, and the node that carries the VIP."""
    assert (
        said(
            estate(alloc(IP, "gamma"), cpe(IP, GAMMA), cpe(IP, GAMMA, kind="VSphereCluster"), node(IP, GAMMA))
        )
        == []
    )


def test_a_vsphere_cluster_is_no_party_beside_its_cluster() -> None:
    both = [cpe(IP, GAMMA), cpe(IP, GAMMA, kind="VSphereCluster")]
    assert party_names(only(estate(*both, cpe(IP, BETA)), "C7")) == [
        "gmc Cluster org-acme/beta",
        "gmc Cluster org-acme/gamma",
    ]


def test_a_vsphere_cluster_speaks_where_its_cluster_says_otherwise() -> None:
    drifted = [cpe("192.0.2.9", GAMMA), cpe(IP, GAMMA, kind="VSphereCluster")]
    assert party_names(only(estate(*drifted, cpe(IP, BETA)), "C7")) == [
        "gmc Cluster org-acme/beta",
        "gmc VSphereCluster org-acme/gamma",
    ]


def test_a_moved_cluster_is_milder() -> None:
    verdict = only(estate(cpe(IP, GAMMA, paused=True), cpe(IP, TWIN)), "C7")
    assert verdict.severity == "medium"
    assert verdict.title == f"{IP} is the API endpoint of gamma (workload of gmc) and gamma (workload of hmc)"
    assert "moved" in verdict.explanation


def test_twins_that_both_run_are_not_a_move() -> None:
    assert severities(estate(cpe(IP, GAMMA), cpe(IP, TWIN)), "C7") == ["critical"]


def test_a_paused_cluster_of_another_name_still_holds_its_endpoint() -> None:
    assert severities(estate(cpe(IP, GAMMA, paused=True), cpe(IP, BETA)), "C7") == ["critical"]


def test_a_cluster_that_is_known_by_two_paths_is_one() -> None:
    assert said(estate(cpe(IP, GAMMA), cpe(IP, TWIN), aliases={TWIN: GAMMA})) == []


def test_a_cluster_that_is_being_deleted_makes_it_milder() -> None:
    assert severities(estate(cpe(IP, BETA), cpe(IP, GAMMA, terminating=True)), "C7") == ["medium"]
    assert severities(estate(cpe(IP, BETA, terminating=True), cpe(IP, GAMMA)), "C7") == ["medium"]
    three = cpe(IP, ALPHA), cpe(IP, BETA), cpe(IP, GAMMA, terminating=True)
    verdict = only(estate(*three), "C7")
    assert (verdict.severity, len(verdict.parties)) == ("critical", 3)


def test_a_service_on_an_endpoint_is_critical() -> None:
    verdict = only(estate(svc(IP, BETA), cpe(IP, GAMMA), cpe(IP, GAMMA, kind="VSphereCluster")), "C8")
    assert verdict.severity == "critical"
    assert verdict.title == f"{IP} is used by beta/shop/web and by the API of gamma"
    assert party_names(verdict) == [f"{BETA} Service shop/web", "gmc Cluster org-acme/gamma"]
    assert verdict.rests_on == {(BETA, "Service"), (GMC, "Cluster")}


def test_a_service_that_fronts_its_own_api_is_still_wrong() -> None:
    assert severities(estate(svc(IP, GAMMA), cpe(IP, GAMMA)), "C8") == ["critical"]


def test_a_kamaji_service_is_the_endpoint() -> None:
    kamaji = svc(IP, GMC, "gamma", namespace="org-acme", serves=Consumer(GAMMA, Purpose.CONTROL_PLANE))
    assert said(estate(kamaji, cpe(IP, GAMMA))) == []
    assert severities(estate(kamaji, cpe(IP, BETA)), "C8") == ["critical"]


def test_an_endpoint_on_anothers_allocation_is_critical() -> None:
    verdict = only(estate(cpe(IP, GAMMA), alloc(IP, "beta")), "C9")
    assert verdict.severity == "critical"
    assert verdict.title == f"{IP} is used by the API of gamma and allocated to the control plane of beta"
    assert verdict.rests_on == {(GMC, "Cluster"), (GMC, "IPAddress")}


def test_an_endpoint_on_its_own_allocation_is_normal() -> None:
    assert said(estate(cpe(IP, GAMMA), alloc(IP, "gamma"))) == []


def test_an_endpoint_on_its_own_clusters_service_claim_is_not() -> None:
    claim = alloc(IP, "gamma-svc-lb-0", serves=GAMMA, purpose=Purpose.SERVICE)
    assert severities(estate(cpe(IP, GAMMA), claim), "C9") == ["critical"]


def test_a_claim_that_is_attributed_by_the_endpoint_alone_accuses_nobody() -> None:
    weak = alloc(IP, "pssss", serves=BETA, weak=True)
    assert said(estate(cpe(IP, GAMMA), weak)) == []


def test_a_manual_claim_under_an_endpoint_is_low() -> None:
    assert said(estate(cpe(IP, GAMMA), manual(IP, cluster=HMC))) == [("C9", "low", IP)]


def test_a_machines_claim_under_an_endpoint_is_critical() -> None:
    claim = alloc(IP, "alpha-w-0-0-0", serves=ALPHA, purpose=Purpose.MACHINE, machine="alpha-w-0")
    verdict = only(estate(cpe(IP, GAMMA), claim), "C9")
    assert verdict.severity == "critical"
    assert "machine alpha-w-0 of alpha" in verdict.title


def test_the_claim_of_a_moved_twin_under_its_endpoint_is_milder() -> None:
    assert severities(estate(cpe(IP, TWIN), alloc(IP, "gamma", paused=True)), "C9") == ["medium"]
    assert severities(estate(cpe(IP, TWIN), alloc(IP, "gamma")), "C9") == ["critical"]


def test_two_endpoints_apart_are_none() -> None:
    assert said(estate(cpe(IP, GAMMA), cpe("192.0.2.237", BETA), alloc("192.0.2.237", "beta"))) == []


def test_what_was_moved_is_to_be_left_in_place() -> None:
    """An old Cluster that is deleted takes the machines along, and a deleted claim frees the address."""
    remedy = only(estate(cpe(IP, GAMMA, paused=True), cpe(IP, TWIN)), "C7").remedy
    assert "leave the old objects paused and in place" in remedy
    assert "anew" not in remedy
