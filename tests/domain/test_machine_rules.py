"""C10 and C11: a machine's address is somebody else's, or two machines have one."""

from dataclasses import replace

import pytest

from ipviz.domain.occupants import Consumer, Purpose
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    HMC,
    alloc,
    cpe,
    cpvip,
    estate,
    estate_seen,
    machine,
    manual,
    node,
    seen_cluster,
    seen_machine,
    seen_node,
    seen_service,
    seen_vm,
    svc,
)  # fmt: skip
from tests.verdicts import only, party_names, said, severities

IP, OTHER = "192.0.2.31", "192.0.2.32"
VM = "vsphere://4210"


def test_a_node_on_the_endpoint_of_another_cluster_is_critical() -> None:
    verdict = only(estate(node(IP), cpe(IP, GAMMA)), "C10")
    assert (verdict.severity, verdict.subject) == ("critical", IP)
    assert (
        verdict.title == f"{IP} is the own address of node worker-0 of beta, and is used by the API of gamma"
    )
    assert party_names(verdict) == [f"{BETA} Node worker-0", "gmc Cluster org-acme/gamma"]


@pytest.mark.parametrize(
    "other",
    [
        svc(IP, ALPHA),
        alloc(IP, "alpha"),
        cpvip(IP, GAMMA),
        alloc(IP, "m", serves=ALPHA, purpose=Purpose.MACHINE),
    ],
)
def test_a_node_on_what_another_cluster_holds_is_critical(other: object) -> None:
    assert severities(estate(node(IP), other), "C10") == ["critical"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "own",
    [
        svc(IP, BETA),
        cpe(IP, BETA),
        cpvip(IP, BETA),
        alloc(IP, "beta"),
        alloc(IP, "beta-svc-lb-0", serves=BETA, purpose=Purpose.SERVICE),
        alloc(IP, "worker-0-0-0", serves=BETA, purpose=Purpose.MACHINE, machine="worker-0"),
        alloc(IP, "kept", serves=BETA, purpose=Purpose.MANUAL),
        svc(IP, GMC, serves=Consumer(BETA, Purpose.CONTROL_PLANE)),
    ],
)
def test_what_its_own_cluster_claimed_or_announces_may_be_bound_to_its_card(own: object) -> None:
    """Also where the Service or endpoint itself could not be read."""
    assert said(estate(node(IP), own)) in ([], [("P5", "medium", f"{BETA} svc-lb")])  # type: ignore[arg-type]


def test_the_claim_of_another_machine_of_the_cluster_is_anothers() -> None:
    claimed = alloc(IP, "worker-1-0-0", serves=BETA, purpose=Purpose.MACHINE, machine="worker-1")
    assert severities(estate(node(IP), claimed), "C10") == ["critical"]


def test_a_claim_from_which_nobody_can_be_told_may_be_for_the_machine() -> None:
    verdict = only(estate(node(IP), manual(IP)), "C10")
    assert verdict.severity == "medium"
    assert "label ipaddressclaims.ipam.cluster.x-k8s.io pssss giantswarm.io/cluster=NAME" in verdict.remedy


def test_what_is_silent_leaving_or_moved_is_milder() -> None:
    assert severities(estate(node(IP), svc(IP, ALPHA, announced=False)), "C10") == ["medium"]
    assert severities(estate(node(IP), cpe(IP, GAMMA, terminating=True)), "C10") == ["medium"]
    leaving = replace(node(IP), terminating=True)
    assert severities(estate(leaving, cpe(IP, GAMMA)), "C10") == ["medium"]


def test_a_machine_of_which_the_cluster_is_not_known_is_not_judged() -> None:
    assert said(estate(machine(IP, ""), cpe(IP, GAMMA))) == []


def test_an_address_that_the_node_does_not_count_as_its_own_was_perhaps_left_there() -> None:
    """kube-vip's Service moved away, and VMware tools still report its old address."""
    cluster = seen_cluster("gamma", IP)
    vm = seen_vm("beta-w-0", OTHER, IP, provider_id=VM)
    own = seen_node("beta-w-0", OTHER, provider_id=VM)
    verdict = only(estate_seen({GMC: [cluster, vm], BETA: [own]}), "C10")
    assert verdict.severity == "medium"
    assert "left behind" in verdict.explanation
    assert severities(estate_seen({GMC: [cluster, vm]}), "C10") == ["critical"]
    counted = seen_node("beta-w-0", OTHER, IP, provider_id=VM)
    assert severities(estate_seen({GMC: [cluster, vm], BETA: [counted]}), "C10") == ["critical"]


def test_two_machines_with_one_address_are_critical() -> None:
    verdict = only(estate(node(IP, BETA), node(IP, GAMMA, "worker-9")), "C11")
    assert (verdict.severity, verdict.subject) == ("critical", IP)
    assert verdict.title == f"{IP} is the own address of node worker-0 of beta and node worker-9 of gamma"
    one_cluster = estate(node(IP, BETA), node(IP, BETA, "worker-1"))
    assert severities(one_cluster, "C11") == ["critical"]


def test_the_views_of_one_machine_are_one() -> None:
    views = [machine(IP, BETA, kind=kind) for kind in ("Machine", "VSphereMachine", "VSphereVM")]
    assert said(estate(node(IP, BETA), *views)) == []


def test_one_machine_under_two_names_is_known_by_its_providers_id() -> None:
    """A Machine whose node is not known yet bears another name than the Node in its cluster."""
    vm = seen_machine("beta-md-xyz", IP, provider_id=VM.upper())
    here = seen_node("beta-w-0", IP, provider_id=VM)
    assert said(estate_seen({GMC: [vm], BETA: [here]})) == []
    other = seen_node("beta-w-0", IP, provider_id="vsphere://other")
    assert severities(estate_seen({GMC: [vm], BETA: [other]}), "C11") == ["critical"]


def test_a_machine_that_is_being_deleted_is_milder() -> None:
    gone = seen_vm("beta-w-1", IP, provider_id="vsphere://1", terminating=True)
    new = seen_vm("beta-w-2", IP, provider_id="vsphere://2")
    assert severities(estate_seen({GMC: [gone, new]}), "C11") == ["medium"]


def test_an_address_of_kube_vip_on_two_machines_of_its_cluster_is_medium() -> None:
    cluster = seen_cluster("beta", IP)
    leader = seen_vm("beta-cp-0", "192.0.2.40", IP, provider_id="vsphere://1")
    former = seen_vm("beta-cp-1", "192.0.2.41", IP, provider_id="vsphere://2")
    verdict = only(estate_seen({GMC: [cluster, leader, former]}), "C11")
    assert (verdict.severity, verdict.subject) == ("medium", IP)
    assert verdict.title == (
        f"{IP} of the API of beta is on the cards of several machines: beta-cp-0 and beta-cp-1"
    )
    assert verdict.rests_on == {(GMC, "Cluster"), (GMC, "VSphereVM")}
    assert said(estate_seen({GMC: [cluster, leader]})) == []


def test_the_views_of_the_leader_are_one_machine_there_too() -> None:
    cluster = seen_cluster("beta", IP)
    vm = seen_vm("beta-cp-0", "192.0.2.40", IP, provider_id="vsphere://1")
    here = seen_node("beta-cp-0", "192.0.2.40", IP, provider_id="vsphere://1")
    service = seen_service("web", annotation=IP)
    assert said(estate_seen({GMC: [cluster, vm], BETA: [here]})) == []
    assert "C11" not in {rule for rule, _, _ in said(estate_seen({GMC: [vm], BETA: [here, service]}))}


def test_a_leader_that_is_being_deleted_does_not_count() -> None:
    cluster = seen_cluster("beta", IP)
    leader = seen_vm("beta-cp-0", "192.0.2.40", IP, provider_id="vsphere://1")
    former = seen_vm("beta-cp-1", "192.0.2.41", IP, provider_id="vsphere://2", terminating=True)
    assert said(estate_seen({GMC: [cluster, leader, former]})) == []


def test_the_same_numbers_at_two_management_clusters_are_two_machines() -> None:
    ours, theirs = machine(IP, BETA), machine(IP, f"{HMC}/org-acme/zeta", "zeta-0", cluster=HMC)
    assert severities(estate(ours, theirs), "C11") == ["critical"]
