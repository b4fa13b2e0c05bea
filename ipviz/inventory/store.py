"""The only writer of what was seen: a snapshot, and of objects and occupants only what changed.

A version ends only on the evidence of a complete list: a kind that was not read, and an object that was
not understood, stay as they were last known.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ipviz.clusters.models import Cluster
from ipviz.domain.batches import batched
from ipviz.domain.changes import What, differences
from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import Observation, Read, Seen, Unread
from ipviz.domain.statements import statements_of
from ipviz.inventory.feeds import add
from ipviz.inventory.models import (
    Change,
    Feed,
    ListDigest,
    Observed,
    Occupancy,
    Snapshot,
    UsageSample,
    Version,
)
from ipviz.inventory.records import decode, encode, row_of
from ipviz.kube.parse import UNNAMED

BATCH = 500

Kinds = Mapping[str, Any]

_identity = attrgetter(*Occupancy.IDENTITY)


@dataclass(frozen=True, slots=True)
class Stored:
    """What one poll wrote; `added`, `altered` and `gone` count objects."""

    snapshot: Snapshot
    added: int = 0
    altered: int = 0
    gone: int = 0
    is_new: bool = True
    """False for a poll that was out of date, with the snapshot that overtook it."""

    @property
    def is_changed(self) -> bool:
        return bool(self.added or self.altered or self.gone)


@transaction.atomic
def store(
    cluster: Cluster, observation: Observation, *, taken_at: datetime, seconds: float, road: str = ""
) -> Stored:
    """Write one poll of one cluster, whole or not at all.

    Args:
        taken_at: when reading began; what is new is seen from then on, what is gone until then. A poll that
            began before the last one that is stored is out of date, and changes nothing.
        seconds: how long reading took.
        road: the path of the second road by which it was read, if it was.
    """
    Cluster.objects.select_for_update(no_key=True).get(pk=cluster.pk)
    before = cluster.snapshots.first()
    if before and before.taken_at >= taken_at:
        return Stored(before, is_new=False)
    known = before.kinds if before else {}
    written = _lists(cluster, observation, known)
    changed = {kind: each for kind, each in written.items() if each.is_changed}
    news = [_write_versions(cluster, kind, each, taken_at) for kind, each in changed.items()]
    is_otherwise = False
    if changed:
        is_otherwise = _write_occupancies(cluster, written, taken_at)
        _write_digests(cluster, changed)
    snapshot = Snapshot(
        cluster=cluster,
        taken_at=taken_at,
        seconds=seconds,
        outcome=_outcome(observation),
        error=observation.error,
        fault=observation.fault or "",
        road=road,
        kinds=_kinds_known(before, observation),
    )
    added, altered, gone = map(sum, zip((0, 0, 0), *(each.counts for each in news), strict=True))
    is_otherwise |= bool(added or altered or gone) or before is None or _sight(before) != _sight(snapshot)
    snapshot.changed = is_otherwise
    snapshot.save(force_insert=True)
    happened = [change for each in news for change in each.changes]
    _tell(cluster, [*happened, *_sight_changed(before, snapshot)], taken_at)
    return Stored(snapshot, added, altered, gone)


@transaction.atomic
def forget(cluster: Cluster, *, at: datetime, why: str) -> None:
    """End all that was seen in a cluster that is no longer read; its history stays.

    The snapshot without kinds says so, and makes a poll of a cluster that comes back start from nothing.
    """
    for rows in (Version.objects.of(cluster).now(), Occupancy.objects.of(cluster).now()):
        rows.update(seen_until=at)
    cluster.list_digests.all().delete()
    last = cluster.snapshots.first()
    # Its own last snapshot may be newer than the look at its management cluster that found it gone.
    taken_at = max(at, last.taken_at + timedelta(microseconds=1)) if last else at
    Snapshot.objects.create(
        cluster=cluster, taken_at=taken_at, seconds=0, outcome=Snapshot.Outcome.FAILED, error=why
    )


@transaction.atomic
def hand_over(cluster: Cluster, heir: Cluster) -> None:
    """Give all that was seen in a cluster to another road to it, so that nothing ends while it is moved."""
    Snapshot.objects.filter(cluster=heir).delete()  # they only say that it was read by the other road
    Snapshot.objects.filter(cluster=cluster).update(cluster=heir)
    heir.list_digests.all().delete()
    cluster.list_digests.update(cluster=heir)
    Version.objects.of(cluster).update(cluster=heir)
    Occupancy.objects.of(cluster).filter(consumer_cluster=cluster.path).update(consumer_cluster=heir.path)
    Occupancy.objects.of(cluster).update(cluster=heir)
    Change.objects.of(cluster).update(cluster=heir)
    UsageSample.objects.filter(cluster=cluster).update(cluster=heir)


class _Written:
    """One kind's whole list, encoded once, and whether it differs from the last one that was read whole."""

    def __init__(self, read: Read, digest: str, before: Mapping[str, Any]) -> None:
        self.read = read
        self.encoded = {record.ref.uid: (record, encode(record)) for record in read.records}
        self.digest = _digest([self.encoded[uid][1] for uid in sorted(self.encoded)])
        self.is_known = "count" in before
        self.is_changed = self.digest != digest or bool(before.get("unreadable"))
        self.kept = {(each.namespace, each.name) for each in read.unreadable}
        self.names_all = not any(each.name == UNNAMED for each in read.unreadable)


