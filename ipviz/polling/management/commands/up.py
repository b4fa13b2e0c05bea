"""`manage.py up`: web server, worker and schedule in one process tree (what `make run` calls)."""

import errno
import hashlib
import http.client
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ipviz.accounts.links import sign_in_link
from ipviz.polling.demo import offer_demo
from ipviz.polling.processes import Processes, Program
from ipviz.version import VERSION

# One worker has nobody to gossip with.
WORKER_OPTIONS = ("--without-mingle", "--without-gossip", "--without-heartbeat")


class Command(BaseCommand):
    help = "Run ipviz on this machine: web server, worker and schedule. Ctrl-C ends all of it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"This is ipviz {VERSION}.")
        refuse_a_taken_port(settings.HOST, settings.PORT)
        call_command("migrate", interactive=False, verbosity=0)
        collect_static_files()
        if offer_demo():
            self.stdout.write(
                "No cluster is registered, so this is the demo fleet. README.md says how to add yours."
            )
        greeting = f"ipviz is at {settings.IPVIZ_BASE_URL}  (sign in: {sign_in_link(at=timezone.now())})"
        # A person reads this terminal: of each child only what went wrong, unless asked for more.
        environment = {"LOG_LEVEL": "WARNING", **os.environ}
        with Processes(programs(), environment) as processes:
            ended = processes.wait(self.once_it_answers(greeting))
        if ended:
            raise CommandError(f"{ended}, so ipviz was stopped.")

    def once_it_answers(self, greeting: str) -> Callable[[], None]:
        """What to do at each look: greet when the web server answers for the first time."""
        is_greeted = False

        def look() -> None:
            nonlocal is_greeted
            if not is_greeted and answers(settings.HOST, settings.PORT):
                is_greeted = True
                self.stdout.write(greeting)
                self.stdout.flush()

        return look


def programs() -> tuple[Program, ...]:
    python = (sys.executable, "-m")
    celery = (*python, "celery", "--quiet", "--app", "ipviz.celery")
    return (
        Program("the web server", (*python, "gunicorn", "ipviz.wsgi", *gunicorn_options())),
        Program("the worker", (*celery, "worker", *WORKER_OPTIONS)),
        # No pid file: two on one machine, each with its own data folder, are fine.
        Program("the schedule", (*celery, "beat", "--pidfile", "")),
    )


def gunicorn_options() -> tuple[str, ...]:
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    options = [
        "--config",
        str(settings.BASE_DIR / "gunicorn.conf.py"),
        "--bind",
        f"{host}:{settings.PORT}",
        "--workers",
        "1",
        "--worker-class",
        "gthread",
    ]
    options += ["--threads", "16", "--graceful-timeout", "5", "--no-control-socket"]
    # gunicorn's heartbeat is a file: on a slow disk it would look dead. Its name there cannot be guessed.
    if os.access("/dev/shm", os.W_OK):  # noqa: S108
        options += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    return tuple(options)


def refuse_a_taken_port(host: str, port: int) -> None:
    """Say it in one line now, rather than in gunicorn's words five times over.

    Raises:
        CommandError: the port is taken, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"port {port} is taken; choose another, like: PORT={port + 1} make run"
                ) from error
            raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def answers(host: str, port: int) -> bool:
    """Say whether a web server answers there, with whatever it has to say."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def collect_static_files() -> None:
    """Copy, hash and compress the static files unless the same ones were last time: it takes seconds."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    state = static_state()
    if mark.exists() and mark.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(state)


def static_state() -> str:
    """A digest that changes when any static file does."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
