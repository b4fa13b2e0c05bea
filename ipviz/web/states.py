"""How each state is drawn: never by colour alone, but with a letter, a sign and words as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ipviz.domain.intervals import State
from ipviz.domain.survey import SUSPECTED as SUSPECTED_FLAG
from ipviz.domain.survey import Survey

SUSPECTED = "suspected"
"""A collision that a second look has not confirmed: the same state, drawn less sure of itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """`key` names the CSS class and the two colours; `rank` 0 is the worst; `symbol` is Plotly's."""

    key: str
    rank: int
    letter: str
    name: str
    words: str
    symbol: str = ""

    @property
    def is_alarm(self) -> bool:
        return self.key in (State.COLLISION, SUSPECTED)

    @property
    def fill(self) -> str:
        return f"var(--state-{self.key})"

    @property
    def ink(self) -> str:
        return f"var(--ink-{self.key})"


# Worst first: where several meet in one cell of a large subnet, the first of them is seen.
_ORDER: tuple[tuple[str, str, str], ...] = (
    (State.COLLISION, "collision", "x"),
    (SUSPECTED, "suspected collision", "x-thin"),
    (State.UNTRACKED, "untracked", "triangle-up"),
    (State.COOLING, "cooling", "diamond"),
    (State.MATCHED, "matched", "circle-open"),
    (State.TRACKED, "tracked", ""),
    (State.NODE, "node", ""),
    (State.RESERVED, "reserved", ""),
    (State.FREE_IN_POOL, "free in a pool", ""),
    (State.FREE_IN_LB_RANGE, "free in a load-balancer range", ""),
    (State.DHCP, "free for DHCP", ""),
    (State.FREE, "free", ""),
)


def _look(rank: int, key: str, name: str, symbol: str) -> Look:
    if key == SUSPECTED:
        return Look(SUSPECTED, rank, "X?", name, "suspected collision: a second look will tell", symbol)
    state = State(key)
    # A free address is told by its pale ground and its edge: a letter in each would be noise.
    letter = "" if state.is_free else state.letter
    return Look(key, rank, letter, name, state.words, symbol)


LOOKS: Mapping[str, Look] = {key: _look(rank, key, *rest) for rank, (key, *rest) in enumerate(_ORDER)}
DRAWN: tuple[Look, ...] = tuple(LOOKS.values())
FADED = Look("faded", len(DRAWN), "", "not chosen", "not chosen in the legend")
"""What the legend leaves out."""
PAINTED = (*DRAWN, FADED)
"""By rank."""


class Judged(Protocol):
    """An `Interval` or a `Run`: a state, and whether it is only suspected."""

    @property
    def state(self) -> State: ...

    @property
    def is_suspected(self) -> bool: ...


def look_of(part: Judged) -> Look:
    return LOOKS[SUSPECTED if part.is_suspected else part.state]


def ranks_of(survey: Survey) -> bytes:
    """The rank of the look of each run."""
    ranks = bytearray(survey.states.translate(_RANKS).encode("latin-1"))
    for number, flags in enumerate(survey.flags):
        if flags & SUSPECTED_FLAG:
            ranks[number] = LOOKS[SUSPECTED].rank
    return bytes(ranks)


_RANKS = {ord(state.letter): LOOKS[state].rank for state in State}
