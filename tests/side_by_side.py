"""Transactions at one time: each in a thread with a connection of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, connections, transaction

from tests.story.waiting import wait_until

T = TypeVar("T")
PATIENCE_SECONDS = 60
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def in_a_thread(work: Callable[[], T]) -> tuple[threading.Thread, list[T]]:
    """The thread, and what the work returned once it has ended."""
    returned: list[T] = []

    def run() -> None:
        try:
            returned.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, returned


@contextmanager
def uncommitted(work: Callable[[], object]) -> Iterator[None]:
    """Work that another transaction has done and has not committed yet; it is when the block is left."""
    done, go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            work()
            done.set()
            assert go.wait(PATIENCE_SECONDS)

    thread, _ = in_a_thread(hold)
    try:
        assert done.wait(PATIENCE_SECONDS)
        yield
    finally:
        go.set()
        thread.join(PATIENCE_SECONDS)


def wait_until_it_waits_or_has_ended(thread: threading.Thread) -> None:
    """On SQLite there is nothing to wait for: it has one writer, and the next begins when that has ended."""
    if connection.vendor == "postgresql":
        wait_until(lambda: not thread.is_alive() or _is_one_waiting(), lambda: "it neither waits nor ends")


def _is_one_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # which a transaction would see all the while
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
