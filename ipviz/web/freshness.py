"""How well and how lately each cluster is seen, in words that a page can show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ipviz.clusters.models import Cluster
from ipviz.domain.running import check_schedule
from ipviz.domain.scope import Scope
from ipviz.domain.seen import Fault
from ipviz.inventory.models import Snapshot
from ipviz.inventory.reading import Sight, Sights
from ipviz.polling.health import TICK_PATIENCE
from ipviz.polling.pulses import last_tick
from ipviz.web.words import duration

LATE_AFTER_POLLS = 2
FAULTS = {
    Fault.UNREACHABLE: ("unreachable", "Nothing answers at its address, or not to the end."),
    Fault.UNTRUSTED: (
        "not trusted",
        "Another authority has signed the certificate that is shown at its address. Perhaps another host "
        "answers there: look for a collision on that address. Or its authority was renewed, and the "
        "kubeconfig was not.",
    ),
    Fault.EXPIRED: ("certificate is expired", "Its certificate is past its time, or our clock is wrong."),
    Fault.REFUSED: (
        "refuses us",
        "It does not accept our credentials: they have expired, or were withdrawn.",
    ),
    Fault.UNUSABLE: (
        "cannot be opened",
        "What it is read with can't be had or used: its kubeconfig, the Secret that holds it, or the dump.",
    ),
}
"""What a person is told of a fault: two words, and a sentence on where to look."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """`level` is whole, late, partial, failed or none, and names a CSS class; `words` is for people.

    `reason` is what the last poll said, and `advice` where to look, if nothing could be read.
    """

    cluster: Cluster
    snapshot: Snapshot | None
    level: str
    words: str
    read_at: datetime | None
    """When anything of it was last read whole."""
    reason: str = ""
    advice: str = ""

    @property
    def glyph(self) -> str:
        return {"whole": "●", "late": "◐", "partial": "◑", "failed": "◌"}.get(self.level, "·")

    @property
    def is_blind(self) -> bool:
        return self.level in ("failed", "partial")


def freshness_of(sight: Sight, at: datetime, interval: timedelta) -> Freshness:
    cluster, snapshot = sight.cluster, sight.snapshot
    if cluster.same_as is not None:
        return Freshness(cluster, snapshot, "none", f"is {cluster.same_as.path}, read there", None)
    if not cluster.provisioned:
        return Freshness(cluster, snapshot, "none", "has no endpoint yet", None)
    if snapshot is None:
        return Freshness(cluster, None, "none", "not read yet", None)
    return _of_snapshot(cluster, snapshot, at, interval)


def _of_snapshot(cluster: Cluster, snapshot: Snapshot, at: datetime, interval: timedelta) -> Freshness:
    read_at = snapshot.last_read_at
    if snapshot.outcome == Snapshot.Outcome.FAILED:
        words, advice = FAULTS.get(Fault(snapshot.fault or Fault.OTHER), ("unreadable", ""))
        return Freshness(cluster, snapshot, "failed", words, read_at, snapshot.error, advice)
    if snapshot.unread:
        reason = snapshot.unread_in_words
        return Freshness(cluster, snapshot, "partial", "partly readable", read_at, reason)
    if at - snapshot.taken_at > LATE_AFTER_POLLS * interval:
        return Freshness(cluster, snapshot, "late", "not read lately", read_at)
    return Freshness(cluster, snapshot, "whole", "read whole", read_at)


@dataclass(frozen=True, slots=True)
class Turn:
    """When a cluster is polled next, in words; `at` is the moment, where it lies ahead."""

    words: str
    at: datetime | None = None


def turn_of(cluster: Cluster, at: datetime) -> Turn | None:
    """None for one that is not polled: without an endpoint, or gone."""
    if cluster.retired_at or not cluster.provisioned:
        return None
    if cluster.leased_until and cluster.leased_until > at:
        return Turn("being polled now")
    if cluster.next_poll_at and cluster.next_poll_at > at:
        return Turn(f"next in {duration(cluster.next_poll_at - at)}", cluster.next_poll_at)
    return Turn("due now")


def freshness_of_all(sights: Sights, at: datetime, interval: timedelta) -> list[Freshness]:
    """In the order of paths: each management cluster before its workload clusters."""
    return [freshness_of(sight, at, interval) for sight in sights.by_id.values()]


def blind_clusters(at: datetime, interval: timedelta, scope: Scope) -> list[Freshness]:
    """Those of which we do not see everything, in the order of paths. Two queries."""
    clusters = Cluster.objects.in_scope(scope).live()
    troubled = Snapshot.objects.latest_of(clusters, in_trouble=True)
    sights = (Sight(each, troubled[each.pk]) for each in clusters.whole().filter(pk__in=troubled))
    return [each for each in (freshness_of(sight, at, interval) for sight in sights) if each.is_blind]


@dataclass(frozen=True, slots=True)
class Asleep:
    """Nothing was tried for too long; `is_scheduled` says whether the schedule runs at least."""

    since: datetime
    is_scheduled: bool


def asleep(at: datetime, patience: timedelta) -> Asleep | None:
    """One query where all is well; of clusters that wait for their first poll it is told as well."""
    last = Snapshot.objects.last_taken() or Cluster.objects.readable().registered_since()
    if last is None or at - last <= patience:
        return None
    tick = last_tick()
    return Asleep(last, check_schedule(tick, at, patience=TICK_PATIENCE, waiting=None).is_ok)


def oldest_read(clusters: Iterable[Freshness]) -> datetime | None:
    """The moment since which everything was read, where every cluster was."""
    times = [each.snapshot.taken_at for each in clusters if each.level == "whole" and each.snapshot]
    return min(times, default=None)
