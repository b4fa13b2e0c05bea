"""The embedded broker: Kombu's queue in a folder, with every file written whole before it has its name.

Kombu opens a message under its name, then locks it, then writes it, so that a reader in between finds an
empty file, and the worker ends on it. Renaming is atomic within a folder; so is taking a message by it.
"""

import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem

SCHEME = "folder"


class Channel(filesystem.Channel):
    # The stubs of its two base classes name the arguments differently.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Take the oldest message of a queue that no other process takes first."""
        for path in self._waiting(queue):
            taken = path.with_suffix(".taken")
            try:
                path.rename(taken)
            except FileNotFoundError:
                continue
            message = json.loads(taken.read_bytes())
            taken.unlink()
            return message
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(1 for _ in self._waiting(queue))

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        table = [list(bound) for bound in self.get_table(exchange)]
        binding = [routing_key or "", pattern or "", queue or ""]
        if binding not in table:
            _write_whole(Path(self.control_folder) / f"{exchange}.exchange", [binding, *table])

    def _waiting(self, queue: str) -> Iterator[Path]:
        ending = f".{queue}.msg"
        folder = Path(self.data_folder_in)
        return (folder / name for name in sorted(os.listdir(folder)) if name.endswith(ending))


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> str:
    """Make the transport known to Kombu; returns the URL that names it."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
    return f"{SCHEME}://localhost//"


def _write_whole(path: Path, content: Any) -> None:
    draft = path.with_name(f"{path.name}.{uuid.uuid4()}.draft")
    try:
        draft.write_text(json.dumps(content))
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)  # where the disk is full, nobody else would take it away
