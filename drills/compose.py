"""docker-compose.yml as plain processes of this machine: the same commands, environment and health checks.

Only places are others: ports, folders, and where the servers are (`Places`). What Docker itself does
(networks, users, read-only roots) is not tried.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ipviz.polling.processes import end_with
from tests.story.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::?([-?])([^}]*))?\})")

Places = Mapping[str, str]
"""What stands in the file, and what stands for it here."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the file, as it is started here."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: tuple[str, ...] = ()


class Process:
    """A service that runs, in a process group of its own or in that of another."""

    def __init__(self, service: Service, log: Path, environment: Mapping[str, str], group: int = 0) -> None:
        self.service = service
        self.log = log
        self.environment = {**environment, **service.environment}
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                service.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=group,
                preexec_fn=end_with(os.getpid()),
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_healthy(self) -> bool:
        """What the file's own health check says."""
        assert self.popen.poll() is None, self.said()[-4000:]
        check = subprocess.run(self.service.health, cwd=ROOT, env=self.environment, capture_output=True)
        return check.returncode == 0

    def wait_until_healthy(self) -> None:
        wait_until(self.is_healthy, self.said)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def service(name: str, shell: Mapping[str, str], places: Places, *, more: Sequence[str] = ()) -> Service:
    """One of the file's services.

    Args:
        shell: the variables of the shell in which somebody types `docker compose up`.
        more: arguments that make two of one service on one machine two.
    """
    told: Mapping[str, Any] = yaml.safe_load(FILE.read_text())["services"][name]

    def here(text: object) -> str:
        said = _filled(str(text), shell)
        for there, instead in places.items():
            said = said.replace(there, instead)
        return said

    environment = {key: shell.get(key) if text is None else here(text) for key, text in _variables(told)}
    test = told.get("healthcheck", {}).get("test", [])
    return Service(
        name,
        (*(here(part) for part in told["command"]), *more),
        {key: text for key, text in environment.items() if text is not None},
        _health([here(part) for part in test]),
    )


def _variables(told: Mapping[str, Any]) -> list[tuple[str, object]]:
    found = told.get("environment") or {}
    if isinstance(found, list):
        return [
            (name, text if given else None) for name, given, text in (each.partition("=") for each in found)
        ]
    return list(found.items())


def _health(test: Sequence[str]) -> tuple[str, ...]:
    match test:
        case ["CMD-SHELL", shell]:
            return ("sh", "-c", shell)
        case ["CMD", *command]:
            return tuple(command)
    return ()


def _filled(text: str, shell: Mapping[str, str]) -> str:
    """With the shell's variables, as Compose fills them in."""

    def fill(found: re.Match[str]) -> str:
        name, how, other = found.groups()
        if name is None:
            return "$"
        if not shell.get(name) and how == "?":
            raise LookupError(f"{name} is not set: {other}")
        return shell.get(name) or (other if how == "-" else "")

    return VARIABLE.sub(fill, text)
