"""Databases of released versions, kept as text: what each has in its tables, and which migrations it knows.

python -m tests.releases     # before a tag: writes tests/data/releases/v<version> for the version of today

A folder of it is never written again once its version is tagged. Migrations that it names are never edited:
there are databases that have them as they were.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from ipviz.version import VERSION
from tests.story.fleet import Object, objects_of

ROOT = Path(__file__).resolve().parent.parent
RELEASES = ROOT / "tests" / "data" / "releases"
FOLDER = "/nowhere/gmc"
"""Where the dump of the management cluster lies, as the rows say: whoever loads them says it anew."""

NINE = datetime(2026, 11, 26, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
"""When what was there at nine was read again, and a Service had gone."""
PASSWORD, TOKEN = "a long walk by the sea", "ipviz_known-to-the-tests-alone"
WORKLOAD = {"beta": "org-acme_beta", "gamma": "org-acme_gamma"}


def releases() -> list[str]:
    return sorted(path.name for path in RELEASES.iterdir() if path.is_dir())


def write_dump(folder: Path, *, without: str = "") -> None:
    """The small fleet as a dump, perhaps without a Service of beta's."""
    parts = {folder: objects_of("mc-gmc")}
    parts |= {folder / "workload" / path: objects_of(f"wc-{name}") for name, path in WORKLOAD.items()}
    for path, objects in parts.items():
        path.mkdir(parents=True, exist_ok=True)
        kept = [each for each in objects if each["kind"] != "Secret" and not _is(each, without)]
        (path / "all.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": kept}))


def _is(each: Object, service: str) -> bool:
    return (each["kind"], each["metadata"]["name"]) == ("Service", service)


def rows_of(release: str, dump: str = FOLDER) -> list[dict[str, Any]]:
    text = (RELEASES / release / "rows.jsonl").read_text().replace(FOLDER, dump)
    return [json.loads(line) for line in text.splitlines()]


def migrations_of(release: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RELEASES / release / "migrations.json").read_text())
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(release: str, dump: Path) -> None:
    """Make the tables as they were then, and fill them, in a database that has none."""
    targets = [(app, name) for app, name in migrations_of(release)["last"].items()]
    apps = MigrationExecutor(connection).migrate(targets).apps
    with transaction.atomic():
        for row in rows_of(release, str(dump)):
            _store(apps.get_model(row["model"]), row)
        connection.check_constraints()
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(sql)


def _store(model: type[Model], row: dict[str, Any]) -> None:
    """As Django's own loading does, with the model as it was."""
    given = row["fields"]
    fields = {f.attname: f.to_python(given[f.name]) for f in model._meta.local_fields if f.name in given}
    made = model(pk=row["pk"], **fields)
    made.save_base(raw=True)
    for field in model._meta.local_many_to_many:
        getattr(made, field.name).set(given.get(field.name, ()))


@contextmanager
def fresh_database(folder: Path) -> Iterator[None]:
    """One without tables, in the place of the suite's."""
    known = connection.settings_dict["NAME"]
    fresh = f"{known}_fresh" if connection.vendor == "postgresql" else str(folder / "fresh.sqlite3")
    connection.close()
    _on_the_server(f'CREATE DATABASE "{fresh}"')
    connection.settings_dict["NAME"] = fresh
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = known
        _on_the_server(f'DROP DATABASE "{fresh}" WITH (FORCE)')


def _on_the_server(sql: str) -> None:
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests import release_of_today

    folder = RELEASES / f"v{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        release_of_today.write(folder, Path(data))
    sys.stdout.write(f"Written: {folder.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
