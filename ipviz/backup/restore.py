"""Restoring a backup: whole or not at all, into a database in which there is nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError, DeserializedObject
from django.core.serializers.python import Deserializer
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from ipviz.backup.lines import Head, Row, WrongFile, read_head, read_rows
from ipviz.backup.parts import PARTS, Part
from ipviz.backup.write import CHUNK, Say, signature_of
from ipviz.clusters.models import Cluster
from ipviz.inventory.models import Feed
from ipviz.version import VERSION

STAYS = frozenset({"auth.group", "auth.group_permissions", "auth.permission", "contenttypes.contenttype"})
"""What a database has from the start."""
Found = DeserializedObject


class NotEmpty(ValueError):
    """There is something in the database already; the text says what."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and what whoever did it should see to."""

    head: Head
    rows: int
    warnings: Sequence[str]


@transaction.atomic
def restore(lines: Iterable[bytes], *, replace: bool, say: Say) -> Restored:
    """Store all rows of a backup.

    Args:
        replace: delete everything first that the database has, also what polls saw.

    Raises:
        NotEmpty: there is something in the database, and it is not to be replaced.
        WrongFile: the file is no backup, not whole, or of a later format.
    """
    source = iter(lines)
    head = read_head(next(source, b""), VERSION)
    if replace:
        _empty()
    elif there := _what_is_there():
        raise NotEmpty(f"the database is not empty, it has rows in {', '.join(there)}")
    Feed.objects.all().delete()  # a new database has them, at 0
    rows = 0
    for label, batch in _batches(read_rows(source)):
        _store(label, batch)
        rows += len(batch)
        say(f"{label}: {rows:,} rows")
    _settle()
    return Restored(head, rows, tuple(_warnings(head)))


def _what_is_there() -> list[str]:
    """The names of tables, in order."""
    entered = (part for part in PARTS if part.model is not Feed)
    return [part.model._meta.db_table for part in entered if part.rows().exists()]


def _empty() -> None:
    models = (m._meta for m in apps.get_models(include_auto_created=True))
    tables = [meta.db_table for meta in models if meta.label_lower not in STAYS]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, reset_sequences=True))


def _batches(rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[str, list[tuple[int, Found]]]]:
    """Rows of one table that follow each other, so many at a time, as objects that are not saved."""
    parts = {part.label: part for part in PARTS}
    for label, same in groupby(rows, key=lambda row: row[1].get("model")):
        while some := list(islice(same, CHUNK)):
            if label not in parts:
                raise WrongFile(f"line {some[0][0]}: {label} is nothing that a backup holds")
            yield label, [(number, _object(parts[label], number, row)) for number, row in some]


def _object(part: Part, number: int, row: Row) -> Found:
    try:
        kept = {name: value for name, value in row["fields"].items() if name not in part.without}
        (found,) = Deserializer([{**row, "fields": kept}])
    except FieldDoesNotExist as error:
        raise WrongFile(f"line {number}: {error}, which it had in the version that wrote this") from None
    except (DeserializationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise WrongFile(f"line {number} is damaged: {error!s:.200}") from None
    return found  # type: ignore[no-any-return]  # Django's deserializers have no types


def _store(label: str, batch: Sequence[tuple[int, Found]]) -> None:
    try:
        with transaction.atomic():
            apps.get_model(label)._base_manager.bulk_create([found.object for _, found in batch])
            for _, found in batch:
                for name, values in (found.m2m_data or {}).items():
                    getattr(found.object, name).set(values)
    except (DatabaseError, ValueError) as error:
        first, last = batch[0][0], batch[-1][0]
        raise WrongFile(f"lines {first} to {last}, {label}: the database refuses them: {error}") from None


def _settle() -> None:
    """What must hold before it counts: rows lead to rows, and the next number is a new one."""
    models: list[type[Model]] = [part.model for part in PARTS]
    try:
        connection.check_constraints([m._meta.db_table for m in models])
    except DatabaseError as error:
        raise WrongFile(f"a row of it leads to one that is not in it: {error}") from None
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)
    # What happened in the clusters is not in it: who has read less far has missed some.
    Feed.objects.forget(Feed.Name.CHANGES, Feed.objects.last_of(Feed.Name.CHANGES))


def _warnings(head: Head) -> Iterator[str]:
    if head.signature != signature_of(head.at):
        yield (
            "SECRET_KEY is not the one of the machine that was backed up: links in mails that were sent "
            "(to stop them, confirm them, or handle a finding) no longer work"
        )
    for cluster in Cluster.objects.management():
        for path in filter(None, (cluster.kubeconfig, cluster.dump)):
            if not Path(path).exists():
                yield f"cluster {cluster}: there is no {path} here: put it there before the next poll"
