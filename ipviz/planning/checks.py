"""Whether addresses are free in everyone's view, before a manifest that uses them is merged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.batches import batched
from ipviz.domain.conflicts import Conflict, Wish, conflicts_with_declared, conflicts_with_occupants, outside
from ipviz.domain.occupants import Occupant
from ipviz.domain.plans import is_called
from ipviz.domain.spans import Span, merged, parse_entry
from ipviz.domain.words import Namer
from ipviz.inventory.models import Occupancy
from ipviz.inventory.querysets import SPANS_AT_ONCE, OccupancyQuerySet
from ipviz.inventory.reading import Sight, Sights

MOST = 1000
"""So many conflicts are told."""
PIECE = 2 * MOST
MOST_SPANS = 64
MOST_OF_MANIFEST = 1000
"""Spans of a manifest, merged."""
"""So many are looked at in one go: each is a condition of its own in the queries."""


class CannotCheck(ValueError):
    """What was asked for names something that is not there; `field` is where, the text says what there is."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class WrongSpans(ValueError):
    """Some spans are none; `reasons` says why, by the places of those that are wrong."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Blind:
    """A cluster of the segment of which not all is known, and why."""

    cluster: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`blind` says what could not be looked at, and `notes` what else to think of.

    `is_for_new` where the cluster that it is for is not there yet, so that nothing is its own.
    """

    spans: tuple[Span, ...]
    conflicts: tuple[Conflict, ...]
    is_whole: bool
    blind: tuple[Blind, ...]
    notes: tuple[str, ...]
    is_for_new: bool = False

    @property
    def is_free(self) -> bool:
        return not self.conflicts

    @property
    def is_sure(self) -> bool:
        """Nothing that may stand against it is hidden from us."""
        return not self.blind


def spans_of(texts: Iterable[str]) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """Addresses, ranges and CIDRs, merged, and what is to be said of how they were read.

    Raises:
        WrongSpans: some of them are none of these.
    """
    spans, notes, wrong = [], [], {}
    for place, text in enumerate(texts):
        try:
            span = parse_entry(text.strip())
        except ValueError as error:
            wrong[place] = f"{error}. A span is an address, FIRST-LAST or a CIDR."
            continue
        spans.append(span)
        first = text.strip().partition("/")
        if first[1] and first[0].lower() != span.first_text:
            notes.append(f"{text} covers all of {span}.")
    if wrong:
        raise WrongSpans(wrong)
    return merged(spans), tuple(notes)


def check(
    segment: str, spans: tuple[Span, ...], cluster: str, pools: frozenset[str], read_since: datetime
) -> Verdict:
    """Look for what stands against using the spans; seven queries at most.

    Args:
        cluster: its name or path, also of one that is to be made; empty where they are for nobody.
        pools: the keys of pools that are made or changed.
        read_since: what was not read since then counts as not looked at.

    Raises:
        CannotCheck: there are several clusters of that name, or too many spans.
    """
    sights = Sights.on(segment)
    path = _path_of(cluster, sights)
    if len(spans) > MOST_OF_MANIFEST:
        most = f"at most {MOST_OF_MANIFEST} are looked at in one go"
        raise CannotCheck("manifest", f"It uses {len(spans)} stretches of addresses; {most}.")
    wish = Wish(
        spans,
        path or cluster,
        _pools_of(pools, path or cluster, sights),
        frozenset(key.rpartition("/")[2] for key in pools),
        is_new=bool(cluster) and not path,
    )
    subnets = [each.as_declared() for each in Subnet.objects.on(segment)]
    rows = Occupancy.objects.now().of_any(sights.by_id)
    found = _found(wish, rows, sights)
    told = tuple(islice(chain(conflicts_with_declared(wish, subnets), found), MOST + 1))
    return Verdict(
        spans=spans,
        conflicts=told[:MOST],
        is_whole=len(told) <= MOST,
        blind=tuple(_blind(sights, segment, read_since)),
        notes=tuple(
            f"{span} lies in no subnet that is known on segment {segment}." for span in outside(wish, subnets)
        ),
        is_for_new=bool(cluster) and not path,
    )


def _found(wish: Wish, rows: OccupancyQuerySet, sights: Sights) -> Iterator[Conflict]:
    """Row after row: of a whole /8 there may be very many, and no more are read than are told."""
    namer = Namer.of(sight.cluster.path for sight in sights.by_id.values())
    for spans in batched(wish.spans, SPANS_AT_ONCE):
        met, piece = rows.meeting_each(spans), replace(wish, spans=tuple(spans))
        given: list[Occupant] = []
        if wish.cluster:
            given = list(map(sights.occupant, met.allocated_to(wish.cluster)))
        yield from conflicts_with_occupants(piece, map(sights.occupant, _in_order(met)), namer, given)


def _in_order(met: OccupancyQuerySet) -> Iterator[Occupancy]:
    """The first of them at once, which are enough unless most are the wish's own; then the others."""
    ordered = met.order_by("first_key", "last_key", "role", "pk")
    first = list(ordered[:PIECE])
    yield from first
    if len(first) == PIECE:
        told = {row.pk for row in first}
        yield from (row for row in ordered.iterator(chunk_size=PIECE) if row.pk not in told)


def _path_of(name: str, sights: Sights) -> str:
    """Empty for one that is not there: a pipeline asks before it makes one."""
    clusters = [sight.cluster for sight in sights.by_id.values()]
    called = [each for each in clusters if name and is_called(each.path, name)]
    first_roads = {(each.same_as or each).path for each in called}
    if len(first_roads) == 1:
        return first_roads.pop()
    if first_roads:
        paths = ", ".join(sorted(first_roads))
        raise CannotCheck("for", f"Several clusters are called {name!r}: say which of {paths}.")
    return ""


def _pools_of(keys: frozenset[str], path: str, sights: Sights) -> frozenset[tuple[str, str]]:
    """The pools that are there already: in the cluster's management cluster, or in the only one there is."""
    managing = [each.cluster.path for each in sights.by_id.values() if each.cluster.is_management]
    wanted = [path.split("/", 1)[0]] if path else managing
    return frozenset((each, key) for each in wanted for key in keys) if len(wanted) == 1 else frozenset()


def _blind(sights: Sights, segment: str, read_since: datetime) -> Iterator[Blind]:
    readable = [each for each in sights.by_id.values() if _is_to_be_read(each.cluster)]
    if not readable:
        yield Blind("", f"no cluster on segment {segment} is read")
    for sight in readable:
        if reason := _reason(sight, read_since):
            yield Blind(sight.cluster.path, reason)


def _is_to_be_read(cluster: Cluster) -> bool:
    return cluster.provisioned and cluster.same_as is None


def _reason(sight: Sight, read_since: datetime) -> str:
    snapshot = sight.snapshot
    if snapshot is None:
        return "it was never read"
    if snapshot.error:
        return snapshot.error
    if snapshot.unread:
        return snapshot.unread_in_words
    return (
        f"it was not read since {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC"
        if snapshot.taken_at < read_since
        else ""
    )
