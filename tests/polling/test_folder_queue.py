"""The embedded broker under several hands: each message is whole, and is taken once."""

import json
import resource
import threading
from collections import Counter
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from ipviz.polling.folder_queue import Channel, register

MESSAGES = 200


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    queue = str(tmp_path / "queue")
    options = {"data_folder_in": queue, "data_folder_out": queue, "control_folder": str(tmp_path / "control")}
    return Connection(register(), transport_options=options)


def channel_of(connection: Connection) -> Channel:
    channel = connection.clone().default_channel
    assert isinstance(channel, Channel)
    return channel


def test_messages_come_in_order_and_once(connection: Connection) -> None:
    channel = channel_of(connection)
    for number in range(3):
        channel._put("celery", {"number": number})
    channel._put("other", {"number": 9})
    assert channel._size("celery") == 3
    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("celery")


def test_many_writers_and_readers_lose_and_double_nothing(connection: Connection) -> None:
    taken: Counter[int] = Counter()
    written = threading.Event()

    def write() -> None:
        channel = channel_of(connection)
        for number in range(MESSAGES):
            channel._put("celery", {"number": number})
        written.set()

    def read() -> None:
        channel = channel_of(connection)
        while True:
            was_written = written.is_set()
            try:
                taken[channel._get("celery")["number"]] += 1
            except Empty:
                if was_written:
                    return

    threads = [threading.Thread(target=each) for each in (write, read, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert taken == Counter(range(MESSAGES))


def test_a_message_that_no_longer_fits_leaves_nothing(connection: Connection, tmp_path: Path) -> None:
    channel = channel_of(connection)
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            channel._put("celery", {"number": 10**20})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_binding_is_written_once_and_whole(connection: Connection, tmp_path: Path) -> None:
    channel = channel_of(connection)
    for _ in range(2):
        channel._queue_bind("celery", "celery", "", "celery")
    assert json.loads((tmp_path / "control" / "celery.exchange").read_text()) == [["celery", "", "celery"]]
    assert [tuple(each) for each in channel.get_table("celery")] == [("celery", "", "celery")]
