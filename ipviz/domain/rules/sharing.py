"""C6 and C13: an address that several Services share in ways that kube-vip or nodes cannot serve."""

import shlex
from collections.abc import Iterable
from itertools import combinations, product

from ipviz.domain.kubevip import is_advertised
from ipviz.domain.leases import named_lease
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.rules.mitigation import TERMINATING, Weight, clashes_among
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.seen import SeenService
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, kubectl, listed, looks, steps


def _two_holders(scene: Scene) -> Iterable[Clash]:
    """Services of one cluster that share an address by their ports, and that two nodes announce."""
    for spot in scene.shared:
        pairs = [
            pair
            for pair in combinations(spot.services, 2)
            if pair[0].cluster == pair[1].cluster and _are_parted(scene, *pair)
        ]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_sharers)


def _are_parted(scene: Scene, one: Occupant, other: Occupant) -> bool:
    """Say whether two nodes lastingly answer for it, and not because the Services clash anyway."""
    if not one.holder or not other.holder or one.holder == other.holder or set(one.ports) & set(other.ports):
        return False
    member = scene.members.get(one.cluster)
    if member is None:
        return False
    ours, theirs = (member.service_by_ref.get(each.ref) for each in (one, other))
    serving = [pod for pod in member.kube_vips if pod.serves_services]
    # With one leader for all Services holders differ only while it changes; with routes nobody answers ARP.
    elected = not serving or any(pod.elects_per_service and pod.arp for pod in serving)
    return (
        elected
        and member.knows("Pod")
        and _is_told_now(ours)
        and _is_told_now(theirs)
        and not _have_one_lease(ours, theirs)
    )


def _is_told_now(service: SeenService | None) -> bool:
    """Say whether its holder is of now: an annotation stays behind when a Service is no longer announced."""
    return service is not None and is_advertised(service)


def _have_one_lease(*services: SeenService | None) -> bool:
    leases = {named_lease(each) for each in services if each}
    return len(leases) == 1 and "" not in leases


def _weight_of_sharers(ours: Occupant, theirs: Occupant) -> Weight:
    return TERMINATING if ours.terminating or theirs.terminating else Weight(Severity.HIGH)


def _external_elsewhere(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [pair for pair in _with_externals(spot) if _is_taken(*pair)]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_sharers)


def _with_externals(spot: Spot) -> Iterable[tuple[Occupant, Occupant]]:
    yield from combinations(spot.externals, 2)
    users = (*spot.services, *spot.endpoints, *spot.allocations, *spot.nodes)
    yield from product(spot.externals, users)


def _is_taken(external: Occupant, user: Occupant) -> bool:
    """Say whether traffic for the other user could end at the Service.

    That is what external addresses are for on the cluster's own nodes. On an address that the cluster has
    otherwise, only the same port is taken away.
    """
    seen_in = user.cluster if user.role in (Role.SVC, Role.EXTIP) else ""
    if external.cluster not in (seen_in, user.consumer.cluster):
        # A claim that names nobody may have been made for this very address.
        return not user.consumer.weak and (user.role is not Role.ALLOC or bool(user.consumer.cluster))
    return user.role not in (Role.NODE, Role.ALLOC) and bool(set(external.ports) & set(user.ports))


def _tell_holders(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    sharers = listed(f"{each.holder} for {namer.occupant(each)}" for each in clash.occupants)
    first = clash.occupants[0]
    lease = shlex.quote(f"kube-vip.io/leaseName={first.ref.namespace}/NAME")
    return Words(
        title=f"{clash.span} is announced by {sharers}",
        explanation=C6.explain(clash),
        remedy=steps(
            f"Look at the Services, in {namer.cluster(first.cluster)}:\n{looks(clash.occupants, namer)}",
            "Give all of them one lease, so that one node announces them together:\n"
            + "\n".join(
                "  " + kubectl("annotate", each.ref, f"{lease} --overwrite") for each in clash.occupants
            ),
            "Or give each an address of its own.",
        ),
    )


def _tell_external(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    externals = [each for each in clash.occupants if each.role is Role.EXTIP]
    said = namer.taken(each for each in clash.occupants if each.role is not Role.EXTIP)
    return Words(
        title=f"{clash.span} is an external address of {listed(map(namer.occupant, externals))}"
        + (f", and is {said}" if said else ""),
        explanation=C13.explain(clash),
        remedy=steps(
            f"Look at all of them:\n{looks(clash.occupants, namer)}",
            *(
                f"Take the address out of spec.externalIPs, in {namer.cluster(each.cluster)}:\n  "
                + kubectl("edit", each.ref)
                for each in externals[:1]
            ),
            "Where the Service needs an address that other hosts reach, make it a LoadBalancer: then "
            "somebody answers ARP for it, and others can see that.",
        ),
    )


C6 = Rule(
    id="C6",
    finding_class=FindingClass.COLLISION,
    severity=Severity.HIGH,
    title="Two nodes announce one address for Services that share it",
    what=(
        "Services of one cluster share the address, which is fine as long as one node announces it. Here "
        "each has a leader of its own, so two nodes answer ARP, and the traffic of one Service ends at the "
        "node that serves the other."
    ),
    remedy="Give the Services one lease with kube-vip.io/leaseName, or addresses of their own.",
    at_addresses=_two_holders,
    tell=_tell_holders,
)

C13 = Rule(
    id="C13",
    finding_class=FindingClass.COLLISION,
    severity=Severity.HIGH,
    title="An external address of a Service is somebody else's",
    what=(
        "Every node of the cluster takes what is sent to this address from inside it for its own Service, so "
        "workloads there never reach the one who really has it. Nobody checks spec.externalIPs."
    ),
    remedy="Take the address out of spec.externalIPs, or let the other side have another one.",
    at_addresses=_external_elsewhere,
    tell=_tell_external,
)
