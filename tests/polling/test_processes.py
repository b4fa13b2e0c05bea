"""Programs that live and die together, tried on small ones."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ipviz.polling.processes import Processes, Program

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
)


def python(name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-c", code))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_that_ends_is_named_and_ends_the_others() -> None:
    programs = [
        python("the sleeper", "import time; time.sleep(60)"),
        python("the first", "raise SystemExit(3)"),
    ]
    with Processes(programs, os.environ) as processes:
        sleeper = processes.running["the sleeper"]
        assert processes.wait(lambda: None) == "the first ended with exit code 3"
    assert sleeper.returncode == -signal.SIGTERM


def test_a_signal_ends_the_wait_and_is_nobodys_fault() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Processes([python("the sleeper", "import time; time.sleep(60)")], os.environ) as processes:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert processes.wait(lambda: None) is None
    assert signal.getsignal(signal.SIGTERM) is before


def test_one_that_will_not_end_is_killed(capfd: pytest.CaptureFixture[str]) -> None:
    with Processes([python("the stubborn", STUBBORN)], os.environ, patience_seconds=0.3) as processes:
        stubborn = processes.running["the stubborn"]
        wait_for(lambda: "\n" in capfd.readouterr().out)
    assert stubborn.returncode == -signal.SIGKILL


def test_a_second_signal_does_not_wait(capfd: pytest.CaptureFixture[str]) -> None:
    with Processes([python("the stubborn", STUBBORN)], os.environ, patience_seconds=60):
        wait_for(lambda: "\n" in capfd.readouterr().out)
        begun = time.monotonic()
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert time.monotonic() - begun < 30


def test_what_a_program_started_ends_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []

    def has_started() -> bool:
        said.append(capfd.readouterr().out)
        return "\n" in "".join(said)

    with Processes([python("the parent", PARENT)], os.environ):
        wait_for(has_started)
        grandchild = int("".join(said))
        assert is_alive(grandchild)
    wait_for(lambda: not is_alive(grandchild) or is_zombie(grandchild))


def test_a_program_that_is_not_there_leaves_none_behind() -> None:
    programs = [
        python("the sleeper", "import time; time.sleep(60)"),
        Program("the absent", ("/nowhere/absent",)),
    ]
    processes = Processes(programs, os.environ)
    with pytest.raises(FileNotFoundError):
        processes.__enter__()
    assert processes.running == {}


def is_zombie(pid: int) -> bool:
    """In a container nobody may reap what was orphaned; it is dead all the same."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
