"""How answers are written: JSON at once, and whole lists as lines while they are read."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rest_framework.renderers import BaseRenderer

from ipviz.rows.row import Row
from ipviz.rows.spreadsheet import harmless

_encoder = msgspec.json.Encoder(enc_hook=str)


class JSONRenderer(BaseRenderer):
    """By msgspec, which is many times faster than what the framework brings."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else _encoder.encode(data)


class LinesRenderer(BaseRenderer):
    """Chosen by whoever asks for a whole list; an error is a problem in JSON still."""

    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return _encoder.encode(data)

    def lines(self, names: Sequence[str], pieces: Iterable[Sequence[Row]]) -> Iterator[bytes]:
        """Write some rows at a time."""
        raise NotImplementedError


class NdjsonRenderer(LinesRenderer):
    """A row a line."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def lines(self, names: Sequence[str], pieces: Iterable[Sequence[Row]]) -> Iterator[bytes]:
        return map(_encoder.encode_lines, pieces)


class CsvRenderer(LinesRenderer):
    """A head, then a row a line; what is no single value is written as JSON."""

    media_type = "text/csv"
    format = "csv"

    def lines(self, names: Sequence[str], pieces: Iterable[Sequence[Row]]) -> Iterator[bytes]:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(names)
        for rows in pieces:
            writer.writerows([_written(row[name]) for name in names] for row in rows)
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
        yield text.getvalue().encode()


class EventsRenderer(BaseRenderer):
    """Server-sent events; an error is a problem in JSON still."""

    media_type = "text/event-stream"
    format = "events"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return _encoder.encode(data)

    def event(self, position: int, name: str, row: Row) -> bytes:
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (position, name.encode(), _encoder.encode(row))


def _written(value: Any) -> str:
    if value is None:
        return ""
    return harmless(value if isinstance(value, str) else _encoder.encode(value).decode().strip('"'))
