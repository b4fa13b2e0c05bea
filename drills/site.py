"""ipviz as docker-compose.yml starts it: `prepare`, `web`, workers in two sets, and the schedule."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from typing import Any

import psutil
from celery import current_app
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as QueueAway

from drills.compose import Process, service
from drills.servers import Servers
from ipviz.alerts.gather import gather
from ipviz.clusters.models import Segment
from ipviz.polling.policy import policy

NETWORK = "198.18.0.0/15"
MANAGEMENTS_A_SEGMENT = 5
SETS = ("north", "south")
LIMIT_SECONDS = 900


class Site:
    """The running processes, as a drill sees and disturbs them. Its database is this process's own."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.size = servers.size
        self.running: dict[str, Process] = {}
        self.groups: dict[str, int] = {}
        self.begun = time.monotonic()
        self.token = ""

    # Its life

    def start(self) -> None:
        done = self._start("prepare", "prepare")
        assert done.popen.wait() == 0, done.said()
        self.register()
        self.token = call_command("token", "drill", stdout=StringIO()).split()[-1]
        self.begun = time.monotonic()
        self.running["web"] = self._start("web", "web")
        for number in range(self.size.workers):
            self.start_worker(number)
        self.running["schedule"] = self._start("schedule", "schedule")
        for each in self.running.values():
            each.wait_until_healthy()

    def register(self) -> None:
        """The management clusters, several on each segment."""
        fleet = self.servers.fleet
        for number, name in enumerate(fleet.managements):
            kubeconfig = self.servers.folder / f"{name}.kubeconfig"
            kubeconfig.write_text(fleet.kubeconfig_of(name))
            segment = f"site-{number // MANAGEMENTS_A_SEGMENT}"
            if not Segment.objects.filter(name=segment).exists():
                call_command("subnet", "add", NETWORK, "--segment", segment, stdout=StringIO())
            options = ("--kubeconfig", str(kubeconfig), "--segment", segment)
            call_command("cluster", "add", name, *options, stdout=StringIO())

    def start_worker(self, number: int) -> None:
        """In a set with every other one: a process group each, as if each had a machine of its own."""
        name, of = f"worker-{number}", SETS[number % len(SETS)]
        node = ("--hostname", f"celery@{name}")
        self.running[name] = self._start("worker", name, node, self.groups.get(of, 0))
        self.groups.setdefault(of, self.running[name].pid)

    def kill_set(self, of: str) -> list[int]:
        """As when a machine loses its power; the numbers of the workers that were on it."""
        os.killpg(self.groups.pop(of), signal.SIGKILL)
        numbers = [n for n in range(self.size.workers) if SETS[n % len(SETS)] == of]
        for number in numbers:
            self.running.pop(f"worker-{number}").popen.wait()
        return numbers

    def kill(self) -> None:
        for each in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(os.getpgid(each.pid), signal.SIGKILL)
            each.popen.wait()
        self.running.clear()

    def _start(self, of: str, name: str, more: tuple[str, ...] = (), group: int = 0) -> Process:
        told = service(of, self.servers.shell, self.servers.places, more=more)
        outer = self.servers.outer | {"HOSTNAME": name}
        return Process(told, self.servers.folder / f"{name}.log", outer, group)

    # How it is pushed on and looked at

    def tick(self) -> None:
        """What the schedule does every five seconds, for a drill that has no time to wait for it."""
        with suppress(QueueAway, OSError):
            current_app.send_task("ipviz.polling.tasks.tick", retry=False)

    def wait_until(self, condition: Callable[[], bool]) -> float:
        """Look again and again, also while the database is away; returns the seconds that it took."""
        begun = time.monotonic()
        while not self._holds(condition):
            assert time.monotonic() - begun < LIMIT_SECONDS, f"it did not come to it:\n{self.said()[-6000:]}"
            for name, each in self.running.items():
                assert each.popen.poll() is None, f"{name} ended:\n{each.said()[-4000:]}"
            if self.size.is_short:
                self.tick()
            time.sleep(0.2)
        return time.monotonic() - begun

    def _holds(self, condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except (DatabaseError, InterfaceError):
            connection.close()
            return False

    def write_mails(self) -> None:
        """Those that would wait for more to tell: nobody has five minutes for each drill."""
        gather(timezone.now() + self.servers.clock_is_wrong_by, policy=policy(), at_once=True)

    # What it says and costs

    def is_drawn(self, segment: str, address: str) -> bool:
        """Whether the web server's map of a segment's subnet shows a finding on an address."""
        try:
            subnet = self.ask(f"subnets/?segment={segment}")["results"][0]
            drawn = self.ask(f"subnets/{subnet['id']}/map/")
        except OSError:
            return False
        return any(each["first"] == address and each["findings"] for each in drawn)

    def ask(self, path: str) -> Any:
        url = f"{self.servers.url}/api/v1/{path}"
        asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def said(self) -> str:
        return "".join(f"{name}: {each.said()[-1500:]}\n" for name, each in self.running.items())

    def cpu_seconds(self) -> float:
        """Of its processes and their children."""
        running = [psutil.Process(each.pid) for each in self.running.values()]
        family = [*running, *(child for each in running for child in each.children(recursive=True))]
        return float(sum(each.cpu_times().user + each.cpu_times().system for each in family))


@contextmanager
def started(servers: Servers) -> Iterator[Site]:
    site = Site(servers)
    try:
        site.start()
        yield site
    finally:
        site.kill()
        connection.close()  # PostgreSQL waits for us otherwise
