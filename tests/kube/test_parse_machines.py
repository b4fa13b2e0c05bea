"""What is made of the four views of a virtual machine, in the spellings of v1beta1 and v1beta2."""

from typing import Any

import pytest

from ipviz.domain.seen import Ref, SeenMachine, SeenNode, SeenVSphereMachine
from tests.kube.samples import Object, meta, record, unreadable

LABELS = {"cluster.x-k8s.io/cluster-name": "blue"}
DEVICES = {
    "devices": [
        {"networkName": "prod", "dhcp4": True},
        {"networkName": "storage", "ipAddrs": ["192.0.2.40/24", "2001:DB8::40/64"]},
    ]
}
CARDS = [
    {"connected": True, "networkName": "prod", "macAddr": "00:50:56:00:00:01", "ipAddrs": ["192.0.2.31"]},
    {"connected": True, "networkName": "", "ipAddrs": []},
]
HOSTS = [
    {"type": "ExternalIP", "address": "192.0.2.31"},
    {"type": "ExternalIP", "address": "192.0.2.233"},
    {"type": "ExternalIP", "address": "fe80::250:56ff:fe9f:b058"},
    {"type": "InternalDNS", "address": "blue-0"},
    {"type": "Hostname", "address": "blue-0"},
]
TOLD = ("192.0.2.31", "192.0.2.233", "fe80::250:56ff:fe9f:b058")


def test_a_nodes_addresses_stand_once_each_and_in_one_spelling() -> None:
    listed = [
        {"type": "Hostname", "address": "node-0"},
        {"type": "InternalIP", "address": "192.0.2.31"},
        {"type": "ExternalIP", "address": "192.0.2.31"},
        {"type": "InternalIP", "address": "2001:DB8:0::1"},
        {"type": "ExternalIP", "address": "2001:db8::1"},
    ]
    of = {"metadata": meta("node-0"), "spec": {"providerID": "vsphere://1"}, "status": {"addresses": listed}}
    assert record("Node", of) == SeenNode(
        Ref("Node", "", "node-0", "uid-of-node-0"), "vsphere://1", ("192.0.2.31", "2001:db8::1")
    )


OLD_MACHINE = {
    "metadata": meta("blue-abc", "org-acme", deletionTimestamp="2026-01-16T08:00:00Z"),
    "spec": {
        "clusterName": "blue",
        "providerID": "vsphere://1",
        "infrastructureRef": {
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1",
            "kind": "VSphereMachine",
            "name": "blue-0",
            "namespace": "org-acme",
        },
    },
    "status": {
        "nodeRef": {"apiVersion": "v1", "kind": "Node", "name": "blue-0", "uid": "x"},
        "addresses": HOSTS,
        "infrastructureReady": True,
    },
}
NEW_MACHINE = {
    "metadata": meta("blue-abc", "org-acme", deletionTimestamp="2026-01-16T08:00:00Z"),
    "spec": {
        "clusterName": "blue",
        "providerID": "vsphere://1",
        "infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io",
            "kind": "VSphereMachine",
            "name": "blue-0",
        },
    },
    "status": {
        "nodeRef": {"name": "blue-0"},
        "addresses": HOSTS,
        "initialization": {"infrastructureProvisioned": True},
    },
}


@pytest.mark.parametrize(
    "of", [pytest.param(OLD_MACHINE, id="v1beta1"), pytest.param(NEW_MACHINE, id="v1beta2")]
)
def test_a_machine_reads_alike_in_both_versions(of: Object) -> None:
    assert record("Machine", of) == SeenMachine(
        Ref("Machine", "org-acme", "blue-abc", "uid-of-blue-abc"),
        cluster_name="blue",
        provider_id="vsphere://1",
        node="blue-0",
        infrastructure="blue-0",
        addresses=TOLD,
        terminating=True,
    )


def test_a_machine_without_anything_yet_says_so() -> None:
    found = record("Machine", {"metadata": meta("blue-abc", "org-acme", labels=LABELS)})
    assert (found.cluster_name, found.addresses, found.node, found.infrastructure) == ("blue", (), "", "")


