"""`manage.py restore FILE`: a backup, into an empty database."""

import sys
from argparse import RawDescriptionHelpFormatter
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.backup.lines import WrongFile
from ipviz.backup.restore import NotEmpty, restore
from ipviz.backup.telling import Telling
from ipviz.polling.pulses import last_tick

STILL_RUNS = timedelta(minutes=1)
EXAMPLES = """examples:
  python manage.py restore ipviz-2026-11-26.jsonl
  docker compose run --rm -T web python manage.py restore - < ipviz.jsonl

Stop web server, worker and schedule first. The tables are made where there are none. All of the file is
restored or nothing. What polls saw is not in it: start ipviz, and the next polls find it again. Nobody is
told again what was told before."""


class Command(BaseCommand):
    help = "Restore what `backup` wrote, into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        parser.add_argument("file", metavar="FILE", help="what to read; - is the standard input")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="delete all that is in the database first, what polls saw and its history too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, telling = options["file"], Telling(self.stderr)
        try:
            with opened(name) as lines:
                call_command("migrate", interactive=False, verbosity=0)
                refuse_while_it_runs(timezone.now())
                restored = restore(lines, replace=options["replace"], say=telling.say)
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}") from error
        except WrongFile as error:
            raise CommandError(f"{name}: {error}. Nothing was restored.") from error
        except NotEmpty as error:
            raise CommandError(
                f"Nothing was restored: {error}. Restore into a new one (DATABASE_URL or IPVIZ_DATA_DIR "
                "names it), or say --replace, which deletes all that is in this one."
            ) from error
        head = restored.head
        telling.end(f"{restored.rows:,} rows of {head.at}, written by ipviz {head.version}, are restored.")
        for warning in restored.warnings:
            self.stderr.write(f"Mind: {warning}.")


def refuse_while_it_runs(at: datetime) -> None:
    """Raises CommandError: the schedule did something on this database just now."""
    tick = last_tick()
    if tick and abs(at - tick) < STILL_RUNS:
        raise CommandError(
            "Nothing was restored: ipviz runs on this database, or did until a minute ago. Stop web server, "
            "worker and schedule, and try again in a minute."
        )


def opened(name: str) -> Any:
    if name == "-":
        stream: IO[bytes] = sys.stdin.buffer
        return nullcontext(stream)
    return Path(name).expanduser().open("rb")
