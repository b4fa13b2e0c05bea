"""Whether it is there, and whether it can work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from ipviz.polling.pulses import note_tick
from ipviz.polling.tasks import ask_to_judge
from tests.broker import sent
from tests.factories import NINE, minutes
from tests.redis import RedisServer

pytestmark = pytest.mark.usefixtures("empty_queue")

NOBODY_LISTENS = "redis://:hunter2@127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say which broker there is."""

    def name(url: str) -> None:
        monkeypatch.setitem(current_app.conf, "broker_url", url)
        monkeypatch.setitem(current_app.conf, "broker_read_url", url)
        monkeypatch.setitem(current_app.conf, "broker_transport_options", {})

    return name


def told(client: Client, path: str = "/readyz") -> tuple[int, dict[str, str]]:
    """The status, and each part with what is said of it."""
    reply = client.get(path)
    lines = (line.partition(": ") for line in reply.content.decode().splitlines())
    return reply.status_code, {name: words for name, _, words in lines}


def test_health_asks_nobody(client: Client) -> None:
    """Without the database's mark, a query would fail this test."""
    reply = client.get("/healthz")
    assert (reply.status_code, reply.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_where_all_that_it_needs_is_there(client: Client) -> None:
    note_tick(NINE)
    assert told(client) == (200, {"ok": ""})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/readyz/web"])
def test_not_ready_where_the_database_does_not_answer_and_says_so(client: Client, path: str) -> None:
    def gone(*_: Any) -> Any:
        raise OperationalError("connection to 198.51.100.9 failed for user ipviz")

    with connection.execute_wrapper(gone):
        status, parts = told(client, path)
    assert status == 503
    assert parts["database"].startswith("It can't be read. Look whether it runs")
    assert "198.51.100.9" not in str(parts)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/readyz/web"])
def test_not_ready_where_the_tables_are_of_an_older_version(client: Client, path: str) -> None:
    note_tick(NINE)
    MigrationRecorder(connection).record_unapplied("polling", "0001_initial")
    status, parts = told(client, path)
    assert (status, parts["database"]) == (503, "ok")
    assert "polling.0001_initial" in parts["migrations"]
    assert "manage.py migrate" in parts["migrations"]


@pytest.mark.django_db
def test_not_ready_where_the_broker_is_away_and_says_no_password(client: Client, broker: Any) -> None:
    note_tick(NINE)
    broker(NOBODY_LISTENS)
    status, parts = told(client)
    assert (status, parts["database"], parts["schedule"]) == (503, "ok", "ok")
    assert "REDIS_URL" in parts["broker"]
    assert "hunter2" not in str(parts)


@pytest.mark.django_db
@pytest.mark.requires("redis-server")
def test_a_broker_that_hangs_is_not_waited_for(
    client: Client, broker: Any, running_redis: RedisServer
) -> None:
    note_tick(NINE)
    broker(running_redis.url)
    assert told(client) == (200, {"ok": ""})
    with running_redis.hanging():
        assert told(client)[1]["broker"].startswith("It does not answer")


@pytest.mark.django_db
def test_a_dead_schedule_is_told_with_what_to_do_and_does_not_take_the_pages_down(client: Client) -> None:
    assert "Nothing was ever started." in told(client)[1]["schedule"]
    note_tick(NINE)
    with time_machine.travel(minutes(14), tick=False):
        status, parts = told(client)
        assert (status, parts["broker"]) == (503, "ok")
        assert parts["schedule"] == (
            "Nothing was started since 2026-01-15 09:00:00 UTC. "
            "Start the schedule (celery beat), or look at its log: it sends no tasks."
        )
        assert told(client, "/readyz/web") == (200, {"ok": ""})


@pytest.mark.django_db
def test_where_tasks_wait_it_is_the_worker_that_is_missing(client: Client) -> None:
    note_tick(NINE - timedelta(minutes=5))
    ask_to_judge.delay()
    ask_to_judge.delay()
    assert "and 2 tasks wait. Start a worker" in told(client)[1]["schedule"]
    sent()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/readyz/web"])
def test_none_is_posted_to(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
