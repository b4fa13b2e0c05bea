"""A real Redis on loopback that keeps nothing."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from redis import Redis
from redis.exceptions import ConnectionError as NotYet

from tests.envtest import free_port

READY_SECONDS = 30


class RedisServer:
    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "appendonly": "no"}
        named = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([str(self.program), *named, "--save", ""], stdout=log, stderr=log)
        self._wait_until_ready()
        return self

    def flush(self) -> None:
        """Forget every queue and message."""
        with Redis(port=self.port) as client:
            client.flushall()

    def undone(self) -> int:
        """How many of Celery's messages no worker has done with."""
        with Redis(port=self.port) as client:
            return int(client.llen("celery")) + int(client.hlen("unacked"))

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers nobody, as on a machine that is out of memory."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        assert self.process
        deadline = time.monotonic() + READY_SECONDS
        with Redis(port=self.port) as client:
            while True:
                with contextlib.suppress(NotYet):
                    client.ping()
                    return
                said = (self.folder / "log").read_text(errors="replace")[-2000:]
                assert self.process.poll() is None, f"Redis ended:\n{said}"
                assert time.monotonic() < deadline, f"Redis did not become ready:\n{said}"
                time.sleep(0.02)  # polling a server's readiness: there is no event to wait for
