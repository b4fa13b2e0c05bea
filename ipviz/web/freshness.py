"""How well and how lately each cluster is seen, in words that a page can show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ipviz.clusters.models import Cluster
from ipviz.inventory.models import Snapshot
from ipviz.inventory.reading import Sight, Sights

LATE_AFTER_POLLS = 2


@dataclass(frozen=True, slots=True)
class Freshness:
    """`level` is whole, late, partial, failed or none, and names a CSS class; `words` is for people."""

    cluster: Cluster
    snapshot: Snapshot | None
    level: str
    words: str
    read_at: datetime | None
    """When anything of it was last read whole."""
    reason: str = ""

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
    read_at = last_read_at(snapshot)
    if snapshot.outcome == Snapshot.Outcome.FAILED:
        return Freshness(cluster, snapshot, "failed", "unreadable", read_at, snapshot.error)
    if snapshot.unread:
        reason = "; ".join(f"{each['kind']}: {each['reason']}" for each in snapshot.unread)
        return Freshness(cluster, snapshot, "partial", "partly readable", read_at, reason)
    if at - snapshot.taken_at > LATE_AFTER_POLLS * interval:
        return Freshness(cluster, snapshot, "late", "not read lately", read_at)
    return Freshness(cluster, snapshot, "whole", "read whole", read_at)


def last_read_at(snapshot: Snapshot) -> datetime | None:
    times = [
        datetime.fromisoformat(each["read_at"]) for each in snapshot.kinds.values() if each.get("read_at")
    ]
    return max(times, default=None)


def freshness_of_all(sights: Sights, at: datetime, interval: timedelta) -> list[Freshness]:
    """In the order of paths: each management cluster before its workload clusters."""
    return [freshness_of(sight, at, interval) for sight in sights.by_id.values()]


def oldest_read(clusters: Iterable[Freshness]) -> datetime | None:
    """The moment since which everything was read, where every cluster was."""
    times = [each.snapshot.taken_at for each in clusters if each.level == "whole" and each.snapshot]
    return min(times, default=None)
