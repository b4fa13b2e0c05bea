"""Stores a poll and is killed at each statement in turn; `main` is for a process of its own.

It expects Django with a migrated database. For each statement of `store`, and for the commit, a child
begins to store and kills itself there. After each a line of JSON says what the database holds then. The last
line is of a child that was not killed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Ref, SeenService
from ipviz.inventory.models import Change, ListDigest, Occupancy, Snapshot, Version
from ipviz.inventory.store import store
from tests.factories import management_cluster, minutes, whole, workload_cluster

MANY = 40


def service(number: int, address: int) -> SeenService:
    return SeenService(
        Ref("Service", "shop", f"web-{number}", f"uid-{number}"),
        annotation=f"192.0.2.{address}",
        ingress=(Ingress(f"192.0.2.{address}"),),
    )


def poll(cluster: Cluster, minute: int) -> None:
    """Of what the poll before saw a third is gone, a third has changed, and as much is new."""
    first = minute * MANY // 3
    seen = [
        service(number, 1 + (number + minute * (number % 2)) % 250) for number in range(first, first + MANY)
    ]
    store(cluster, whole(cluster, seen), taken_at=minutes(minute), seconds=0.1)


def held() -> dict[str, int]:
    """What tells a snapshot that is whole from one that is not."""
    return {
        "snapshots": Snapshot.objects.count(),
        "versions": Version.objects.count(),
        "standing": Version.objects.now().count(),
        "occupancies": Occupancy.objects.count(),
        "held": Occupancy.objects.now().count(),
        "changes": Change.objects.count(),
        "digests": hash(tuple(ListDigest.objects.order_by("kind").values_list("digest", flat=True))),
    }


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


def die_at(statement: int, cluster: Cluster) -> bool:
    """Store in a child that is killed there; False where it came to the commit first, and died of that."""
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
            poll(cluster, 1)
        os._exit(1)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"statement {statement} was not reached, nor the commit"
    with os.fdopen(reader, "rb") as pipe:
        return not pipe.read()


def main() -> None:
    cluster = workload_cluster(management_cluster(), "beta")
    poll(cluster, 0)
    say("first")
    statement = 1
    while die_at(statement, cluster):
        say(str(statement))
        statement += 1
    say("commit")
    poll(cluster, 1)
    say("none")


def say(killed_at: str) -> None:
    sys.stdout.write(json.dumps({"killed_at": killed_at, **held()}) + "\n")
    sys.stdout.flush()  # a child must not have it to say again
