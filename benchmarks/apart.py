"""Measures that need tables run in a process of their own, on a database of their own."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from tests.needs import missing, postgres
from tests.postgres import PostgresServer

RUN = """
import sys, django
django.setup()
from benchmarks.{module} import main
sys.exit(not main(*sys.argv[1:]))
"""


def run(module: str, *arguments: str, on_postgres: bool = False) -> bool:
    """Call `main` of a module of this package with Django set up and migrated; say whether it was content.

    On a SQLite, unless it is asked for a PostgreSQL.
    """
    with tempfile.TemporaryDirectory(prefix="ipviz-bench-") as folder, _postgres(on_postgres) as url:
        environment = os.environ | {
            "IPVIZ_DATA_DIR": folder,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "ipviz.settings",
            "LOG_LEVEL": "WARNING",
        }
        for command in (["migrate"], ["collectstatic", "--noinput"]):
            subprocess.run(
                [sys.executable, "-m", "django", *command, "--verbosity=0"], env=environment, check=True
            )
        command = [sys.executable, "-c", RUN.format(module=module), *arguments]
        return subprocess.run(command, env=environment).returncode == 0


@contextlib.contextmanager
def _postgres(wanted: bool) -> Iterator[str]:
    """The URL of a server that lives as long; empty where none is wanted."""
    if not wanted:
        yield ""
        return
    programs = postgres()
    if programs is None:
        sys.exit(missing("postgres"))
    with PostgresServer(programs) as server:
        yield server.url()
