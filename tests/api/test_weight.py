"""What answers requests does not load the Kubernetes client: 36 MiB that only a worker needs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
import ipviz.urls
print(*sorted({"kubernetes", "aiohttp", "pydantic"} & set(sys.modules)))
"""


def test_no_request_needs_the_kubernetes_client() -> None:
    run = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []
