"""Why blocks of a subnet are not free: who is there, or was until lately, and what was declared."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ipviz.clusters.models import Subnet
from ipviz.clusters.subnets import declared_meeting
from ipviz.domain.batches import batched
from ipviz.domain.conflicts import Wish, conflicts_with_declared, conflicts_with_occupants
from ipviz.domain.landmarks import marks_of
from ipviz.domain.occupants import RANGE_ROLES, Occupant
from ipviz.domain.spans import Span, merged, span_from_keys
from ipviz.domain.words import Namer
from ipviz.inventory.models import Occupancy
from ipviz.inventory.querysets import SPANS_AT_ONCE, OccupancyQuerySet
from ipviz.inventory.records import OCCUPANT_COLUMNS, occupant_of


@dataclass(frozen=True, slots=True)
class Passed:
    """A block that is not free, and why: the first of the reasons."""

    span: Span
    words: str


@dataclass(frozen=True, slots=True)
class Held:
    """A span that somebody holds, or held until lately: the columns of an `Occupancy`, of which a large block
    may have very many."""

    span: Span
    row: Any

    @property
    def stands(self) -> bool:
        return self.row.seen_until is None

    @property
    def is_given_up(self) -> bool:
        """Ranges are nobody's address."""
        return not self.stands and self.row.role not in RANGE_ROLES

    @property
    def occupant(self) -> Occupant:
        return occupant_of(self.row, path=self.row.cluster__path, stale=False)

    def __str__(self) -> str:
        row = self.row
        who = f"{row.kind} {row.namespace}/{row.name} in {row.cluster__path}"
        return f"{self.span} was given up at {row.seen_until:%Y-%m-%d %H:%M} UTC by {who}"


def reasons_against(subnet: Subnet, blocks: Sequence[Span]) -> Iterator[Passed]:
    """Why each block is not free, in the words in which `check` says it. Two queries."""
    held = held_in(Occupancy.objects.now(), subnet, blocks)
    return reasons_among(held, subnet, blocks, declared_meeting(subnet))


def held_in(occupancies: OccupancyQuerySet, subnet: Subnet, blocks: Sequence[Span]) -> list[Held]:
    """What is in blocks, in order; a query for each so many."""
    if not blocks:
        return []
    found: dict[int, Held] = {}
    for piece in batched(merged(blocks), SPANS_AT_ONCE):
        rows = occupancies.on(subnet.segment.name).meeting_each(piece)
        columns = rows.values_list(*OCCUPANT_COLUMNS, "seen_until", "cluster__path", "pk", named=True)
        found |= {row.pk: Held(span_from_keys(row.first_key, row.last_key), row) for row in columns}
    return list(found.values())


def reasons_among(
    held: Sequence[Held], subnet: Subnet, blocks: Sequence[Span], declared: Iterable[Subnet]
) -> Iterator[Passed]:
    """Why each block is not free, of which it is known who is there, and what is declared around it."""
    if not blocks:
        return
    wish = Wish(tuple(blocks))
    standing = [each for each in held if each.stands]
    paths = {path for each in standing for path in (each.row.cluster__path, each.row.consumer_cluster)}
    occupants = [each.occupant for each in _first_in_each(blocks, standing)]
    given_up = _first_in_each(blocks, [each for each in held if each.is_given_up])
    against = [
        *conflicts_with_declared(wish, [each.as_declared() for each in declared]),
        *conflicts_with_occupants(wish, occupants, Namer.of(paths - {""})),
    ]
    for block in blocks:
        words = [each.words for each in against if each.span.meets(block)]
        words += [str(each) for each in given_up if each.span.meets(block)]
        words += [str(mark) for mark in marks_of(subnet.as_declared()) if mark.span.meets(block)]
        yield Passed(block, words[0] if words else "was in use when the subnet was last judged")


def _first_in_each(blocks: Iterable[Span], held: Iterable[Held]) -> list[Held]:
    """The first of them that meets each block, in order."""
    found, without = [], list(blocks)
    for each in held:
        if not without:
            break
        left = [block for block in without if not block.meets(each.span)]
        if len(left) < len(without):
            found.append(each)
            without = left
    return found
