"""C3, C4 and C5: the address of a load balancer Service is somebody else's too."""

import shlex
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, product

from ipviz.domain.consumers import name_of, workload_path
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.rules.mitigation import MOVED, SILENT, Weight, clashes_among, is_moved
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_at
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Port, Ref
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, kubectl, listed, looks, steps

_READDRESS = (
    "A Service keeps its address whatever its cluster's ranges say: set the new one in the annotation "
    "kube-vip.io/loadbalancerIPs and in spec.loadBalancerIP, where its clients can follow."
)


def _tracked_elsewhere(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [
            (service, allocation)
            for service, allocation in product(spot.services, spot.allocations)
            if not allocation.consumer.is_same(service.consumer)
        ]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_pair)


def _weight_of_pair(service: Occupant, allocation: Occupant) -> Weight:
    if not service.announced:
        return SILENT
    return MOVED if is_moved(service, allocation) else Weight(Severity.CRITICAL)


def _two_clusters(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [pair for pair in combinations(spot.services, 2) if pair[0].cluster != pair[1].cluster]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_services)


def _weight_of_services(ours: Occupant, theirs: Occupant) -> Weight:
    return Weight(Severity.CRITICAL) if ours.announced and theirs.announced else SILENT


def _one_cluster(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        for sharers in _by_port(spot).values():
            if len(sharers) > 1:
                answering = [each for each in sharers if each.announced]
                weight = Weight(Severity.HIGH) if len(answering) > 1 else SILENT
                yield clash_at(spot.span, weight.severity, sharers, weight.note)


def _by_port(spot: Spot) -> dict[tuple[str, Port], list[Occupant]]:
    """Who serves which port in which cluster: the same port of another protocol is another port."""
    groups: dict[tuple[str, Port], list[Occupant]] = defaultdict(list)
    for service in spot.services:
        for port in dict.fromkeys(service.ports):
            groups[service.cluster, port].append(service)
    return dict(sorted(groups.items()))


def _tell_tracked(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    services, held = _split(clash)
    return Words(
        title=f"{clash.span} is {namer.taken(clash.occupants)}",
        explanation=C3.explain(clash),
        remedy=steps(
            f"Look at both sides:\n{looks(clash.occupants, namer)}",
            *(_label(each, services[0], namer) for each in held),
            f"Otherwise move the Service, not the holder of the claim. {_READDRESS}",
            "Do not delete the IPAddress: the pool would hand the address to the next claim at once.",
        ),
    )


def _label(allocation: Occupant, service: Occupant, namer: Namer) -> str:
    """The way out for a claim that was made by hand for this very Service; it holds within one namespace."""
    where = name_of(service.cluster)
    if allocation.consumer.cluster or not where:
        return ""
    namespace, cluster = where
    if service.cluster != workload_path(allocation.cluster, allocation.ref.namespace, cluster):
        return ""
    claim = Ref("IPAddressClaim", namespace, allocation.ref.name, "")
    return (
        "If the claim was made by hand to keep the address for this Service, say so, in "
        f"{namer.cluster(allocation.cluster)}:\n  "
        + kubectl("label", claim, shlex.quote(f"giantswarm.io/cluster={cluster}"))
    )


def _tell_two_clusters(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    return Words(
        title=f"{clash.span} is used {listed((namer.occupant(each) for each in clash.occupants), by='by')}",
        explanation=C4.explain(clash),
        remedy=steps(
            f"Look at both sides:\n{looks(clash.occupants, namer)}",
            f"Decide which Service keeps the address, and give the other one another. {_READDRESS}",
            "Part the two clusters' load-balancer ranges, or it will happen again with the next Service.",
            "Do not delete a Service to see whether that helps: it takes its clients' address away at once.",
        ),
    )


def _tell_one_cluster(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    ports = set(clash.occupants[0].ports).intersection(*(each.ports for each in clash.occupants))
    port = min(ports, default="a port")
    last = clash.occupants[-1]
    return Words(
        title=f"{clash.span} serves {port} for {listed(namer.occupant(each) for each in clash.occupants)}",
        explanation=C5.explain(clash),
        remedy=steps(
            f"Look at both, in {namer.cluster(last.cluster)}:\n{looks(clash.occupants, namer)}",
            "Change the port of one of them, or give it an address of its own:\n  "
            + kubectl("edit", last.ref),
            "Sharing an address on different ports is fine; nothing else has to change.",
        ),
    )


def _split(clash: Clash) -> tuple[list[Occupant], list[Occupant]]:
    services = [each for each in clash.occupants if each.role is Role.SVC]
    return services, [each for each in clash.occupants if each.role is not Role.SVC]


C3 = Rule(
    id="C3",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="A Service uses an address that IPAM gave to somebody else",
    what=(
        "A Service answers on an address that an IPAddress holds for another user. kube-vip's cloud provider "
        "does not read IPAM, and IPAM does not look at Services, so neither saw the other. Both will "
        "answer ARP, and traffic goes to whichever answered last."
    ),
    remedy="Move the Service to another address; where the claim was made for it by hand, label the claim.",
    at_addresses=_tracked_elsewhere,
    tell=_tell_tracked,
)

C4 = Rule(
    id="C4",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="Services of two clusters use one address",
    what=(
        "Nodes of two clusters answer ARP for one address, so clients reach now one, now the other. Each "
        "cluster's cloud provider knows only its own Services."
    ),
    remedy="Give one of the Services another address, and part the clusters' load-balancer ranges.",
    at_addresses=_two_clusters,
    tell=_tell_two_clusters,
)

C5 = Rule(
    id="C5",
    finding_class=FindingClass.COLLISION,
    severity=Severity.HIGH,
    title="Services of one cluster use one address and port",
    what=(
        "Services of one cluster share an address and also a port, and which of them gets the traffic is "
        "undefined. kube-vip does not check it."
    ),
    remedy="Change the port of one of them, or give it another address.",
    at_addresses=_one_cluster,
    tell=_tell_one_cluster,
)
