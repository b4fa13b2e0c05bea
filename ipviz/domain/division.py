"""Dividing a subnet: which part of it for what, around what is used (docs/domain.md, "Plans").

Blocks are aligned, because kube-vip's cloud provider masks a CIDR; pools and DHCP ranges are any addresses,
and lie in one stretch where one is long enough. So what fits at all is found: blocks first, then the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.needs import Ground, Needs, blocks_for
from ipviz.domain.placing import Lack, Placing, Wanted
from ipviz.domain.plans import Part, Use
from ipviz.domain.runs import Runs
from ipviz.domain.spans import BITS, Span, count, subtracted


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
    left: Sequence[Span]
    more: int
    faults: tuple[Fault, ...] = ()
    lack: Lack | None = None

    @property
    def fits(self) -> bool:
        return not (self.faults or self.lack)


def divide(ground: Ground, needs: Needs) -> Division:
    """Find a place for everything. O(n log n) in the runs of free space and in the blocks."""
    version = ground.span.version
    free, leased = Runs.of(version, ground.free), Runs.of(version, ground.leased)
    faults = tuple(_faults(ground, needs, free, leased))
    ground = _standing(ground, needs)
    chosen = [each.span for each in needs.fixed]
    wanted = _wanted(ground, needs)
    beside = (*needs.fixed, *ground.kept)
    placing = Placing(free.without(chosen), leased.without(chosen), beside, needs)
    parts = placing.as_people_would(wanted)
    lack = None
    if parts is None:
        parts, lack = placing.as_it_fits(wanted)
    every = sorted((*parts, *needs.fixed), key=lambda part: part.span)
    left = free.without([each.span for each in every])
    return Division(tuple(every), ground.kept, left, _more(left, needs), faults, lack)


def _standing(ground: Ground, needs: Needs) -> Ground:
    """Without what a chosen part takes the place of: one for the same that shares addresses with it."""
    left = tuple(each for each in ground.kept if not any(_replaces(part, each) for part in needs.fixed))
    return replace(ground, kept=left)


def _replaces(chosen: Part, kept: Part) -> bool:
    return chosen.is_for_same(kept) and chosen.span.meets(kept.span)


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


def _wanted(ground: Ground, needs: Needs) -> Wanted:
    every = needs.all_clusters
    whole = {
        **({} if ground.is_managed_elsewhere else {Use.API: 1, Use.INGRESS: 1}),
        Use.CONTROL_PLANES: every,
        **_of_balancers(needs),
        Use.DHCP: needs.nodes,
    }
    return {use: max(0, size - _had(use, ground, needs)) for use, size in whole.items()}


def _of_balancers(needs: Needs) -> Wanted:
    if not needs.balancers:
        return {}
    every = needs.all_clusters
    return {Use.BLOCK: every} if needs.in_blocks else {Use.BALANCERS: every * needs.balancers}


def _had(use: Use, ground: Ground, needs: Needs) -> int:
    """What is there or was chosen: blocks for blocks, else addresses; each once."""
    parts = (*ground.kept, *needs.fixed)
    named = {part.name: part for part in parts if part.use is Use.BLOCK and part.name}
    unnamed = {part.span for part in parts if part.use is Use.BLOCK and not part.name}
    # A block of a later cluster that came and uses it is one.
    blocks = len(named) + sum(not any(span.meets(each.span) for each in named.values()) for span in unnamed)
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


def _faults(ground: Ground, needs: Needs, free: Runs, leased: Runs) -> Iterator[Fault]:
    """What of the chosen parts is not to be had."""
    before: list[Part] = []
    for part in needs.fixed:
        span = part.span
        own = [each.span for each in ground.kept if part.is_for_same(each)]
        usable = [*free.meeting(span), *own, *(leased.meeting(span) if part.use is Use.DHCP else ())]
        if not ground.span.contains(span):
            yield Fault(part, span, "lies outside the subnet")
        elif taken := subtracted([span], usable):
            yield Fault(part, taken[0], "is not free")
        elif met := next((each for each in before if each.span.meets(span)), None):
            yield Fault(part, span, f"is chosen twice, also as {met.words}")
        elif part.use.is_one_address and (not span.is_single or any(each.use is part.use for each in before)):
            yield Fault(part, span, "is more than one address")
        elif part.use is Use.BLOCK and not _is_aligned(span):
            yield Fault(part, span, "is no aligned block: a CIDR would cover its neighbours")
        before.append(part)


def _is_aligned(span: Span) -> bool:
    return span.size & (span.size - 1) == 0 and span.first % span.size == 0


def _more(left: Runs, needs: Needs) -> int:
    """Each cluster takes an address of its control plane too."""
    if not needs.in_blocks:
        return left.size // (1 + needs.balancers)
    most = left.size // (needs.block_size + 1)
    return sum(1 for _ in islice(blocks_for(needs, left), min(most, _COUNTED)))


_COUNTED = 10_000
"""Nobody makes more clusters than this in one subnet, and of a /64 nobody counts them."""
