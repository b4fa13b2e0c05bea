"""A segment that is kept in memory, and read again only where polls wrote something since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Q

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


class LiveSegment:
    """What stands of a segment, by the ids of the rows that say so, as of the last look.

    Not for two threads at once. What it costs to look again grows with the rows of the clusters that changed:
    their ids are read, and of the rows those that are new.
    """

    _frame: object
    _seen: dict[int, int]
    """The last snapshot of each cluster, by ids."""
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
        sights = Sights.on(self.segment)
        facts = {pk: sight.facts() for pk, sight in sights.by_id.items()}
        frame, latest = _frame(sights, facts), _latest(sights)
        # Snapshots come one after the other, unless the tables were brought back from a backup.
        is_anew = frame != self._frame or any(latest[pk] < seen for pk, seen in self._seen.items())
        if is_anew:
            self._forget()
        moved = list(sights.by_id) if is_anew else self._moved(latest)
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

    def _moved(self, latest: Mapping[int, int]) -> list[int]:
        """The clusters of which a poll stored something new since the last look; one query."""
        later = Q(pk=None)
        for pk, snapshot in latest.items():
            if snapshot > self._seen[pk]:
                later |= Q(cluster=pk, pk__gt=self._seen[pk])
        changed = Snapshot.objects.filter(later, changed=True).order_by()
        return list(changed.values_list("cluster", flat=True).distinct())

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
        rows = Occupancy.objects.of_any(moved).now()
        known = {pk: of for of in moved for pk in self._occupants[of]}
        standing = set(rows.values_list("pk", flat=True))
        gone = [self._occupants[known[pk]].pop(pk) for pk in known.keys() - standing]
        come = []
        for row in _rows(rows, standing - known.keys(), *OCCUPANT_COLUMNS):
            occupant = self._occupants[row.cluster_id][row.pk] = sights.occupant(row)
            come.append(occupant)
        return gone, come

    def _follow_objects(self, moved: list[int]) -> set[tuple[int, str]]:
        """The lists in which an object is not as before, each by its cluster and its kind."""
        rows = Version.objects.of_any(moved).now()
        known = {pk: (of, kind) for of in moved for kind, each in self._objects[of].items() for pk in each}
        standing = set(rows.values_list("pk", flat=True))
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


def _latest(sights: Sights) -> dict[int, int]:
    """The id of each cluster's last snapshot; 0 where there is none."""
    return {pk: sight.snapshot.pk if sight.snapshot else 0 for pk, sight in sights.by_id.items()}


def _rows(rows: SeenQuerySet[Any], wanted: Set[int], *columns: str) -> Iterator[Any]:
    """The columns of those with these ids, and the ids."""
    if len(wanted) > MANY:
        every = rows.values_list("pk", *columns, named=True).iterator(chunk_size=5000)
        yield from (row for row in every if row.pk in wanted)
        return
    for ids in batched(sorted(wanted), BATCH):
        yield from _by_ids(rows, ids, columns)


def _by_ids(rows: SeenQuerySet[Any], ids: Iterable[int], columns: Iterable[str]) -> Iterable[Any]:
    return rows.filter(pk__in=list(ids)).values_list("pk", *columns, named=True)
