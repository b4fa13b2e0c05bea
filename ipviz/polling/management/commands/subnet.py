"""`manage.py subnet add | list | remove`."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from ipviz.clusters.models import DEFAULT_SEGMENT, Segment, Subnet
from ipviz.clusters.registry import WrongCluster, segment_named
from ipviz.clusters.subnets import WrongSubnet, declare, declared_in_words, facts_of, retract
from ipviz.domain.words import listed
from ipviz.inventory.origins import origins_of
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch

EXAMPLES = """examples:
  python manage.py subnet add 10.10.222.0/24 --gateway 10.10.222.1 --name prod-a \\
      --dhcp 10.10.222.20-10.10.222.150
  python manage.py subnet add 10.10.223.0/24 --segment site-b --dhcp 10.10.223.20-10.10.223.90 \\
      --dhcp 10.10.223.200-10.10.223.220
  python manage.py subnet add 2001:db8:222::/64 --gateway 2001:db8:222::1
  python manage.py subnet list
  python manage.py subnet remove 10.10.222.0/24

Declaring a subnet again says all of it anew: what is left out then is no longer declared. Where none is
declared, one is inferred from each pool's prefix and marked so; its gateway and DHCP ranges are unknown."""


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
        add.add_argument("--segment", default=DEFAULT_SEGMENT, help="default: %(default)s")
        listing = verbs.add_parser("list", help="list declared and inferred subnets")
        listing.add_argument("--segment", default="", help="only those of one segment")
        remove = verbs.add_parser("remove", help="take back a declaration")
        remove.add_argument("cidr", metavar="CIDR")
        remove.add_argument("--segment", default=DEFAULT_SEGMENT, help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"add": self.add, "list": self.list, "remove": self.remove}[options["verb"]](options)
        except (WrongCluster, WrongSubnet) as error:
            raise CommandError(str(error)) from error

    def add(self, options: dict[str, Any]) -> None:
        asked = {each: options[each] for each in ("name", "gateway", "dhcp")}
        with transaction.atomic():
            segment = segment_named(options["segment"])
            subnet = declare(segment, options["cidr"], **asked)
        self._judge(segment)
        for line in declared_in_words(subnet):
            self.stdout.write(line)

    def list(self, options: dict[str, Any]) -> None:
        subnets = Subnet.objects.whole()
        shown = list(subnets.on(options["segment"]) if options["segment"] else subnets)
        origins = origins_of(shown)
        if not shown:
            self.stdout.write("No subnet is known. Declare one: python manage.py subnet add --help")
        for subnet in shown:
            pools = (
                listed(f"pool {each}" for each in origins[subnet.pk]) if origins.get(subnet.pk) else "a pool"
            )
            how = "declared" if subnet.declared else f"inferred from {pools}"
            self.stdout.write(
                f"{subnet.cidr}  {subnet.name}  {how}, {facts_of(subnet)}, segment {subnet.segment}"
            )

    def remove(self, options: dict[str, Any]) -> None:
        segment = retract(options["segment"], options["cidr"])
        self._judge(segment)
        self.stdout.write(f"{options['cidr']} is no longer declared on segment {segment}.")

    def _judge(self, segment: Segment) -> None:
        watch(segment, policy=policy(), at=timezone.now())
