"""A real PostgreSQL on loopback that lives as long as a test or a command, with nothing kept.

python -m tests.postgres COMMAND ...     # runs it with DATABASE_URL set to such a server
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.envtest import free_port
from tests.needs import missing, postgres

USER = "ipviz"
READY_SECONDS = 60
# Nothing survives the tests, so nothing need reach the disk.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """One server in a folder of its own; whoever reaches it on this machine is its superuser.

    PostgreSQL refuses to run as root, so root's server runs as somebody who owns nothing else.
    """

    def __init__(self, programs: Path, settings: Sequence[str] = FORGETFUL) -> None:
        self.programs = programs
        self.settings = settings
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="ipviz-postgres-"))
        self.owner = _somebody() if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> Self:
        if self.owner:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        data = self.folder / "data"
        if not data.exists():
            self._run("initdb", f"--pgdata={data}", f"--username={USER}", "--auth=trust", "--encoding=UTF8")
        settings = [f"port={self.port}", f"unix_socket_directories={self.folder}", *self.settings]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(data), *(f"--{each}" for each in settings)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.owner.pw_uid if self.owner else None,
                group=self.owner.pw_gid if self.owner else None,
            )
        self._wait_until_ready()
        return self

    def end(self, how: signal.Signals) -> None:
        """SIGINT is its fast end, which breaks off what is under way; SIGQUIT that of a crash."""
        assert self.process
        self.process.send_signal(how)
        self.process.wait(READY_SECONDS)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, program: str, *arguments: str) -> None:
        ended = subprocess.run(
            [str(self.programs / program), *arguments],
            capture_output=True,
            cwd=self.folder,
            text=True,
            user=self.owner.pw_uid if self.owner else None,
            group=self.owner.pw_gid if self.owner else None,
        )
        assert ended.returncode == 0, ended.stderr

    def _wait_until_ready(self) -> None:
        assert self.process
        deadline = time.monotonic() + READY_SECONDS
        ready = [str(self.programs / "pg_isready"), "--host=127.0.0.1", f"--port={self.port}", "--quiet"]
        while subprocess.run(ready).returncode:
            said = (self.folder / "log").read_text(errors="replace")[-2000:]
            assert self.process.poll() is None, f"PostgreSQL ended:\n{said}"
            assert time.monotonic() < deadline, f"PostgreSQL did not become ready:\n{said}"
            time.sleep(0.05)  # polling a server's readiness: there is no event to wait for


def _somebody() -> pwd.struct_passwd:
    names = {each.pw_name: each for each in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def main(command: list[str]) -> int:
    if os.environ.get("DATABASE_URL"):
        return subprocess.run(command).returncode
    programs = postgres()
    if programs is None:
        sys.exit(missing("postgres"))
    with PostgresServer(programs) as server:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": server.url("ipviz")}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
