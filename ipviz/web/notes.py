"""What is said of a cell under the pointer or the keyboard's cursor: plain text, one line a fact."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ipviz.domain.intervals import Interval, State
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.spans import Span
from ipviz.domain.words import ROLES_IN_WORDS
from ipviz.findings.models import Finding
from ipviz.web import words
from ipviz.web.grid import Grid
from ipviz.web.states import LOOKS, look_of

Words = dict[str, Any]
"""`state` in words; `who` holds it or could give it out, `why` it is a finding, a line each."""

Note = tuple[int, int, Words]
"""First and last cell, and what is said of each of them."""

_MOST_HOLDERS = 4
_MOST_FINDINGS = 2
_SHORT_FROM_CELLS = 2048
"""In a large subnet a note names one holder: thousands of notes are sent with the page."""


def notes_of(
    grid: Grid, intervals: Sequence[Interval], findings: Mapping[Span, Sequence[Finding]], at: datetime
) -> list[Note]:
    """In the order of cells; cells that are plain free are left out."""
    if grid.cell_bits:
        return list(_of_blocks(grid, intervals))
    most = 1 if grid.cells > _SHORT_FROM_CELLS else _MOST_HOLDERS
    return [
        (*grid.cells_of(each.span), words_of(each, findings.get(each.span, ()), at, most=most))
        for each in intervals
        if each.state is not State.FREE
    ]


def words_of(
    interval: Interval, findings: Sequence[Finding], at: datetime, *, most: int = _MOST_HOLDERS
) -> Words:
    holders = without_echoes(interval.occupants)
    who = [_holder(each, at) for each in holders[:most]]
    if len(holders) > most:
        who.append(f"and {len(holders) - most} more")
    who += [_range(each, is_next=interval.is_next) for each in interval.ranges[:most]]
    why = [finding.title for finding in findings[:_MOST_FINDINGS]]
    return {"state": look_of(interval).words, "who": who, "why": why}


def without_echoes(occupants: Sequence[Occupant]) -> list[Occupant]:
    """A VSphereCluster repeats the endpoint of its Cluster, and is left out where that one speaks."""
    speaking = {each.consumer for each in occupants if each.ref.kind == "Cluster"}
    return [each for each in occupants if each.ref.kind != "VSphereCluster" or each.consumer not in speaking]


def _holder(occupant: Occupant, at: datetime) -> str:
    since = f", for {words.duration(at - occupant.since)}" if occupant.since else ""
    stale = ", not readable now" if occupant.stale else ""
    return f"{_cluster(occupant)}: {occupant.ref} ({ROLES_IN_WORDS[occupant.role]}){since}{stale}"


def _range(occupant: Occupant, *, is_next: bool) -> str:
    if occupant.role is Role.POOL:
        what = "gives this out next" if is_next else "gives it out"
        return f"{_cluster(occupant)}: pool {occupant.ref.name} {what}"
    return f"{_cluster(occupant)}: in the load-balancer range {occupant.pool}"


def _cluster(occupant: Occupant) -> str:
    return occupant.cluster.rsplit("/", 1)[-1]


def _of_blocks(grid: Grid, intervals: Iterable[Interval]) -> Iterator[Note]:
    """What lies in each block, counted; the worst is named first."""
    blocks: dict[int, Counter[str]] = defaultdict(Counter)
    for each in intervals:
        if each.state is State.FREE:
            continue
        first, last = grid.cells_of(each.span)
        for cell in range(first, last + 1):
            part = each.span.intersection(grid.cell_span(cell))
            blocks[cell][look_of(each).key] += part.size if part else 0
    for cell, counts in sorted(blocks.items()):
        looks = sorted((LOOKS[key] for key in counts), key=lambda look: look.rank)
        who = [f"{words.grouped(counts[look.key])} {look.name}" for look in looks]
        yield cell, cell, {"state": looks[0].name, "who": who, "why": []}
