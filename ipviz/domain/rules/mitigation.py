"""What makes a clash milder than it looks (docs/domain.md, the traps of "Active collisions")."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ipviz.domain.consumers import name_of
from ipviz.domain.occupants import Occupant
from ipviz.domain.rules.rule import Clash, clash_at
from ipviz.domain.spans import Span
from ipviz.domain.verdicts import Severity

Pair = tuple[Occupant, Occupant]


@dataclass(frozen=True, slots=True)
class Weight:
    severity: Severity
    note: str = ""


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
    span: Span, pairs: Iterable[Pair], weigh: Callable[[Occupant, Occupant], Weight]
) -> Iterable[Clash]:
    """One clash of all that clash on a span, as bad as its worst pair; none without a pair."""
    clashing = list(pairs)
    weight = worst(weigh(*pair) for pair in clashing)
    if weight:
        sides = dict.fromkeys(side for pair in zip(*clashing, strict=True) for side in pair)
        yield clash_at(span, weight.severity, sides, weight.note)


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
