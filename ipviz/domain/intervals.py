"""A subnet cut into intervals, each with one state: what the map, its bands, its cells and its table draw."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import heappop, heappush
from itertools import pairwise

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.landmarks import marks_of
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span


class State(StrEnum):
    """What an address is, for the reader; the worst of what is known of it."""

    COLLISION = "collision"
    RESERVED = "reserved"
    COOLING = "cooling"
    MATCHED = "matched"
    TRACKED = "tracked"
    UNTRACKED = "untracked"
    NODE = "node"
    FREE_IN_POOL = "free-in-pool"
    FREE_IN_LB_RANGE = "free-in-lb-range"
    DHCP = "dhcp"
    FREE = "free"

    @property
    def letter(self) -> str:
        return _LETTERS[self]

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def is_free(self) -> bool:
        """Say whether nobody uses it; that is not to say that one may take it."""
        return self in (State.FREE, State.FREE_IN_POOL, State.FREE_IN_LB_RANGE, State.DHCP)


_LETTERS: Mapping[State, str] = {
    State.COLLISION: "X",
    State.RESERVED: "R",
    State.COOLING: "C",
    State.MATCHED: "L",
    State.TRACKED: "T",
    State.UNTRACKED: "U",
    State.NODE: "N",
    State.FREE_IN_POOL: "p",
    State.FREE_IN_LB_RANGE: "l",
    State.DHCP: "d",
    State.FREE: "·",
}

_WORDS: Mapping[State, str] = {
    State.COLLISION: "collision: two users hold it",
    State.RESERVED: "reserved: network, broadcast or gateway",
    State.COOLING: "cooling: its IPAddress is being deleted",
    State.MATCHED: "matched: a Service uses what its cluster claimed",
    State.TRACKED: "tracked: IPAM holds it",
    State.UNTRACKED: "untracked: in use, and unknown to IPAM",
    State.NODE: "node: a node's own address, unknown to IPAM",
    State.FREE_IN_POOL: "free in a pool",
    State.FREE_IN_LB_RANGE: "free in a load-balancer range",
    State.DHCP: "free for DHCP",
    State.FREE: "free",
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A run of addresses of which the same is known.

    `is_next` marks what a pool or a load-balancer range hands out next; `is_suspected` a collision that a
    second look has not confirmed yet.
    """

    span: Span
    state: State
    occupants: tuple[Occupant, ...] = ()
    ranges: tuple[Occupant, ...] = ()
    is_stale: bool = False
    is_suspected: bool = False
    is_next: bool = False

    @property
    def size(self) -> int:
        return self.span.size

    @property
    def is_held(self) -> bool:
        return bool(self.occupants)

    @property
    def is_tracked(self) -> bool:
        return any(each.role is Role.ALLOC for each in self.occupants)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the subnet itself and the findings say of an address."""

    dhcp: bool = False
    reserved: bool = False
    next: bool = False
    collision: bool = False
    suspected: bool = False


_Layer = tuple[Span, Occupant | _Marks]


def intervals_of(
    subnet: DeclaredSubnet,
    occupants: Iterable[Occupant],
    collisions: Mapping[Span, bool],
    next_of_ranges: Iterable[Span] = (),
) -> tuple[Interval, ...]:
    """Cut the subnet into disjoint intervals, in order, that cover it exactly once.

    O(n log n + k) for k coverings by ranges; nothing is done address by address.

    Args:
        occupants: those that meet the subnet, in any order; a pool's are needed all to tell its next address.
        collisions: the spans of open findings of class collision, True where only suspected.
        next_of_ranges: what load-balancer ranges hand out next, of which occupants do not tell.
    """
    stated = sorted(occupants, key=_order)
    layers: list[_Layer] = [(each.span, each) for each in stated]
    layers += _marks(subnet, stated, collisions)
    layers += [(each, _Marks(next=True)) for each in next_of_ranges]
    clipped = [(common, what) for span, what in layers if (common := span.intersection(subnet.span))]
    return tuple(_joined(_interval(span, on_it) for span, on_it in _pieces(subnet.span, clipped)))


def _order(occupant: Occupant) -> tuple[int, int, int, str, str, Ref, str]:
    span, role = occupant.span, occupant.role.value
    return span.version, span.first, span.last, role, occupant.cluster, occupant.ref, occupant.pool


def next_addresses(occupants: Iterable[Occupant]) -> tuple[Span, ...]:
    """What each pool among the occupants will hand out next, each address or prefix once."""
    pools: dict[tuple[str, str], tuple[list[Occupant], list[Occupant]]] = {}
    for each in occupants:
        if each.role in (Role.POOL, Role.ALLOC):
            offers, held = pools.setdefault((each.cluster, each.pool), ([], []))
            (offers if each.role is Role.POOL else held).append(each)
    found = (next_of(offers, held) for offers, held in pools.values())
    return tuple(sorted({span for span in found if span}))


def _marks(
    subnet: DeclaredSubnet, occupants: Sequence[Occupant], collisions: Mapping[Span, bool]
) -> Iterator[tuple[Span, _Marks]]:
    for span in subnet.dhcp:
        yield span, _Marks(dhcp=True)
    for mark in marks_of(subnet):
        yield mark.span, _Marks(reserved=True)
    for span in next_addresses(occupants):
        yield span, _Marks(next=True)
    for span, suspected in collisions.items():
        yield span, _Marks(collision=True, suspected=suspected)


def _pieces(whole: Span, layers: Sequence[_Layer]) -> Iterator[tuple[Span, list[Occupant | _Marks]]]:
    """Cut where any layer begins or ends, and say for each piece which layers lie on it."""
    cuts = {whole.first, whole.last + 1}
    for span, _ in layers:
        cuts |= {span.first, span.last + 1}
    waiting = sorted(range(len(layers)), key=lambda number: layers[number][0].first, reverse=True)
    lying: list[tuple[int, int]] = []
    edges = sorted(cuts)
    for first, after in pairwise(edges):
        while waiting and layers[waiting[-1]][0].first <= first:
            number = waiting.pop()
            heappush(lying, (layers[number][0].last, number))
        while lying and lying[0][0] < first:
            heappop(lying)
        on_it = [layers[number][1] for number in sorted(number for _, number in lying)]
        yield Span(whole.version, first, after - 1), on_it


def _interval(span: Span, on_it: Sequence[Occupant | _Marks]) -> Interval:
    marks = [each for each in on_it if isinstance(each, _Marks)]
    stated = [each for each in on_it if isinstance(each, Occupant)]
    holders = tuple(each for each in stated if each.role not in RANGE_ROLES)
    ranges = tuple(each for each in stated if each.role in RANGE_ROLES)
    colliding = [mark for mark in marks if mark.collision]
    return Interval(
        span=span,
        state=_state(marks, holders, ranges),
        occupants=holders,
        ranges=ranges,
        is_stale=any(each.stale for each in holders or ranges),
        is_suspected=bool(colliding) and all(mark.suspected for mark in colliding),
        is_next=any(mark.next for mark in marks),
    )


def _state(marks: Sequence[_Marks], holders: Sequence[Occupant], ranges: Sequence[Occupant]) -> State:
    if any(mark.collision for mark in marks):
        return State.COLLISION
    if any(mark.reserved for mark in marks):
        return State.RESERVED
    if holders:
        return _state_in_use(holders)
    roles = {each.role for each in ranges}
    if Role.POOL in roles:
        return State.FREE_IN_POOL
    if Role.LBRANGE in roles:
        return State.FREE_IN_LB_RANGE
    return State.DHCP if any(mark.dhcp for mark in marks) else State.FREE


def _state_in_use(holders: Sequence[Occupant]) -> State:
    allocations = [each for each in holders if each.role is Role.ALLOC]
    others = [each for each in holders if each.role is not Role.ALLOC]
    if not allocations:
        return State.NODE if all(each.role is Role.NODE for each in others) else State.UNTRACKED
    if all(each.terminating for each in allocations):
        return State.COOLING
    services = [each for each in others if each.role is Role.SVC]
    matched = any(each.consumer.is_same(service.consumer) for each in allocations for service in services)
    return State.MATCHED if matched else State.TRACKED


def _joined(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Join neighbours of which the same is known; an address that is next stands alone."""
    last: Interval | None = None
    for each in intervals:
        if last and not each.is_next and _known(each) == _known(last):
            last = replace(last, span=Span(last.span.version, last.span.first, each.span.last))
        else:
            if last:
                yield last
            last = each
    if last:
        yield last


def _known(interval: Interval) -> tuple[object, ...]:
    """All that is said of an interval but where it lies."""
    flags = (interval.is_stale, interval.is_suspected, interval.is_next)
    return interval.state, flags, interval.ranges, interval.occupants
