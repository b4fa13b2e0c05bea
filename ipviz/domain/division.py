"""Dividing a subnet: which part of it for what, around what is used (docs/domain.md, "Plans").

Blocks are aligned, because kube-vip's cloud provider masks a CIDR; pools and DHCP ranges are any addresses,
and lie in one stretch where one is long enough. So what fits at all is found: blocks first, then the rest.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.free_space import blocks_in
from ipviz.domain.landmarks import marks_of
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import BITS, Span, count, intersected, merged, subtracted

CONTROL_PLANE_POOL = "wc-cp-ips"
BALANCER_POOL = "svc-lb-ips"
"""As today's chart names them where its values say nothing else."""
_ROUND = 16
"""Ranges begin at a multiple of it where they can: so people find them again, and there is room behind."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What somebody wants of a subnet.

    Args:
        nodes: addresses that DHCP leases at a time, those of now too.
        clusters: workload clusters now.
        later: those to come.
        balancers: load-balancer addresses for each of them.
        in_blocks: a block for each cluster, as charts want it that name CIDRs; else one pool for all.
        names: clusters that blocks are for, the first ones; the others are of later ones.
        fixed: parts that were chosen: each of them stands for its use, but for blocks, of which it is one.
    """

    nodes: int = 0
    clusters: int = 1
    later: int = 0
    balancers: int = 3
    in_blocks: bool = False
    names: tuple[str, ...] = ()
    fixed: tuple[Part, ...] = ()
    management: str = ""
    control_plane_pool: str = CONTROL_PLANE_POOL
    balancer_pool: str = BALANCER_POOL

    @property
    def all_clusters(self) -> int:
        return self.clusters + self.later

    @property
    def block_size(self) -> int:
        return block_size(self.balancers)


@dataclass(frozen=True, slots=True)
class Ground:
    """A subnet as it is.

    Args:
        free: what nothing claims, in order and joined.
        leased: addresses of nodes, which a DHCP range may cover.
        kept: what there is already for one of the uses, wherever it came from.
        served: how many workload clusters have the address of their API, and not from a kept pool.
    """

    span: Span
    free: tuple[Span, ...]
    leased: tuple[Span, ...] = ()
    kept: tuple[Part, ...] = ()
    served: int = 0

    @classmethod
    def untouched(cls, subnet: DeclaredSubnet) -> "Ground":
        return cls(subnet.span, subtracted([subnet.span], [mark.span for mark in marks_of(subnet)]))


@dataclass(frozen=True, slots=True)
class Lack:
    """What does not fit, in blocks for blocks and else in addresses: the need that is the hardest to meet."""

    use: Use
    wanted: int
    had: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A part that was chosen and can't be: `span` is what of it is in the way of something."""

    part: Part
    span: Span
    words: str


@dataclass(frozen=True, slots=True)
class Division:
    """`parts` are new, in address order; with `kept` they meet the needs, unless there is a lack or fault.

    `more` is how many clusters more would fit into what is left.
    """

    parts: tuple[Part, ...]
    kept: tuple[Part, ...]
    left: tuple[Span, ...]
    more: int
    faults: tuple[Fault, ...] = ()
    lack: Lack | None = None

    @property
    def fits(self) -> bool:
        return not (self.faults or self.lack)


def divide(ground: Ground, needs: Needs) -> Division:
    """Find a place for everything. O(n log n) in the runs of free space and in the blocks."""
    faults = tuple(_faults(ground, needs))
    open_ = subtracted(ground.free, [each.span for each in needs.fixed])
    wanted = _wanted(ground, needs)
    short = tuple(_too_small(ground, needs))
    leased = subtracted(ground.leased, [each.span for each in needs.fixed])
    placing = _Placing(open_, leased, ground.kept, needs)
    parts = placing.as_people_would(wanted)
    lack = None
    if parts is None:
        parts, lack = placing.as_it_fits(wanted)
    every = sorted((*parts, *needs.fixed), key=lambda part: part.span)
    left = subtracted(ground.free, [each.span for each in every])
    kept = tuple(each for each in ground.kept if not _is_replaced(each, needs.fixed))
    return Division(tuple(every), kept, left, _more(left, needs), (*faults, *short), lack)


def _is_replaced(kept: Part, fixed: Iterable[Part]) -> bool:
    """Say whether a part was chosen that holds what is there already."""
    return any(each.use is kept.use and each.span.contains(kept.span) for each in fixed)


def smallest_prefix(version: int, needs: Needs) -> int | None:
    """The length of the smallest network in which all would fit, were nothing there; None where none does.

    One address of it is left for a gateway.
    """
    anew = replace(needs, fixed=())
    for length in range(BITS[version], -1, -1):
        span = Span(version, 0, (1 << (BITS[version] - length)) - 1)
        gateway = Span(version, 1, 1) if span.size > 1 else None
        if divide(Ground.untouched(DeclaredSubnet(span, gateway)), anew).fits:
            return length
    return None


