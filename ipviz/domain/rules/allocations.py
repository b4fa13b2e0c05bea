"""C1 and C2: IPAM itself handed out an address twice."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, product

from ipviz.domain.layout import PoolId
from ipviz.domain.occupants import Occupant
from ipviz.domain.rules.mitigation import LEAVE_MOVED, MOVED, TERMINATING, Weight, clashes_among, is_copied
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_at
from ipviz.domain.scene import Scene, pool_id
from ipviz.domain.spots import Spot
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, listed, looks, steps

_KEEP = (
    "Do not delete an IPAddress by hand before its user has another address: the pool hands a released "
    "address to the next claim at once."
)


def _one_pool(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        for group in _by_pool(spot).values():
            if len({each.ref.uid for each in group}) > 1:
                lasting = [each for each in group if not each.terminating]
                weight = Weight(Severity.CRITICAL) if len(lasting) > 1 else TERMINATING
                yield clash_at(spot.span, weight.severity, group, weight.note)


def _two_pools(scene: Scene) -> Iterable[Clash]:
    for spot in scene.shared:
        groups = _by_pool(spot).values()
        pairs = [pair for ours, theirs in combinations(groups, 2) for pair in product(ours, theirs)]
        yield from clashes_among(scene, spot.span, pairs, _weight_of_copies)


def _weight_of_copies(ours: Occupant, theirs: Occupant) -> Weight:
    return MOVED if is_copied(ours, theirs) else Weight(Severity.CRITICAL)


def _by_pool(spot: Spot) -> dict[PoolId, list[Occupant]]:
    groups: dict[PoolId, list[Occupant]] = defaultdict(list)
    for each in spot.allocations:
        groups[pool_id(each)].append(each)
    return groups


def _tell_one_pool(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    pool = f"pool {_pool(clash.occupants[0])} of {namer.cluster(clash.occupants[0].cluster)}"
    claims = listed((f"{each.ref.namespace}/{each.ref.name}" for each in clash.occupants), by="to")
    return Words(
        title=f"{clash.span} was handed out more than once from {pool}, {claims}",
        explanation=C1.explain(clash),
        remedy=_remedy(clash, namer),
    )


def _tell_two_pools(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    sides = listed(
        (
            f"{each.ref.namespace}/{each.ref.name} from pool {_pool(each)} of {namer.cluster(each.cluster)}"
            for each in clash.occupants
        ),
        by="to",
    )
    suffix = ": perhaps a cluster that was moved" if clash.note == MOVED.note else ""
    return Words(f"{clash.span} is allocated {sides}{suffix}", C2.explain(clash), _remedy(clash, namer))


def _remedy(clash: Clash, namer: Namer) -> str:
    look = f"Look at all of them:\n{looks(clash.occupants, namer)}"
    if clash.note == MOVED.note:
        return steps(look, LEAVE_MOVED)
    return steps(
        look,
        "Find out which side really uses the address, and leave that one alone.",
        "Give the other one a new claim, move its user to the new address, then delete the old claim.",
        _KEEP,
    )


def _pool(allocation: Occupant) -> str:
    kind, namespace, name = (*allocation.pool.split("/", 2), "", "")[:3]
    return (f"{namespace}/{name}" if namespace else name) or kind


C1 = Rule(
    id="C1",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="One pool handed out an address twice",
    what=(
        "Two claims hold the same address of one pool. Both users will answer ARP for it, and traffic goes "
        "to whichever answered last. Provider versions before v1.0.2 can do this when claims come close "
        "together."
    ),
    remedy="Keep the side that really uses the address, and give the other one a new claim.",
    at_addresses=_one_pool,
    tell=_tell_one_pool,
)

C2 = Rule(
    id="C2",
    finding_class=FindingClass.COLLISION,
    severity=Severity.CRITICAL,
    title="Two pools handed out the same address",
    what=(
        "Two pools allocated the same address of one network. A pool knows only the addresses that were "
        "claimed from itself, so neither can see the other. Both users will answer ARP for it."
    ),
    remedy="Keep the side that really uses the address, give the other one a new claim, and part the pools.",
    at_addresses=_two_pools,
    tell=_tell_two_pools,
)