def _lists(cluster: Cluster, observation: Observation, known: Kinds) -> dict[str, _Written]:
    """The lists that were read whole, against the digests of those before; one query."""
    digests = dict(cluster.list_digests.values_list("kind", "digest"))
    return {
        kind: _Written(read, digests.get(kind, ""), known.get(kind, {}))
        for kind, read in observation.kinds.items()
        if isinstance(read, Read)
    }


def _write_digests(cluster: Cluster, written: Mapping[str, _Written]) -> None:
    ListDigest.objects.bulk_create(
        [ListDigest(cluster=cluster, kind=kind, digest=each.digest) for kind, each in written.items()],
        update_conflicts=True,
        unique_fields=["cluster", "kind"],
        update_fields=["digest"],
    )


def _digest(texts: Sequence[str]) -> str:
    """Empty for none, as it is for a list that was never read: neither has left a row."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest() if texts else ""


def _outcome(observation: Observation) -> str:
    if observation.error:
        return Snapshot.Outcome.FAILED
    for read in observation.kinds.values():
        if isinstance(read, Unread) or read.unreadable:
            return Snapshot.Outcome.PARTIAL
    return Snapshot.Outcome.WHOLE


def _kinds_known(before: Snapshot | None, observation: Observation) -> dict[str, Any]:
    """The snapshot's `kinds`: what was read now; for the rest what was known, and why it is not newer."""
    asked = observation.kinds
    known = {
        kind: _unread(before, kind, observation.error or "it was not asked for")
        for kind in (before.kinds if before else ())
        if kind not in asked
    }
    for kind, read in asked.items():
        known[kind] = _unread(before, kind, read.reason) if isinstance(read, Unread) else _read(read)
    return known


def _unread(before: Snapshot | None, kind: str, reason: str) -> dict[str, Any]:
    facts = dict(before.kinds.get(kind, {})) if before else {}
    read_at = before.read_at(kind) if before else None
    return {**facts, **({"read_at": read_at.isoformat()} if read_at else {}), "unread": reason}


def _read(read: Read) -> dict[str, Any]:
    facts: dict[str, Any] = {"count": len(read.records)}
    if not read.installed:
        facts["installed"] = False
    if read.unreadable:
        facts["unreadable"] = [
            {"namespace": each.namespace, "name": each.name, "reason": each.reason}
            for each in read.unreadable
        ]
    return facts


def _sight(snapshot: Snapshot) -> tuple[object, ...]:
    """How well a cluster was seen, without what counts its objects."""
    kinds = {kind: {**facts, "count": None} for kind, facts in snapshot.kinds.items()}
    return snapshot.outcome, snapshot.error, snapshot.fault, snapshot.road, kinds


@dataclass(frozen=True, slots=True)
class _News:
    """What was written of one kind: how many were added, altered and gone, and what is to be told of it."""

    counts: tuple[int, int, int]
    changes: Sequence[Change]


