"""H16 and H17: reality leaves what the operator planned of a subnet."""

from collections.abc import Iterable
from itertools import chain

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.plans import Part
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_at
from ipviz.domain.scene import Scene
from ipviz.domain.spans import Span, intersected, merged, network_text, subtracted
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, listed, looks, steps

_ANY_POOL = ("", "")
_CHANGE = "If the plan is out of date, change it: on its subnet's page, or with manage.py plan --help"


def _used_outside(scene: Scene) -> Iterable[Clash]:
    """Services and nodes that have a part of their own, and are neither there nor in another's."""
    laid = scene.plans
    for span in _used_in(scene, (subnet.span for _, subnet in laid.parts)):
        spot = scene.spot(span)
        for user in (*spot.services, *spot.nodes) if laid.uncovered(span) else ():
            own = list(chain.from_iterable(laid.own(user).values()))
            if own and not _is_its_claim(user, spot):
                severity = Severity.LOW if user.role is Role.NODE else Severity.MEDIUM
                yield clash_at(span, severity, (user,), _own_note(own))


def _used_in(scene: Scene, spans: Iterable[Span]) -> Iterable[Span]:
    return chain.from_iterable(scene.layout.used_in(span, _ANY_POOL) for span in merged(spans))


def _is_its_claim(user: Occupant, spot: Spot) -> bool:
    """Say whether IPAM holds it for this very user: then its pool decided where it is."""
    return any(each.consumer.is_same(user.consumer) for each in spot.allocations)


def _ranges_outside(scene: Scene) -> Iterable[Clash]:
    """What of pools and load-balancer ranges reaches beyond their own parts, and into no other."""
    laid = scene.plans
    for owner in chain.from_iterable(scene.ranges_at.values()):
        for subnet, own in laid.own(owner).items():
            inside = owner.span.intersection(subnet)
            beyond = laid.uncovered(inside) if inside else ()
            yield from (clash_at(each, Severity.MEDIUM, (owner,), _own_note(own)) for each in beyond)


def _own_note(own: Iterable[Part]) -> str:
    return f"Planned for it is {listed(f'{part.span} ({part.words})' for part in own)}."


def _strange_users(scene: Scene) -> Iterable[Clash]:
    laid = scene.plans
    for part, subnet in laid.parts:
        ranges = laid.admitted(part)
        for span in scene.layout.used_in(part.span, _ANY_POOL):
            spot = scene.spot(span)
            users = (*spot.services, *spot.endpoints, *spot.nodes)
            strangers = [user for user in users if not part.admits(user)]
            # Where a pool or range of the part lies, other rules tell who squats in it.
            if strangers and not any(each.contains(span) for each in ranges):
                yield clash_at(span, Severity.MEDIUM, strangers, _part_note(part, subnet))


def _strange_ranges(scene: Scene) -> Iterable[Clash]:
    """Each stretch of a part that another's range covers; what its own ranges cover too, others tell.

    A pool in what DHCP is declared to hand out is H7's.
    """
    laid = scene.plans
    for part, subnet in laid.parts:
        told = [*laid.admitted(part), *subnet.dhcp]
        for owner in laid.met.get(part.span, ()):
            if not part.admits(owner):
                met = subtracted(intersected([part.span], [owner.span]), told)
                note = _part_note(part, subnet)
                yield from (clash_at(each, Severity.MEDIUM, (owner,), note) for each in met)


def _part_note(part: Part, subnet: DeclaredSubnet) -> str:
    return f"{part.span} is planned as {part.words} in {network_text(subnet.span)}."


def _tell_outside(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    (who, *_) = clash.occupants
    name = namer.occupant(who)
    is_range = who.role in (Role.POOL, Role.LBRANGE)
    lies = f"{clash.span} of {name}" if is_range else f"{clash.span}, used by {name},"
    verb = "lies" if not is_range or (clash.span and clash.span.is_single) else "lie"
    return Words(
        title=f"{lies} {verb} outside what is planned for it",
        explanation=H16.explain(clash),
        remedy=steps(
            f"Look at it:\n{looks(clash.occupants, namer)}",
            "Nothing clashes yet: whoever plans with the rest of the subnet takes this for free.",
            "Take the stretch out of the range, once nothing uses it."
            if is_range
            else "Give it an address of its part when it is next changed.",
            _CHANGE,
        ),
    )


def _tell_strange(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    names = listed(map(namer.occupant, clash.occupants))
    verb = "lies" if clash.span and clash.span.is_single else "lie"
    is_range = all(each.role in (Role.POOL, Role.LBRANGE) for each in clash.occupants)
    lies = f"{clash.span} of {names}" if is_range else f"{clash.span}, used by {names},"
    return Words(
        title=f"{lies} {verb if is_range else 'lies'} in what is planned for something else",
        explanation=H17.explain(clash),
        remedy=steps(
            f"Look at it:\n{looks(clash.occupants, namer)}",
            "Give it other addresses before those whom the part is for come: they were told that it is free.",
            _CHANGE,
        ),
    )


H16 = Rule(
    id="H16",
    finding_class=FindingClass.HAZARD,
    severity=Severity.MEDIUM,
    title="Something lies outside what is planned for it",
    what=(
        "The operator planned where in the subnet it belongs, and it lies where nothing is planned: a Service"
        " outside its cluster's block, a node outside DHCP, a pool that reaches over its part."
    ),
    remedy="Move it into its part, or change the plan.",
    at_addresses=_used_outside,
    on_segment=_ranges_outside,
    tell=_tell_outside,
)

H17 = Rule(
    id="H17",
    finding_class=FindingClass.HAZARD,
    severity=Severity.MEDIUM,
    title="Something lies in what is planned for something else",
    what=(
        "The operator set these addresses aside for another use, which will come and find them taken. What "
        "asks ipviz for free space is not given them; this did not ask."
    ),
    remedy="Give it other addresses, or change the plan.",
    at_addresses=_strange_users,
    on_segment=_strange_ranges,
    tell=_tell_strange,
)
