"""C12 and H7: somebody takes, or will be given, an address that the subnet keeps for something else."""

from collections.abc import Iterable
from itertools import chain

from ipviz.domain.landmarks import Landmark, Marked, declared_marks
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.rules.mitigation import TERMINATING, Weight, worst
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_at
from ipviz.domain.scene import Scene
from ipviz.domain.sweep import overlaps_among
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, exclude, listed, looks, steps

_SEVERITY = {
    Landmark.GATEWAY: Severity.CRITICAL,
    Landmark.NETWORK: Severity.HIGH,
    Landmark.BROADCAST: Severity.HIGH,
}
_EXTERNAL = Weight(
    Severity.HIGH,
    "An external address is not announced to the network; it takes the traffic of its own cluster's nodes.",
)
_KEPT = Weight(
    Severity.LOW,
    "Only a claim holds it from which nobody can be told: perhaps it was made to keep the address from "
    "being handed out. Excluding it from the pool does the same.",
)


def _landmark_in_use(scene: Scene) -> Iterable[Clash]:
    for mark in declared_marks(scene.estate.subnets):
        stated = scene.spot(mark.span).occupants
        # A handed-out prefix that begins with the subnet is used from its second address on.
        if users := tuple(each for each in stated if each.span.is_single):
            weight = worst(_weight(mark, each) for each in users) or _KEPT
            note = f"It is {mark}. {weight.note}".rstrip()
            yield Clash(str(mark.span), weight.severity, users, note, mark.span, brief=mark.landmark)


def _weight(mark: Marked, user: Occupant) -> Weight:
    if user.role is Role.ALLOC and user.consumer.purpose is Purpose.MANUAL and not user.consumer.cluster:
        return _KEPT
    if user.terminating:
        return TERMINATING
    if user.role is Role.EXTIP:
        return _EXTERNAL
    return Weight(_SEVERITY[mark.landmark] if user.announced else Severity.MEDIUM)


def _range_in_dhcp(scene: Scene) -> Iterable[Clash]:
    """One clash for each stretch of a range of DHCP that a pool or a load-balancer range covers."""
    scopes = {span for subnet in scene.estate.subnets if subnet.declared for span in subnet.dhcp}
    held = scene.ranges_at
    for one, other in chain(
        overlaps_among([*scopes, *held]), ((each, each) for each in scopes & held.keys())
    ):
        for scope, span in dict.fromkeys(((one, other), (other, one))):
            common = scope.intersection(span)
            if scope in scopes and common:
                for owner in held.get(span, ()):
                    note = f"{scope} is declared as handed out by DHCP."
                    yield clash_at(common, Severity.HIGH, (owner,), note)


def _tell_landmark(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    return Words(
        title=f"{clash.span}, {clash.brief} of its subnet, is {namer.taken(clash.occupants)}",
        explanation=C12.explain(clash),
        remedy=steps(
            f"Look at who has it:\n{looks(clash.occupants, namer)}",
            "Give its user another address at once: while it answers for the gateway, nothing of the subnet "
            "reaches other networks."
            if clash.brief == Landmark.GATEWAY
            else "Give its user another address.",
            "Then exclude it where it came from: from the pool with spec.excludedAddresses, or from the "
            "load-balancer range.",
            "If the subnet was declared wrongly, correct it: manage.py subnet add --help",
        ),
    )


def _tell_dhcp(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    owners = listed(map(namer.occupant, clash.occupants))
    return Words(
        title=f"{clash.span} belongs to {owners} and to DHCP",
        explanation=H7.explain(clash),
        remedy=steps(
            f"Look at the range:\n{looks(clash.occupants, namer)}",
            "Look which leases the DHCP server has there, and which addresses were handed out here.",
            *(
                exclude(clash.span, each, namer.cluster(each.cluster))
                for each in clash.occupants
                if each.role is Role.POOL
            ),
            "Or take the stretch out of the DHCP scope, once no lease is left in it: a lease that cannot be "
            "renewed takes its machine's address away.",
            "If the scope was declared wrongly, correct it: manage.py subnet add --help",
        ),
    )


C12 = Rule(
    id="C12",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="The gateway, network or broadcast address is in use",
    what=(
        "The operator declared this address of the subnet as nobody's. Who announces the gateway's address "
        "takes all traffic that leaves the subnet; hosts ignore, or all answer, what is sent to the network "
        "or broadcast address."
    ),
    remedy="Give its user another address, and exclude it from the pool or range that it came from.",
    on_segment=_landmark_in_use,
    tell=_tell_landmark,
)

H7 = Rule(
    id="H7",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="A pool or load-balancer range lies in the range of DHCP",
    what=(
        "The DHCP server leases these addresses, and IPAM or kube-vip's cloud provider hands them out. "
        "Neither asks the other, so a machine and a cluster will get one address."
    ),
    remedy="Take the stretch out of the pool or range, or out of the DHCP scope once no lease is in it.",
    on_segment=_range_in_dhcp,
    tell=_tell_dhcp,
)
