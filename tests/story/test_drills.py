"""The drills in their short form: whatever breaks, nothing is lost of what was found and has to be told."""

import subprocess
import sys
from collections.abc import Mapping
from subprocess import PIPE, STDOUT

import pytest

from tests.story.workers import ROOT

pytestmark = pytest.mark.requires("postgres", "redis-server", "own disk")

DRILLS = (
    "started, all read for the first time",
    "two clusters collide",
    "1 rounds at intervals of 2 s",
    "one set of workers killed in mid-round",
    "Redis killed, back after 1 s with nothing",
    "PostgreSQL crashed in mid-round",
    "clock stepped an hour forward",
    "clock stepped an hour back",
    "memory on SQLite, with the demo",
    "disk full for the data folder, on SQLite",
)


@pytest.fixture(scope="module")
def lost() -> Mapping[str, str]:
    """What each drill lost, by its name."""
    command = [sys.executable, "-m", "drills", "--short"]
    with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=STDOUT, text=True) as drilled:
        try:
            said, _ = drilled.communicate()
        finally:
            drilled.terminate()
    rows = [line.strip("| ").split(" | ") for line in said.splitlines() if line.startswith("|")]
    assert rows, said[-8000:]
    return {row[0].strip(): row[1].strip() for row in rows[2:]}


def test_every_drill_has_a_test(lost: Mapping[str, str]) -> None:
    assert tuple(lost) == DRILLS


@pytest.mark.parametrize("drill", DRILLS)
def test_nothing_is_lost(lost: Mapping[str, str], drill: str) -> None:
    assert lost[drill] == "nothing"
