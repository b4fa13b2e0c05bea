"""Who polls which cluster, and when: turns are claimed and leases taken by counted updates.

A turn is claimed by who sends a cluster to a worker, so that it is sent once. A lease is taken by who polls
it: nobody else polls it meanwhile, and if its holder dies, another takes it over when it has run out. What
a poll saw is stored only while its lease is its own (`give_back`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from ipviz.clusters.models import Cluster
from ipviz.domain.turns import next_try, next_turn

TO_STORE = timedelta(seconds=30)
"""A lease lasts as long as reading may, and this much longer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often clusters are polled, and how long reading one may take by one road."""

    interval: timedelta
    deadline: timedelta


def claim_turn(cluster: Cluster, *, at: datetime, pace: Pace) -> bool:
    """Take a due cluster's turn; True for exactly one of all who try."""
    until = next_turn(at, pace.interval, path=cluster.path)
    return Cluster.objects.due(at).filter(pk=cluster.pk).update(next_poll_at=until, turn_given_at=at) == 1


def take(cluster: Cluster, *, at: datetime, pace: Pace, by_force: bool = False) -> UUID | None:
    """Take the lease of a cluster, loaded by `to_read`; None where another holds it.

    Who comes too late makes the cluster due again, since what it wanted seen may have been read before.

    Args:
        by_force: take it from whoever holds it; what that one saw will not be stored.
    """
    rows = Cluster.objects.live().filter(pk=cluster.pk)
    lease = uuid4()
    taken = (rows if by_force else rows.free(at)).update(
        lease=lease,
        leased_until=at + pace.deadline * _ways(cluster) + TO_STORE,
        next_poll_at=next_turn(at, pace.interval, path=cluster.path),
        turn_given_at=at,
    )
    if not taken:
        rows.update(next_poll_at=at)
    return lease if taken else None


def _ways(cluster: Cluster) -> int:
    """How many roads may be tried, each with its own deadline: to it, and to what gives its kubeconfig."""
    management = cluster.management_cluster
    return 1 + len(cluster.roads) + (len(management.roads) if management else 0)


def give_back(cluster: Cluster, lease: UUID | None) -> Cluster | None:
    """End a lease and return the row as it is now, locked; None where it is no longer ours, or has retired.

    Within the transaction that stores: a row without a lease can be stored to without one.
    """
    row = Cluster.objects.live().filter(pk=cluster.pk, lease=lease).select_for_update(no_key=True).first()
    if row and row.lease:
        row.lease = row.leased_until = None
        row.save(update_fields=["lease", "leased_until"])
    return row


def note_success(cluster: Cluster, *, at: datetime, asked: float | None) -> None:
    """Something was read; where the server asked us to wait nevertheless, we do."""
    if cluster.failures:
        Cluster.objects.filter(pk=cluster.pk).update(failures=0)
    if asked:
        later = at + timedelta(seconds=asked)
        Cluster.objects.filter(pk=cluster.pk, next_poll_at__lt=later).update(next_poll_at=later)


def note_failure(cluster: Cluster, *, at: datetime, pace: Pace, jitter: float, asked: float | None) -> None:
    """Nothing could be read; the next try is later than the last."""
    failures = cluster.failures + 1
    retry = next_try(at, pace.interval, failures=failures, jitter=jitter, asked=asked)
    Cluster.objects.filter(pk=cluster.pk).update(failures=failures, next_poll_at=retry)
