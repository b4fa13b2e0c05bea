"""How full a subnet and its pools were, drawn over time, and when each pool runs out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ipviz.domain.forecast import Forecast
from ipviz.domain.moments import moment_text
from ipviz.inventory.models import UsageSample
from ipviz.inventory.usage import forecasts
from ipviz.web.picture import Picture
from ipviz.web.words import grouped

RANGES = {"1": timedelta(days=1), "30": timedelta(days=30), "all": timedelta(days=36500)}
POOLS = 8
"""So many are drawn; the bands above name all of them."""
GAPS = {60: timedelta(minutes=90), 3600: timedelta(minutes=150), 86400: timedelta(days=2)}
"""Where a sample follows another by more than this, nobody looked meanwhile."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn of one pool, or of the subnet, and in words when it runs out."""

    name: str
    points: Mapping[str, Sequence[Any]]
    words: str = ""
    is_soon: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    day: datetime
    most: int
    free: float


def usage_context(picture: Picture, asked: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """As of a moment. Three queries, besides what the picture has."""
    chosen = asked.get("usage", "30")
    chosen = chosen if chosen in RANGES else "30"
    first = at - min(RANGES[chosen], at - at.replace(year=2000))
    samples = list(UsageSample.objects.of_subnet(picture.subnet).between(first, at))
    lines = [Line("subnet", points_of(samples)), *_pools(picture, first, at)]
    return {
        "range": chosen,
        "ranges": [("1", "1 day"), ("30", "30 days"), ("all", "all")],
        "lines": lines,
        "drawn": [{"name": line.name, **line.points} for line in lines],
        "days": _days(samples),
        "is_empty": len(samples) < 2,
    }


def _pools(picture: Picture, first: datetime, at: datetime) -> list[Line]:
    usages, ids = picture.pools, picture.cluster_ids
    pools = [pool for pool in sorted(usages) if pool[0] in ids][:POOLS]
    if not pools:
        return []
    keys = [(ids[path], key) for path, key in pools]
    totals = [usages[pool].total for pool in pools]
    told = forecasts(keys, totals, at=at)
    samples: dict[tuple[int | None, str], list[UsageSample]] = defaultdict(list)
    for row in UsageSample.objects.of_pools(keys).between(first, at):
        samples[row.cluster_id, row.pool].append(row)
    return [
        Line(
            f"{key.rsplit('/', 1)[-1]} of {path.rsplit('/', 1)[-1]}",
            points_of(samples[ids[path], key]),
            words_of(told[ids[path], key], usages[path, key].free),
            is_soon=_is_soon(told[ids[path], key], at),
        )
        for path, key in pools
    ]


def points_of(samples: Sequence[UsageSample]) -> dict[str, list[Any]]:
    """The line's points in order of time, with a hole where nobody looked."""
    points: dict[str, list[Any]] = {"at": [], "used": [], "total": []}
    before: UsageSample | None = None
    for row in sorted(samples, key=lambda row: row.at):
        if before and row.at - before.at > GAPS[max(before.step, row.step)]:
            _add(points, moment_text(before.at + timedelta(seconds=before.step)), None, None)
        _add(points, moment_text(row.at), row.used, row.total)
        before = row
    return points


def _add(points: dict[str, list[Any]], at: str, used: float | None, total: float | None) -> None:
    for name, value in (("at", at), ("used", used), ("total", total)):
        points[name].append(value)


def words_of(told: Forecast, free: float) -> str:
    """When it runs out, or why that can't be told."""
    if told.day and told.why:
        return told.why
    return f"{grouped(max(0, int(free)))} left; {told.in_words}"


def _is_soon(told: Forecast, at: datetime) -> bool:
    return told.day is not None and told.day - at.date() <= timedelta(days=30)


def _days(samples: Iterable[UsageSample]) -> list[Day]:
    """The last of them first."""
    days: dict[datetime, list[UsageSample]] = defaultdict(list)
    for row in samples:
        days[row.at.replace(hour=0, minute=0, second=0, microsecond=0)].append(row)
    return [
        Day(day, max(row.most for row in rows), max(rows, key=lambda row: row.at).free)
        for day, rows in sorted(days.items(), reverse=True)
    ]
