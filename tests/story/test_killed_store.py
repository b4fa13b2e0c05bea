"""Storing is whole or not at all, wherever it is killed; and nobody waits for another's."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Ref, SeenService
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.inventory.store import Stored
from tests.factories import management_cluster, minutes, see, workload_cluster
from tests.story.waiting import wait_until
from tests.story.workers import ROOT, database_url

STORE_AND_DIE = "import django; django.setup(); from tests.story.store_and_die import main; main()"

pytestmark = pytest.mark.django_db(transaction=True)


def test_killed_at_any_statement_it_leaves_nothing_and_the_next_poll_goes_on(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STORE_AND_DIE],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "ipviz.settings",
            "DATABASE_URL": database_url(),
            "IPVIZ_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    before, *killed, whole = [json.loads(line) for line in ended.stdout.splitlines()]
    points = [each.pop("killed_at") for each in (before, *killed, whole)]
    assert points[-2:] == ["commit", "none"]
    assert len(killed) > 10, "it was killed at every statement"
    assert all(each == before for each in killed)
    assert whole["snapshots"] == before["snapshots"] + 1
    assert whole["standing"] == whole["held"] == before["standing"]
    assert whole["versions"] > before["versions"]
    assert whole["changes"] > before["changes"]
    assert whole["digests"] != before["digests"]


def service(address: str) -> SeenService:
    return SeenService(Ref("Service", "shop", "web", "uid"), annotation=address, ingress=(Ingress(address),))


class Held:
    """A store that is held in its middle: its objects are written, its snapshot is not."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'INTO "ipviz_snapshot"' in sql:
            self.reached.set()
            assert self.go.wait(30)
        return execute(sql, params, many, context)


def in_a_thread(work: Callable[[], Stored]) -> tuple[threading.Thread, list[Stored]]:
    stored: list[Stored] = []

    def run() -> None:
        try:
            stored.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, stored


def test_two_workers_that_store_different_clusters_do_not_wait_for_each_other() -> None:
    management = management_cluster()
    beta, gamma = workload_cluster(management, "beta"), workload_cluster(management, "gamma")
    for cluster in (beta, gamma):
        see(cluster, service("192.0.2.7"), at=minutes(0))
    held = Held()

    def store_beta() -> Stored:
        with connection.execute_wrapper(held):
            return see(beta, service("192.0.2.8"), at=minutes(1))

    first, stored_first = in_a_thread(store_beta)
    assert held.reached.wait(30)
    second, stored_second = in_a_thread(lambda: see(gamma, service("192.0.2.9"), at=minutes(1)))
    if connection.vendor == "postgresql":
        wait_until(lambda: bool(stored_second), lambda: "it waits for the other")
        assert not stored_first
        assert now(gamma) == ["192.0.2.9"]
        assert now(beta) == ["192.0.2.7"], "half a snapshot can be read"
    held.go.set()  # SQLite has one writer at a time: there the second has waited
    for thread in (first, second):
        thread.join(30)
    assert (now(beta), now(gamma)) == (["192.0.2.8"], ["192.0.2.9"])
    assert Snapshot.objects.count() == 4
    assert Version.objects.now().count() == 2


def now(cluster: Cluster) -> list[str]:
    return [str(row.span) for row in Occupancy.objects.of(cluster).now()]
