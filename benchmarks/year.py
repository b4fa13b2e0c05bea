"""A year of history: how large its SQLite is, and what a lookup costs on it.

One cluster of 2,000 load-balancer Services on the addresses of a /20, polled each 30 s, with 200 changes a
day. The first list is stored as a poll stores it. What follows is written in steps of a day, in rows of the
same shape, and each day what is kept of it is decided as the schedule does it.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

from django.conf import settings
from django.db import connection

from ipviz.clusters.models import Cluster, Segment
from ipviz.domain.changes import What
from ipviz.domain.scope import EVERYTHING
from ipviz.domain.seen import Ingress, Observation, Port, Read, Ref, SeenService
from ipviz.domain.spans import parse_address
from ipviz.domain.statements import statements_of
from ipviz.inventory.feeds import add
from ipviz.inventory.keeping import keep
from ipviz.inventory.models import Change, Feed, Occupancy, Snapshot, Version
from ipviz.inventory.records import encode, row_of
from ipviz.inventory.store import store
from ipviz.rows.lookup import lookup_row

OBJECTS = 2_000
CHANGES_A_DAY = 200
POLLS_A_DAY = 2_880
DAY = timedelta(days=1)
POLL = DAY / POLLS_A_DAY
HISTORY = 400 * DAY
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
# Nobody's: kept for measuring by RFC 2544.
NETWORK = IPv4Network("198.18.0.0/20")
BATCH = 1000

LARGEST = 300 << 20
QUERIES = 20
TIMES = 2.0
LOOKUPS = 100


@dataclass(frozen=True, slots=True)
class Stay:
    """One Service on one address, for a while; `before` is the address that it had."""

    service: int
    address: int
    since: datetime
    until: datetime | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a lookup: seconds on the average of many addresses, and queries at the most."""

    seconds: float
    queries: int


def main(days: str) -> bool:
    """Print the measures; say whether all goals are met."""
    costs = [lookup_cost() for day in live(int(days)) if day in (0, int(days) - 1)]
    early, late = costs[0], costs[-1]
    size, times = size_of_database(), late.seconds / early.seconds
    is_met = size <= LARGEST and late.queries <= QUERIES and times <= TIMES
    needs = f" - needs {LARGEST >> 20} MiB, {QUERIES} queries, {TIMES:g} times"
    print(
        f"{days} days of {OBJECTS:,} objects, {CHANGES_A_DAY} changes a day: {size >> 20} MiB of SQLite;"
        f" a lookup takes {late.queries} queries and {late.seconds * 1000:.1f} ms,"
        f" {times:.2f} times what it takes on the history of one day{'' if is_met else needs}",
        flush=True,
    )
    return is_met


