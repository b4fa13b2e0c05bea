"""Which spans share an address, in one pass over them."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from operator import attrgetter

from ipviz.domain.spans import Span


def overlaps_among(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Find every pair of different spans that meet, each pair once, the one that begins first in front.

    Of two that begin together the wider comes first, so an address is always the second of its pair. IPv4
    and IPv6 never meet. Equal spans count as one: group by span first, then nothing here grows with the
    number of holders of one address. O(n log n + k) for k pairs.
    """
    open_ranges: list[tuple[int, Span]] = []
    version = 0
    # Sorted twice, since each sort keeps what the one before it did: by where they begin, the wider in front.
    by_width = sorted(set(spans), key=attrgetter("last"), reverse=True)
    for span in sorted(by_width, key=attrgetter("version", "first")):
        if span.version != version:
            open_ranges, version = [], span.version
        while open_ranges and open_ranges[0][0] < span.first:
            heappop(open_ranges)
        for _, other in open_ranges:
            yield other, span
        if not span.is_single:
            heappush(open_ranges, (span.last, span))
