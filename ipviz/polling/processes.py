"""Several programs as one: they start together, and none outlives the others or who started them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self

PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.1
PR_SET_PDEATHSIG = 1
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """What to start, and its name for the person who reads that it ended."""

    name: str
    command: tuple[str, ...]


class Processes:
    """Runs programs until one of them ends or a signal comes; leaving the `with` block ends them all.

    A first Ctrl-C lets them finish within `patience_seconds`, a second one does not wait.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        environment: Mapping[str, str],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.programs = programs
        self.environment = environment
        self.patience_seconds = patience_seconds
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.signals = 0
        self.handled_before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        # Before the first start: a Ctrl-C in between must not leave a child behind.
        self.handled_before = {number: signal.signal(number, self._note_signal) for number in ENDED_BY}
        try:
            for program in self.programs:
                self.running[program.name] = _start(program, self.environment)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self, look: Callable[[], None]) -> str | None:
        """Wait for a signal, or return which program ended by itself and how; `look` is called often."""
        while not self.signals:
            for name, process in self.running.items():
                if process.poll() is not None:
                    return f"{name} {_ending(process.returncode)}"
            look()
            time.sleep(LOOK_SECONDS)
        return None

    def stop(self) -> None:
        signals_before = self.signals
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + self.patience_seconds
        while self._is_any_alive() and time.monotonic() < deadline and self.signals <= signals_before:
            time.sleep(LOOK_SECONDS)
        for process in self.running.values():
            # The whole group, ended or not: what a program started itself may be slower than the program.
            _kill_group(process.pid)
            process.wait()
        self.running.clear()
        for number, handler in self.handled_before.items():
            signal.signal(number, handler)

    def _is_any_alive(self) -> bool:
        return any(process.poll() is None for process in self.running.values())

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1


def _start(program: Program, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A group of its own: a Ctrl-C in the terminal then comes to us alone, and we end the children in order.
    return subprocess.Popen(
        program.command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=end_with(os.getpid()),
    )


def end_with(parent: int) -> Callable[[], None] | None:
    """Ask Linux, in the child, to kill it when its parent is gone, however that came about."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # nothing is left of it
        os.killpg(group, signal.SIGKILL)


def _ending(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"
