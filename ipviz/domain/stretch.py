"""The stretch of a network around a span: a few cells in rows, for a picture that is taken in at a glance.

What is shown is chosen by `window_of`; `stretch_of` says what is known of each cell of it. Nothing here
knows a name: a stretch tells addresses, states and numbers only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import Interval, State
from ipviz.domain.occupants import Role
from ipviz.domain.spans import BITS, Span, address_text, network_text, prefix_length
from ipviz.domain.usage import Usage, usage_of

COLUMNS = 16
MOST_ROWS = 4
_ADDRESS_ROWS = 2
_MOST_TOLD = 1_000_000
"""From there on a count says less than that it is the rest."""

WORST_FIRST = (
    State.COLLISION,
    State.UNTRACKED,
    State.COOLING,
    State.MATCHED,
    State.TRACKED,
    State.NODE,
    State.RESERVED,
    State.FREE_IN_POOL,
    State.FREE_IN_LB_RANGE,
    State.DHCP,
    State.FREE,
)
"""Where several states meet in a cell, the first of them is its own, as on the map."""
_RANKS = {state: rank for rank, state in enumerate(WORST_FIRST)}


@dataclass(frozen=True, slots=True)
class Window:
    """Cells of 2^`cell_bits` addresses; the first and the last may be cut by the ends of the span."""

    span: Span
    cell_bits: int

    @property
    def cells(self) -> int:
        return self.cell(self.span.last) + 1

    def cell(self, number: int) -> int:
        """The cell of an address of the window, counted from 0."""
        return (number >> self.cell_bits) - (self.span.first >> self.cell_bits)

    def cells_of(self, span: Span) -> range:
        """The cells that a span meets; it must meet the window."""
        first, last = max(span.first, self.span.first), min(span.last, self.span.last)
        return range(self.cell(first), self.cell(last) + 1)

    def cell_span(self, cell: int) -> Span:
        first = (self.span.first >> self.cell_bits) + cell << self.cell_bits
        last = first + (1 << self.cell_bits) - 1
        return Span(self.span.version, max(first, self.span.first), min(last, self.span.last))


@dataclass(frozen=True, slots=True)
class Cell:
    """A block of addresses, or one; `state` is the worst in it, `used` how many of it somebody holds.

    `is_marked` where what the stretch is about reaches into it, `is_suspected` where its state is a collision
    that a second look has not confirmed, `is_stale` where its state rests on what cannot be read now.
    """

    span: Span
    state: State
    used: int = 0
    is_suspected: bool = False
    is_stale: bool = False
    is_marked: bool = False
    in_pool: bool = False
    in_lb_range: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """`about` is the span for whose sake it is shown.

    `usage` counts all that is shown, `of_about` that span alone, and `colliding_beside` the other addresses
    of which it is sure that they collide.
    """

    window: Window
    about: Span
    cells: tuple[Cell, ...]
    usage: Usage
    of_about: Usage
    colliding_beside: int = 0

    @property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        return tuple(self.cells[at : at + COLUMNS] for at in range(0, len(self.cells), COLUMNS))

    @property
    def scale(self) -> str:
        """What one cell stands for, in words."""
        bits = self.window.cell_bits
        return f"each cell a /{BITS[self.about.version] - bits}" if bits else "each cell one address"

    @property
    def alt(self) -> str:
        """What the picture shows, for who cannot see it: one sentence."""
        shown = f"{_ends(self.window.span)}, {self.scale}"
        return f"{shown}: {self._subject()}; {_shares(self.usage)}{self._further()}"

    def _subject(self) -> str:
        if not self.about.is_single:
            return f"{span_in_words(self.about)} is outlined, where {_shares(self.of_about)}"
        marked = next(cell for cell in self.cells if cell.is_marked)
        stale = ", as last seen" if marked.is_stale else ""
        return f"{self.about} {_predicate(marked)}{stale}"

    def _further(self) -> str:
        """What collides there besides."""
        others = self.colliding_beside
        if not others:
            return ""
        return f"; {_count(others)} other{'s are' if others > 1 else ' is'} used by more than one"


def whole_family(version: int) -> DeclaredSubnet:
    """All addresses there are: what bounds a stretch where no subnet is known."""
    return DeclaredSubnet(Span(version, 0, (1 << BITS[version]) - 1), declared=False)


def window_of(about: Span, bounds: Span) -> Window:
    """Choose what to show around a span: at most 64 cells, in rows that are aligned blocks of 16.

    Around an address its /27 (IPv6: /123), one address a cell; around a range all of it with a cell on
    either side, with the smallest cells that allow it. What lies beyond the bounds is not shown.

    Raises:
        ValueError: the span reaches beyond the bounds.
    """
    if not bounds.contains(about):
        raise ValueError(f"{about} is not in {bounds}")
    bits = 0
    while True:
        first, last = _row_ends(about, bounds, bits)
        if last - first < MOST_ROWS:
            break
        bits += 1
    if first == last:
        first = first // _ADDRESS_ROWS * _ADDRESS_ROWS
        last = first + _ADDRESS_ROWS - 1
    row = COLUMNS << bits
    shown = Span(about.version, max(first * row, bounds.first), min((last + 1) * row - 1, bounds.last))
    return Window(shown, bits)


def _row_ends(about: Span, bounds: Span, bits: int) -> tuple[int, int]:
    """The numbers of the first and the last row of cells of 2^bits addresses that are to be seen."""
    margin = 0 if about.is_single else 1 << bits
    first = max(about.first - margin, bounds.first)
    last = min(about.last + margin, bounds.last)
    row = COLUMNS << bits
    return first // row, last // row


def stretch_in(window: Window, about: Span, intervals: Iterable[Interval]) -> Stretch:
    """Say what is known of each cell, by intervals that cover the window. O(n), whatever their size."""
    shown = list(_clipped(intervals, window.span))
    parts: list[list[Interval]] = [[] for _ in range(window.cells)]
    for each in shown:
        for cell in window.cells_of(each.span):
            parts[cell].append(each)
    cells = (_cell(window.cell_span(number), met, about) for number, met in enumerate(parts))
    of_about = list(_clipped(shown, about))
    beside = _colliding(shown) - _colliding(of_about)
    return Stretch(window, about, tuple(cells), usage_of(shown), usage_of(of_about), beside)


def _colliding(intervals: Iterable[Interval]) -> int:
    sure = (each for each in intervals if each.state is State.COLLISION and not each.is_suspected)
    return sum(each.span.size for each in sure)


def _clipped(intervals: Iterable[Interval], span: Span) -> Iterable[Interval]:
    for each in intervals:
        if common := each.span.intersection(span):
            yield each if common == each.span else replace(each, span=common)


def _cell(span: Span, met: Sequence[Interval], about: Span) -> Cell:
    state = min((each.state for each in met), key=_RANKS.__getitem__)
    of_state = [each for each in met if each.state is state]
    held = [each for each in met if each.occupants]
    return Cell(
        span=span,
        state=state,
        used=sum(each.span.size for each in _clipped(held, span)),
        is_suspected=all(each.is_suspected for each in of_state),
        is_stale=not state.is_free and any(each.is_stale for each in of_state),
        is_marked=about.meets(span),
        in_pool=_is_within(met, Role.POOL),
        in_lb_range=_is_within(met, Role.LBRANGE),
    )


def _is_within(met: Iterable[Interval], role: Role) -> bool:
    return any(each.role is role for interval in met for each in interval.ranges)


def _predicate(cell: Cell) -> str:
    match cell.state:
        case State.COLLISION:
            return "seems to be used by more than one" if cell.is_suspected else "is used by more than one"
        case State.NODE:
            return "is a node's own address, unknown to IPAM"
        case state:
            return f"is {state.words}"


def span_in_words(span: Span) -> str:
    """Write an address, a network as CIDR, or both ends of what is none."""
    if span.is_single:
        return span.first_text
    return _ends(span) if prefix_length(span) is None else network_text(span)


def _ends(span: Span) -> str:
    return f"{span.first_text} to {address_text(span.version, span.last)}"


def _shares(usage: Usage) -> str:
    """Say `12 of 32 are used (3 by nodes, 5 unknown to IPAM), 2 are reserved, 18 are free`."""
    of = f" of {usage.size:,}" if usage.size < _MOST_TOLD else ""
    nodes = f"{_count(usage.nodes)} by nodes" if usage.nodes else ""
    unknown = usage.untracked - usage.nodes
    untracked = f"{_count(unknown)} unknown to IPAM" if unknown else ""
    by = ", ".join(filter(None, (nodes, untracked)))
    said = (
        f"{_number(usage.used, of)} used" + (f" ({by})" if by else ""),
        f"{_number(usage.reserved)} reserved" if usage.reserved else "",
        f"{_number(usage.free)} free" if usage.free < _MOST_TOLD else "the rest is free",
    )
    return ", ".join(filter(None, said))


def _number(count: int, of: str = "") -> str:
    return f"{_count(count)}{of} {'is' if count == 1 else 'are'}"


def _count(count: int) -> str:
    return f"{count:,}" if count < _MOST_TOLD else "more than a million"
