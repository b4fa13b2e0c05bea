"""A subnet's usage as a bar: each state of what is in use has its piece."""

from collections.abc import Iterable
from dataclasses import dataclass

from ipviz.domain.intervals import State
from ipviz.domain.usage import Part, summary

_UNITS = 1000
_LEAST = 6
_PIECES: dict[str, tuple[State, ...]] = {
    "wrong": (State.COLLISION,),
    "tracked": (State.TRACKED, State.MATCHED, State.COOLING),
    "untracked": (State.UNTRACKED,),
    "nodes": (State.NODE,),
    "reserved": (State.RESERVED,),
}


@dataclass(frozen=True, slots=True)
class Piece:
    x: int
    width: int
    css: str


def bar_of(parts: Iterable[Part]) -> list[Piece]:
    """The pieces from the left, of 1000 units in all; what is there is seen, however large the subnet."""
    counts = summary(parts)
    size = sum(counts.values())
    pieces: list[Piece] = []
    x = 0
    for css, states in _PIECES.items():
        number = sum(counts[state] for state in states)
        width = min(max(_LEAST, number * _UNITS // size), _UNITS - x) if number else 0
        if width:
            pieces.append(Piece(x, width, css))
        x += width
    return pieces
