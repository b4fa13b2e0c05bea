"""H1 and H10: somebody uses an address of a pool that the pool believes to be free."""

from collections.abc import Iterable

from ipviz.domain.estate import PendingClaim
from ipviz.domain.landmarks import Marked
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.rules.mitigation import Weight, apart, worst
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene, pool_id
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, exclude, listed, looks, pool_name, steps


def _squatters(scene: Scene) -> Iterable[Clash]:
    return (clash for clash in _in_pools(scene) if not _was_released(clash))


def _released_early(scene: Scene) -> Iterable[Clash]:
    return (clash for clash in _in_pools(scene) if _was_released(clash))


def _was_released(clash: Clash) -> bool:
    """Say whether only clusters that are being deleted still use the address.

    Their claims go at once, while their machines live until Cluster API is done.
    """
    users = clash.occupants[:-1]
    return (
        not clash.brief
        and all(each.role in (Role.CPE, Role.CPVIP) for each in users)
        and any(each.terminating for each in users)
    )


def _in_pools(scene: Scene) -> Iterable[Clash]:
    for span, pools in scene.untracked.items():
        spot = scene.spot(span)
        for pool in pools:
            users = tuple(each for each in _users(spot) if not _waits_for(each, pool, scene))
            mark = scene.marks.get(span)
            if (users or mark) and scene.is_known((pool.cluster, "IPAddress")):
                yield _clash(spot, users, pool, scene, mark)


def _users(spot: Spot) -> tuple[Occupant, ...]:
    return spot.services + spot.endpoints + spot.nodes


def _waits_for(user: Occupant, pool: Occupant, scene: Scene) -> bool:
    """Say whether a claim on this very pool is pending for the very same user."""
    cluster = user.consumer.cluster
    if not scene.pending:
        return False
    purposes = (user.consumer.purpose, Purpose.MANUAL)
    return cluster != "" and any(
        PendingClaim(pool.cluster, pool.pool, cluster, purpose.value) in scene.pending for purpose in purposes
    )


def _clash(
    spot: Spot, users: tuple[Occupant, ...], pool: Occupant, scene: Scene, mark: Marked | None
) -> Clash:
    following = scene.pools[pool_id(pool)].next
    is_next = following is not None and following.contains(spot.span)
    usual = _weight(users, mark, is_next=is_next)
    weight = usual if mark else worst(apart(scene, usual, user, pool) for user in users) or usual
    absent = frozenset({(pool.cluster, "IPAddress"), (pool.cluster, "IPAddressClaim")})
    return Clash(
        subject=str(spot.span),
        severity=weight.severity,
        occupants=(*users, pool),
        note=weight.note,
        span=spot.span,
        absent=absent,
        is_next=is_next,
        brief=str(mark) if mark else "",
        apart=weight.apart,
    )


def _weight(users: tuple[Occupant, ...], mark: Marked | None, *, is_next: bool) -> Weight:
    if not mark and not any(each.announced for each in users):
        return Weight(Severity.MEDIUM)
    return Weight(Severity.CRITICAL if is_next else Severity.HIGH, f"It is {mark}." if mark else "")


def _place(pool: Occupant) -> str:
    """Where an address is of what the pool hands out next."""
    return "lies in the next prefix" if pool.allocation_prefix else "is the next address"


def _tell(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    users, pool = clash.occupants[:-1], clash.occupants[-1]
    name = listed(namer.occupant(each) for each in users)
    several = len(users) > 1
    if clash.brief:
        fate = (
            f"{_place(pool)} that pool {pool_name(pool)} will hand out"
            if clash.is_next
            else f"lies in pool {pool_name(pool)}, which may hand it out"
        )
        title = f"{clash.span}, {clash.brief}, {fate}"
        return Words(title, H1.explain(clash), _remedy(clash, users, pool, namer))
    if clash.is_next:
        answering = any(each.announced for each in users)
        does = ("answer on" if several else "answers on") if answering else ("keep" if several else "keeps")
        fate = f"{clash.span} {_place(pool)} that pool {pool_name(pool)} will hand out"
        title = f"{fate}; {name} already {does} it"
    else:
        uses = "use" if several else "uses"
        title = f"{clash.span} lies in pool {pool_name(pool)}, which does not know that {name} {uses} it"
    return Words(title, H1.explain(clash), _remedy(clash, users, pool, namer))


def _tell_released(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    users, pool = clash.occupants[:-1], clash.occupants[-1]
    name = listed(namer.occupant(each) for each in users)
    fate = "will hand it out next" if clash.is_next else "may hand it out again"
    return Words(
        title=f"{clash.span} is still {name}, which is being deleted, and pool {pool_name(pool)} {fate}",
        explanation=H10.explain(clash),
        remedy=steps(
            f"Look how far the deletion is:\n{looks(users, namer)}",
            "Make no new cluster from this pool before its machines are gone; this finding goes with them.",
            "If it hangs, keep the address from being handed out.",
            exclude(clash.span, pool, namer.cluster(pool.cluster)),
        ),
    )


def _remedy(clash: Clash, users: tuple[Occupant, ...], pool: Occupant, namer: Namer) -> str:
    return steps(
        f"Look at who uses it:\n{looks(users, namer)}" if users else "",
        exclude(clash.span, pool, namer.cluster(pool.cluster)),
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
        "endpoint, Service or node, and at no gateway but the one that it names. No IPAddress holds this "
        "one, so a claim will get it, lowest address first, and two hosts will then answer ARP for it."
    ),
    remedy="Exclude the address from the pool, then give its user an address that was claimed for it.",
    at_addresses=_squatters,
    tell=_tell,
)

H10 = Rule(
    id="H10",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="The address of a cluster was released before the cluster was gone",
    what=(
        "The cluster is being deleted. Its claim went at once, so the pool believes its address to be free, "
        "while its machines live and answer ARP for it. A new cluster may be given it now."
    ),
    remedy="Make no new cluster from the pool before the old one's machines are gone.",
    at_addresses=_released_early,
    tell=_tell_released,
)
