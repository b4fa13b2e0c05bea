"""What storing a poll costs beside fetching and parsing it.

The first poll of a cluster, one that sees the same again, and one in which a hundredth has changed.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.db import connection

from benchmarks.parsing import records_in, seconds
from ipviz.clusters.models import Cluster, Segment
from ipviz.domain.seen import Observation, Read, SeenAddress
from ipviz.inventory.store import store
from ipviz.kube.connection import Connection
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import kinds_named
from ipviz.kube.parse import parse

UNCHANGED = 2.0
"""A poll that sees nothing new takes at most so many times what fetching and parsing it alone take."""
ROUNDS = 3
TABLES = ("snapshot", "list_digest", "version", "occupancy", "change")
NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)


class Written:
    """What happens within it: how many statements, and how many rows are new or written over."""

    def __enter__(self) -> Self:
        self.statements, self.altered = 0, 0
        self.before = _rows()
        self.wrapper = connection.execute_wrapper(self._count)
        self.wrapper.__enter__()
        self.begun = time.perf_counter()
        return self

    def __exit__(self, *raised: Any) -> None:
        self.seconds = time.perf_counter() - self.begun
        self.wrapper.__exit__(*raised)
        added = {table: rows - self.before[table] for table, rows in _rows().items()}
        self.added = {table: rows for table, rows in added.items() if rows}

    def _count(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE"):
            self.altered += context["cursor"].rowcount
        return result

    def in_words(self) -> str:
        rows = ", ".join(f"{rows:,} {table}" for table, rows in self.added.items())
        return f"{self.statements} statements, rows added: {rows}, ended: {self.altered:,}"


def _rows() -> dict[str, int]:
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM ipviz_{table}")
            found[table] = cursor.fetchone()[0]
    return found


def main(url: str) -> bool:
    """Print the measures; say whether an unchanged poll is as cheap as it should be."""
    segment, _ = Segment.objects.get_or_create(name="default")
    cluster = Cluster.objects.create(
        kind="management", path="mc", name="mc", segment=segment, dump="/nowhere"
    )
    observation = _read(url)
    objects = records_in(observation)
    first = _store(cluster, observation, 0)
    print(f"store {objects:,} IPAddress objects found: {first.seconds:.1f} s, {first.in_words()}", flush=True)
    reading = min(seconds(lambda: _read(url))[0] for _ in range(ROUNDS))
    again = min((_store(cluster, _read(url), 1 + i) for i in range(ROUNDS)), key=lambda each: each.seconds)
    times = (reading + again.seconds) / reading
    is_met = times <= UNCHANGED and again.added == {"snapshot": 1} and not again.altered
    print(
        f"an unchanged poll of them: {times:.2f} times fetch and parse alone ({reading:.2f} s),"
        f" {again.in_words()}{'' if is_met else f' - needs {UNCHANGED:g} times and its snapshot alone'}",
        flush=True,
    )
    changed = _store(cluster, _changed(observation), 1 + ROUNDS)
    times = (reading + changed.seconds) / reading
    print(
        f"a poll that finds a hundredth of them changed: {times:.2f} times, {changed.in_words()}", flush=True
    )
    return is_met


def _read(url: str) -> Observation:
    with LiveSource(Connection(url, "the benchmark")) as source:
        return parse(source.listing(kinds_named("IPAddress")))


def _store(cluster: Cluster, observation: Observation, minute: int) -> Written:
    with Written() as written:
        store(cluster, observation, taken_at=NINE + timedelta(minutes=minute), seconds=1)
    return written


def _changed(observation: Observation) -> Observation:
    """Every hundredth address belongs to another cluster now."""
    read = observation.kinds["IPAddress"]
    assert isinstance(read, Read)
    records = tuple(
        replace(each, cluster_name="another") if isinstance(each, SeenAddress) and not number % 100 else each
        for number, each in enumerate(read.records)
    )
    return Observation({**observation.kinds, "IPAddress": replace(read, records=records)})
