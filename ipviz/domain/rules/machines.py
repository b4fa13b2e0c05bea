"""C10 and C11: a machine's own address is somebody else's too, or two machines answer for one."""

from collections.abc import Iterable
from functools import partial
from itertools import chain, combinations, product

from ipviz.domain.members import Member
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
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, kubectl, listed, looks, probe, steps

_BY_HAND = Weight(
    Severity.MEDIUM,
    "Nobody can be told from the claim, so it may have been made by hand to keep the address for this "
    "machine.",
)
_BESIDE = Weight(
    Severity.MEDIUM,
    "Its node does not count the address as its own, so it was probably bound there by kube-vip: it may be "
    "one that kube-vip left behind, or that VMware tools still report.",
)
_GONE = Weight(
    Severity.MEDIUM,
    "The Node is as it was last known: its cluster cannot be read now, and its management cluster has no "
    "such machine any more.",
)
_LEFT_BEHIND = (
    "It is an address that kube-vip binds to one node at a time. After a crash or a change of leader a node "
    "may keep it on its card, and both answer ARP until that ends."
)
_BOTH_ANNOUNCE = (
    "kube-vip of each of these clusters has bound it on a node, so both announce it now: see the other "
    "collision on this address."
)


def _held_by_others(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        users = (*spot.services, *spot.endpoints, *spot.allocations)
        pairs = [pair for pair in product(spot.nodes, users) if _are_two(*pair)]
        yield from clashes_among(scene, spot.span, pairs, partial(_weight_of_pair, scene))


def _are_two(node: Occupant, user: Occupant) -> bool:
    """Say whether the user is surely another's.

    Whatever its own cluster claimed or announces may be bound to a machine's card by kube-vip, also where
    the object that says so could not be read; only another machine's claim is another's there.
    """
    cluster = node.consumer.cluster
    if not cluster or user.consumer.weak:
        return False
    if cluster in (user.consumer.cluster, user.cluster if user.role is Role.SVC else ""):
        return user.consumer.purpose is Purpose.MACHINE and not user.consumer.is_same(node.consumer)
    return True


def _weight_of_pair(scene: Scene, node: Occupant, user: Occupant) -> Weight:
    consumer = user.consumer
    if not user.announced:
        return SILENT
    if user.role is Role.ALLOC and consumer.purpose is Purpose.MANUAL and not consumer.cluster:
        return _BY_HAND
    if is_moved(node, user):
        return MOVED
    if node.terminating or user.terminating:
        return TERMINATING
    if _is_perhaps_gone(scene, node):
        return _GONE
    return _BESIDE if scene.is_beside(node) else Weight(Severity.CRITICAL)


def _two_machines(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        pairs = [pair for pair in combinations(spot.nodes, 2) if not _is_one_machine(scene, *pair)]
        yield from clashes_among(scene, spot.span, pairs, partial(_weight_of_machines, scene))


def _is_one_machine(scene: Scene, one: Occupant, other: Occupant) -> bool:
    """Say whether both are views of one virtual machine, whichever clusters list it."""
    ids = {scene.provider_id(each) for each in (one, other)}
    return one.consumer.is_same(other.consumer) or (len(ids) == 1 and "" not in ids)


def _weight_of_machines(scene: Scene, ours: Occupant, theirs: Occupant) -> Weight:
    if is_moved(ours, theirs):
        return MOVED
    if ours.terminating or theirs.terminating:
        return TERMINATING
    if _is_perhaps_gone(scene, ours) or _is_perhaps_gone(scene, theirs):
        return _GONE
    is_beside = scene.is_beside(ours) or scene.is_beside(theirs) or _may_be_kube_vips(scene, ours, theirs)
    return _BESIDE if is_beside else Weight(Severity.CRITICAL)


def _may_be_kube_vips(scene: Scene, ours: Occupant, theirs: Occupant) -> bool:
    """Say whether two machines of one cluster share it whose own addresses and Services nobody knows."""
    path = ours.consumer.cluster
    member = scene.members.get(path)
    is_known = member is not None and member.knows("Node", "Service")
    return path == theirs.consumer.cluster and path != "" and not is_known


def _is_perhaps_gone(scene: Scene, node: Occupant) -> bool:
    """Say whether a Node is known from earlier only, and the management cluster has no such machine now.

    Its own Nodes are none of them, whatever their names.
    """
    here = scene.members.get(node.cluster)
    above = scene.members.get(here.facts.management) if here else None
    if not node.stale or here is None or above is None or not {"Machine", "VSphereVM"} <= above.listed:
        return False
    provider_id = here.provider_id(node.ref)
    return not any(
        provider_id == each.provider_id if provider_id else each.name == node.consumer.machine
        for each in above.machines
        if not each.is_own
    )


def _bound_twice(scene: Scene, member: Member) -> Iterable[Clash]:
    """Addresses of kube-vip that two machines list, each for a VIP of its own cluster."""
    named = map(scene.first_path, member.listed_for)
    paths = {member.path, *(path for path in named if path not in scene.members)}
    listed_there = (spans for path in paths for _, spans in scene.listed_of(path))
    for span in sorted(set(chain.from_iterable(listed_there))):
        vips = _vips(scene.spot(span))
        served = {path for each in vips for path in _served_by(each)}
        machines = _bound(span, served, scene) if served & paths else {}
        if len(machines) > 1:
            objects = tuple(view for _, view in sorted(machines.items()))
            note = _BOTH_ANNOUNCE if len({each.consumer.cluster for each in vips}) > 1 else _LEFT_BEHIND
            yield Clash(str(span), Severity.MEDIUM, vips, note, span, objects=objects)


def _bound(span: Span, served: Iterable[str], scene: Scene) -> dict[str, tuple[str, Ref]]:
    """The machines of these clusters that list it, each once, and the object that says so."""
    found: dict[str, tuple[str, Ref]] = {}
    counted: set[str] = set()
    for cluster in sorted(served):
        for lister, spans in scene.listed_of(cluster):
            for machine, view in spans.get(span, ()):
                names = {f"{cluster} {machine.name}", machine.provider_id} - {""}
                if not names & counted:
                    found[f"{cluster} {machine.name}"] = lister, view.ref
                counted |= names
    return found


def _vips(spot: Spot) -> tuple[Occupant, ...]:
    return spot.services + spot.endpoints


def _served_by(vip: Occupant) -> set[str]:
    """The clusters that announce it, as far as is known; with Kamaji it is one for another."""
    return {vip.cluster if vip.role is Role.SVC else "", vip.consumer.cluster} - {""}


def _tell_held(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    machines = [each for each in clash.occupants if each.role is Role.NODE]
    others = [each for each in clash.occupants if each.role is not Role.NODE]
    owners = listed(map(namer.occupant, machines))
    return Words(
        title=f"{clash.span} is the own address of {owners}, and is {namer.taken(others)}",
        explanation=C10.explain(clash),
        remedy=_remedy_of_held(clash, namer),
    )


def _remedy_of_held(clash: Clash, namer: Namer) -> str:
    look = f"Look at all of them:\n{looks(clash.occupants, namer)}"
    if clash.note == MOVED.note:
        return steps(look, LEAVE_MOVED)
    if clash.note == _BESIDE.note:
        return steps(
            look,
            f"On the machine's node, look whether the address is on its card:\n  {_on_card(clash)}",
            "If it is and no Service of its cluster has it any more, restart kube-vip there; it lets go of "
            "what is not its own. If it is not, VMware tools tell it late: look again.",
        )
    by_hand = [each for each in clash.occupants if each.role is Role.ALLOC and not each.consumer.cluster]
    claims = (
        f"  in {namer.cluster(each.cluster)}: "
        + kubectl("label", Ref("IPAddressClaim", each.ref.namespace, each.ref.name, ""))
        + " giantswarm.io/cluster=NAME"
        for each in by_hand
    )
    return steps(
        look,
        "If the claim was made by hand to keep the address for this machine, say whose it is:\n"
        + "\n".join(claims)
        if by_hand
        else "",
        "Where a Service is the other side, give it another address: that is the least disruption.",
        "Else let the machine have another address: replace it where its addresses come from DHCP, and keep "
        "the range of DHCP apart from pools and load-balancer ranges.",
        "Do not delete an IPAddress to make room: the pool would hand its address to the next claim at once.",
    )


def _on_card(clash: Clash) -> str:
    return f"ip address show | grep -w {clash.span and clash.span.first_text}"


def _tell_machines(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    if clash.objects:
        machines = listed(ref.name for _, ref in clash.objects)
        users = listed(map(namer.occupant, clash.occupants))
        title = f"{clash.span} of {users} is on the cards of several machines: {machines}"
    else:
        title = f"{clash.span} is the own address of {listed(map(namer.occupant, clash.occupants))}"
    return Words(title, C11.explain(clash), _remedy_of_machines(clash, namer))


def _remedy_of_machines(clash: Clash, namer: Namer) -> str:
    if clash.objects:
        return steps(
            f"On each of these nodes, look whether the address is on its card:\n  {_on_card(clash)}",
            "Where it should not be, restart kube-vip there, or remove it: the node that kube-vip's lease or "
            "the Service's kube-vip.io/vipHost names keeps it.",
            "Where the nodes are of two clusters, see the collision on this address first.",
            "A virtual machine that just lost the address may be told late by VMware tools; look again.",
        )
    look = f"Look at both:\n{looks(clash.occupants, namer)}"
    if clash.note == MOVED.note:
        return steps(look, LEAVE_MOVED)
    return steps(
        look,
        f"Look which of them answers; two hardware addresses are two machines:\n  {probe(clash.span)}",
        "Where the addresses are static, correct one. Where they come from DHCP, look for a lease that was "
        "given twice, or two DHCP servers.",
    )


C10 = Rule(
    id="C10",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="A machine has the address of somebody else",
    what=(
        "A machine of a cluster has this address on its card, and somebody else's Service, endpoint or claim "
        "holds it too. DHCP does not ask IPAM or kube-vip, and they do not ask DHCP; both hosts answer ARP."
    ),
    remedy="Move the Service or replace the machine, and keep DHCP apart from pools and ranges.",
    at_addresses=_held_by_others,
    tell=_tell_held,
)

C11 = Rule(
    id="C11",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="Two machines have one address",
    what="Two virtual machines have one address on their cards, so both answer ARP for it.",
    remedy="Give one of them another address; take an address that kube-vip left behind off its card.",
    at_addresses=_two_machines,
    of_clusters=_bound_twice,
    tell=_tell_machines,
)
