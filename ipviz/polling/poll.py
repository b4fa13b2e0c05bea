"""Polling one cluster: fetch what it lists, parse what was seen, store what changed."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from ipviz.clusters.discovery import discover
from ipviz.clusters.identity import answers_as, recognise, still_leads
from ipviz.clusters.leases import give_back, note_failure, note_success, take
from ipviz.clusters.models import Cluster, Segment
from ipviz.domain.evidence import as_evidence
from ipviz.domain.seen import Fault, Observation, Unreadable
from ipviz.inventory.models import Snapshot
from ipviz.inventory.store import Stored, forget, hand_over, store
from ipviz.polling.look import Look, look
from ipviz.polling.policy import pace

log = structlog.stdlib.get_logger(__name__)
INSTANT = timedelta(microseconds=1)
PAUSES = (1.0, 3.0, 9.0)
"""Seconds between the tries to write: a database is restarted in less, and the lease lasts longer."""
Written = TypeVar("Written")


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to poll a cluster, and the moment as which that counts."""

    at: datetime
    lease: UUID


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll. `stored` is None where there was nothing to store, and then `why` says why not."""

    look: Look
    stored: Stored | None = None
    why: str = ""

    @property
    def is_whole(self) -> bool:
        return self.stored is None or self.stored.snapshot.outcome == "whole"

    def in_words(self) -> list[str]:
        """A line for the cluster, and one for each kind and object that could not be read."""
        cluster = self.look.cluster
        if self.stored is None:
            return [f"{cluster}: {self.why}"]
        snapshot = self.stored.snapshot
        if snapshot.error:
            return [f"{cluster}: not readable: {snapshot.error}"]
        objects = sum(snapshot.counts.values())
        changes = f"{self.stored.added} new, {self.stored.altered} changed, {self.stored.gone} gone"
        by = f", by way of {snapshot.road}" if snapshot.road else ""
        return [
            f"{cluster}: {snapshot.outcome}, {objects} objects ({changes}), {snapshot.seconds:.1f} s{by}",
            *(f"  {each['kind']} not read: {each['reason']}" for each in snapshot.unread),
            *(f"  not understood: {Unreadable(**each)}" for each in snapshot.unreadable),
        ]


def poll(cluster: Cluster, *, at: datetime) -> Polled | None:
    """Poll one cluster now: look at it, then store what was seen; None where another is at it."""
    turn = _patiently(lambda: begin(cluster, at=at), cluster)
    if turn is None:
        return None
    if not connection.in_atomic_block:
        # A cluster that does not answer keeps no connection from those who have something to store.
        close_old_connections()
    seen = look(cluster, at=turn.at, lease=turn.lease)
    return _patiently(lambda: record(seen), cluster)


def _patiently(write: Callable[[], Written], cluster: Cluster) -> Written:
    """Write something; a database that was busy, or away for a moment, is asked again."""
    for pause in PAUSES:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            log.warning("poll.not_written_yet", cluster=cluster.path, error=str(error))
            if not connection.in_atomic_block:
                close_old_connections()
        time.sleep(pause)
    return write()


@transaction.atomic  # who loses the database right after the lease has not taken it
def begin(cluster: Cluster, *, at: datetime, by_force: bool = False) -> Turn | None:
    """Take the lease of a cluster; None where another holds it (see `ipviz.clusters.leases.take`).

    Where the clock was set back, the poll counts as made just after the last that is stored of any cluster:
    so a second look counts as later than the first (ADR 32).
    """
    lease = take(cluster, at=at, pace=pace(), by_force=by_force)
    if lease is None:
        return None
    last = Snapshot.objects.last_taken()
    return Turn(max(at, last + INSTANT) if last else at, lease)


@transaction.atomic
def record(look: Look) -> Polled:
    """Store what was seen, and which workload clusters it names; ask for a judgement.

    Nothing is stored of a look whose lease is no longer its own, nor of a cluster that has retired since.
    """
    cluster = give_back(look.cluster, look.lease)
    if cluster is None:
        return Polled(look, why="polled by another meanwhile, or gone")
    _pace(cluster, look)
    if look.cluster.same_as_id != cluster.same_as_id:
        return Polled(look, why="found to be a road to another cluster, or no longer one, meanwhile")
    if cluster.same_as:
        return _ask_again(cluster, look)
    uid = look.observation.cluster_uid
    observation = look.observation
    if other := answers_as(cluster, uid):
        # Its kubeconfig leads elsewhere, or its address is answered by another: that proves nothing of it.
        observation = Observation(error=f"{other.path} answers in its place", fault=Fault.OTHER)
    elif twin := recognise(cluster, uid):
        if cluster.same_as:
            forget(cluster, at=look.taken_at, why=f"it is {twin.path}, which is read already")
            return Polled(look, why=_as_another(cluster))
        _take_over(twin, cluster, look.taken_at)
    return _store(cluster, observation, look)


def _pace(cluster: Cluster, look: Look) -> None:
    seen = look.observation
    # Where the clock was set back, only the first is what it says.
    at = cluster.turn_given_at or look.taken_at
    if seen.error:
        jitter = random.random()  # noqa: S311 - it only spreads load
        note_failure(cluster, at=at, pace=pace(), jitter=jitter, asked=seen.retry_after)
    else:
        note_success(cluster, at=at, asked=seen.retry_after)


def _ask_again(cluster: Cluster, look: Look) -> Polled:
    """What a second road has shown: whether it still is one."""
    if look.observation.error:
        return Polled(look, why=f"{_as_another(cluster)}; this road to it fails: {look.observation.error}")
    first = cluster.same_as
    if still_leads(cluster, look.observation.cluster_uid):
        return Polled(look, why=_as_another(cluster))
    return Polled(look, why=f"no longer the same cluster as {first}, so it will be read itself")


def _as_another(cluster: Cluster) -> str:
    return f"the same cluster as {cluster.same_as}, which is read already"


def _store(cluster: Cluster, observation: Observation, look: Look) -> Polled:
    last = cluster.snapshots.first()
    proven = as_evidence(observation, last.counts if last else {})
    is_overtaken = last is not None and last.taken_at >= look.taken_at
    if cluster.is_management and not is_overtaken:
        for gone in discover(cluster, proven, at=look.taken_at).gone:
            _part_with(gone, look.taken_at)
    Segment.objects.filter(pk=cluster.segment_id).ask_to_judge()
    # The last: with it begins what lets others wait who store.
    return Polled(look, store(cluster, proven, taken_at=look.taken_at, seconds=look.seconds, road=look.road))


def _part_with(gone: Cluster, at: datetime) -> None:
    """A cluster that was moved lives on as what was a second road to it; any other is forgotten."""
    heir = gone.aliases.live().order_by("pk").first()
    if heir is None:
        forget(gone, at=at, why="its Cluster is gone")
        return
    Cluster.objects.filter(pk=heir.pk).update(same_as=None, next_poll_at=None)
    gone.aliases.update(same_as=heir)
    hand_over(gone, heir)


def _take_over(second: Cluster, first: Cluster, at: datetime) -> None:
    """From now on the first is read in the place of the other, and what was seen there stays seen."""
    if first.snapshots.exists():
        forget(second, at=at, why=f"it is {first.path}, which is read instead")
    else:
        hand_over(second, first)
