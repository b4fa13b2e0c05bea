"""`manage.py segment add | list | move | remove`."""

from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.segments import WrongSegment, move, networks_on, register, remove
from ipviz.domain.hints import are_parted, by_network
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch_all

EXAMPLES = """examples:
  python manage.py segment add site-b
  python manage.py segment list
  python manage.py segment move hmc site-b
  python manage.py segment remove site-b

A segment is one layer-2 network: inside one, an address means one thing, and the same private numbers on two
of them never collide. A management cluster is put on one when it is added (`cluster add --segment`), and its
workload clusters are on the same. `segment list` shows which vCenter and port groups they name: where two
differ, they may well be two segments."""


class Command(BaseCommand):
    help = "Register, list or remove segments, and move a management cluster to another."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("add", help="register a segment").add_argument("name")
        verbs.add_parser("list", help="list segments, what is on them, and the networks that are named there")
        moving = verbs.add_parser("move", help="move a management cluster and its workload clusters")
        moving.add_argument("cluster", help="the name of a management cluster")
        moving.add_argument("segment", help="the name of a registered segment")
        verbs.add_parser("remove", help="remove a segment on which nothing is").add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = {"add": self.add, "list": self.list, "move": self.move, "remove": self.remove}[options["verb"]]
        try:
            verb(options)
        except WrongSegment as error:
            raise CommandError(str(error)) from error

    def add(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"segment {register(options['name'])} is registered.")

    def list(self, options: dict[str, Any]) -> None:
        segments = Segment.objects.all()
        if not segments:
            self.stdout.write("No segment is registered. The first cluster or subnet brings `default`.")
        for segment in segments:
            for line in described(segment):
                self.stdout.write(line)

    def move(self, options: dict[str, Any]) -> None:
        source, target = move(options["cluster"], options["segment"])
        watch_all([source, target], policy=policy(), at=timezone.now())
        self.stdout.write(
            f"{options['cluster']} and its workload clusters are on segment {target} now, not on {source}."
        )

    def remove(self, options: dict[str, Any]) -> None:
        remove(options["name"])
        self.stdout.write(f"segment {options['name']} is removed.")


def described(segment: Segment) -> Iterator[str]:
    """A segment in lines: what is on it, then who names which network."""
    clusters = Cluster.objects.live().first_roads().on(segment.name)
    names = ", ".join(each.name for each in clusters.management()) or "none"
    workload = clusters.filter(kind=Cluster.Kind.WORKLOAD).count()
    subnets = ", ".join(str(s) if s.declared else f"{s} (inferred)" for s in segment.subnets.all()) or "none"
    yield f"{segment}  management clusters: {names}; workload clusters: {workload}; subnets: {subnets}"
    members = by_network(networks_on(segment))
    yield from (f"  {network}: {', '.join(paths)}" for network, paths in members.items())
    if are_parted(members):
        yield "  These look like separate networks. If they are, give each a segment: segment move --help"
