"""`manage.py token NAME`: make an API token."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.accounts.models import TOKEN_ROLES, Role
from ipviz.accounts.tokens import MOST_DAYS, NameRefused, create_token

HELP = """Make an API token and print it, alone, on standard output.

It is shown this once: only its digest is kept.

  TOKEN=$(python manage.py token ci)
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/api/v1/findings/

A viewer's token reads; an operator's may also acknowledge findings and ask for polls. With --days it is
refused after so many days; without, it is good until somebody revokes it on the page of tokens."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what it is for; each name once")
        parser.add_argument(
            "--role",
            choices=[role.value for role in TOKEN_ROLES],
            default=Role.VIEWER,
            help="default: viewer",
        )
        parser.add_argument(
            "--days", type=int, metavar="N", help="how long it is good; until it is revoked if left out"
        )

    def handle(self, *, name: str, role: str, days: int | None, **_: Any) -> str:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days is a number from 1 to {MOST_DAYS}, and not {days}.", returncode=2)
        try:
            return create_token(name, Role(role), timezone.now(), days=days)
        except NameRefused as error:
            raise CommandError(str(error), returncode=2) from error
