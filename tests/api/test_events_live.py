"""A real web server tells events while findings change, and does not wait for more of them."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.utils import timezone

from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from ipviz.domain.lifecycle import silenced
from ipviz.findings.detect import detect
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.reading import estate_of
from ipviz.polling.management.commands.up import answers
from tests.builders import seen_cluster
from tests.envtest import free_port
from tests.factories import management_cluster, minutes, see, segment
from tests.story.waiting import wait_until
from tests.story.workers import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)
HANGS_SECONDS = 60


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a gunicorn as `manage.py up` starts it, on the database of the test."""
    port, log = free_port(), tmp_path / "log"
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--worker-class", "gthread", "--threads", "4"]
    options += ["--graceful-timeout", "1", "--no-control-socket"]
    outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ours = {"DATABASE_URL": database_url(), "IPVIZ_DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "WARNING"}
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "ipviz.wsgi", *options],
            cwd=ROOT,
            env=outer | ours,
            stdout=said,
            stderr=said,
        )
    try:
        wait_until(lambda: server.poll() is not None or answers("127.0.0.1", port), log.read_text)
        assert server.poll() is None, log.read_text()
        yield port
        server.terminate()
        assert server.wait(HANGS_SECONDS) == 0, "a stream that is open keeps nobody from stopping the server"
    finally:
        server.kill()
        server.wait()


@contextmanager
def opened(port: int, secret: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    named = {"Authorization": f"Bearer {secret}", "Accept": "text/event-stream", "Accept-Encoding": "gzip"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANGS_SECONDS)) as connection:
        connection.request("GET", "/api/v1/findings/events/", headers=named | headers)
        with closing(connection.getresponse()) as reply:
            assert reply.status == 200, reply.read()
            yield reply


def next_event(reply: http.client.HTTPResponse) -> dict[str, str]:
    """The next that has a name; what only says that the stream is alive is passed over."""
    fields: dict[str, str] = {}
    while "event" not in fields:
        fields = {}
        while line := reply.readline().decode().strip():
            name, _, value = line.partition(": ")
            fields[name] = value
    return fields


def test_events_come_while_findings_change_and_who_was_cut_off_misses_none(port: int) -> None:
    secret = create_token("ci", Role.VIEWER, timezone.now())
    with opened(port, secret) as first:
        assert first.readline().startswith(b"retry: ")
        assert first.readline() == b"\n"
        assert first.readline().startswith(b"id: ")
        see(management_cluster(), *(seen_cluster(name, "192.0.2.233") for name in ("alpha", "delta")))
        detect(segment(), estate_of, at=minutes(1))
        event = next_event(first)
        assert event["event"] in ("opened", "suspected")
    finding = Finding.objects.earliest("pk")
    at, until = minutes(2), minutes(60)
    handle(finding, lambda status: silenced(status, "lab", until, at=at), by="anna", at=at, until=until)
    missed = list(Transition.objects.filter(pk__gt=int(event["id"])).order_by("pk"))
    with opened(port, secret, **{"Last-Event-ID": event["id"]}) as second:
        assert [int(next_event(second)["id"]) for _ in missed] == [each.pk for each in missed]
    assert missed[-1].after == "silenced"