def _write_versions(cluster: Cluster, kind: str, written: _Written, at: datetime) -> _News:
    """Close what is altered or gone, open what is new or altered."""
    rows = Version.objects.of(cluster).of_kind(kind).now()
    standing = {row.uid: row for row in rows}
    fresh = [uid for uid in written.encoded if uid not in standing]
    altered = [
        uid for uid, (_, text) in written.encoded.items() if uid in standing and standing[uid].record != text
    ]
    gone = [
        row
        for uid, row in standing.items()
        # Any of them may be the object that could not be named.
        if written.names_all and uid not in written.encoded and (row.namespace, row.name) not in written.kept
    ]
    _end(Version.objects.all(), [*(standing[uid].pk for uid in altered), *(row.pk for row in gone)], at)
    opened = [_version(*written.encoded[uid]) for uid in (*fresh, *altered)]
    _begin(Version, cluster, opened, at)
    found = opened[: len(fresh)] if written.is_known else []
    changed = [_changed(standing[uid], written.encoded[uid][0]) for uid in altered]
    happened = [
        *(_happened(What.APPEARED, row) for row in found),
        *changed,
        *(_happened(What.WENT, row) for row in gone),
    ]
    return _News((len(fresh), len(altered), len(gone)), happened)


def _happened(what: What, row: Version) -> Change:
    return Change(what=what, kind=row.kind, uid=row.uid, namespace=row.namespace, name=row.name)


def _changed(before: Version, after: Seen) -> Change:
    change = _happened(What.CHANGED, before)
    found = differences(decode(before.kind, before.record), after)
    change.differences = [[each.field, each.before, each.after] for each in found]
    return change


def _sight_changed(before: Snapshot | None, now: Snapshot) -> list[Change]:
    """That a cluster can't be read any longer, or can again."""
    had = before.error if before else ""
    if bool(had) == bool(now.error):
        return []
    what = What.UNREADABLE if now.error else What.READABLE
    return [Change(what=what, name=now.cluster.name, reason=now.error)]


def _tell(cluster: Cluster, happened: Sequence[Change], at: datetime) -> None:
    for change in happened:
        change.cluster, change.at = cluster, at
    add(happened, Feed.Name.CHANGES)


def _version(record: Seen, text: str) -> Version:
    ref = record.ref
    return Version(kind=ref.kind, uid=ref.uid, namespace=ref.namespace, name=ref.name, record=text)


def _write_occupancies(cluster: Cluster, written: Mapping[str, _Written], at: datetime) -> bool:
    """Bring the occupants in line with the records that stand now; say whether any were not.

    That can be without a change of any record: what a record states is decided anew by a newer version.
    """
    stated: dict[tuple[Any, ...], Occupancy] = {}
    for occupant in _occupants(cluster, written):
        row = row_of(occupant)
        stated.setdefault(_identity(row), row)
    standing = {_identity(row): row for row in Occupancy.objects.of(cluster).now()}
    for key, row in stated.items():
        row.since = standing[key].since if key in standing else at
    fresh = [row for key, row in stated.items() if not _stands(row, standing.get(key))]
    over = [row for key, row in standing.items() if not _stands(row, stated.get(key))]
    _end(Occupancy.objects.all(), [row.pk for row in over], at)
    _begin(Occupancy, cluster, fresh, at)
    return bool(fresh or over)


def _stands(row: Occupancy, other: Occupancy | None) -> bool:
    return other is not None and (other.facts, other.prefix) == (row.facts, row.prefix)


def _occupants(cluster: Cluster, written: Mapping[str, _Written]) -> tuple[Occupant, ...]:
    """What the records state: those read whole now from memory, the others as they stand in the table."""
    complete = {kind: each.read.records for kind, each in written.items() if not each.kept}
    stored = Version.objects.of(cluster).now().exclude(kind__in=list(complete)).values_list("kind", "record")
    known: dict[str, list[Seen]] = {}
    for kind, text in stored:
        known.setdefault(kind, []).append(decode(kind, text))
    records = {**complete, **{kind: tuple(each) for kind, each in known.items()}}
    return statements_of(records, path=cluster.path, is_management=cluster.is_management)


def _end(rows: QuerySet[Any], ids: Sequence[int], at: datetime) -> None:
    for batch in batched(ids, BATCH):
        rows.filter(pk__in=batch).update(seen_until=at)


def _begin(model: type[Observed], cluster: Cluster, rows: Sequence[Any], at: datetime) -> None:
    for row in rows:
        row.cluster = cluster
        row.seen_from = at
    model._default_manager.bulk_create(rows, batch_size=BATCH)
