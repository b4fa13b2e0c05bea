"""`manage.py up` does the main job over Redis as over its folder: what is registered is read and judged."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apiserver import READER
from tests.envtest import free_port
from tests.redis import RedisServer
from tests.story.fleet import load_fleet
from tests.story.servers import fake_servers
from tests.story.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PATHS = {"gmc", "gmc/org-acme/beta", "gmc/org-acme/gamma"}


class Up:
    """A running `manage.py up` with a data folder of its own, spoken to by its REST API."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.log = folder / "up.log"
        self.data = folder / "data"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api/v1"
        outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ours = {"PORT": str(port), "IPVIZ_DATA_DIR": str(self.data), "IPVIZ_ALLOW_LOOPBACK": "true"}
        self.environment = outer | ours | settings
        self.token = ""
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *command: str) -> str:
        run = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    def start(self) -> None:
        self.token = self.manage("token", "story").split()[-1]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        """Its programs do not outlive it."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def ask(self, path: str) -> list[dict[str, Any]]:
        """The rows of a list; none while nobody answers."""
        asked = urllib.request.Request(
            f"{self.url}/{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                rows: list[dict[str, Any]] = json.load(answer)["results"]
                return rows
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return []

    def wait_until(self, condition: Callable[[], bool]) -> None:
        def look() -> bool:
            assert self.process
            assert self.process.poll() is None, self.said()
            return condition()

        wait_until(look, self.said)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


BROKERS = ["folder", pytest.param("Redis", marks=pytest.mark.requires("redis-server"))]


@pytest.fixture(params=BROKERS)
def up(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Up]:
    """With gmc registered and not yet read."""
    settings = {}
    if request.param == "Redis":
        redis: RedisServer = request.getfixturevalue("redis")
        settings["REDIS_URL"] = redis.url
    running = Up(tmp_path, **settings)
    with fake_servers("gmc", "beta", "gamma") as servers:
        load_fleet(servers, "gmc", ["beta", "gamma"])
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(servers["gmc"].kubeconfig(READER))
        running.manage("migrate", "--verbosity=0")
        running.manage("cluster", "add", "gmc", "--kubeconfig", str(kubeconfig))
        try:
            running.start()
            yield running
            assert (running.data / "broker").exists() == (request.param == "folder")
        finally:
            running.stop()


def test_what_is_registered_is_read_and_its_collision_opened(up: Up) -> None:
    up.wait_until(lambda: {f["rule"] for f in up.ask("findings/?status=open")} >= {"C8", "H1", "H2"})
    read = {row["path"]: row["last_snapshot"] for row in up.ask("clusters/") if row["last_snapshot"]}
    assert {path: read[path]["outcome"] for path in PATHS} == dict.fromkeys(PATHS, "whole")
