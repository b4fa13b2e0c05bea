"""What is said of a cell under the pointer or the keyboard's cursor: plain text, one line a fact."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.survey import Survey
from ipviz.domain.words import ROLES_IN_WORDS
from ipviz.web import words
from ipviz.web.grid import Grid
from ipviz.web.picture import Row
from ipviz.web.states import LOOKS, Look, look_of

Words = dict[str, Any]
"""`state` in words; `who` holds it or could give it out, `why` it is a finding, a line each."""

ReadAt = Mapping[str, datetime]
"""When each cluster was last read, by path."""

Note = tuple[int, int, Words]
"""First and last cell, and what is said of each of them."""

_MOST_HOLDERS = 4
_MOST_FINDINGS = 2
_MOST_COUNTED = 1 << 32


def notes_of(grid: Grid, rows: Iterable[Row], at: datetime, read_at: ReadAt) -> list[Note]:
    """Of rows in order, in the order of their cells, where a cell is an address."""
    return [(*grid.cells_of(each.span), words_of(each, at, read_at)) for each in rows]


def words_of(row: Row, at: datetime, read_at: ReadAt) -> Words:
    who = [_holder(each, at, read_at.get(each.cluster)) for each in row.holders[:_MOST_HOLDERS]]
    if len(row.holders) > _MOST_HOLDERS:
        who.append(f"and {len(row.holders) - _MOST_HOLDERS} more")
    who += [_range(each, is_next=each in row.next_of) for each in row.ranges[:_MOST_HOLDERS]]
    why = [finding.title for finding in row.findings[:_MOST_FINDINGS]]
    return {"state": row.look.words, "who": who, "why": why}


def _holder(occupant: Occupant, at: datetime, read_at: datetime | None) -> str:
    since = f", for {words.duration(at - occupant.since)}" if occupant.since else ""
    read = f", read {words.ago(read_at, at)}" if read_at else ""
    stale = ", not readable now" if occupant.stale else ""
    return f"{_cluster(occupant)}: {occupant.ref} ({ROLES_IN_WORDS[occupant.role]}){since}{read}{stale}"


def _range(occupant: Occupant, *, is_next: bool) -> str:
    if occupant.role is Role.POOL:
        what = "gives this out next" if is_next else "gives it out"
        return f"{_cluster(occupant)}: pool {occupant.ref.name} {what}"
    what = ", which gives this out next" if is_next else ""
    return f"{_cluster(occupant)}: in the load-balancer range {occupant.pool}{what}"


def _cluster(occupant: Occupant) -> str:
    return occupant.cluster.rsplit("/", 1)[-1]


def notes_of_blocks(grid: Grid, survey: Survey) -> Iterator[Note]:
    """What lies in each block that is not plain free, counted; the worst is named first."""
    blocks: dict[int, Counter[str]] = defaultdict(Counter)
    for run in map(survey.run, survey.told()):
        key = look_of(run).key
        for cell in range(grid.cell(run.first), grid.cell(run.last) + 1):
            block = grid.cell_span(cell)
            blocks[cell][key] += min(run.last, block.last) - max(run.first, block.first) + 1
    for cell, counts in sorted(blocks.items()):
        looks = sorted((LOOKS[key] for key in counts), key=lambda look: look.rank)
        who = [_counted(counts[look.key], look) for look in looks]
        yield cell, cell, {"state": looks[0].name, "who": who, "why": []}


def _counted(number: int, look: Look) -> str:
    """Without the number where it is one that only IPv6 has."""
    return f"{words.grouped(number)} {look.name}" if number <= _MOST_COUNTED else look.name
