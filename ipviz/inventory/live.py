"""A segment that is kept in memory, and read again only where polls wrote something since."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from itertools import chain
from typing import Any

from ipviz.clusters.models import Subnet
from ipviz.domain.batches import batched
from ipviz.domain.estate import ClusterFacts, Estate, PendingClaim, Records
from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import Seen
from ipviz.domain.statements import pending_claims
from ipviz.domain.touched import Changes
from ipviz.domain.twins import twins_among
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.inventory.querysets import SeenQuerySet
from ipviz.inventory.reading import Sights
from ipviz.inventory.records import OCCUPANT_COLUMNS, decode

BATCH = 500
MANY = 10 * BATCH
"""From so many rows on, all of them are read rather than each by its id."""

Latest = Mapping[int, tuple[int, datetime | None]]
"""The last snapshot of each cluster and when it was taken, by ids; 0 where there is none."""


class LiveSegment:
    """What stands of a segment, by the ids of the rows that say so, as of the last look.

    Not for two threads at once. What it costs to look again grows with the rows of the clusters that changed:
    their ids are read, and of the rows those that are new.
    """

    _frame: object
    _seen: Latest
    _occupants: dict[int, dict[int, Occupant]]
    _objects: dict[int, dict[str, dict[int, Seen]]]
    _records: dict[int, Records]
    _pending: dict[int, tuple[PendingClaim, ...]]

    def __init__(self, segment: str) -> None:
        self.segment = segment
        self._forget()

    def look(
        self, *, outdated_before: datetime | None, judged_at: datetime | None
    ) -> tuple[Estate, Changes | None]:
        """The segment as it is known now, and how it differs from the look before; None where in too much."""
        try:
            return self._look(outdated_before, judged_at)
        except BaseException:
            self._forget()  # what is half read is not known
            raise

    def _look(
        self, outdated_before: datetime | None, judged_at: datetime | None
    ) -> tuple[Estate, Changes | None]:
        sights = Sights.on(self.segment)
        facts = {pk: sight.facts() for pk, sight in sights.by_id.items()}
        frame, latest = _frame(sights, facts), _latest(sights)
        moved = self._moved(latest) if frame == self._frame else None
        is_anew = moved is None
        if moved is None:
            self._forget()
            moved = list(sights.by_id)
        self._frame, self._seen = frame, latest
        changes = self._follow(sights, moved)
        occupants = tuple(chain.from_iterable(each.values() for each in self._occupants.values()))
        estate = Estate(
            segment=self.segment,
            occupants=occupants,
            clusters={each.path: each for each in facts.values()},
            aliases=twins_among(occupants, sights.unidentified()) | sights.aliases(),
            outdated_before=outdated_before,
            pending=tuple(chain.from_iterable(self._pending.values())),
            subnets=tuple(subnet.as_declared() for subnet in Subnet.objects.on(self.segment)),
            records={sight.cluster.path: self._records[pk] for pk, sight in sights.by_id.items()},
            judged_at=judged_at,
        )
        return estate, None if is_anew else changes

    def _forget(self) -> None:
        self._frame, self._seen, self._pending = None, {}, {}
        self._occupants = defaultdict(dict)
        self._objects = defaultdict(dict)
        self._records = defaultdict(dict)

    def _moved(self, latest: Latest) -> list[int] | None:
        """The clusters of which a poll stored something new since the last look; at most one query.

        None where what was seen last is not there any more, as after tables were brought back from a backup:
        ids may then come a second time.
        """
        polled = {pk: self._seen[pk] for pk in latest if latest[pk] != self._seen[pk]}
        if not polled:
            return []
        since = Snapshot.objects.filter(cluster__in=polled, pk__gte=min(seen for seen, _ in polled.values()))
        rows = list(since.order_by().values_list("cluster", "pk", "taken_at", "changed"))
        there = {(cluster, pk, taken_at) for cluster, pk, taken_at, _ in rows}
        if any(pk and (cluster, pk, taken_at) not in there for cluster, (pk, taken_at) in polled.items()):
            return None
        return list({cluster for cluster, pk, _, changed in rows if changed and pk > polled[cluster][0]})

    def _follow(self, sights: Sights, moved: list[int]) -> Changes:
        if not moved:
            return Changes()
        gone, come = self._follow_occupants(sights, moved)
        altered = self._follow_objects(moved)
        for cluster_id, kind in altered:
            fresh = tuple(self._objects[cluster_id][kind].values())
            self._records[cluster_id] = {**self._records[cluster_id], kind: fresh}
        paths = {pk: sights.by_id[pk].cluster.path for pk in moved}
        for pk in {pk for pk, _ in altered}:
            if sights.by_id[pk].cluster.is_management:
                self._pending[pk] = pending_claims(self._records[pk], path=paths[pk])
        return Changes(tuple(gone), tuple(come), frozenset((paths[pk], kind) for pk, kind in altered))

    def _follow_occupants(self, sights: Sights, moved: list[int]) -> tuple[list[Occupant], list[Occupant]]:
        rows = Occupancy.objects.of_any(moved)
        known = {pk: of for of in moved for pk in self._occupants[of]}
        standing = set(rows.now().values_list("pk", flat=True))
        gone = [self._occupants[known[pk]].pop(pk) for pk in known.keys() - standing]
        come = []
        for row in _rows(rows, standing - known.keys(), *OCCUPANT_COLUMNS):
            occupant = self._occupants[row.cluster_id][row.pk] = sights.occupant(row)
            come.append(occupant)
        return gone, come

    def _follow_objects(self, moved: list[int]) -> set[tuple[int, str]]:
        """The lists in which an object is not as before, each by its cluster and its kind."""
        rows = Version.objects.of_any(moved)
        known = {pk: (of, kind) for of in moved for kind, each in self._objects[of].items() for pk in each}
        standing = set(rows.now().values_list("pk", flat=True))
        altered = set()
        for pk in known.keys() - standing:
            of, kind = known[pk]
            del self._objects[of][kind][pk]
            altered.add((of, kind))
        for row in _rows(rows, standing - known.keys(), "cluster_id", "kind", "record"):
            self._objects[row.cluster_id].setdefault(row.kind, {})[row.pk] = decode(row.kind, row.record)
            altered.add((row.cluster_id, row.kind))
        return altered


def _frame(sights: Sights, facts: Mapping[int, ClusterFacts]) -> object:
    """All but rows and times that tells what a segment is: where it is not as before, all is read anew."""
    seen = {pk: (each.path, each.sight) for pk, each in facts.items()}
    return seen, sights.aliases(), sights.unidentified()


def _latest(sights: Sights) -> Latest:
    snapshots = {pk: sight.snapshot for pk, sight in sights.by_id.items()}
    return {pk: (each.pk, each.taken_at) if each else (0, None) for pk, each in snapshots.items()}


def _rows(rows: SeenQuerySet[Any], wanted: Set[int], *columns: str) -> Iterator[Any]:
    """The columns of those with these ids, and the ids.

    A poll may end one of them meanwhile, and what follows it is not among the ids: it is as it was read, and
    the next look sees that it went.
    """
    left = set(wanted)
    if len(left) > MANY:
        for row in rows.now().values_list("pk", *columns, named=True).iterator(chunk_size=5000):
            if row.pk in left:
                left.discard(row.pk)
                yield row
    for ids in batched(sorted(left), BATCH):
        yield from rows.filter(pk__in=ids).values_list("pk", *columns, named=True)
