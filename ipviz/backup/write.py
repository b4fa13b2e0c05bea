"""Writing a backup: all tables as they are at one moment, without keeping anybody waiting."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.core.signing import Signer
from django.db import connection, transaction

from ipviz.backup.lines import Head, end_line, head_line
from ipviz.backup.parts import PARTS, Part
from ipviz.version import VERSION

CHUNK = 500
Say = Callable[[str], None]
"""Shown while one waits."""


class Exact(DjangoJSONEncoder):
    """Django's own leaves out what is less than a millisecond, and what came first would come at once."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


class Digested:
    """Hands on what is written, and knows a digest of all of it."""

    def __init__(self, out: IO[str]) -> None:
        self.out = out
        self.digest = sha256()

    def write(self, text: str) -> None:
        self.digest.update(text.encode())
        self.out.write(text)


def back_up(out: IO[str], *, at: datetime, say: Say) -> int:
    """Write all parts, as they are at one moment; returns the number of rows."""
    rows = 0
    with one_moment():
        out.write(head_line(Head(VERSION, at.isoformat(), signature_of(at.isoformat()))) + "\n")
        digested = Digested(out)
        for part in PARTS:
            rows += _write(part, digested, say)
        out.write(end_line(rows, digested.digest.hexdigest()) + "\n")
    return rows


def signature_of(at: str) -> str:
    """What only who has the same SECRET_KEY would write."""
    return Signer(salt="ipviz.backup").signature(at)


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read within is of one moment, and who writes does not wait for it."""
    connection.ensure_connection()  # which sets the mode
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        # A setting of the SQLite connection alone, which the stubs do not tell.
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]  # as above


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A file that only its owner may read, and that is there when all of it is written, or as it was before.

    Raises:
        OSError: it can't be written there.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with mode 0600
    draft = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(part: Part, out: Digested, say: Say) -> int:
    count = 0

    def counted() -> Iterator[Any]:
        nonlocal count
        for count, row in enumerate(part.rows().iterator(CHUNK), start=1):
            if count % CHUNK == 0:
                say(f"{part.label}: {count:,}")
            yield row

    serializers.serialize(
        "jsonl", counted(), stream=out, cls=Exact, fields=part.fields, use_natural_foreign_keys=True
    )
    return count
