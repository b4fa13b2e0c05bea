"""The four views of a virtual machine (docs/domain.md, "Machines").

What they read of them lies at the same paths in v1beta1 and v1beta2.
"""

from collections.abc import Iterable
from contextlib import suppress

from msgspec import field

from ipviz.domain import seen
from ipviz.domain.macs import read_mac
from ipviz.kube.objects.fields import canonical, cluster_label, is_terminating, owner_of, ref_of
from ipviz.kube.wire import Identified, NameRef, NameText, Shape

_OF_HOSTS = frozenset({"InternalIP", "ExternalIP"})
_PROVIDER = "vsphere://"


class HostAddress(Shape):
    type: str = ""
    address: str = ""


class NodeSpec(Shape):
    provider_id: str | None = field(default=None, name="providerID")


class NodeStatus(Shape):
    addresses: list[HostAddress] | None = None


class Node(Identified):
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class MachineSpec(Shape):
    cluster_name: NameText | None = None
    provider_id: str | None = field(default=None, name="providerID")
    infrastructure_ref: NameRef | None = None


class MachineStatus(Shape):
    node_ref: NameRef | None = None
    addresses: list[HostAddress] | None = None


class Machine(Identified):
    spec: MachineSpec | None = None
    status: MachineStatus | None = None


class Device(Shape):
    network_name: str | None = None
    ip_addrs: list[str] | None = None
    mac_addr: str | None = None


class Network(Shape):
    devices: list[Device] | None = None


class Card(Shape):
    network_name: str | None = None
    mac_addr: str | None = None


class VSphereMachineSpec(Shape):
    provider_id: str | None = field(default=None, name="providerID")
    network: Network | None = None


class VSphereMachineStatus(Shape):
    addresses: list[HostAddress] | None = None
    network: list[Card] | None = None


class VSphereMachine(Identified):
    spec: VSphereMachineSpec | None = None
    status: VSphereMachineStatus | None = None


class VSphereVMSpec(Shape):
    bios_uuid: str | None = field(default=None, name="biosUUID")
    network: Network | None = None


class VSphereVMStatus(Shape):
    addresses: list[str] | None = None
    network: list[Card] | None = None


class VSphereVM(Identified):
    spec: VSphereVMSpec | None = None
    status: VSphereVMStatus | None = None


def node(kind: str, of: Node) -> seen.SeenNode:
    return seen.SeenNode(
        ref=ref_of(kind, of.metadata),
        provider_id=(of.spec.provider_id if of.spec else None) or "",
        addresses=canonical(_of_hosts(of.status.addresses if of.status else None)),
        terminating=is_terminating(of.metadata),
    )


def machine(kind: str, of: Machine) -> seen.SeenMachine:
    spec, status = of.spec or MachineSpec(), of.status or MachineStatus()
    infrastructure = spec.infrastructure_ref
    is_ours = infrastructure is not None and infrastructure.kind == "VSphereMachine"
    return seen.SeenMachine(
        ref=ref_of(kind, of.metadata),
        cluster_name=spec.cluster_name or cluster_label(of.metadata),
        provider_id=spec.provider_id or "",
        node=status.node_ref.name if status.node_ref else "",
        infrastructure=infrastructure.name if infrastructure and is_ours else "",
        addresses=canonical(_on_a_segment(_of_hosts(status.addresses))),
        terminating=is_terminating(of.metadata),
    )


def vsphere_machine(kind: str, of: VSphereMachine) -> seen.SeenVSphereMachine:
    meta, spec, status = of.metadata, of.spec or VSphereMachineSpec(), of.status or VSphereMachineStatus()
    return seen.SeenVSphereMachine(
        ref=ref_of(kind, meta),
        cluster_name=cluster_label(meta),
        owner=owner_of(meta, "Machine"),
        provider_id=spec.provider_id or "",
        addresses=canonical(_on_a_segment((*_of_hosts(status.addresses), *_static(spec.network)))),
        networks=_port_groups(spec.network, status.network),
        macs=_macs(spec.network, status.network),
        terminating=is_terminating(meta),
    )


def vsphere_vm(kind: str, of: VSphereVM) -> seen.SeenVSphereMachine:
    meta, spec, status = of.metadata, of.spec or VSphereVMSpec(), of.status or VSphereVMStatus()
    return seen.SeenVSphereMachine(
        ref=ref_of(kind, meta),
        cluster_name=cluster_label(meta),
        owner=owner_of(meta, "VSphereMachine"),
        provider_id=f"{_PROVIDER}{spec.bios_uuid}" if spec.bios_uuid else "",
        addresses=canonical(_on_a_segment((*(status.addresses or ()), *_static(spec.network)))),
        networks=_port_groups(spec.network, status.network),
        macs=_macs(spec.network, status.network),
        terminating=is_terminating(meta),
    )


def _of_hosts(listed: list[HostAddress] | None) -> list[str]:
    return [each.address for each in listed or () if each.type in _OF_HOSTS]


def _on_a_segment(texts: Iterable[str]) -> Iterable[str]:
    """Without those that VMware tools name with their card, `fe80::1%ens192`: they mean nothing beyond it."""
    return (text for text in texts if "%" not in text)


def _static(network: Network | None) -> list[str]:
    """The addresses that its cards are told to have, without the length of their network."""
    devices = (network.devices if network else None) or ()
    return [text.partition("/")[0] for device in devices for text in device.ip_addrs or ()]


def _macs(network: Network | None, cards: list[Card] | None) -> tuple[str, ...]:
    """Of the cards that it is to have and of those that it has; what is none is left out."""
    devices = (network.devices if network else None) or ()
    found = set()
    for each in (*devices, *(cards or ())):
        with suppress(ValueError):
            found.add(read_mac(each.mac_addr or ""))
    return tuple(sorted(found))


def _port_groups(network: Network | None, cards: list[Card] | None) -> tuple[str, ...]:
    """Of the cards that it is to have and of those that it has."""
    devices = (network.devices if network else None) or ()
    names = {each.network_name for each in (*devices, *(cards or ()))}
    return tuple(sorted(name for name in names if name))
