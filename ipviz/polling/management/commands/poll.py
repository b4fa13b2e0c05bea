"""`manage.py poll [NAME ...]`: one whole round in this process."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.clusters.models import Cluster, Segment
from ipviz.polling.mails import send_mails
from ipviz.polling.progress import show
from ipviz.polling.round import Round, watch_and_look_again


class Command(BaseCommand):
    help = (
        "Read clusters and their workload clusters once, in this process, then judge and send what is due. "
        "Exit 0: everything was read; 1: something was not; 2: no such cluster."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="a registered cluster, or a path like gmc/org-acme/beta"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        polled = show(Round(self._chosen(options["names"]), clock=timezone.now), self.stdout)
        if not polled:
            self.stdout.write(
                "Nothing to read: no cluster is registered. Add one: python manage.py cluster add --help"
            )
        watch_and_look_again(Segment.objects.all(), clock=timezone.now)
        send_mails(timezone.now(), at_once=True)
        if not all(each.is_whole for each in polled):
            sys.exit(1)

    def _chosen(self, names: list[str]) -> list[Cluster]:
        """The management clusters, whose workload clusters follow, or what is named."""
        readable = Cluster.objects.to_read()
        if not names:
            return list(readable.management())
        chosen = list(readable.called(names))
        missing = set(names) - {name for cluster in chosen for name in (cluster.path, cluster.name)}
        if missing:
            raise CommandError(f"no such cluster: {', '.join(sorted(missing))}", returncode=2)
        return chosen
