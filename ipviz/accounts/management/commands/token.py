"""`manage.py token NAME`: make an API token."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.accounts.limits import ASKED_PER_MINUTE, LimitRefused, Limits
from ipviz.accounts.models import TOKEN_ROLES, Role
from ipviz.accounts.tokens import MOST_DAYS, NameRefused, create_token

HELP = """Make an API token and print it, alone, on standard output.

It is shown this once: only its digest is kept.

  TOKEN=$(python manage.py token ci)
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/api/v1/findings/

A viewer's token reads; an operator's may also acknowledge findings and ask for polls. With --days it is
refused after so many days; without, it is good until somebody revokes it on the page of tokens.

What a program does not need, its token need not have:

  --network 192.0.2.0/24         refused from anywhere else
  --segment dmz                  sees that segment, and nothing else
  --cluster gmc/org-acme/beta    sees what is in that cluster; gmc stands for its workload clusters too,
                                 gmc/org-acme for those of an organisation in it
  --per-minute 60                is put off when it asks more often

Each of the first three may be given several times. What a token does not see is answered as what is not
there."""

LIMITS = (
    ("network", "CIDR", "where it may come from: a CIDR or an address"),
    ("segment", "NAME", "a segment that it sees"),
    (
        "cluster",
        "PATH",
        "a cluster that it sees, like gmc or gmc/org-acme/beta, or an organisation, like gmc/org-acme",
    ),
)


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

        for name, metavar, what in LIMITS:
            parser.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=what)
        parser.add_argument(
            "--per-minute",
            type=int,
            metavar="N",
            help=f"how many requests a minute are answered; {ASKED_PER_MINUTE} if left out",
        )

    def handle(self, *, name: str, role: str, days: int | None, **limits: Any) -> str:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days is a number from 1 to {MOST_DAYS}, and not {days}.", returncode=2)
        try:
            return create_token(name, Role(role), timezone.now(), days=days, limits=_limits(**limits))
        except (NameRefused, LimitRefused) as error:
            raise CommandError(str(error), returncode=2) from error


def _limits(
    network: list[str], segment: list[str], cluster: list[str], per_minute: int | None, **_: Any
) -> Limits:
    return Limits(tuple(network), tuple(segment), tuple(cluster), per_minute)