def size_of_database() -> int:
    """Bytes."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(settings.DATABASES["default"]["NAME"]).stat().st_size


def lookup_cost() -> Cost:
    addresses = [parse_address(str(NETWORK[1 + 37 * number])) for number in range(LOOKUPS)]
    queries: list[str] = []

    def count(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        queries.append(sql)
        return execute(sql, params, many, context)  # type: ignore[operator]

    most, least = 0, float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        for address in addresses:
            queries.clear()
            with connection.execute_wrapper(count):
                lookup_row(address, "default", EVERYTHING)
            most = max(most, len(queries))
        least = min(least, time.perf_counter() - begun)
    return Cost(least / LOOKUPS, most)


def live(days: int) -> Iterator[int]:
    """Write day after day; each is over when its number is given."""
    segment, _ = Segment.objects.get_or_create(name="default")
    cluster = Cluster.objects.create(
        kind="management", path="mc", name="mc", segment=segment, dump="/nowhere"
    )
    stays = _stays(days)
    first = tuple(_service(stay) for stay in stays if stay.before is None)
    store(cluster, Observation({"Service": Read(first)}), taken_at=FIRST, seconds=1)
    _end_first(cluster, [stay for stay in stays if stay.before is None and stay.until])
    later = [stay for stay in stays if stay.before is not None]
    kinds = Snapshot.objects.get().kinds
    for day in range(days):
        begin = FIRST + day * DAY
        _write(cluster, [stay for stay in later if begin <= stay.since < begin + DAY])
        _write_polls(cluster, begin, kinds, {stay.since for stay in later})
        keep(begin + DAY, history=HISTORY)
        yield day


def _stays(days: int) -> list[Stay]:
    """Who was where all year long: each change moves a Service to a free address."""
    lot = random.Random(7)
    held: dict[int, Stay] = {n: Stay(n, 1 + n, FIRST, None, None) for n in range(OBJECTS)}
    free = list(range(1 + OBJECTS, NETWORK.num_addresses - 1))
    found: list[Stay] = []
    for day in range(days):
        for poll in sorted(lot.sample(range(1, POLLS_A_DAY), CHANGES_A_DAY)):
            moment, number, place = (
                FIRST + day * DAY + poll * POLL,
                lot.randrange(OBJECTS),
                lot.randrange(len(free)),
            )
            last = held[number]
            found.append(Stay(number, last.address, last.since, moment, last.before))
            held[number] = Stay(number, free[place], moment, None, last.address)
            free[place] = last.address
    return [*found, *held.values()]


def _service(stay: Stay) -> SeenService:
    number, address = stay.service, str(NETWORK[stay.address])
    return SeenService(
        Ref("Service", f"team-{number % 40}", f"ingress-nginx-{number}", f"0b6c3e0e-{number:027}"),
        annotation=address,
        ingress=(Ingress(address),),
        ports=(Port("TCP", 80), Port("TCP", 443)),
        holder=f"node-{number % 7}",
        labelled=True,
        created_at="2025-01-01T00:00:00Z",
    )


def _end_first(cluster: Cluster, stays: Sequence[Stay]) -> None:
    for stay in stays:
        uid = _service(stay).ref.uid
        for rows in (Version.objects.of(cluster), Occupancy.objects.of(cluster)):
            rows.filter(uid=uid).update(seen_until=stay.until)


def _write(cluster: Cluster, stays: Sequence[Stay]) -> None:
    versions, occupancies, changes = [], [], []
    for stay in stays:
        record = _service(stay)
        ref, times = record.ref, {"seen_from": stay.since, "seen_until": stay.until}
        named = {"kind": ref.kind, "uid": ref.uid, "namespace": ref.namespace, "name": ref.name}
        versions.append(Version(cluster=cluster, record=encode(record), **named, **times))
        for occupant in statements_of({"Service": (record,)}, path=cluster.path, is_management=True):
            row = row_of(occupant)
            row.cluster, row.since, row.seen_from, row.seen_until = (
                cluster,
                stay.since,
                stay.since,
                stay.until,
            )
            occupancies.append(row)
        moved = [str(NETWORK[stay.before or 0]), str(NETWORK[stay.address])]
        differences = [["annotation", *moved], ["ingress", *moved]]
        changes.append(
            Change(cluster=cluster, at=stay.since, what=What.CHANGED, differences=differences, **named)
        )
    Version.objects.bulk_create(versions, batch_size=BATCH)
    Occupancy.objects.bulk_create(occupancies, batch_size=BATCH)
    add(changes, Feed.Name.CHANGES)


def _write_polls(cluster: Cluster, begin: datetime, kinds: dict[str, object], changed: set[datetime]) -> None:
    moments = [begin + poll * POLL for poll in range(1, POLLS_A_DAY)]
    Snapshot.objects.bulk_create(
        [
            Snapshot(
                cluster=cluster,
                taken_at=at,
                seconds=0.42,
                outcome="whole",
                kinds=kinds,
                changed=at in changed,
            )
            for at in moments
        ],
        batch_size=BATCH,
    )
