"""`manage.py backup FILE`: what people entered, as one file."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ipviz.backup.telling import Telling
from ipviz.backup.write import back_up, whole_file

EXAMPLES = """examples:
  python manage.py backup ipviz-2026-11-26.jsonl
  docker compose exec -T web python manage.py backup - > ipviz.jsonl      # keep it as you keep a password

It holds segments, declared subnets with their plans, clusters, people, tokens, subscriptions, silences, and
findings with what was decided and mailed of them. It does not hold what polls saw, which they find again, nor
its history: docs/upgrading.md says how to keep that too. It may be written while ipviz runs, and keeps nobody
waiting.

The file can let people in, so only you may read it; credentials of clusters are not in it."""


class Command(BaseCommand):
    help = "Write what people entered into a file, from which `restore` makes it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        parser.add_argument("file", metavar="FILE", help="what to write; - is the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_another_version()
        name, telling = options["file"], Telling(self.stderr)
        try:
            if name == "-":
                self.stdout.ending = ""
                # Django's own wrapper, of which `write` is all that is asked.
                rows = back_up(self.stdout, at=timezone.now(), say=telling.say)  # type: ignore[arg-type]
                self.stdout.flush()
            else:
                with whole_file(Path(name).expanduser()) as out:
                    rows = back_up(out, at=timezone.now(), say=telling.say)
        except OSError as error:
            raise CommandError(f"{name} cannot be written: {error.strerror}") from error
        telling.end(f"{rows:,} rows are written to {'the standard output' if name == '-' else name}.")


def refuse_another_version() -> None:
    """Raises CommandError: the tables are not those of this version."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(
            "The database is not of this version of ipviz: back it up with the version that it is of, "
            "or bring it to this one first, with `manage.py migrate`."
        )
