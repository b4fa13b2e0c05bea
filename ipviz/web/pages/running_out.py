"""Which pool of a subnet runs out next, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ipviz.clusters.models import Cluster
from ipviz.domain.pools import PoolUsage
from ipviz.domain.survey import PoolId
from ipviz.findings.surveys import Summary
from ipviz.inventory.usage import forecasts
from ipviz.web.words import counted, grouped

SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Shortage:
    """A pool by name, what is left in it, and the day on which that is used up, where one can be told."""

    name: str
    cluster: str
    left: int
    total: int
    days: int | None

    @property
    def words(self) -> str:
        left = f"{grouped(self.left)} left" if self.left else "nothing left"
        return left if self.days is None else f"{left}, about {counted(self.days, 'day')}"

    @property
    def is_soon(self) -> bool:
        return not self.left or (self.days is not None and self.days <= SOON_DAYS)


def next_to_run_out(summaries: Mapping[int, Summary], *, at: datetime) -> Mapping[int, Shortage]:
    """Of each subnet, by its id, the pool that runs out first, or has the least room. Two queries."""
    usages = {pool: usage for each in summaries.values() for pool, usage in each.pools.items()}
    clusters = Cluster.objects.by_path({path for path, _ in usages})
    known = {pool: usage for pool, usage in usages.items() if pool[0] in clusters and usage.total}
    keys = [(clusters[path].pk, key) for path, key in known]
    told = forecasts(keys, [usage.total for usage in known.values()], at=at)
    days = {pool: _days(told[key].day, at) for pool, key in zip(known, keys, strict=True)}
    return {
        subnet: min((_shortage(pool, known[pool], days[pool]) for pool in within), key=urgency)
        for subnet, summary in summaries.items()
        if (within := [pool for pool in summary.pools if pool in known])
    }


def _days(day: date | None, at: datetime) -> int | None:
    return max(0, (day - at.date()).days) if day else None


def _shortage(pool: PoolId, usage: PoolUsage, days: int | None) -> Shortage:
    path, key = pool
    return Shortage(key.rsplit("/", 1)[-1], path.rsplit("/", 1)[-1], max(0, usage.left), usage.total, days)


def urgency(shortage: Shortage) -> tuple[bool, float, float, str]:
    """What to sort by: what is used up, what is on the first day, what has the least room."""
    return (
        bool(shortage.left),
        float("inf") if shortage.days is None else shortage.days,
        shortage.left / shortage.total,
        shortage.name,
    )
