"""C7, C8 and C9: the endpoint of a cluster's API is somebody else's too."""

from collections.abc import Iterable
from itertools import combinations, product

from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.rules.mitigation import (
    LEAVE_MOVED,
    MOVED,
    SILENT,
    TERMINATING,
    Weight,
    clashes_among,
    is_moved,
)
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, listed, looks, steps

_BY_HAND = Weight(
    Severity.LOW,
    "Nobody can be told from the claim, so it may well have been made by hand to keep the address for this "
    "cluster.",
)
_FIXED = (
    "An endpoint cannot be changed in place: certificates and kubeconfigs hold it, and every node of the "
    "cluster speaks to it."
)


def _two_endpoints(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [
            (ours, theirs)
            for ours, theirs in combinations(spot.endpoints, 2)
            if ours.consumer.cluster != theirs.consumer.cluster
        ]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_endpoints)


def _weight_of_endpoints(ours: Occupant, theirs: Occupant) -> Weight:
    if is_moved(ours, theirs):
        return MOVED
    return TERMINATING if ours.terminating or theirs.terminating else Weight(Severity.CRITICAL)


def _service_on_endpoint(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [
            (service, endpoint)
            for service, endpoint in product(spot.services, spot.endpoints)
            if not service.consumer.is_same(endpoint.consumer)
        ]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_service)


def _weight_of_service(service: Occupant, endpoint: Occupant) -> Weight:
    if not service.announced:
        return SILENT
    return MOVED if is_moved(service, endpoint) else Weight(Severity.CRITICAL)


def _allocated_elsewhere(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [
            (endpoint, allocation)
            for endpoint, allocation in product(spot.endpoints, spot.allocations)
            if not allocation.consumer.weak and not allocation.consumer.is_same(endpoint.consumer)
        ]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_allocation)


def _weight_of_allocation(endpoint: Occupant, allocation: Occupant) -> Weight:
    consumer = allocation.consumer
    if consumer.purpose is Purpose.MANUAL and not consumer.cluster:
        return _BY_HAND
    return MOVED if is_moved(endpoint, allocation) else Weight(Severity.CRITICAL)


def _tell_two_endpoints(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    clusters = listed(namer.cluster(each.consumer.cluster) for each in clash.occupants)
    return Words(
        title=f"{clash.span} is the API endpoint of {clusters}",
        explanation=C7.explain(clash),
        remedy=_remedy_of_endpoints(clash, namer),
    )


def _remedy_of_endpoints(clash: Clash, namer: Namer) -> str:
    look = f"Look at all of them:\n{looks(clash.occupants, namer)}"
    if clash.note == MOVED.note:
        return steps(look, LEAVE_MOVED)
    return steps(
        look,
        "Find out which of them runs on this address, and pause the other, so that it grows no nodes.",
        f"Build the other one anew with an endpoint of its own. {_FIXED}",
        "Do not edit the host of a running cluster.",
    )


def _tell_service(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    sides = listed((namer.occupant(each) for each in clash.occupants), by="by")
    return Words(
        title=f"{clash.span} is used {sides}",
        explanation=C8.explain(clash),
        remedy=steps(
            f"Look at both sides:\n{looks(clash.occupants, namer)}",
            "Move the Service, not the API: give it a free address in the annotation "
            "kube-vip.io/loadbalancerIPs and in spec.loadBalancerIP. A Service keeps its address whatever "
            "its cluster's ranges say.",
            "Then keep the range it came from away from this address.",
            f"Do not edit the cluster's endpoint. {_FIXED}",
        ),
    )


def _tell_allocation(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    endpoints = listed(namer.occupant(each) for each in clash.occupants if each.role is not Role.ALLOC)
    holders = listed((namer.holder(each) for each in clash.occupants if each.role is Role.ALLOC), by="to")
    return Words(
        title=f"{clash.span} is used by {endpoints} and allocated {holders}",
        explanation=C9.explain(clash),
        remedy=steps(
            f"Look at both sides:\n{looks(clash.occupants, namer)}",
            "If the claim was made to keep the address for this very cluster, all is well."
            if clash.note == _BY_HAND.note
            else "",
            "If the holder of the claim does not use the address yet, give it a new claim first.",
            "If it does, its address can move more easily than an API: let it have another one, and keep the "
            "IPAddress until then.",
            f"Do not delete the IPAddress while the endpoint lives, and do not edit the endpoint. {_FIXED}",
        ),
    )


C7 = Rule(
    id="C7",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="Two clusters have one API endpoint",
    what=(
        "Control-plane nodes of two clusters answer ARP for one address, also where the ports differ. "
        "Nodes and clients reach now one API, now the other, and refuse the certificate of the wrong one."
    ),
    remedy="Build one of the clusters anew with an endpoint of its own; an endpoint cannot be edited.",
    at_addresses=_two_endpoints,
    tell=_tell_two_endpoints,
)

C8 = Rule(
    id="C8",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="A Service uses the address of a cluster's API",
    what=(
        "A node that serves the Service and a control-plane node both answer ARP for the address. Neither "
        "kube-vip nor its cloud provider knows other clusters' endpoints, so clients of both reach now "
        "one, now the other."
    ),
    remedy="Give the Service another address; the endpoint of a cluster cannot be moved.",
    at_addresses=_service_on_endpoint,
    tell=_tell_service,
)

C9 = Rule(
    id="C9",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="A cluster's API uses an address that IPAM gave to somebody else",
    what=(
        "The endpoint was typed by hand or copied, and IPAM holds its address for another user. IPAM does "
        "not look at endpoints, so it handed the address out; both will answer ARP for it."
    ),
    remedy="Give the holder of the claim another address, and keep the IPAddress until then.",
    at_addresses=_allocated_elsewhere,
    tell=_tell_allocation,
)
