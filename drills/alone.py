"""ipviz on one machine, as `make run` starts it: SQLite, a queue in a folder, a disk that is soon full."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from drills.compose import ROOT
from drills.row import Row
from drills.servers import RECIPIENTS, Servers
from ipviz.alerts.gather import WAIT
from ipviz.polling.processes import end_with
from tests.envtest import free_port
from tests.needs import AS_ROOT
from tests.story.waiting import wait_until

DISK_MB = 64
"""Of which ipviz itself needs a part, for its tables and static files."""
MOST_MB = 400
PROGRAMS = {"gunicorn": "web", "worker": "worker", "beat": "schedule"}
FULL_SECONDS = 70
SQL = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])"


class Alone:
    """`manage.py up` with a data folder on a small disk of its own, which nobody else sees."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.data = folder / "data"
        self.data.mkdir()
        self.log = folder / "log"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api/v1/"
        self.environment = servers.outer | {
            "PORT": str(port),
            "IPVIZ_DATA_DIR": str(self.data),
            "IPVIZ_POLL_INTERVAL_SECONDS": str(servers.size.interval),
            "EMAIL_URL": servers.shell["EMAIL_URL"],
            "IPVIZ_ALERT_TO": RECIPIENTS[0],
        }
        self.token = ""
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "ipviz", str(self.data)]
        up = [sys.executable, "manage.py", "up"]
        with self.log.open("wb") as log:
            self.up = subprocess.Popen(
                ["unshare", *AS_ROOT, "--mount", "sh", "-c", f"{shlex.join(mount)} && exec {shlex.join(up)}"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=end_with(os.getpid()),
            )

    @property
    def disk(self) -> Path:
        """Its data folder, as it sees it."""
        return Path(f"/proc/{self.up.pid}/root{self.data}")

    def manage(self, *command: str) -> str:
        """A command of ipviz on its machine."""
        return self._python("manage.py", *command)

    def sql(self, statement: str) -> str:
        """The first word that its database answers."""
        return self._python("-c", SQL, str(self.data / "ipviz.sqlite3"), statement).strip()

    def _python(self, *arguments: str) -> str:
        here = ["nsenter", f"--target={self.up.pid}", "--mount", f"--wd={ROOT}", *_as_its_root()]
        command = [*here, sys.executable, *arguments]
        ran = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def ask(self, path: str) -> list[dict[str, Any]]:
        """The rows of a list; none while it can't say."""
        asked = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                rows: list[dict[str, Any]] = json.load(answer)["results"]
                return rows
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return []

    def is_up(self) -> bool:
        return "ipviz is at" in self.said()

    def fill(self) -> None:
        """With all that goes in, from now on."""
        with (self.disk / "filler").open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 10, 1):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    continue

    def make_room(self) -> None:
        (self.disk / "filler").unlink()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Look again and again; none of its programs may end meanwhile."""

        def look() -> bool:
            assert self.up.poll() is None, self.said()
            return condition()

        wait_until(look, self.said, every=0.2)

    def memory(self) -> Mapping[str, float]:
        """Megabytes of memory that each program has for itself, with its share of what it shares."""
        held: dict[str, float] = {}
        for each in psutil.Process(self.up.pid).children(recursive=True):
            program = next((name for name in PROGRAMS if name in each.cmdline()), "")
            held[program] = held.get(program, 0) + each.memory_full_info().pss / (1 << 20)
        return held

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def end(self) -> None:
        self.up.terminate()
        self.up.wait(30)


@contextmanager
def alone(servers: Servers) -> Iterator[Alone]:
    with tempfile.TemporaryDirectory(prefix="ipviz-alone-") as folder:
        running = Alone(servers, Path(folder))
        try:
            running.wait_until(running.is_up)
            running.token = running.manage("token", "drill").split()[-1]
            yield running
        finally:
            running.end()


def alone_rows(servers: Servers) -> Iterator[Row]:
    with alone(servers) as site:
        yield memory(site)
        yield full_disk(site)


def memory(site: Alone) -> Row:
    """With the demo, when all of it is read and judged."""
    site.wait_until(lambda: bool(site.ask("findings/?status=open")))
    held = site.memory()
    both = held["gunicorn"] + held["worker"]
    too_much = [f"{both:.0f} MB are more than {MOST_MB}"] if both > MOST_MB else []
    each = ", ".join(f"{name} {held[of]:.0f}" for of, name in PROGRAMS.items())
    return Row("memory on SQLite, with the demo", too_much, None, f"MB: {each}; web and worker {both:.0f}")


def full_disk(site: Alone) -> Row:
    """Two clusters collide while nothing can be stored: it is found and told once there is room."""
    fleet = site.servers.fleet
    kubeconfig = site.servers.folder / f"{fleet.managements[0]}.kubeconfig"
    site.manage("cluster", "add", fleet.managements[0], "--kubeconfig", str(kubeconfig))
    mine = [name for name, of in fleet.management_of.items() if of == fleet.managements[0]]
    site.wait_until(lambda: _read(site) == len(mine) + 1)
    fleet.close_gate()
    site.wait_until(lambda: len(fleet.at_the_gate()) >= len(mine))
    # SQLite's journal has room left from what was written earlier: now it has to grow to be written.
    site.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    site.fill()
    address = fleet.collide(mine[-1], mine[-2])
    fleet.open_gate()
    site.wait_until(lambda: "disk is full" in site.said())
    site.servers.hurry(60)  # so often it is noted that a token is used
    time.sleep(1 if site.servers.size.is_short else FULL_SECONDS)
    lost = [] if _read(site) == len(mine) + 1 else ["pages could not show what was read"]
    site.make_room()
    begun = time.monotonic()
    site.servers.hurry(site.servers.size.deadline + 30)  # as long as leases last
    site.wait_until(lambda: _is_open(site, address))
    seconds = time.monotonic() - begun
    site.servers.hurry(WAIT.seconds)
    site.wait_until(lambda: _is_told(site, address))
    told = site.sql("PRAGMA integrity_check")
    lost += [] if told == "ok" else [told]
    return Row(
        "disk full for the data folder, on SQLite", lost, seconds, "until found; mailed after, as always"
    )


def _read(site: Alone) -> int:
    return sum(each["last_snapshot"] is not None for each in site.ask("clusters/?page_size=1000"))


def _is_open(site: Alone, address: str) -> bool:
    return any(each["first_address"] == address for each in site.ask("findings/?status=open"))


def _is_told(site: Alone, address: str) -> bool:
    return any(address in mail["Subject"] for mail in site.servers.postbox.mails())


def _as_its_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
