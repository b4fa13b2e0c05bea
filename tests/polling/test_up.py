"""`manage.py up`, for real: it answers, it greets, and nothing of it is left however it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90
GONE_SECONDS = 20
PROGRAMS = ("gunicorn", "worker", "beat")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")  # CI runs on Linux


class Up:
    """One running `manage.py up` with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "up.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        ours = {"PORT": self.url.rpartition(":")[2], "IPVIZ_DATA_DIR": str(self.folder / "data")}
        outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return outer | ours | {"PYTHONUNBUFFERED": "1"}

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        until(lambda: "ipviz is at" in self.said() or self.process.poll() is not None, READY_SECONDS, self)
        assert self.process.poll() is None, self.said()

    def family(self) -> list[int]:
        """Every process of it: those that descend from it, as long as their parents live."""
        parents = parents_of_all()
        family = [self.process.pid]
        for each in family:
            family += [child for child, parent in parents.items() if parent == each]
        return family

    def end(self) -> None:
        for pid in self.family():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


def parents_of_all() -> dict[int, int]:
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name) state parent ...: the name may hold anything, so from its last bracket on
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(entry.parent.name)] = int(parent)
    return parents


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float, up: Up) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s; it said:\n{up.said()}"
        time.sleep(0.1)


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as reply:
        return int(reply.status)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.end()


def command_lines(pids: list[int]) -> str:
    return "\n".join(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in pids)


def test_it_answers_greets_and_ends_whole_on_one_ctrl_c(up: Up) -> None:
    assert status_of(f"{up.url}/sign-in/") == 200
    link = re.search(r"sign in: (\S+)\)", up.said())
    assert link
    assert link[1].startswith(up.url)
    family = up.family()
    assert all(name in command_lines(family) for name in PROGRAMS)

    up.process.send_signal(signal.SIGINT)
    until(lambda: not parents_of_all().keys() & set(family), GONE_SECONDS, up)
    assert up.process.wait() == 0
    assert "Traceback" not in up.said()


def test_nothing_of_it_outlives_a_kill(up: Up) -> None:
    family = up.family()
    up.process.kill()
    up.process.wait()
    until(lambda: not parents_of_all().keys() & set(family), GONE_SECONDS, up)


def test_a_program_that_dies_ends_all_and_is_named(up: Up) -> None:
    family = up.family()
    (beat,) = [pid for pid in family if " beat " in command_lines([pid])]
    os.kill(beat, signal.SIGKILL)
    assert up.process.wait(GONE_SECONDS) == 1
    assert "the schedule was ended by SIGKILL, so ipviz was stopped." in up.said()
    until(lambda: not parents_of_all().keys() & set(family), GONE_SECONDS, up)


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PORT": str(port), "IPVIZ_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
        )
    assert run.returncode == 1
    assert (
        run.stderr == f"CommandError: port {port} is taken; choose another, like: PORT={port + 1} make run\n"
    )
