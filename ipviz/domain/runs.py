"""Spans of one family as columns: what is free of a /8 is counted, cut and searched in passes of numpy's.

Nothing here makes a `Span` of each run before somebody asks for it. IPv4 is reckoned in 64 bits, IPv6 in
Python's own integers, which hold it exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ipviz.domain.intervals import State
from ipviz.domain.spans import BITS, Span, number_of_key
from ipviz.domain.survey import Survey

Column = NDArray[Any]
Flags = NDArray[np.bool_]
_PIECE = 1000


class Runs(Sequence[Span]):
    """Spans in order and joined, as `merged` makes them: the first address of each, and the one after it."""

    __slots__ = ("afters", "firsts", "version")

    def __init__(self, version: int, firsts: Column, afters: Column) -> None:
        self.version = version
        self.firsts = firsts
        self.afters = afters

    @classmethod
    def of(cls, version: int, spans: Iterable[Span]) -> "Runs":
        """Those of that family, joined."""
        if isinstance(spans, Runs) and spans.version == version:
            return spans
        listed = [each for each in spans if each.version == version]
        firsts, afters = [each.first for each in listed], [each.last + 1 for each in listed]
        return cls.lying(version, column(version, firsts), column(version, afters))

    @classmethod
    def lying(cls, version: int, firsts: Column, afters: Column) -> "Runs":
        """Of spans as columns, in any order, joined. O(n log n)."""
        order = np.argsort(firsts, kind="stable")
        firsts, reached = firsts[order], np.maximum.accumulate(afters[order])
        begins = np.ones(len(firsts), np.bool_)
        begins[1:] = firsts[1:] > reached[:-1]
        return cls(version, firsts[begins], reached[np.roll(begins, -1)])

    def __len__(self) -> int:
        return len(self.firsts)

    @overload
    def __getitem__(self, number: int) -> Span: ...
    @overload
    def __getitem__(self, number: slice) -> "Runs": ...
    def __getitem__(self, number: int | slice) -> "Span | Runs":
        if isinstance(number, slice):
            return Runs(self.version, self.firsts[number], self.afters[number])
        return Span(self.version, int(self.firsts[number]), int(self.afters[number]) - 1)

    def __iter__(self) -> Iterator[Span]:
        """A piece at a time: most who search them are content with one of the first."""
        for begin in range(0, len(self), _PIECE):
            piece = slice(begin, begin + _PIECE)
            for first, after in zip(self.firsts[piece].tolist(), self.afters[piece].tolist(), strict=True):
                yield Span(self.version, first, after - 1)

    @property
    def sizes(self) -> Column:
        sizes: Column = self.afters - self.firsts
        return sizes

    @property
    def size(self) -> int:
        """How many addresses."""
        return int(self.sizes.sum())

    def at_least(self, size: int) -> "Runs":
        """Those that are so long."""
        wanted = self.sizes >= size
        return Runs(self.version, self.firsts[wanted], self.afters[wanted])

    def longest_first(self) -> Iterator[Span]:
        """Of the equally long the first in order."""
        return (self[number] for number in np.argsort(-self.sizes, kind="stable").tolist())

    def stretch(self, size: int, step: int) -> Span | None:
        """The first of a size that begins at a multiple of a step."""
        firsts = -(-self.firsts // step) * step
        fitting = np.flatnonzero(firsts + size <= self.afters)
        if not len(fitting):
            return None
        first = int(firsts[fitting[0]])
        return Span(self.version, first, first + size - 1)

    def largest_block(self) -> Span | None:
        """The first of the largest aligned blocks: in 2^n addresses in a row lies one of 2^(n-1)."""
        if not len(self):
            return None
        size = 1 << (int(self.sizes.max()).bit_length() - 1)
        return self.stretch(size, size) or self.stretch(size >> 1, size >> 1)

    def meeting(self, span: Span) -> "Runs":
        """Those that share an address with a span. O(log n)."""
        if span.version != self.version:
            return self[:0]
        begin = np.searchsorted(self.afters, span.first, side="right")
        return self[int(begin) : int(np.searchsorted(self.firsts, span.last, side="right"))]

    def contains(self, span: Span) -> bool:
        """Say whether all of a span lies in one of them. O(log n)."""
        return any(each.contains(span) for each in self.meeting(span))

    def within(self, spans: Iterable[Span]) -> "Runs":
        """What of them lies in some spans."""
        parts = Runs.of(self.version, spans)
        return self._common(parts.firsts, parts.afters)

    def without(self, holes: Iterable[Span]) -> "Runs":
        """What is left of them: it lies between the holes."""
        taken = Runs.of(self.version, holes)
        if not len(taken):
            return self
        ends = column(self.version, [0, 1 << BITS[self.version]])
        return self._common(
            np.concatenate([ends[:1], taken.afters]), np.concatenate([taken.firsts, ends[1:]])
        )

    def joined(self, spans: Iterable[Span]) -> "Runs":
        """With others. O(n log n)."""
        others = Runs.of(self.version, spans)
        return Runs.lying(
            self.version,
            np.concatenate([self.firsts, others.firsts]),
            np.concatenate([self.afters, others.afters]),
        )

    def _common(self, firsts: Column, afters: Column) -> "Runs":
        """What of them lies in stretches that are in order and apart, too. O(n log n)."""
        begin = np.searchsorted(afters, self.firsts, side="right")
        times = np.searchsorted(firsts, self.afters, side="left") - begin
        ours = np.repeat(np.arange(len(self)), times)
        theirs = np.arange(len(ours)) + np.repeat(begin - (np.cumsum(times) - times), times)
        return Runs(
            self.version,
            np.maximum(self.firsts[ours], firsts[theirs]),
            np.minimum(self.afters[ours], afters[theirs]),
        )


def column(version: int, numbers: Sequence[int]) -> Column:
    return np.array(numbers, np.int64 if version == 4 else object)


def between_keys(version: int, keys: Sequence[tuple[str, str]]) -> Runs:
    """From each first to each last key, which `first_key` and `last_key` wrote."""
    firsts, lasts = ([number_of_key(each[end]) for each in keys] for end in (0, 1))
    return Runs.lying(version, column(version, firsts), column(version, lasts) + 1)


def in_state(version: int, bounds: Column, states: str, state: State) -> Runs:
    """What is surveyed to be in a state, whatever else is said of it."""
    letters = np.frombuffer(states.encode("utf-32-le"), np.uint32)
    return _runs(version, bounds, letters == ord(state.letter))


def surveyed(survey: Survey, state: State) -> Runs:
    version = survey.span.version
    return in_state(version, column(version, survey.bounds), survey.states, state)


def flagged(survey: Survey, flag: int, without: int = 0) -> Runs:
    """What is surveyed to have a flag, and another not."""
    version, flags = survey.span.version, np.frombuffer(survey.flags, np.uint8)
    return _runs(version, column(version, survey.bounds), (flags & (flag | without)) == flag)


def _runs(version: int, bounds: Column, wanted: Flags) -> Runs:
    """Neighbours that are wanted are one."""
    edges = np.flatnonzero(np.diff(wanted, prepend=False, append=False))
    return Runs(version, bounds[edges[::2]], bounds[edges[1::2]])