def block_size(addresses: int) -> int:
    """How large a block is that holds so many: a power of two."""
    size = 1 << max(addresses - 1, 0).bit_length()
    while size >= 256 and size - size // 128 < addresses:
        size *= 2
    return size


def usable_in(block: Span) -> int:
    """What the cloud provider hands out of a block: of IPv4 none that ends in .0 or .255.

    Source: docs/domain.md, "kube-vip cloud provider ranges".
    """
    if block.version == 6:
        return block.size
    return block.size - sum(_times(block, ending) for ending in (0, 255))


def _times(block: Span, ending: int) -> int:
    """How many addresses of a span end in a number."""
    return (block.last - ending) // 256 - (block.first - 1 - ending) // 256


Wanted = dict[Use, int]
"""How much of each use is still to be placed: addresses, or blocks."""


def _wanted(ground: Ground, needs: Needs) -> Wanted:
    every = needs.all_clusters
    whole = {
        Use.API: 1,
        Use.INGRESS: 1,
        Use.CONTROL_PLANES: every,
        Use.BLOCK if needs.in_blocks else Use.BALANCERS: every
        if needs.in_blocks
        else every * needs.balancers,
        Use.DHCP: needs.nodes,
    }
    chosen = {each.use for each in needs.fixed if each.use is not Use.BLOCK}
    return {use: max(0, size - _had(use, ground, needs)) for use, size in whole.items() if use not in chosen}


def _had(use: Use, ground: Ground, needs: Needs) -> int:
    """What is there or was chosen: blocks for blocks, else addresses; each once."""
    parts = (*ground.kept, *needs.fixed)
    blocks = len({part.name or part.span for part in parts if part.use is Use.BLOCK})
    addresses = count(part.span for part in parts if part.use is use)
    match use:
        case Use.BLOCK:
            return blocks
        case Use.BALANCERS:
            return addresses + blocks * needs.balancers
        case Use.CONTROL_PLANES:
            return addresses + ground.served
        case _:
            return addresses


def _too_small(ground: Ground, needs: Needs) -> Iterator[Fault]:
    """Chosen parts that hold less than is wanted of their use."""
    asked = _wanted(Ground(ground.span, ()), replace(needs, fixed=()))
    for use in dict.fromkeys(each.use for each in needs.fixed if each.use is not Use.BLOCK):
        lacking = asked.get(use, 0) - _had(use, ground, needs)
        if lacking > 0:
            part = next(each for each in needs.fixed if each.use is use)
            more = "1 address more is" if lacking == 1 else f"{lacking} addresses more are"
            yield Fault(part, part.span, f"{more} wanted for this")


def _faults(ground: Ground, needs: Needs) -> Iterator[Fault]:
    """What of the chosen parts is not to be had."""
    before: list[Span] = []
    for part in needs.fixed:
        span = part.span
        own = [each.span for each in ground.kept if each.use is part.use]
        usable = [*ground.free, *own, *(ground.leased if part.use is Use.DHCP else ())]
        if not ground.span.contains(span):
            yield Fault(part, span, "lies outside the subnet")
        elif taken := subtracted([span], usable):
            yield Fault(part, taken[0], "is not free")
        elif met := intersected([span], before):
            yield Fault(part, met[0], "is chosen twice")
        elif part.use.is_one_address and not span.is_single:
            yield Fault(part, span, "is more than one address")
        elif part.use is Use.BLOCK and not _is_aligned(span):
            yield Fault(part, span, "is no aligned block: a CIDR would cover its neighbours")
        before.append(span)


def _is_aligned(span: Span) -> bool:
    return span.size & (span.size - 1) == 0 and span.first % span.size == 0


def _more(left: Sequence[Span], needs: Needs) -> int:
    """Each cluster takes an address of its control plane too."""
    if not needs.in_blocks:
        return count(left) // (1 + needs.balancers)
    most = count(left) // (needs.block_size + 1)
    return sum(1 for _ in islice(_blocks(left, needs), min(most, _COUNTED)))


_COUNTED = 10_000
"""Nobody makes more clusters than this in one subnet, and of a /64 nobody counts them."""


def _blocks(runs: Iterable[Span], needs: Needs) -> Iterator[Span]:
    return (each for each in blocks_in(runs, needs.block_size) if usable_in(each) >= needs.balancers)


