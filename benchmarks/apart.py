"""Measures that need tables run in a process of their own, on a SQLite of their own."""

import os
import subprocess
import sys
import tempfile

RUN = """
import sys, django
django.setup()
from benchmarks.{module} import main
sys.exit(not main(*sys.argv[1:]))
"""


def run(module: str, *arguments: str) -> bool:
    """Call `main` of a module of this package with Django set up and migrated; say whether it was content."""
    with tempfile.TemporaryDirectory(prefix="ipviz-bench-") as folder:
        environment = os.environ | {
            "IPVIZ_DATA_DIR": folder,
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "ipviz.settings",
            "LOG_LEVEL": "WARNING",
        }
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"], env=environment, check=True
        )
        command = [sys.executable, "-c", RUN.format(module=module), *arguments]
        return subprocess.run(command, env=environment).returncode == 0
