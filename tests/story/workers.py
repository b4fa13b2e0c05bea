"""Real worker processes on a real Redis, which share the database of the test that starts them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery
from django.db import connection

from tests.story.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """One `celery worker`."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        celery = [sys.executable, "-m", "celery", "--quiet", "--app", "ipviz.celery"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*celery, "worker", "--loglevel", "info", "--hostname", f"{name}@test"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """As the kernel does it when memory runs out."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Workers:
    """The running workers, and the queue that they take from."""

    def __init__(self, folder: Path, redis_url: str, **settings: str) -> None:
        self.folder = folder
        # Not the current application, to which the tasks of the test's own process are bound.
        self.queue = Celery(broker=redis_url, set_as_current=False)
        outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = outer | {
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            "IPVIZ_DATA_DIR": str(folder / "data"),
            "IPVIZ_ALLOW_LOOPBACK": "true",
            "SECRET_KEY": "only-for-the-test",
            **settings,
        }
        self.running: dict[str, Worker] = {}

    def start(self, *names: str) -> None:
        for name in names:
            self.running[name] = Worker(name, self.folder, self.environment)
        self.wait_until(lambda: all(f"{name}@test ready" in self.said() for name in names))

    def tick(self) -> None:
        """What the schedule does every few seconds."""
        self.queue.send_task("ipviz.polling.tasks.tick")

    def poll(self, *cluster_ids: int) -> None:
        for each in cluster_ids:
            self.queue.send_task("ipviz.polling.tasks.poll_cluster", [each])

    def wait_until(self, condition: Callable[[], bool], *, ticking: bool = False) -> None:
        """Where ticking, as the schedule does it meanwhile."""

        def look() -> bool:
            for each in self.running.values():
                assert each.process.poll() in (None, -signal.SIGKILL), self.said()[-4000:]
            if ticking:
                self.tick()
            return condition()

        wait_until(look, self.said)

    def is_idle(self, name: str) -> bool:
        """Whether a worker says that it is at nothing."""
        said = self.queue.control.inspect([f"{name}@test"]).active() or {}
        return said.get(f"{name}@test") == []

    def said(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        for each in self.running.values():
            each.kill()
        self.queue.close()


@contextmanager
def workers(folder: Path, redis_url: str, *names: str, **settings: str) -> Iterator[Workers]:
    started = Workers(folder, redis_url, **settings)
    try:
        started.start(*names)
        yield started
    finally:
        started.stop()


def database_url() -> str:
    """The test's own database, for other processes."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
