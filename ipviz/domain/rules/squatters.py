"""H1: somebody uses an address of a pool that the pool believes to be free."""

from collections.abc import Iterable

from ipviz.domain.estate import PendingClaim
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene, Spot, pool_id
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, kubectl, listed, looks, pool_name, steps


def _squatters(scene: Scene) -> Iterable[Clash]:
    for span in sorted(span for span, pools in scene.pooled.items() if pools):
        spot = scene.spot(span)
        if spot.allocations:
            continue
        for pool in scene.pooled[span]:
            users = tuple(each for each in _users(spot) if not _waits_for(each, pool, scene))
            if users and scene.is_known((pool.cluster, "IPAddress")):
                yield _clash(spot, users, pool, scene)


def _users(spot: Spot) -> tuple[Occupant, ...]:
    return spot.services + spot.endpoints + spot.nodes


def _waits_for(user: Occupant, pool: Occupant, scene: Scene) -> bool:
    """Say whether a claim on this very pool is pending for the very same user."""
    cluster = user.consumer.cluster
    purposes = (user.consumer.purpose, Purpose.MANUAL)
    return cluster != "" and any(
        PendingClaim(pool.cluster, pool.pool, cluster, purpose.value) in scene.pending for purpose in purposes
    )


def _clash(spot: Spot, users: tuple[Occupant, ...], pool: Occupant, scene: Scene) -> Clash:
    is_next = scene.next_free[pool_id(pool)] == spot.span
    severity = Severity.CRITICAL if is_next else Severity.HIGH
    if not any(each.announced for each in users):
        severity = Severity.MEDIUM
    absent = frozenset({(pool.cluster, "IPAddress"), (pool.cluster, "IPAddressClaim")})
    return Clash(
        subject=str(spot.span),
        severity=severity,
        occupants=(*users, pool),
        note="It is the next address that the pool will hand out." if is_next else "",
        span=spot.span,
        absent=absent,
        is_next=is_next,
    )


def _tell(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    users, pool = clash.occupants[:-1], clash.occupants[-1]
    name = listed(namer.occupant(each) for each in users)
    several = len(users) > 1
    if clash.is_next:
        answering = any(each.announced for each in users)
        does = ("answer on" if several else "answers on") if answering else ("keep" if several else "keeps")
        fate = f"{clash.span} is the next address that pool {pool_name(pool)} will hand out"
        title = f"{fate}; {name} already {does} it"
    else:
        uses = "use" if several else "uses"
        title = f"{clash.span} lies in pool {pool_name(pool)}, which does not know that {name} {uses} it"
    return Words(title, H1.explain(clash), _remedy(clash, users, pool, namer))


def _remedy(clash: Clash, users: tuple[Occupant, ...], pool: Occupant, namer: Namer) -> str:
    return steps(
        f"Look at who uses it:\n{looks(users, namer)}",
        f"Keep the pool from handing it out: add {clash.span} to spec.excludedAddresses, in "
        f"{namer.cluster(pool.cluster)}:\n  {kubectl('edit', pool.ref)}\n  Providers before v0.1.0 do not "
        "know that field; there, split spec.addresses around the address.",
        "Then let the user have an address that was claimed, or that lies outside every pool, where it can "
        "move."
        if any(each.role is Role.SVC for each in users)
        else "",
        "Make no new claim on this pool before that: it will get exactly this address."
        if clash.is_next
        else "Until then the address is safe only as long as lower ones of the pool are free.",
    )


H1 = Rule(
    id="H1",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="An address of a pool is used without the pool's knowledge",
    what=(
        "A pool takes an address as used only where an IPAddress of its own says so; it looks at no "
        "endpoint, Service or node. No IPAddress holds this one, so a claim will get it, lowest address "
        "first, and two hosts will then answer ARP for it."
    ),
    remedy="Exclude the address from the pool, then give its user an address that was claimed for it.",
    find=_squatters,
    tell=_tell,
)
