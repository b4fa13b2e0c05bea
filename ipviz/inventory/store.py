"""The only writer of what was seen: a snapshot, and of objects and occupants only what changed.

A version ends only on the evidence of a complete list: a kind that was not read, and an object that was
not understood, stay as they were last known.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ipviz.clusters.models import Cluster
from ipviz.domain.batches import batched
from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import Observation, Read, Seen, Unread
from ipviz.domain.statements import statements_of
from ipviz.inventory.models import Observed, Occupancy, Snapshot, Version
from ipviz.inventory.records import decode, encode, row_of
from ipviz.kube.parse import UNNAMED

BATCH = 500

Kinds = Mapping[str, Any]


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
    written = {
        kind: _Written(read, before.kinds.get(kind, {}) if before else {})
        for kind, read in observation.kinds.items()
        if isinstance(read, Read)
    }
    counts = [
        _write_versions(cluster, kind, each, taken_at) for kind, each in written.items() if each.is_changed
    ]
    if counts:
        _write_occupancies(cluster, written, taken_at)
    snapshot = Snapshot.objects.create(
        cluster=cluster,
        taken_at=taken_at,
        seconds=seconds,
        outcome=_outcome(observation),
        error=observation.error,
        fault=observation.fault or "",
        road=road,
        kinds=_kinds_known(before.kinds if before else {}, observation, written, taken_at),
    )
    added, altered, gone = (sum(each) for each in zip(*counts, strict=True)) if counts else (0, 0, 0)
    return Stored(snapshot, added, altered, gone)


@transaction.atomic
def forget(cluster: Cluster, *, at: datetime, why: str) -> None:
    """End all that was seen in a cluster that is no longer read; its history stays.

    The snapshot without kinds says so, and makes a poll of a cluster that comes back start from nothing.
    """
    for rows in (Version.objects.of(cluster).now(), Occupancy.objects.of(cluster).now()):
        rows.update(seen_until=at)
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
    Version.objects.of(cluster).update(cluster=heir)
    Occupancy.objects.of(cluster).filter(consumer_cluster=cluster.path).update(consumer_cluster=heir.path)
    Occupancy.objects.of(cluster).update(cluster=heir)


class _Written:
    """One kind's whole list, encoded once, and whether it differs from the last one that was read whole."""

    def __init__(self, read: Read, before: Kinds) -> None:
        self.read = read
        self.encoded = {record.ref.uid: (record, encode(record)) for record in read.records}
        self.digest = _digest(self.encoded[uid][1] for uid in sorted(self.encoded))
        self.is_changed = self.digest != before.get("digest") or bool(before.get("unreadable"))
        self.kept = {(each.namespace, each.name) for each in read.unreadable}
        self.names_all = not any(each.name == UNNAMED for each in read.unreadable)


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _outcome(observation: Observation) -> str:
    if observation.error:
        return Snapshot.Outcome.FAILED
    for read in observation.kinds.values():
        if isinstance(read, Unread) or read.unreadable:
            return Snapshot.Outcome.PARTIAL
    return Snapshot.Outcome.WHOLE


def _kinds_known(
    before: Kinds, observation: Observation, written: Mapping[str, _Written], at: datetime
) -> dict[str, Any]:
    """The snapshot's `kinds`: what was read now; for the rest what was known, and why it is not newer."""
    known: dict[str, Any] = {
        kind: {**facts, "unread": observation.error or "it was not asked for"}
        for kind, facts in before.items()
        if kind not in observation.kinds
    }
    for kind, read in observation.kinds.items():
        if isinstance(read, Unread):
            known[kind] = {**before.get(kind, {}), "unread": read.reason}
            continue
        known[kind] = {
            "count": len(read.records),
            "digest": written[kind].digest,
            "read_at": at.isoformat(),
            "installed": read.installed,
        }
        if read.unreadable:
            known[kind]["unreadable"] = [
                {"namespace": each.namespace, "name": each.name, "reason": each.reason}
                for each in read.unreadable
            ]
    return known


def _write_versions(cluster: Cluster, kind: str, written: _Written, at: datetime) -> tuple[int, int, int]:
    """Close what is altered or gone, open what is new or altered; count the added, altered and gone."""
    standing = {
        uid: (pk, record, (namespace, name))
        for pk, uid, record, namespace, name in Version.objects.of(cluster)
        .of_kind(kind)
        .now()
        .values_list("pk", "uid", "record", "namespace", "name")
    }
    fresh = [uid for uid in written.encoded if uid not in standing]
    altered = [
        uid for uid, (_, text) in written.encoded.items() if uid in standing and standing[uid][1] != text
    ]
    gone = [
        uid
        for uid, (_, _, name) in standing.items()
        # Any of them may be the object that could not be named.
        if written.names_all and uid not in written.encoded and name not in written.kept
    ]
    _end(Version.objects.all(), [standing[uid][0] for uid in (*altered, *gone)], at)
    _begin(
        Version,
        cluster,
        [_version(written.encoded[uid][0], written.encoded[uid][1]) for uid in (*fresh, *altered)],
        at,
    )
    return len(fresh), len(altered), len(gone)


def _version(record: Seen, text: str) -> Version:
    ref = record.ref
    return Version(kind=ref.kind, uid=ref.uid, namespace=ref.namespace, name=ref.name, record=text)


def _write_occupancies(cluster: Cluster, written: Mapping[str, _Written], at: datetime) -> None:
    """Bring the occupants in line with the records that stand now."""
    stated: dict[tuple[Any, ...], Occupancy] = {}
    for occupant in _occupants(cluster, written):
        row = row_of(occupant)
        stated.setdefault(_identity(row), row)
    standing = {_identity(row): row for row in Occupancy.objects.of(cluster).now()}
    _end(Occupancy.objects.all(), [row.pk for key, row in standing.items() if key not in stated], at)
    _begin(Occupancy, cluster, [row for key, row in stated.items() if key not in standing], at)
    altered = [row for key, row in standing.items() if key in stated and stated[key].facts != row.facts]
    for row in altered:
        row.facts = stated[_identity(row)].facts
    Occupancy.objects.bulk_update(altered, ["facts"], batch_size=BATCH)


def _occupants(cluster: Cluster, written: Mapping[str, _Written]) -> tuple[Occupant, ...]:
    """What the records state: those read whole now from memory, the others as they stand in the table."""
    complete = {kind: each.read.records for kind, each in written.items() if not each.kept}
    stored = Version.objects.of(cluster).now().exclude(kind__in=list(complete)).values_list("kind", "record")
    known: dict[str, list[Seen]] = {}
    for kind, text in stored:
        known.setdefault(kind, []).append(decode(kind, text))
    records = {**complete, **{kind: tuple(each) for kind, each in known.items()}}
    return statements_of(records, path=cluster.path, is_management=cluster.is_management)


def _identity(row: Occupancy) -> tuple[Any, ...]:
    """What makes two rows one occupant for the whole of their time.

    Who announces it, on which ports and the like may change meanwhile: `Version` keeps the history of that.
    """
    return (row.kind, row.uid, row.role, row.first_key, row.last_key, row.consumer_cluster, row.purpose)


def _end(rows: QuerySet[Any], ids: Sequence[int], at: datetime) -> None:
    for batch in batched(ids, BATCH):
        rows.filter(pk__in=batch).update(seen_until=at)


def _begin(model: type[Observed], cluster: Cluster, rows: Sequence[Any], at: datetime) -> None:
    for row in rows:
        row.cluster = cluster
        row.seen_from = at
    model._default_manager.bulk_create(rows, batch_size=BATCH)
