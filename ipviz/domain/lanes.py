"""Lanes: what overlaps is drawn one above the other, in as few lanes as there can be."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple


class Extent(NamedTuple):
    """From `begin` up to `end`, which is not part of it; of a smaller `rank`, it is drawn further up."""

    begin: float
    end: float
    rank: int


def lanes_of(extents: Sequence[Extent]) -> list[int]:
    """The lane of each, from 0 at the top; no two of a lane overlap. O(n log n).

    Where k lie on one another there are k lanes and no more. Among those that hang together by overlaps the
    lanes are ordered by rank, so that the same kind is found at the same height wherever it can be.
    """
    lanes = [0] * len(extents)
    for island in _islands(extents):
        parted = _parted(extents, island)
        parted.sort(key=lambda lane: min((extents[number].rank, extents[number].begin) for number in lane))
        for lane, numbers in enumerate(parted):
            for number in numbers:
                lanes[number] = lane
    return lanes


def _islands(extents: Sequence[Extent]) -> Iterator[list[int]]:
    """The numbers of those that hang together by overlaps, from left to right."""
    island: list[int] = []
    reach = float("-inf")
    for number in sorted(range(len(extents)), key=lambda number: (extents[number], number)):
        if island and extents[number].begin >= reach:
            yield island
            island = []
        island.append(number)
        reach = max(reach, extents[number].end)
    if island:
        yield island


def _parted(extents: Sequence[Extent], numbers: Iterable[int]) -> list[list[int]]:
    """Each, from left to right, in the lane that has been free for longest, or in a new one."""
    lanes: list[list[int]] = []
    ends: list[tuple[float, int]] = []
    for number in numbers:
        extent = extents[number]
        if ends and ends[0][0] <= extent.begin:
            _, lane = heappop(ends)
        else:
            lane = len(lanes)
            lanes.append([])
        lanes[lane].append(number)
        heappush(ends, (extent.end, lane))
    return lanes
