"""A list as a file: as filtered, all of it, written while it is read."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from ipviz.domain.moments import moment_text
from ipviz.rows.row import Row
from ipviz.rows.spreadsheet import harmless
from ipviz.rows.walking import pieces
from ipviz.web.asof import AsOf
from ipviz.web.lists.listing import Cell, Listing

FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
BATCH = 500


def file_of(listing: Listing, found: QuerySet[Any], wanted: str, as_of: AsOf) -> StreamingHttpResponse:
    """The list in one of `FORMATS`. Memory and queries are those of a batch at a time."""
    rows = _told(listing, found, as_of)
    lines = _csv(listing, rows) if wanted == "csv" else _json(rows)
    name = f"ipviz-{listing.name}-{as_of.moment:%Y-%m-%dT%H%M%SZ}.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=FORMATS[wanted], headers=headers)


def _told(listing: Listing, found: QuerySet[Any], as_of: AsOf) -> Iterator[Row]:
    tell = listing.teller(as_of.scope, as_of.at)
    for rows in pieces(listing.read(found, as_of.at), BATCH):
        yield from tell(rows)


def _json(rows: Iterable[Row]) -> Iterator[str]:
    encoder = DjangoJSONEncoder(ensure_ascii=False)
    between = "[\n"
    for row in rows:
        yield between + encoder.encode(row)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _csv(listing: Listing, rows: Iterable[Row]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow([column.head for column in listing.columns])
    for row in rows:
        writer.writerow([_written(column.cell(row)) for column in listing.columns])
        if line.tell() > 1 << 16:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def _written(cell: Cell) -> str:
    return harmless(moment_text(cell.when) if cell.when else cell.text)
