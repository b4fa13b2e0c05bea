"""How full a subnet is, in numbers that add up and in a bar of the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ipviz.domain.intervals import Interval, State, summary

_UNITS = 1000
_TRACKED = (State.TRACKED, State.MATCHED, State.COOLING)


@dataclass(frozen=True, slots=True)
class Piece:
    x: int
    width: int
    css: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Addresses, each counted once; `wrong` are those that two hold, `nodes` get theirs from DHCP."""

    size: int
    tracked: int
    untracked: int
    nodes: int
    wrong: int
    reserved: int
    free: int

    @property
    def used(self) -> int:
        return self.tracked + self.untracked + self.nodes + self.wrong

    @property
    def percent(self) -> int:
        """Rounded, but 0 only where nothing is used and 100 only where nothing is free."""
        if not self.used or not self.size:
            return 0
        return min(99 if self.free else 100, max(1, round(100 * self.used / self.size)))

    @property
    def pieces(self) -> list[Piece]:
        drawn = []
        x = 0
        for css in ("wrong", "tracked", "untracked", "nodes", "reserved"):
            number = getattr(self, css)
            # What is there is seen, however large the subnet.
            width = min(max(6, number * _UNITS // self.size), _UNITS - x) if number else 0
            if width:
                drawn.append(Piece(x, width, css))
            x += width
        return drawn


def usage_of(intervals: Iterable[Interval]) -> Usage:
    return usage_from(summary(intervals))


def usage_from(counts: Mapping[State, int]) -> Usage:
    return Usage(
        size=sum(counts.values()),
        tracked=sum(counts[state] for state in _TRACKED),
        untracked=counts[State.UNTRACKED],
        nodes=counts[State.NODE],
        wrong=counts[State.COLLISION],
        reserved=counts[State.RESERVED],
        free=sum(number for state, number in counts.items() if state.is_free),
    )
