"""The queue of tasks, as anybody sees it who asks for its length: of Redis or of files alike."""

from typing import Any

from celery import current_app
from kombu.exceptions import ChannelError, OperationalError

NAME = "celery"
BOUNDED = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 0}
"""Who asks how long it is waits for no broker."""


class BrokerUnreachable(OSError):
    """Nobody knows how many tasks wait. The broker's address stays out of the text."""

    def __init__(self) -> None:
        super().__init__("The broker can't be reached.")


def waiting() -> int:
    """How many tasks no worker has taken yet, within two seconds or so.

    Raises:
        BrokerUnreachable: it does not answer.
    """
    try:
        with current_app.connection_for_read() as connection:
            connection.transport_options = {**(connection.transport_options or {}), **BOUNDED}
            channel: Any = connection.default_channel
            return int(channel.queue_declare(queue=NAME, passive=True).message_count)
    except ChannelError:  # an empty queue is not there
        return 0
    except (OperationalError, OSError) as error:
        raise BrokerUnreachable from error
