"""deploy/ipviz-check, run as a CI job runs it, against a running server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pytest_django.live_server_helper import LiveServer

from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from ipviz.clusters.models import Cluster
from tests.api.conftest import NOW, Estate
from tests.factories import minutes, see

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "ipviz-check"
POOL = (
    "kind: GlobalInClusterIPPool\nmetadata: {name: more}\nspec: {addresses: [192.0.2.180/30], prefix: 24}\n"
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(estate: Estate, live_server: LiveServer) -> dict[str, str]:
    see(Cluster.objects.get(name="gamma"), at=minutes(9))
    return {"IPVIZ_URL": live_server.url, "IPVIZ_TOKEN": create_token("ci", Role.VIEWER, NOW)}


def run(environment: dict[str, str], *arguments: str, sent: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        input=sent,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_what_is_free_ends_with_0(environment: dict[str, str]) -> None:
    ended = run(environment, "192.0.2.180/30")
    assert (ended.returncode, ended.stdout) == (0, "FREE: 192.0.2.180-192.0.2.183\n"), ended.stderr


def test_what_is_taken_ends_with_1_and_says_by_whom(environment: dict[str, str]) -> None:
    ended = run(environment, "192.0.2.236")
    assert ended.returncode == 1
    assert "192.0.2.236 is used by the API of gamma" in ended.stdout
    assert ended.stdout.endswith("TAKEN: 192.0.2.236\n")


def test_what_cannot_be_seen_ends_with_2(environment: dict[str, str], estate: Estate) -> None:
    estate.seen(9.9, unread=("Service",))
    ended = run(environment, "192.0.2.180/30")
    assert ended.returncode == 2
    assert "not seen: gmc/org-acme/beta: Service: " in ended.stdout
    assert "FREE AS FAR AS WE CAN SEE" in ended.stdout


def test_a_manifest_comes_from_a_file_or_a_pipe(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "pool.yaml"
    file.write_text(POOL)
    assert run(environment, "--manifest", str(file)).stdout == "FREE: 192.0.2.180-192.0.2.183\n"
    assert run(environment, "--manifest", "-", sent=POOL).returncode == 0


@pytest.mark.parametrize(
    ("changed", "arguments", "said"),
    [
        ({"IPVIZ_URL": ""}, ["192.0.2.9"], "IPVIZ_URL is not set"),
        ({"IPVIZ_URL": "http://127.0.0.1:9"}, ["192.0.2.9"], "does not answer"),
        ({"IPVIZ_URL": "http://127.0.0.1:x"}, ["192.0.2.9"], "does not answer"),
        ({"IPVIZ_URL": "http://[::1"}, ["192.0.2.9"], "does not answer"),
        ({"IPVIZ_TOKEN": ""}, ["192.0.2.9"], "IPVIZ_TOKEN is not set"),
        ({"IPVIZ_TOKEN": "ipviz_wrong"}, ["192.0.2.9"], "This token is not known"),
        ({"IPVIZ_TOKEN_FILE": "/nowhere"}, ["192.0.2.9"], "the token cannot be read"),
        ({}, ["192.0.2.x"], "A span is an address"),
        ({}, ["--segment", "nowhere", "192.0.2.9"], "There is no segment"),
        ({}, ["--manifest", "/nowhere.yaml"], "cannot be read"),
        ({}, [], "give a SPAN"),
    ],
)
def test_what_is_wrong_ends_with_2_and_one_line(
    environment: dict[str, str], changed: dict[str, str], arguments: list[str], said: str
) -> None:
    ended = run({**environment, **changed}, *arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


class Impostor(BaseHTTPRequestHandler):
    """Something that answers where ipviz should."""

    said: tuple[int, dict[str, str], bytes]

    def do_POST(self) -> None:
        status, headers, body = self.said
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what came."""


@pytest.fixture
def impostor() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Impostor) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (307, {"Location": "http://192.0.2.1/elsewhere"}, b"", "points to http://192.0.2.1/elsewhere"),
        (302, {"Location": "/login/"}, b"", "/login/: set IPVIZ_URL"),
        (200, {"Content-Length": "400"}, b'{"free": true', "does not answer as ipviz does"),
        (200, {}, b"<html>", "does not answer as ipviz does"),
        (200, {}, b"[]", "no verdict came"),
        (200, {}, b'{"free": "yes", "sure": "yes", "spans": ["192.0.2.9"]}', "whether it is free"),
        (200, {}, b'{"free": true, "sure": null, "spans": ["192.0.2.9"]}', "whether it is sure"),
        (200, {}, b'{"free": true, "sure": true, "spans": []}', "of which addresses"),
        (
            200,
            {},
            b'{"free": false, "sure": true, "spans": ["192.0.2.9"], "conflicts": [{}]}',
            "can't be read",
        ),
        (500, {}, b"oh", "answers 500"),
    ],
)
def test_no_answer_but_a_whole_verdict_passes(
    impostor: str, status: int, headers: dict[str, str], body: bytes, said: str
) -> None:
    Impostor.said = (status, headers, body)
    ended = run({"IPVIZ_URL": impostor, "IPVIZ_TOKEN": "ipviz_x"}, "192.0.2.9")
    assert ended.returncode == 2, ended.stdout
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
