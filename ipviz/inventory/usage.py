"""How full pools and subnets are over time: the only writer of samples, which age from minutes to days.

A sample is written where something differs from the one before, and once an hour, so that a quiet pool is
told from one that nobody looked at. What cannot be read now gives none: a gap, and not a drop.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.domain.estate import Estate
from ipviz.domain.forecast import MOST_DAYS, Forecast, forecast
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import usage_of_occupants
from ipviz.domain.usage import fullness_of
from ipviz.inventory.chronicle import UsageQuerySet
from ipviz.inventory.models import UsageSample

Step = UsageSample.Step
Subject = tuple[int | None, str, int | None]
"""A pool by its cluster's id and its key, or a subnet by its id."""

AT_LEAST_EVERY = timedelta(hours=1)
AGES = ((Step.MINUTE, Step.HOUR, timedelta(days=2)), (Step.HOUR, Step.DAY, timedelta(days=60)))
"""What becomes what, and how long it stays as it is."""
BATCH = 5000
BATCHES = 20


@transaction.atomic
def sample(segment: Segment, estate: Estate, *, at: datetime) -> int:
    """Write how full all is now, as far as it differs from what is known; the rows written.

    A constant number of queries. One at a time for a segment, as it is judged.
    """
    begin = _floor(at, Step.MINUTE)
    last = _last_of(segment, begin)
    fresh, altered = [], []
    for row in (*_of_pools(segment, estate), *_of_subnets(segment, estate)):
        before = last.get(_subject(row))
        row.at, row.step, row.most = begin, Step.MINUTE, row.used
        if before is None or begin - before.at >= AT_LEAST_EVERY:
            fresh.append(row)
        elif _figures(before) != _figures(row):
            if before.at == begin:
                row.pk, row.most = before.pk, max(before.most, row.used)
                altered.append(row)
            else:
                fresh.append(row)
    UsageSample.objects.bulk_create(fresh, batch_size=BATCH)
    UsageSample.objects.bulk_update(
        altered, ["segment", "total", "used", "most", "free", "pending"], batch_size=500
    )
    return len(fresh) + len(altered)


def _last_of(segment: Segment, begin: datetime) -> dict[Subject, UsageSample]:
    """Those of a cluster that came from another segment too."""
    recent = UsageSample.objects.filter(
        Q(cluster__segment=segment) | Q(subnet__segment=segment), step=Step.MINUTE
    )
    return {_subject(row): row for row in recent.between(begin - AT_LEAST_EVERY, begin).order_by("at")}


def _of_pools(segment: Segment, estate: Estate) -> Iterator[UsageSample]:
    pools: dict[tuple[str, str], list[Occupant]] = defaultdict(list)
    held: dict[tuple[str, str], list[Occupant]] = defaultdict(list)
    for each in estate.occupants:
        if each.role is Role.POOL:
            pools[each.cluster, each.pool].append(each)
        elif each.role is Role.ALLOC:
            held[each.cluster, each.pool].append(each)
    pending = Counter((claim.cluster, claim.pool) for claim in estate.pending)
    clusters = Cluster.objects.by_path({path for path, _ in pools})
    for (path, key), ranges in pools.items():
        if _can_be_read(estate, path, key):
            usage = usage_of_occupants(ranges, held[path, key])
            yield UsageSample(
                segment=segment,
                cluster=clusters[path],
                pool=key,
                total=usage.total,
                used=usage.used,
                free=usage.free,
                pending=pending[path, key],
            )


def _can_be_read(estate: Estate, path: str, pool: str) -> bool:
    facts = estate.clusters[path]
    return not (facts.error or {"IPAddress", pool.split("/", 1)[0]} & set(facts.unread))


def _of_subnets(segment: Segment, estate: Estate) -> Iterator[UsageSample]:
    held = {each.span for each in estate.occupants if each.role not in RANGE_ROLES}
    for subnet in Subnet.objects.filter(segment=segment):
        full = fullness_of(subnet.as_declared(), held)
        yield UsageSample(segment=segment, subnet=subnet, total=full.size, used=full.used, free=full.free)


