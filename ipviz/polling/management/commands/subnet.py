"""`manage.py subnet add | list | remove`."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.clusters.models import DEFAULT_SEGMENT, Segment, Subnet
from ipviz.clusters.registry import WrongCluster, segment_named
from ipviz.clusters.subnets import WrongSubnet, declare
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch

EXAMPLES = """examples:
  python manage.py subnet add 10.10.222.0/24 --gateway 10.10.222.1 --name prod-a \\
      --dhcp 10.10.222.20-10.10.222.150
  python manage.py subnet list
  python manage.py subnet remove 10.10.222.0/24

Declaring a subnet again changes it. Where none is declared, one is inferred from each pool and marked so."""


class Command(BaseCommand):
    help = "Declare, list or remove the subnets of a segment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="declare a subnet, or change a declared one")
        add.add_argument("cidr", metavar="CIDR")
        add.add_argument("--gateway", metavar="IP", default="")
        add.add_argument(
            "--dhcp", metavar="FIRST-LAST", action="append", default=[], help="may be given again"
        )
        add.add_argument("--name", default="")
        listing = verbs.add_parser("list", help="list declared and inferred subnets")
        remove = verbs.add_parser("remove", help="take back a declaration")
        remove.add_argument("cidr", metavar="CIDR")
        for verb in (add, listing, remove):
            verb.add_argument("--segment", default=DEFAULT_SEGMENT)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"add": self.add, "list": self.list, "remove": self.remove}[options["verb"]](options)
        except (WrongCluster, WrongSubnet) as error:
            raise CommandError(str(error)) from error

    def add(self, options: dict[str, Any]) -> None:
        segment = segment_named(options["segment"])
        subnet = declare(
            segment, options["cidr"], name=options["name"], gateway=options["gateway"], dhcp=options["dhcp"]
        )
        self._judge(segment)
        self.stdout.write(f"{subnet.cidr} is declared on segment {segment}.")

    def list(self, options: dict[str, Any]) -> None:
        for subnet in Subnet.objects.on(options["segment"]).select_related("segment"):
            how = "declared" if subnet.declared else "inferred from a pool"
            dhcp = f", DHCP {', '.join(subnet.dhcp)}" if subnet.dhcp else ""
            self.stdout.write(
                f"{subnet.cidr}  {subnet.name}  {how}, gateway {subnet.gateway or 'unknown'}{dhcp}"
            )

    def remove(self, options: dict[str, Any]) -> None:
        found = Subnet.objects.declared().on(options["segment"]).filter(cidr=options["cidr"]).first()
        if found is None:
            raise CommandError(f"{options['cidr']} is not declared on segment {options['segment']}")
        segment = found.segment
        found.delete()
        self._judge(segment)
        self.stdout.write(f"{options['cidr']} is no longer declared on segment {segment}.")

    def _judge(self, segment: Segment) -> None:
        watch(segment, policy=policy(), at=timezone.now())
