"""How full a subnet is, in numbers that add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import State
from ipviz.domain.landmarks import marks_of
from ipviz.domain.spans import Span, merged, subtracted


class Part(Protocol):
    """Addresses in one state, wherever they lie: an `Interval`, a `Run` or a `Tally`."""

    @property
    def size(self) -> int: ...

    @property
    def state(self) -> State: ...

    @property
    def is_held(self) -> bool: ...

    @property
    def is_tracked(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Usage:
    """Addresses, each counted once: `tracked`, `untracked`, `reserved` and `free` add up to `size`.

    `nodes` are those of the untracked that only nodes hold, `colliding` those in use that two hold.
    """

    size: int = 0
    tracked: int = 0
    untracked: int = 0
    reserved: int = 0
    free: int = 0
    nodes: int = 0
    colliding: int = 0

    @property
    def used(self) -> int:
        return self.tracked + self.untracked

    @property
    def percent(self) -> int:
        """Rounded, but 0 only where nothing is used and 100 only where nothing is free."""
        if not self.used or not self.size:
            return 0
        return min(99 if self.free else 100, max(1, round(100 * self.used / self.size)))


@dataclass(frozen=True, slots=True)
class Fullness:
    """What is used of a subnet and what is free; the rest of it is reserved."""

    size: int
    used: int
    free: int


def fullness_of(subnet: DeclaredSubnet, spans: Iterable[Span]) -> Fullness:
    """Count what `usage_of` counts, from the spans that somebody holds, and without drawing the subnet.

    O(n log n) in those that lie in it, whatever ranges cover them.
    """
    whole = subnet.span
    held = merged(common for span in set(spans) if (common := span.intersection(whole)))
    used = sum(span.size for span in held)
    marks = {mark.span for mark in marks_of(subnet) if whole.contains(mark.span)}
    reserved = sum(span.size for span in subtracted(marks, held))
    return Fullness(whole.size, used, whole.size - used - reserved)


def summary(parts: Iterable[Part]) -> dict[State, int]:
    """How many addresses are in each state; every state is in it."""
    counts = dict.fromkeys(State, 0)
    for each in parts:
        counts[each.state] += each.size
    return counts


def usage_of(parts: Iterable[Part]) -> Usage:
    """Count parts that cover a subnet once. What IPAM holds is tracked, whoever else is there."""
    counts = dict.fromkeys(("tracked", "untracked", "reserved", "free", "nodes", "colliding"), 0)
    for each in parts:
        counts[_share(each)] += each.size
        if each.state in _PARTS:
            counts[_PARTS[each.state]] += each.size
    size = counts["tracked"] + counts["untracked"] + counts["reserved"] + counts["free"]
    return Usage(size=size, **counts)


_PARTS = {State.NODE: "nodes", State.COLLISION: "colliding"}


def _share(part: Part) -> str:
    if part.state.is_free:
        return "free"
    if part.is_tracked:
        return "tracked"
    return "untracked" if part.is_held else "reserved"