class _Placing:
    """One attempt after the other to place what is wanted on open ground."""

    def __init__(
        self, open_: tuple[Span, ...], leased: tuple[Span, ...], kept: Iterable[Part], needs: Needs
    ) -> None:
        self._open = open_
        self._needs = needs
        self._kept = list(kept)
        self._leased = leased
        self._begins = [each.first for each in leased]
        self._ends = [each.last for each in leased]
        self._sums = [0, *accumulate(each.size for each in leased)]

    def as_people_would(self, wanted: Wanted) -> list[Part] | None:
        """The small and named first, every range in one stretch; None where that does not go."""
        free, parts = self._open, []
        for use, size in wanted.items():
            if use is Use.BLOCK:
                found = self._blocks_in_a_row(free, size)
            elif use is Use.DHCP:
                found = self._for_nodes(free, size)
            else:
                found = self._beside(use, free, size) or _in_one(free, size)
            if found is None:
                return None
            parts += self._named(use, found)
            free = subtracted(free, found)
        return parts

    def as_it_fits(self, wanted: Wanted) -> tuple[list[Part], Lack | None]:
        """Blocks first, then the largest ranges, DHCP last, in pieces if need be: fits where anything does.

        DHCP alone may cover what nodes hold, so it leaves what is free to the others.
        """
        free, parts, lack = self._open, [], None
        order = sorted(
            wanted.items(), key=lambda each: (each[0] is not Use.BLOCK, each[0] is Use.DHCP, -each[1])
        )
        for use, size in order:
            if use is Use.BLOCK:
                found = list(islice(_blocks(free, self._needs), size))
            elif use is Use.DHCP:
                found = self._for_nodes(free, size) or _in_pieces(self._with_nodes(free), size)
            else:
                found = _in_one(free, size) or _in_pieces(free, size)
            had = len(found) if use is Use.BLOCK else count(found)
            if had < size:
                lack = lack or Lack(use, size, had)
            parts += self._named(use, found)
            free = subtracted(free, found)
        return parts, lack

    def _blocks_in_a_row(self, free: Sequence[Span], number: int) -> list[Span] | None:
        """In the first run that holds all of them; else the first that there are."""
        for run in free:
            found = list(islice(_blocks([run], self._needs), number))
            if len(found) == number:
                return found
        found = list(islice(_blocks(free, self._needs), number))
        return found if len(found) == number else None

    def _beside(self, use: Use, free: Sequence[Span], size: int) -> list[Span] | None:
        """Next to what there is for the same use: above it, or below."""
        for part in self._kept if size else ():
            if part.use is use:
                for first in (part.span.last + 1, part.span.first - size):
                    wanted = Span(part.span.version, first, first + size - 1)
                    if any(run.contains(wanted) for run in free):
                        return [wanted]
        return None

    def _for_nodes(self, free: Sequence[Span], size: int) -> list[Span] | None:
        """The stretch that covers the most of the nodes that are there: their addresses are from DHCP too."""
        if not (size and self._leased):
            return _in_one(free, size)
        best, most = None, -1
        for run in self._with_nodes(free):
            for start in _starts(run, self._leased, size):
                window = Span(run.version, start, start + size - 1)
                if (covered := self._nodes_in(window)) > most:
                    best, most = window, covered
        return [best] if best else None

    def _with_nodes(self, free: Sequence[Span]) -> tuple[Span, ...]:
        return merged([*free, *self._leased])

    def _nodes_in(self, window: Span) -> int:
        """Of a window that begins or ends with the run that it lies in, or begins with a node."""
        first = bisect_left(self._ends, window.first)
        after = bisect_right(self._begins, window.last)
        return self._sums[after] - self._sums[first] if after > first else 0

    def _named(self, use: Use, spans: Iterable[Span]) -> list[Part]:
        needs = self._needs
        if use is Use.BLOCK:
            return [Part(use, span, name) for span, name in zip(spans, self._names(), strict=False)]
        name = {
            Use.CONTROL_PLANES: needs.control_plane_pool,
            Use.BALANCERS: needs.balancer_pool,
            Use.DHCP: "",
        }.get(use, needs.management)
        return [Part(use, span, name) for span in spans]

    def _names(self) -> Iterator[str]:
        chosen = {each.name for each in self._needs.fixed if each.use is Use.BLOCK}
        yield from (name for name in self._needs.names if name not in chosen)
        while True:
            yield ""


def _starts(run: Span, leased: Sequence[Span], size: int) -> Iterator[int]:
    """Where windows of a run may begin: with a node, and with the run."""
    last = run.last - size + 1
    if last < run.first:
        return
    yield run.first
    number = bisect_left(leased, Span(run.version, run.first, 0))
    while number < len(leased) and leased[number].version == run.version and leased[number].first <= run.last:
        yield min(leased[number].first, last)
        number += 1


def _in_one(free: Sequence[Span], size: int) -> list[Span] | None:
    """The first stretch, from a round address on if there is one."""
    if not size:
        return []
    for step in (min(_ROUND, 1 << (size - 1).bit_length()), 1):
        for run in free:
            first = -(-run.first // step) * step
            if first + size - 1 <= run.last:
                return [Span(run.version, first, first + size - 1)]
    return None


def _in_pieces(free: Iterable[Span], size: int) -> list[Span]:
    """The longest runs, until it is enough, or there are no more."""
    found: list[Span] = []
    for run in sorted(free, key=lambda each: (-each.size, each)):
        if size <= 0:
            break
        piece = Span(run.version, run.first, run.first + min(size, run.size) - 1)
        found.append(piece)
        size -= piece.size
    return sorted(found)