def test_a_machine_of_another_provider_has_no_vsphere_machine() -> None:
    spec = {"clusterName": "blue", "infrastructureRef": {"kind": "DockerMachine", "name": "blue-0"}}
    assert record("Machine", {"metadata": meta("blue-abc"), "spec": spec}).infrastructure == ""


def vsphere_machine(**more: Object) -> Object:
    return {
        "metadata": meta(
            "blue-0",
            "org-acme",
            labels=LABELS,
            ownerReferences=[{"kind": "Other", "name": "x"}, {"kind": "Machine", "name": "blue-abc"}],
        ),
        "spec": {"providerID": "vsphere://1", "network": DEVICES, **more.pop("spec", {})},
        "status": {"addresses": HOSTS, "network": CARDS, **more.pop("status", {})},
    }


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(vsphere_machine(status={"ready": True}), id="v1beta1"),
        pytest.param(vsphere_machine(status={"initialization": {"provisioned": True}}), id="v1beta2"),
    ],
)
def test_a_vsphere_machine_reads_alike_in_both_versions(of: Object) -> None:
    assert record("VSphereMachine", of) == SeenVSphereMachine(
        Ref("VSphereMachine", "org-acme", "blue-0", "uid-of-blue-0"),
        cluster_name="blue",
        owner="blue-abc",
        provider_id="vsphere://1",
        addresses=(*TOLD, "192.0.2.40", "2001:db8::40"),
        networks=("prod", "storage"),
        macs=("00:50:56:00:00:01",),
    )


def vsphere_vm(**spec: Any) -> Object:
    return {
        "metadata": meta(
            "blue-0",
            "org-acme",
            labels=LABELS,
            ownerReferences=[{"kind": "VSphereMachine", "name": "blue-0"}],
            deletionTimestamp="2026-01-16T08:00:00Z",
        ),
        "spec": {"biosUUID": "1403B91C-a743", "network": DEVICES, **spec},
        "status": {"addresses": list(TOLD), "network": [*CARDS, {"networkName": "backup"}]},
    }


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(vsphere_vm(failureDomain="x"), id="v1beta1"),
        pytest.param(vsphere_vm(naming={}), id="v1beta2"),
    ],
)
def test_a_vsphere_vm_reads_alike_in_both_versions(of: Object) -> None:
    assert record("VSphereVM", of) == SeenVSphereMachine(
        Ref("VSphereVM", "org-acme", "blue-0", "uid-of-blue-0"),
        cluster_name="blue",
        owner="blue-0",
        provider_id="vsphere://1403B91C-a743",
        addresses=(*TOLD, "192.0.2.40", "2001:db8::40"),
        networks=("backup", "prod", "storage"),
        macs=("00:50:56:00:00:01",),
        terminating=True,
    )


def test_a_vsphere_vm_that_is_not_cloned_yet_has_no_identity() -> None:
    found = record("VSphereVM", {"metadata": meta("blue-0", "org-acme"), "spec": {"biosUUID": ""}})
    assert (found.provider_id, found.addresses, found.networks) == ("", (), ())


def test_an_address_that_is_named_with_its_card_spoils_nothing() -> None:
    status = {"addresses": ["fe80::1%ens192", "192.0.2.31"]}
    found = record("VSphereVM", {"metadata": meta("blue-0", "org-acme"), "status": status})
    assert found.addresses == ("192.0.2.31",)


@pytest.mark.parametrize(
    "of",
    [
        {"metadata": meta("blue-0"), "status": {"addresses": ["192.0.2.300"]}},
        {"metadata": meta("blue-0"), "spec": {"network": {"devices": [{"ipAddrs": ["192.0.2.300/24"]}]}}},
    ],
)
def test_an_address_that_is_none_is_reported(of: Object) -> None:
    assert unreadable("VSphereVM", of).reason == "'192.0.2.300': not an IP address"
