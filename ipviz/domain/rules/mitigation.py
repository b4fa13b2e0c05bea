"""What makes a clash milder than it looks (docs/domain.md, the traps of "Active collisions")."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from ipviz.domain.consumers import name_of
from ipviz.domain.hints import are_apart
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.rules.rule import Clash, clash_at
from ipviz.domain.scene import Scene, home_of
from ipviz.domain.spans import Span
from ipviz.domain.verdicts import Severity
from ipviz.domain.words import Namer, listed

Pair = tuple[Occupant, Occupant]


@dataclass(frozen=True, slots=True)
class Weight:
    severity: Severity
    note: str = ""
    apart: str = ""
    """What to do where nothing is wrong, because the two are on separate networks."""


MOVED = Weight(
    Severity.MEDIUM,
    "Both sides bear one name, and one is paused or both serve one cluster: it looks like a cluster that was "
    "moved or restored to another management cluster, whose old objects were left behind.",
)
TERMINATING = Weight(
    Severity.MEDIUM, "One side is being deleted; it holds the address until it is gone, and may hang there."
)
SILENT = Weight(
    Severity.MEDIUM,
    "A Service carries kube-vip.io/ignore, so kube-vip does not answer for it now; it will once that is "
    "removed.",
)


LEAVE_MOVED = (
    "If it was moved, leave the old objects paused and in place for now: the old IPAddress keeps the "
    "old pool from handing the address out again, and controllers that see an old Cluster unpaused or "
    "deleted act on the same machines. Clear them up with the tool that moved them. If it was not "
    "moved, two clusters use the address."
)
"""The safe step for what looks like a move."""


def worst(weights: Iterable[Weight]) -> Weight | None:
    return min(weights, key=lambda weight: (weight.severity.rank, weight.note), default=None)


def clashes_among(
    scene: Scene, span: Span, pairs: Iterable[Pair], weigh: Callable[[Occupant, Occupant], Weight]
) -> Iterable[Clash]:
    """One clash of all that clash on a span, as bad as its worst pair; none without a pair."""
    clashing = list(pairs)
    weight = worst(apart(scene, weigh(*pair), *pair) for pair in clashing)
    if weight:
        sides = dict.fromkeys(side for pair in zip(*clashing, strict=True) for side in pair)
        yield clash_at(span, weight.severity, sides, weight.note, weight.apart)


def apart(scene: Scene, weight: Weight, one: Occupant, other: Occupant) -> Weight:
    """The weight of a pair, milder where their clusters' networks bear different names.

    The same private numbers at two sites are no collision, and names alone do not prove that they are two
    (docs/domain.md, "Segments"). So it stays a finding, as a possible one.
    """
    if weight.severity.rank >= Severity.MEDIUM.rank:
        return weight
    ours, theirs = scene.networks_used_by(one), scene.networks_used_by(other)
    if not all(are_apart(*pair) for pair in product(ours, theirs)):
        return weight
    namer = Namer.among((one, other))
    told = f"{_told(scene, one, namer)}, and {_told(scene, other, namer)}"
    note = f"{told}: where these are separate networks, nothing is wrong."
    return Weight(Severity.MEDIUM, " ".join(filter(None, (weight.note, note))), _register(one, other))


def _told(scene: Scene, occupant: Occupant, namer: Namer) -> str:
    networks = listed(sorted(str(network) for network in scene.networks_used_by(occupant)))
    if occupant.role is Role.POOL:
        return f"{namer.occupant(occupant)} serves {networks}"
    return f"{namer.cluster(home_of(occupant))} is on {networks}"


def _register(one: Occupant, other: Occupant) -> str:
    """How to say that two networks are two."""
    first, last = sorted(home_of(each).partition("/")[0] for each in (one, other))
    if first == last:
        return (
            "Find out whether they share a network. If not, nothing has to change; the finding stays, "
            f"because all clusters of {first} are on one segment."
        )
    return (
        f"Find out whether they share a network. If not, and no cluster of {last} shares one with {first}, "
        f"give {last} a segment of its own, and the finding goes: manage.py segment move {last} NAME"
    )


def is_moved(one: Occupant, other: Occupant) -> bool:
    """Say whether both serve what seems one cluster, seen on two management clusters, and paused on one.

    The same names alone do not tell: two management clusters may each have a cluster of that name.
    """
    ours, theirs = one.consumer.cluster, other.consumer.cluster
    return (ours != theirs and name_of(ours) is not None and name_of(ours) == name_of(theirs)) and (
        one.paused or other.paused
    )


def is_copied(one: Occupant, other: Occupant) -> bool:
    """Say whether both bear one name on two management clusters, and serve one cluster, or a paused one."""
    if one.cluster == other.cluster:
        return False
    names = (one.ref.namespace, one.ref.name), (other.ref.namespace, other.ref.name)
    return names[0] == names[1] and (one.paused or other.paused or one.consumer.is_same(other.consumer))
