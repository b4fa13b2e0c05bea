"""Management clusters and hundreds of workload clusters, played by one process over real HTTP on loopback.

    with Crowd({"c000": WELL, "c001": "cut", ...}) as crowd:     # a cluster's name to how it behaves
        kubeconfig.write_text(crowd.kubeconfig)

Of those that are not well, each is dead in its own way (`WAYS`). A cluster's Nodes wait at a gate while it is
closed. Where there are several management clusters, each has its share of the others.
`tests.story.crowd_server` is the process.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.story.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = "org-acme"
MANAGEMENT = "gmc"
WELL = "well"

# What can't be used before anything is asked for.
BY_KUBECONFIG = ("refused", "unknown authority", "plain HTTP", "no Secret", "runs a program", "wrong token")
# What ends only because our time does.
ENDLESS = (
    "silent",
    "silent TLS",
    "one header a second",
    "one byte a second",
    "stops in a list",
    "stops after its first answer",
    "endless pages",
)
AFTER_THE_FIRST = {"stops after its first answer", "endless pages"}
BY_ANSWER = ("429", "500", "redirect", "not JSON", "endless body", "cut", "hangs up")
WAYS = (*BY_KUBECONFIG, *ENDLESS, *BY_ANSWER)


def path_of(name: str, management: str = MANAGEMENT) -> str:
    """How ipviz names one of its workload clusters."""
    return f"{management}/{NAMESPACE}/{name}"


def shares(members: Iterable[str], managements: Sequence[str]) -> dict[str, str]:
    """Which management cluster each belongs to: in turn, by their names."""
    return {name: managements[n % len(managements)] for n, name in enumerate(sorted(members))}


class Crowd:
    """The running process, as a test sees it."""

    def __init__(self, members: Mapping[str, str], managements: Sequence[str] = (MANAGEMENT,)) -> None:
        self.members = dict(members)
        self.managements = managements
        self.management_of = shares(members, managements)
        self._folder = Path(tempfile.mkdtemp(prefix="ipviz-crowd-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def well(self) -> set[str]:
        return {self.path_of(name) for name, how in self.members.items() if how == WELL}

    @property
    def dead(self) -> dict[str, str]:
        """The path of each that is dead, and in which way."""
        return {self.path_of(name): how for name, how in self.members.items() if how != WELL}

    @property
    def kubeconfig(self) -> str:
        """Of the first management cluster."""
        return self.kubeconfig_of(self.managements[0])

    def kubeconfig_of(self, management: str) -> str:
        return (self._folder / management).read_text()

    def path_of(self, name: str) -> str:
        return path_of(name, self.management_of[name])

    def start(self) -> Self:
        folder = self._folder
        (folder / "members").write_text(json.dumps([self.members, self.managements]))
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.story.crowd_server", str(folder)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: self._is_ready(folder), (folder / "log").read_text)
        self.url = (folder / "url").read_text()
        return self

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def close_gate(self) -> None:
        self._tell("gate/close")

    def open_gate(self, beginning: str = "") -> None:
        """For the clusters whose names begin so."""
        self._tell(f"gate/open/{beginning}")

    def at_the_gate(self) -> list[str]:
        """The path of the cluster of each request that waits there, in order."""
        return [self.path_of(name) for name in self._tell("gate/waiting")]

    def collide(self, name: str, other: str) -> str:
        """Give the load balancer of one the address of a node of another, and say which."""
        return str(self._tell(f"collide/{name}/{other}"))

    def _is_ready(self, folder: Path) -> bool:
        assert self._process
        assert self._process.poll() is None, (folder / "log").read_text()
        return (folder / "url").exists()

    def _tell(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/{what}", data=b"", timeout=30) as answer:
            return json.load(answer)
