"""Where the occupants of addresses are: sorted once and grouped, and asked by bisection.

All that has to look at every occupant is a pass of numpy's over columns, so that a closer look is taken only
where more than one user may be. What is a whole prefix, and not one address, is kept apart: it is also among
the occupants of every address inside it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.spans import Span
from ipviz.domain.sweep import overlaps_among

PoolId = tuple[str, str]
"""The path of the management cluster, and the pool's key there."""
Flags = NDArray[np.bool_]
Owner = TypeVar("Owner", bound=Hashable)

_CODES = {role: code for code, role in enumerate(Role)}
_HALF = (1 << 64) - 1
_NOBODY = -1


class Layout:
    """Groups of occupants by address, in order. Building it is O(n log n), asking for one O(log n)."""

    def __init__(self, occupants: Iterable[Occupant]) -> None:
        singles = list(occupants)
        self._wide: dict[Span, list[Occupant]] = defaultdict(list)
        for each in [each for each in singles if each.span.first != each.span.last]:
            self._wide[each.span].append(each)
        if self._wide:
            singles = [each for each in singles if each.span.first == each.span.last]
        spans = [each.span for each in singles]
        firsts = [span.first for span in spans]
        versions = np.fromiter((span.version for span in spans), np.uint8, len(spans))
        order, self._starts = _grouped(firsts, versions)
        self._rows = [singles[row] for row in order.tolist()]
        self._sizes = np.diff(np.append(self._starts, len(singles)))
        leading = order[self._starts]
        self._numbers = [firsts[row] for row in leading.tolist()]
        self._ipv4 = int(np.count_nonzero(versions[leading] == 4))
        """How many of the groups, which are the first, are of IPv4."""
        self._counts: dict[tuple[Role, ...], NDArray[np.int64]] = {}
        self._over = self._overlaid()

    @property
    def size(self) -> int:
        """How many addresses something is stated of."""
        return len(self._numbers)

    @property
    def rows(self) -> Iterator[Occupant]:
        """Every occupant, by address; prefixes last."""
        yield from self._rows
        yield from (each for group in self._own_wide for each in group)

    @property
    def wide(self) -> Collection[Span]:
        """The prefixes that were handed out."""
        return self._wide.keys()

    def at(self, span: Span) -> Sequence[Occupant]:
        """All that is stated of a span; of an address, prefixes that were handed out around it too."""
        if span.first != span.last:
            return self._wide.get(span, ())
        place, after = self._between(span)
        return self._group(place) + self._over.get(place, []) if place < after else ()

    def contested(self) -> Iterator[Span]:
        """The spans that several hold who are not plainly one user."""
        several = self._sizes > 1
        lone = (self._count(Role.ALLOC) < 2) & (self._count(Role.SVC) < 2) & (self._count(Role.EXTIP) == 0)
        yield from self._spans(several & ~(self._has_one_user & lone), 0, also=self._over)
        yield from (span for span, each in self._wide.items() if len(each) > 1)

    def served(self) -> Iterator[Span]:
        """The addresses of Services, without those that IPAM holds for their one user."""
        held = self._has_one_user & (self._sizes > 1) & (self._count(Role.ALLOC) > 0)
        return self._spans((self._count(Role.SVC) > 0) & ~held, 0)

    def used_in(self, span: Span, pool: PoolId) -> Iterator[Span]:
        """The addresses of a pool's span that somebody uses, without those that this pool alone gave out."""
        here = slice(*self._between(span))
        used = self._sizes[here] > self._count(Role.ALLOC)[here]
        return self._spans(used & ~self._pools_of_groups.only(pool)[here], here.start)

    def has_users_in(self, span: Span) -> bool:
        """Say whether anything but an ALLOC states an address within a span."""
        here = slice(*self._between(span))
        return bool((self._sizes[here] > self._count(Role.ALLOC)[here]).any())

    def needed_in(self, span: Span, cluster: str) -> Iterator[Span]:
        """The addresses within a span that endpoints or machines have, or Services of another cluster."""
        here = slice(*self._between(span))
        needed = self._count(Role.CPE, Role.CPVIP, Role.NODE)[here] > 0
        others = (self._count(Role.SVC)[here] > 0) & ~self._clusters_of_services.only(cluster)[here]
        return self._spans(needed | others, here.start)

    def of_role(self, role: Role) -> Iterator[Occupant]:
        """Those of one role, by address; prefixes last."""
        yield from (self._rows[row] for row in np.flatnonzero(self._codes == _CODES[role]).tolist())
        yield from (each for group in self._own_wide for each in group if each.role is role)

    def _group(self, place: int) -> list[Occupant]:
        start = int(self._starts[place])
        return self._rows[start : start + int(self._sizes[place])]

    def _spans(self, chosen: Flags, start: int, *, also: Iterable[int] = ()) -> Iterator[Span]:
        """Those groups that are chosen of a run that begins at `start`, in order."""
        found = {start + place for place in np.flatnonzero(chosen).tolist()}
        for place in sorted(found.union(also)):
            number = self._numbers[place]
            yield Span(4 if place < self._ipv4 else 6, number, number)

    def _between(self, span: Span) -> tuple[int, int]:
        """The first group within a span, and the first one behind it."""
        whole = (0, self._ipv4) if span.version == 4 else (self._ipv4, len(self._numbers))
        return bisect_left(self._numbers, span.first, *whole), bisect_right(self._numbers, span.last, *whole)

    def _overlaid(self) -> dict[int, list[Occupant]]:
        """Lay prefixes over what lies in them: over addresses, by their place, and over narrower prefixes."""
        self._own_wide = [list(each) for each in self._wide.values()]
        over: dict[int, list[Occupant]] = defaultdict(list)
        own = dict(zip(self._wide, self._own_wide, strict=True))
        for span, each in own.items():
            for place in range(*self._between(span)):
                over[place] += each
        for outer, inner in overlaps_among(own):
            if outer.contains(inner):
                self._wide[inner] += own[outer]
        return dict(over)

    def _count(self, *roles: Role) -> NDArray[np.int64]:
        """How many of these roles are in each group."""
        if roles not in self._counts:
            among = np.isin(self._codes, [_CODES[role] for role in roles])
            self._counts[roles] = self._reduced(np.add, among.astype(np.int64))
        return self._counts[roles]

    def _reduced(self, by: np.ufunc, values: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(values):
            return values
        reduced: NDArray[np.int64] = by.reduceat(values, self._starts)
        return reduced

    @cached_property
    def _codes(self) -> NDArray[np.int64]:
        return np.fromiter((_CODES[each.role] for each in self._rows), np.int64, len(self._rows))

    @cached_property
    def _has_one_user(self) -> Flags:
        """Whether all in a group have one consumer that is known; of groups of one it says nothing."""
        several = np.flatnonzero(np.repeat(self._sizes > 1, self._sizes))
        numbers: dict[tuple[Any, ...], int] = {}
        users = np.zeros(len(self._rows), np.int64)
        users[several] = [
            numbers.setdefault((c.cluster, c.purpose, c.machine), len(numbers) + 1) if c.cluster else 0
            for c in (self._rows[row].consumer for row in several.tolist())
        ]
        lowest = self._reduced(np.minimum, users)
        one: Flags = (lowest > 0) & (lowest == self._reduced(np.maximum, users))
        return one

    @cached_property
    def _pools_of_groups(self) -> "_Owners[PoolId]":
        return self._owners(Role.ALLOC, lambda each: (each.cluster, each.pool))

    @cached_property
    def _clusters_of_services(self) -> "_Owners[str]":
        return self._owners(Role.SVC, lambda each: each.cluster)

    def _owners(self, role: Role, owner: Callable[[Occupant], Owner]) -> "_Owners[Owner]":
        held = np.flatnonzero(self._codes == _CODES[role])
        numbers: dict[Owner, int] = {}
        owners = np.full(len(self._rows), _NOBODY, np.int64)
        owners[held] = [
            numbers.setdefault(owner(each), len(numbers))
            for each in (self._rows[row] for row in held.tolist())
        ]
        lowest = np.where(owners == _NOBODY, np.iinfo(np.int64).max, owners)
        return _Owners(numbers, self._reduced(np.minimum, lowest), self._reduced(np.maximum, owners))


@dataclass(frozen=True, slots=True)
class _Owners(Generic[Owner]):
    """To whom those of one role belong, by number: of each address the lowest and the highest."""

    numbers: Mapping[Owner, int]
    lowest: NDArray[np.int64]
    highest: NDArray[np.int64]

    def only(self, owner: Owner) -> Flags:
        """Where there is one of them, and none that belongs to somebody else."""
        number = self.numbers.get(owner, _NOBODY - 1)
        alone: Flags = (self.lowest == number) & (self.highest == number)
        return alone


@dataclass(frozen=True, slots=True)
class PatchedLayout:
    """A layout, and what is stated of some addresses since it was built; no prefix lies over those."""

    base: Layout
    changed: Mapping[Span, Sequence[Occupant]]

    def at(self, span: Span) -> Sequence[Occupant]:
        since = self.changed.get(span)
        return self.base.at(span) if since is None else since


def _grouped(
    firsts: Sequence[int], versions: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows in order of their addresses, and where in that order each address begins."""
    count = len(firsts)
    if (versions == 4).all():  # as on most segments: one key is all
        columns = [np.array(firsts, np.uint64)]
        order = np.argsort(columns[0], kind="stable")
    else:
        low = np.fromiter((first & _HALF for first in firsts), np.uint64, count)
        high = np.fromiter((first >> 64 for first in firsts), np.uint64, count)
        columns = [low, high, versions.astype(np.uint64)]
        order = np.lexsort(columns)
    begins = np.zeros(count, np.bool_)
    begins[:1] = True
    for column in columns:
        ordered = column[order]
        begins[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(begins)
