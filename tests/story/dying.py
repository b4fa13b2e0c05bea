"""Kills a piece of work at each of its statements in turn, in children of this process.

For each statement, and for the commit, a child begins the work and kills itself there. Around it all a line
of JSON says each time what the database holds then; the last line is of work that was not killed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection, connections

Work = Callable[[], object]
Held = Callable[[], Mapping[str, object]]


def die_everywhere(work: Work, held: Held) -> None:
    """It must be one transaction: what is told after each death is to be what was before."""
    say("first", held)
    statement = 1
    while die_at(statement, work):
        say(str(statement), held)
        statement += 1
    say("commit", held)
    work()
    say("none", held)


def say(killed_at: str, held: Held) -> None:
    sys.stdout.write(json.dumps({"killed_at": killed_at, **held()}) + "\n")
    sys.stdout.flush()  # a child must not have it to say again


class Killer:
    """Kills its process at the n-th statement, or, where there are fewer, before the commit."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        if self.statements == self.at:
            die()
        return execute(sql, params, many, context)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(statement: int, work: Work) -> bool:
    """Work in a child that is killed there; False where it came to the commit first, and died of that."""
    connections.close_all()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:

        def die_before_the_commit() -> None:
            os.write(writer, b"commit")
            die()

        connection.ensure_connection()
        connection.commit = die_before_the_commit  # type: ignore[method-assign]
        with connection.execute_wrapper(Killer(statement)):
            work()
        os._exit(1)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"statement {statement} was not reached, nor the commit"
    with os.fdopen(reader, "rb") as pipe:
        return not pipe.read()
