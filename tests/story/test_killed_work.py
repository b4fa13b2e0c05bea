"""Storing and judging are whole or not at all, wherever they are killed and whoever does the same."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from ipviz.alerts.models import Alert
from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Ref, SeenService
from ipviz.findings.models import Finding, Party, Transition
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.inventory.store import Stored
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.factories import management_cluster, minutes, see, segment, workload_cluster
from tests.side_by_side import in_a_thread
from tests.story.collisions import MANY, collide
from tests.story.waiting import wait_until
from tests.story.workers import ROOT, database_url

DIE = "import django; django.setup(); from tests.story.{} import main; main()"

pytestmark = pytest.mark.django_db(transaction=True)


def told_by(module: str, folder: Path, *, statements: int = 12) -> list[dict[str, Any]]:
    """What a piece of work that is killed everywhere leaves behind each time."""
    ended = subprocess.run(
        [sys.executable, "-c", DIE.format(module)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "ipviz.settings",
            "DATABASE_URL": database_url(),
            "IPVIZ_DATA_DIR": str(folder),
            "IPVIZ_ALERT_TO": "anna@example.org",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    points = [each.pop("killed_at") for each in told]
    assert points[-2:] == ["commit", "none"]
    assert len(points) > statements, "it was killed at every statement"
    return told


def test_killed_at_any_statement_it_leaves_nothing_and_the_next_poll_goes_on(tmp_path: Path) -> None:
    before, *killed, whole = told_by("store_and_die", tmp_path)
    assert all(each == before for each in killed)
    assert whole["snapshots"] == before["snapshots"] + 1
    assert whole["standing"] == whole["held"] == before["standing"]
    assert whole["versions"] > before["versions"]
    assert whole["changes"] > before["changes"]
    assert whole["digests"] != before["digests"]


def test_a_judgement_that_is_killed_anywhere_leaves_nothing_and_the_next_one_loses_nothing(
    tmp_path: Path,
) -> None:
    before, *killed, whole = told_by("watch_and_die", tmp_path)
    assert all(each == before for each in killed)
    statuses = Counter(status for rule, _, status in whole["findings"] if rule == "C8")
    assert statuses == {"open": 8, "resolved": 4, "suspected": 4}
    assert whole["alerts"] == before["alerts"] + 4
    assert whole["deliveries"] == before["deliveries"], "mails are made of them later"


def test_news_of_which_the_mail_was_not_written_wait_for_the_next_who_gathers(tmp_path: Path) -> None:
    before, *killed, whole = told_by("gather_and_die", tmp_path, statements=6)
    assert before == {"alerts": MANY, "waiting": MANY, "mails": 0}
    assert all(each == before for each in killed)
    assert whole == {"alerts": MANY, "waiting": 0, "mails": 1}


def test_two_judgements_at_once_make_each_finding_once(settings: Settings) -> None:
    settings.ALERT_TO = ["anna@example.org"]
    collide(at=0)
    watch(segment(), policy=policy(), at=minutes(1))
    collide(at=2)
    start = threading.Barrier(3)

    def judge() -> object:
        start.wait(30)
        return watch(segment(), policy=policy(), at=minutes(3))

    threads = [in_a_thread(judge)[0] for _ in range(3)]
    for thread in threads:
        thread.join(60)
    collisions = Finding.objects.filter(rule="C8")
    assert Counter(collisions.values_list("status", flat=True)) == {"open": MANY}
    assert Transition.objects.filter(finding__in=collisions).count() == 2 * MANY
    assert Party.objects.filter(finding__in=collisions).count() == 2 * MANY
    assert Alert.objects.count() == MANY


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
