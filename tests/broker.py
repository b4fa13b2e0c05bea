"""What was sent to the workers."""

from typing import Any

from celery import current_app


def sent() -> list[Any]:
    """Take all of it: the task and what it is about."""
    taken = []
    with current_app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        while queue.qsize():
            message = queue.get(timeout=1)
            message.ack()
            taken.append((message.headers["task"], message.decode()[0]))
    return taken
