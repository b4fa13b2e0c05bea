"""H6: a load-balancer range covers an address that somebody else needs."""

from collections.abc import Iterable

from ipviz.domain.landmarks import Marked
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.rules.mitigation import SILENT, Weight, apart, worst
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.spans import Span
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, listed, looks, steps


def _covered(scene: Scene) -> Iterable[Clash]:
    for span, ranges in scene.covered.items():
        mark, spot = scene.marks.get(span), scene.spot(span)
        for balancer in ranges:
            users = _users(scene, spot, balancer)
            if users or mark:
                yield _clash(scene, span, balancer, users, mark)


def _users(scene: Scene, spot: Spot, balancer: Occupant) -> tuple[Occupant, ...]:
    """Who is at an address, and not because of the range itself.

    With Kamaji the API of a workload cluster is a Service of the range's cluster. And a machine of that
    cluster may have the address on its card because kube-vip bound it there for a Service. Where another
    cluster's Service has it from that one's own range, the two ranges overlap, which is told once.
    """
    services = [
        each
        for each in spot.services
        if each.cluster != balancer.cluster
        and each.consumer.purpose is Purpose.SERVICE
        and not scene.is_in_range_of(each.cluster, each.span)
    ]
    served = {each.consumer.cluster for each in spot.services if each.cluster == balancer.cluster}
    endpoints = [each for each in spot.endpoints if each.consumer.cluster not in served - {balancer.cluster}]
    member = scene.members.get(balancer.cluster)
    knows_its_own = member is not None and member.knows("Node", "Service")
    nodes = [
        each
        for each in spot.nodes
        if each.consumer.cluster != balancer.cluster or (knows_its_own and not scene.is_beside(each))
    ]
    return (*services, *endpoints, *nodes)


def _clash(
    scene: Scene, span: Span, balancer: Occupant, users: tuple[Occupant, ...], mark: Marked | None
) -> Clash:
    usual = Weight(Severity.HIGH, f"It is {mark}." if mark else "")
    weight = usual if mark else worst(_weight(scene, user, balancer) for user in users) or usual
    following = scene.next_of_balancer(balancer)
    is_next = following == span
    fate = (
        f"It is the next address that {Namer.among((balancer, *users)).cluster(balancer.cluster)} gives to a "
        "Service."
        if is_next
        else ""
    )
    note = " ".join(filter(None, (weight.note, fate)))
    sides = (*users, balancer)
    brief = str(mark) if mark else ""
    return Clash(
        str(span), weight.severity, sides, note, span, is_next=is_next, brief=brief, apart=weight.apart
    )


def _weight(scene: Scene, user: Occupant, balancer: Occupant) -> Weight:
    return apart(scene, Weight(Severity.HIGH) if user.announced else SILENT, user, balancer)


def _tell(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    users = [each for each in clash.occupants if each.role is not Role.LBRANGE]
    ranges = [each for each in clash.occupants if each.role is Role.LBRANGE]
    whose = listed(map(namer.occupant, users)) if users else clash.brief
    return Words(
        title=f"{clash.span}, {whose}, lies in {listed(map(namer.occupant, ranges))}",
        explanation=H6.explain(clash),
        remedy=steps(
            f"Look at both sides:\n{looks(clash.occupants, namer)}",
            "Give the cluster a range without this address, in its values (loadBalancers.cidrBlocks), not in "
            "the ConfigMap, which is written anew from them. A CIDR that is not aligned covers its "
            "neighbours.",
            "Services that exist keep their addresses, so look first whether one already has this one.",
            "Create no Service in this cluster before that: it will get exactly this address."
            if clash.is_next
            else "",
        ),
    )


H6 = Rule(
    id="H6",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="A load-balancer range covers an address that is taken",
    what=(
        "kube-vip's cloud provider hands out every address of its range that no Service of its cluster has. "
        "It looks at no endpoint, also not that of its own cluster, at no node, no gateway and no Service of "
        "another cluster, so a Service will get this one."
    ),
    remedy="Give the cluster a range without the address.",
    at_addresses=_covered,
    tell=_tell,
)