def _subject(row: UsageSample) -> Subject:
    return row.cluster_id, row.pool, row.subnet_id


def _figures(row: UsageSample) -> tuple[float, ...]:
    return row.total, row.used, row.free, row.pending


def age_samples(at: datetime) -> int:
    """Join what is old into longer steps, batch by batch; the rows that went. Safe to be killed."""
    gone = 0
    for shorter, longer, after in AGES:
        until = _floor(at - after, longer)
        for _ in range(BATCHES):
            joined = _join(shorter, longer, until)
            gone += joined
            if not joined:
                break
    return gone


@transaction.atomic
def _join(shorter: Step, longer: Step, until: datetime) -> int:
    """The oldest of them; each long step at once, of all subjects."""
    old = UsageSample.objects.filter(step=shorter, at__lt=until).order_by("at", "id")
    rows = list(old[:BATCH])
    if len(rows) == BATCH:
        # The last long step may go on beyond what was read; one that is larger than all that is taken whole.
        cut = _floor(rows[-1].at, longer)
        rows = [row for row in rows if row.at < cut] or list(old.filter(at__lt=cut + _length(longer)))
    UsageSample.objects.bulk_create(_joined(rows, longer), batch_size=500)
    UsageSample.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _joined(rows: Iterable[UsageSample], step: Step) -> Iterator[UsageSample]:
    def place(row: UsageSample) -> tuple[str, datetime]:
        return repr(_subject(row)), _floor(row.at, step)

    for (_, begin), group in groupby(sorted(rows, key=place), place):
        together = sorted(group, key=lambda row: row.at)
        last = together[-1]
        yield UsageSample(
            segment_id=last.segment_id,
            cluster_id=last.cluster_id,
            pool=last.pool,
            subnet_id=last.subnet_id,
            step=step,
            at=begin,
            total=last.total,
            used=last.used,
            most=max(row.most for row in together),
            free=last.free,
            pending=last.pending,
        )


def forecasts(
    pools: Iterable[tuple[int, str]], totals: Sequence[float], *, at: datetime
) -> dict[tuple[int, str], Forecast]:
    """When each pool runs out, by its present total. One query."""
    listed = list(pools)
    first = at - timedelta(days=MOST_DAYS)
    days: dict[tuple[int, str], list[tuple[date, float]]] = defaultdict(list)
    for cluster, pool, day, used in UsageSample.objects.of_pools(listed).by_day(first):
        days[cluster, pool].append((day.date(), used))
    today = at.astimezone(UTC).date()
    return {
        pool: forecast(days[pool], total=total, today=today)
        for pool, total in zip(listed, totals, strict=True)
    }


def fullest(
    samples: UsageQuerySet, many: int, *, at: datetime, wanted: Callable[[UsageSample], bool]
) -> list[str]:
    """Of the pools and subnets sampled those with the least room, in words. At most three queries."""
    related = samples.select_related("cluster", "subnet", "segment")
    latest = {_subject(row): row for row in related.order_by("at", "id")}
    known = (row for row in latest.values() if wanted(row))
    rows = sorted(known, key=lambda row: (row.free / max(row.total, 1), row.pk))[:many]
    pools = [row for row in rows if row.cluster_id]
    told = forecasts([(row.cluster_id or 0, row.pool) for row in pools], [row.total for row in pools], at=at)
    return [_fullness(row, told.get((row.cluster_id or 0, row.pool))) for row in rows]


def _fullness(row: UsageSample, told: Forecast | None) -> str:
    pool = row.pool.partition("/")[2].lstrip("/")  # the kind and, where it is of the cluster, no namespace
    of = f"{pool} of {row.cluster}" if row.cluster_id else f"subnet {row.subnet}"
    waiting = f", {row.pending} claims wait" if row.pending else ""
    when = f"; {told.in_words}" if told else ""
    return f"{of}: {row.used:,} of {row.total:,.0f} used, {max(0, row.free):,.0f} left{waiting}{when}"


def _length(step: Step) -> timedelta:
    return timedelta(seconds=step)


def _floor(at: datetime, step: Step) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // step * step, UTC)
