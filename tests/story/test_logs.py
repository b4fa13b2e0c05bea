"""The lines of a real web server and a real worker: JSON, one event a line, with what belongs together."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from ipviz.polling.management.commands.up import answers
from tests.envtest import free_port
from tests.factories import management_cluster
from tests.redis import RedisServer
from tests.story.waiting import wait_until
from tests.story.workers import ROOT, Workers, workers

pytestmark = [pytest.mark.requires("redis-server"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def machine(tmp_path: Path, redis: RedisServer) -> Iterator[tuple[Workers, int]]:
    """A worker, and a gunicorn beside it."""
    port = free_port()
    with workers(tmp_path, redis.url, "w1") as running, (tmp_path / "web.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "ipviz.wsgi", "--bind", f"127.0.0.1:{port}",
             "--worker-class", "gthread", "--threads", "2", "--no-control-socket"],
            cwd=ROOT,
            env=running.environment | {"PATH": os.environ["PATH"]},
            stdout=log,
            stderr=log,
        )  # fmt: skip
        try:
            wait_until(lambda: server.poll() is not None or answers("127.0.0.1", port), running.said)
            yield running, port
        finally:
            server.terminate()
            server.wait()


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """Each is an event of its own, or this fails."""
    return [json.loads(line) for line in (folder / f"{name}.log").read_text().splitlines()]


def test_a_worker_tells_which_request_asked_and_what_failed_in_one_line_each(
    machine: tuple[Workers, int], tmp_path: Path
) -> None:
    running, port = machine
    cluster, secret = management_cluster(), create_token("pipelines", Role.OPERATOR, timezone.now())
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/clusters/{cluster.pk}/poll/",
        method="POST",
        headers={"Authorization": f"Bearer {secret}", "Host": "localhost"},
    )
    with urllib.request.urlopen(asked) as reply:
        request_id = reply.headers["X-Request-ID"]
    running.wait_until(lambda: "poll.stored" in running.said())
    told = [each for each in lines(tmp_path, "w1") if each["event"].startswith("poll.stored")]
    (line,) = (each for each in told if each["cluster"] == cluster.path)
    assert (line["request_id"], line["who"]) == (request_id, "token pipelines")
    assert (line["task"], bool(line["task_id"])) == ("ipviz.polling.tasks.poll_cluster", True)
    web = [each for each in lines(tmp_path, "web") if each.get("request_id") == request_id]
    assert [each["event"] for each in web] == ["poll.asked", "request.answered"]
    assert {each["logger"] for each in lines(tmp_path, "web")} >= {"gunicorn.error"}
    assert secret not in running.said()
    running.queue.send_task("ipviz.polling.tasks.poll_cluster", ["no number\n\x1b[2J"])
    running.wait_until(lambda: "task_failed" in running.said())
    (failed,) = (each for each in lines(tmp_path, "w1") if each["level"] == "error")
    assert (failed["event"], failed["task"]) == ("task_failed", "ipviz.polling.tasks.poll_cluster")
    assert "Traceback" in failed["exception"]
