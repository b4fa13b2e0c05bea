"""Which objects speak of one virtual machine, and under which name."""

from itertools import permutations

import pytest

from ipviz.domain.consumers import own_cluster
from ipviz.domain.machines import VirtualMachine, machines_of
from ipviz.domain.seen import Seen
from tests.builders import seen_machine, seen_node, seen_vm

ID = "vsphere://1403b91c-a743-4114-afa3-bec3039faff0"


def joined(*views: Seen, own: tuple[str, str] | None = None) -> tuple[VirtualMachine, ...]:
    return machines_of(by_kind(*views), own)


def by_kind(*views: Seen) -> dict[str, tuple[Seen, ...]]:
    kinds: dict[str, tuple[Seen, ...]] = {}
    for view in views:
        kinds[view.ref.kind] = (*kinds.get(view.ref.kind, ()), view)
    return kinds


def names(*views: Seen, own: tuple[str, str] | None = None) -> list[str]:
    return sorted(machine.name for machine in joined(*views, own=own))


NODE = seen_node("blue-0", provider_id=ID)
MACHINE = seen_machine("blue-abc", provider_id=ID)
VSPHERE_MACHINE = seen_vm("blue-xyz", kind="VSphereMachine", provider_id=ID)
VM = seen_vm("blue-vm", provider_id=ID)


def test_views_with_one_provider_id_are_one_machine() -> None:
    (one,) = joined(NODE, MACHINE, VSPHERE_MACHINE, VM)
    assert [view.ref.kind for view in one.views] == ["Node", "Machine", "VSphereMachine", "VSphereVM"]
    assert (one.name, one.cluster_name, one.namespace, one.is_own) == ("blue-0", "beta", "org-acme", True)


def test_provider_ids_are_compared_without_case() -> None:
    assert len(joined(NODE, seen_vm("blue-vm", provider_id=ID.upper()))) == 1


def test_a_machine_without_a_provider_id_is_joined_by_references() -> None:
    assert names(
        seen_machine("blue-abc", infrastructure="blue-xyz"),
        seen_vm("blue-xyz", kind="VSphereMachine"),
        seen_vm("blue-vm", owner="blue-xyz"),
    ) == ["blue-vm"]


def test_a_machine_without_a_provider_id_is_joined_by_owners() -> None:
    assert (
        len(
            joined(
                seen_machine("blue-abc"),
                seen_vm("blue-xyz", kind="VSphereMachine", owner="blue-abc"),
                seen_vm("blue-xyz"),
            )
        )
        == 1
    )


def test_a_vm_is_joined_to_the_vsphere_machine_of_its_name_unless_another_owns_it() -> None:
    machines = seen_vm("a", kind="VSphereMachine"), seen_vm("b", kind="VSphereMachine")
    assert len(joined(*machines, seen_vm("a"))) == 2
    by_owner = joined(*machines, seen_vm("a", owner="b"))
    assert {tuple(view.ref.name for view in each.views) for each in by_owner} == {("a",), ("b", "a")}


def test_views_in_two_namespaces_are_two_machines() -> None:
    assert len(joined(seen_vm("a", kind="VSphereMachine"), seen_vm("a", namespace="org-other"))) == 2


def test_views_without_anything_in_common_stay_apart() -> None:
    assert names(seen_node("a"), seen_node("b"), seen_machine("c"), seen_vm("d")) == ["a", "b", "c", "d"]


def test_a_management_clusters_own_machine_is_joined_to_its_node_by_reference() -> None:
    views = seen_node("gmc-0"), seen_machine("gmc-abc", cluster="gmc", node="gmc-0")
    assert names(*views, own=("org-acme", "gmc")) == ["gmc-0"]
    assert len(joined(*views, own=("org-acme", "other"))) == 2


def test_a_workload_clusters_machine_is_not_joined_to_a_node_of_the_same_name_here() -> None:
    views = seen_node("cp-0"), seen_machine("blue-abc", cluster="beta", node="cp-0")
    assert len(joined(*views, own=("org-acme", "gmc"))) == 2


@pytest.mark.parametrize(
    ("views", "name"),
    [
        ((seen_machine("blue-abc", provider_id=ID, node="node-0"), VSPHERE_MACHINE, VM), "node-0"),
        ((MACHINE, VSPHERE_MACHINE, VM), "blue-vm"),
        ((MACHINE, VSPHERE_MACHINE), "blue-xyz"),
        ((MACHINE,), "blue-abc"),
    ],
)
def test_a_machine_is_named_as_its_own_cluster_will_know_it(views: tuple[Seen, ...], name: str) -> None:
    assert names(*views) == [name]


def test_the_order_of_the_lists_does_not_matter() -> None:
    views: list[Seen] = [
        seen_machine("m", infrastructure="v"),
        seen_vm("v", kind="VSphereMachine"),
        seen_vm("v"),
        NODE,
    ]
    assert len({joined(*each) for each in permutations(views)}) == 1


def test_an_address_is_told_once_by_the_most_telling_view() -> None:
    (one,) = joined(
        seen_node("blue-0", "192.0.2.31", provider_id=ID),
        seen_machine("blue-abc", "192.0.2.31", "192.0.2.233", provider_id=ID),
        seen_vm("blue-0", "192.0.2.31", "192.0.2.233", "192.0.2.40", provider_id=ID),
    )
    assert [(str(address), view.ref.kind) for address, view in one.addresses()] == [
        ("192.0.2.31", "Node"),
        ("192.0.2.233", "Machine"),
        ("192.0.2.40", "VSphereVM"),
    ]


@pytest.mark.parametrize("address", ["fe80::1", "169.254.0.9", "127.0.0.1", "224.0.0.1", "::", "0.0.0.0"])
def test_an_address_that_says_nothing_of_a_segment_is_not_told(address: str) -> None:
    (one,) = joined(seen_vm("blue-0", address))
    assert list(one.addresses()) == []


def test_a_machine_is_going_when_any_view_of_it_is() -> None:
    (one,) = joined(MACHINE, seen_vm("blue-vm", provider_id=ID, terminating=True))
    assert one.terminating
    (other,) = joined(MACHINE)
    assert not other.terminating


def test_a_management_cluster_is_recognised_by_its_machines_without_case() -> None:
    records = by_kind(NODE, seen_machine("m", cluster="gmc", provider_id=ID.upper()), seen_machine("n"))
    assert own_cluster(records) == ("org-acme", "gmc")
    assert own_cluster(by_kind(seen_node("n"), seen_machine("m"))) is None
