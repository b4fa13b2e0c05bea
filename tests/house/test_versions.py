"""The version is said in one place, `ipviz/version.py`, and whoever else says it agrees."""

import re
import subprocess
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs

from ipviz import celery
from ipviz.version import VERSION
from ipviz.web.releases import Release, notes, releases_of
from tests.releases import releases

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "ipviz" / "Chart.yaml"


def released() -> list[Release]:
    return [each for each in releases_of(notes(ROOT)) if each.date]


@cache
def said() -> dict[str, str]:
    """Who says it, and what."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    everywhere = {
        "pyproject.toml": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "the newest release in CHANGELOG.md": released()[0].version,
        "docker-compose.yml": compose["x-ipviz"]["image"].partition(":")[2],
        "docs/openapi.yaml": _said_in("docs/openapi.yaml", r"^  version: (.+)$"),
    }
    if CHART.exists():
        everywhere["the chart's appVersion"] = str(yaml.safe_load(CHART.read_text())["appVersion"])
    return everywhere


def _said_in(name: str, pattern: str) -> str:
    found = re.search(pattern, (ROOT / name).read_text(), re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize("where", said())
def test_it_is_the_same_everywhere(where: str) -> None:
    assert said()[where] == VERSION


def test_a_tag_of_this_commit_is_of_this_version() -> None:
    tags = subprocess.run(
        ["git", "-c", "safe.directory=*", "tag", "--points-at", "HEAD", "v*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert not tags or f"v{VERSION}" in tags


def test_each_release_has_its_notes_in_order_and_its_database() -> None:
    told = released()
    assert sorted(f"v{each.version}" for each in told) == releases()
    assert all(later.date >= earlier.date for later, earlier in pairwise(told))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", each.version) for each in told)


def test_the_notes_begin_with_what_is_not_released() -> None:
    assert re.search(r"^## \[(.+?)\]", notes(ROOT), re.MULTILINE)[1] == "Unreleased"  # type: ignore[index]


def test_the_image_has_the_notes() -> None:
    assert re.search(r"^COPY .*\bCHANGELOG\.md\b", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert "!CHANGELOG.md" in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.mark.parametrize("asked", ["--version", "version"])
def test_the_command_line_says_it(asked: str, capfd: pytest.CaptureFixture[str]) -> None:
    subprocess.run([sys.executable, "manage.py", asked], check=True, cwd=ROOT)
    assert capfd.readouterr().out == f"ipviz {VERSION}\n"


def test_who_starts_says_it_in_the_log() -> None:
    with capture_logs() as logged:
        celery.say_what_starts(sender=object())
    assert (logged[0]["event"], logged[0]["version"]) == ("celery.started", VERSION)
