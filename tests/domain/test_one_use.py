"""What several objects state of one use, in one cluster or in two, and what of it the rules get to see."""

from ipviz.domain.judge import judge
from ipviz.domain.occupants import Consumer, Occupant, Purpose
from ipviz.domain.scene import scene_of
from ipviz.domain.verdicts import Verdict
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    alloc,
    cpe,
    cpvip,
    estate,
    machine,
    manual,
    node,
    pool,
    span,
    svc,
)

ADDRESS = "10.10.222.236"
POOL = pool("10.10.222.232-10.10.222.239")


def verdicts(*occupants: Occupant) -> list[tuple[str, str]]:
    return [(each.rule, each.severity.value) for each in judge(estate(*occupants))]


def squatters(*occupants: Occupant) -> list[Verdict]:
    return [each for each in judge(estate(POOL, *occupants)) if each.rule == "H1"]


def nodes(*occupants: Occupant) -> list[str]:
    """Who is seen as a machine at the address, by kind."""
    return [each.ref.kind for each in scene_of(estate(*occupants)).spot(span(ADDRESS)).nodes]


def endpoints(*occupants: Occupant) -> list[str]:
    return [each.ref.kind for each in scene_of(estate(*occupants)).spot(span(ADDRESS)).endpoints]


def test_a_machine_does_not_hold_the_service_of_its_own_cluster() -> None:
    """The management cluster sees the machine with all that kube-vip bound to it, and not the Service."""
    assert nodes(machine(ADDRESS), svc(ADDRESS)) == []
    assert nodes(machine(ADDRESS), svc(ADDRESS, ALPHA)) == ["VSphereVM"]


def test_nor_its_own_clusters_endpoint_or_what_kube_vip_announces_for_it() -> None:
    assert nodes(machine(ADDRESS, GAMMA), cpe(ADDRESS)) == []
    assert nodes(machine(ADDRESS, GAMMA), cpvip(ADDRESS)) == []
    assert nodes(machine(ADDRESS, BETA), cpvip(ADDRESS)) == ["VSphereVM"]


def test_nor_what_another_load_balancer_serves_for_its_own_cluster() -> None:
    assert nodes(machine(ADDRESS), svc(ADDRESS, foreign=True)) == []


def test_a_node_does_not_hold_the_api_that_its_cluster_serves_for_another() -> None:
    kamaji = svc(ADDRESS, GMC, "gamma", serves=Consumer(GAMMA, Purpose.CONTROL_PLANE))
    assert nodes(node(ADDRESS, GMC), kamaji) == []


def test_a_machine_and_its_node_are_one() -> None:
    assert nodes(machine(ADDRESS), node(ADDRESS)) == ["Node"]
    assert nodes(machine(ADDRESS), machine(ADDRESS, kind="Machine")) == ["Machine"]
    assert nodes(machine(ADDRESS), node(ADDRESS, name="worker-1")) == ["VSphereVM", "Node"]


def test_machines_of_which_no_cluster_is_known_are_never_one() -> None:
    assert len(nodes(machine(ADDRESS, "", "a"), machine(ADDRESS, "", "b"))) == 2


def test_a_service_that_its_machines_carry_squats_once() -> None:
    (one,) = squatters(svc(ADDRESS), machine(ADDRESS), machine(ADDRESS, kind="Machine"))
    assert one.title == (
        "10.10.222.236 lies in pool wc-cp-ips, which does not know that beta/shop/web uses it"
    )


def test_a_machine_that_two_clusters_state_squats_once() -> None:
    (one,) = squatters(node(ADDRESS), machine(ADDRESS))
    assert one.title == (
        "10.10.222.236 lies in pool wc-cp-ips, which does not know that node worker-0 of beta uses it"
    )


def test_a_machine_whose_cluster_was_never_read_squats_under_its_name() -> None:
    (one,) = squatters(machine(ADDRESS))
    assert one.title == (
        "10.10.222.236 lies in pool wc-cp-ips, which does not know that machine worker-0 of beta uses it"
    )
    assert "kubectl -n org-acme get vspherevms.infrastructure.cluster.x-k8s.io worker-0" in one.remedy


def test_a_machine_of_no_known_cluster_squats_under_its_objects_name() -> None:
    (one,) = squatters(machine(ADDRESS, ""))
    assert "VSphereVM org-acme/worker-0 of gmc uses it" in one.title


def test_a_machine_that_was_claimed_for_is_tracked() -> None:
    claimed = alloc(ADDRESS, "beta-0-0-0", serves=BETA, purpose=Purpose.MACHINE, machine="worker-0")
    assert squatters(machine(ADDRESS), node(ADDRESS), claimed) == []


def test_an_endpoint_is_told_by_the_most_telling_object() -> None:
    vsphere = cpe(ADDRESS, kind="VSphereCluster")
    assert endpoints(cpvip(ADDRESS), vsphere, cpe(ADDRESS)) == ["Cluster"]
    assert endpoints(cpvip(ADDRESS), vsphere) == ["VSphereCluster"]
    assert endpoints(cpvip(ADDRESS)) == ["Pod"]
    assert endpoints(cpvip(ADDRESS, ALPHA), cpe(ADDRESS)) == ["Cluster", "Pod"]


def test_the_four_statements_of_one_control_plane_are_normal() -> None:
    assert (
        verdicts(
            POOL,
            alloc(ADDRESS, "gamma"),
            cpe(ADDRESS),
            cpe(ADDRESS, kind="VSphereCluster"),
            cpvip(ADDRESS),
            machine(ADDRESS, GAMMA),
        )
        == []
    )


def test_an_api_that_only_kube_vip_tells_of_collides_as_any() -> None:
    assert verdicts(cpvip(ADDRESS), svc(ADDRESS)) == [("C8", "critical")]
    assert verdicts(cpvip(ADDRESS), cpe(ADDRESS, ALPHA)) == [("C7", "critical")]
    assert verdicts(cpvip(ADDRESS), alloc(ADDRESS, "alpha")) == [("C9", "critical")]
    assert verdicts(cpvip(ADDRESS), manual(ADDRESS)) == [("C9", "low")]
    (verdict,) = judge(estate(cpvip(ADDRESS), alloc(ADDRESS, "alpha")))
    assert verdict.title == (
        "10.10.222.236 is used by the API of gamma and allocated to the control plane of alpha"
    )


def test_it_squats_in_a_pool_as_any_and_less_where_nobody_answers_for_it() -> None:
    assert [each.severity.value for each in squatters(cpvip(ADDRESS))] == ["high"]
    assert [each.severity.value for each in squatters(cpvip(ADDRESS, announced=False))] == ["medium"]


def test_kube_vip_and_the_cluster_squat_once() -> None:
    (one,) = squatters(cpvip(ADDRESS), cpe(ADDRESS))
    assert (
        one.title == "10.10.222.236 lies in pool wc-cp-ips, which does not know that the API of gamma uses it"
    )
