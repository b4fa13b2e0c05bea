"""What a site is run against: PostgreSQL, Redis, a mail server, and a fleet of clusters over real HTTP."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg

from drills.compose import ROOT, Places
from tests.envtest import free_port
from tests.needs import missing, postgres, redis_server
from tests.postbox import Postbox
from tests.postgres import PostgresServer
from tests.redis import RedisServer
from tests.story.crowd import WELL, Crowd

# Nothing need survive a power cut, and everything a crash of PostgreSQL.
CRASH_SAFE = ("fsync=off",)
NEEDED = ("postgres", "redis-server", "own disk")
RECIPIENTS = ("anna@example.org", "bert@example.org")
SECRET = "only-for-the-drill-0123456789-abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is drilled: all of it, or as much as the suite has time for."""

    managements: int
    workloads: int
    workers: int
    interval: int
    deadline: int
    rounds: int
    is_short: bool = False


FULL = Size(managements=20, workloads=400, workers=4, interval=30, deadline=60, rounds=4)
SHORT = Size(managements=2, workloads=20, workers=2, interval=2, deadline=5, rounds=1, is_short=True)


@dataclass(frozen=True, slots=True)
class Servers:
    folder: Path
    size: Size
    postgres: PostgresServer
    redis: RedisServer
    postbox: Postbox
    fleet: Crowd
    web_port: int

    @property
    def clock(self) -> Path:
        """The file that says by how many seconds the clock of the site is wrong."""
        return self.folder / "clock"

    @property
    def clock_is_wrong_by(self) -> timedelta:
        return timedelta(seconds=float(self.clock.read_text()))

    def step_clock(self, by: timedelta) -> None:
        draft = self.clock.with_suffix(".draft")
        draft.write_text(str((self.clock_is_wrong_by + by).total_seconds()))
        draft.rename(self.clock)

    def hurry(self, seconds: float) -> None:
        """Where nobody has time to wait for them, they pass at once."""
        if self.size.is_short:
            self.step_clock(timedelta(seconds=seconds))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def shell(self) -> dict[str, str]:
        """What whoever starts the site has set; the deadline and loopback are not in the file."""
        return {
            "POSTGRES_PASSWORD": "unasked",
            "SECRET_KEY": SECRET,
            "IPVIZ_BASE_URL": self.url,
            "EMAIL_URL": f"smtp+plain://127.0.0.1:{self.postbox.port}",
            "IPVIZ_ALERT_TO": ",".join(RECIPIENTS),
            "IPVIZ_POLL_INTERVAL_SECONDS": str(self.size.interval),
        }

    @property
    def places(self) -> Places:
        return {
            "@postgres:5432": f"@127.0.0.1:{self.postgres.port}",
            "redis://redis:6379": f"redis://127.0.0.1:{self.redis.port}",
            "0.0.0.0:8000": f"127.0.0.1:{self.web_port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.web_port}",
            "/tmp": str(self.folder / "tmp"),
        }

    @property
    def outer(self) -> dict[str, str]:
        """What a container brings along: the image's own environment, and a clock that can be stepped."""
        programs = Path(sys.executable).parent
        return {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT / "drills" / "clock"),
            "IPVIZ_DRILL_CLOCK": str(self.clock),
            "IPVIZ_DATA_DIR": str(self.folder / "data"),
            "IPVIZ_ALLOW_LOOPBACK": "true",
            "IPVIZ_POLL_DEADLINE_SECONDS": str(self.size.deadline),
        }

    def make_database(self) -> None:
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE ipviz")


@contextmanager
def serving(size: Size) -> Iterator[Servers]:
    programs, redis = postgres(), redis_server()
    if programs is None or redis is None or missing("own disk"):
        sys.exit("\n".join(filter(None, map(missing, NEEDED))))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ipviz-drill-")))
        for name in ("data", "tmp", "redis"):
            (folder / name).mkdir()
        (folder / "clock").write_text("0")
        names = [f"wc-{number:03}" for number in range(size.workloads)]
        managements = [f"mc-{number:02}" for number in range(size.managements)]
        postbox = Postbox()
        postbox.start()
        stack.callback(postbox.stop)
        servers = Servers(
            folder=folder,
            size=size,
            postgres=stack.enter_context(PostgresServer(programs, CRASH_SAFE)),
            redis=stack.enter_context(RedisServer(redis, folder / "redis")),
            postbox=postbox,
            fleet=stack.enter_context(Crowd(dict.fromkeys(names, WELL), managements)),
            web_port=free_port(),
        )
        servers.make_database()
        yield servers
