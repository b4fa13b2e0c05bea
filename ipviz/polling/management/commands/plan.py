"""`manage.py plan divide | show | forget | cluster | range | free`."""

import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.clusters.models import DEFAULT_SEGMENT, Segment, Subnet
from ipviz.clusters.subnets import WrongSubnet, known_subnet, plan
from ipviz.domain.needs import ASKED
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import BITS, Span, parse_entry
from ipviz.planning.dividing import (
    MOST_BALANCERS,
    MOST_CLUSTERS,
    MOST_NODES,
    Proposal,
    as_kept,
    keep,
    part_of,
    propose,
    subnet_at,
)
from ipviz.planning.errors import CannotPlan
from ipviz.planning.free_space import LATELY, free_space
from ipviz.planning.new_cluster import new_cluster
from ipviz.planning.ranges import range_for
from ipviz.planning.writing import File, in_one
from ipviz.polling.plans_told import (
    free_space_in_lines,
    new_cluster_in_lines,
    proposal_in_lines,
    range_in_lines,
)
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch

EXAMPLES = """examples:
  python manage.py plan divide 10.10.222.0/24                    # as it stands; nothing is kept
  python manage.py plan divide 10.10.222.0/24 --gateway 10.10.222.1 --nodes 120 --clusters 6 --later 4 \\
      --balancers 4 --blocks
  python manage.py plan divide 10.10.222.0/24 --part api=10.10.222.5 --part dhcp=10.10.222.20-10.10.222.150 \\
      --part block=10.10.222.176/28=org-acme/epsilon --keep
  python manage.py plan divide 10.10.222.0/24 --yaml plan.yaml   # or --yaml - for a pipe
  python manage.py plan show 10.10.222.0/24
  python manage.py plan forget 10.10.222.0/24
  python manage.py plan cluster epsilon --organization acme --balancers 4 --yaml epsilon.yaml
  python manage.py plan range edge --balancers 4                 # of a cluster that is there; or --range CIDR
  python manage.py plan free 10.10.222.0/24 --prefix 30 --count 3

What is there already (DHCP ranges, pools, load-balancer ranges, the management cluster's addresses) is built
on, and nothing else is laid over what is used now or was until a week ago. What is not said is taken as it
stands there. A plan that is kept is respected by `plan free`, and where reality leaves it, a finding says so.

Exit 0: it fits, or it is free; 1: it does not, or is not; nothing is kept or written then."""

_MOST_FREE = 1000
_USES = ", ".join(use.value for use in Use)


class Command(BaseCommand):
    help = "Divide a subnet, keep that as its plan, and find addresses for what is to be made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        verbs = parser.add_subparsers(dest="verb", required=True)
        _divide_arguments(verbs.add_parser("divide", help="divide a subnet around what is used"))
        _place_arguments(
            show := verbs.add_parser("show", help="the plan that is kept, against what is there")
        )
        _place_arguments(verbs.add_parser("forget", help="forget the plan of a subnet"))
        _cluster_arguments(
            cluster := verbs.add_parser("cluster", help="addresses for a new workload cluster")
        )
        _range_arguments(ranges := verbs.add_parser("range", help="a load-balancer range for a cluster"))
        _free_arguments(verbs.add_parser("free", help="the next free addresses, or blocks of them"))
        for each in (show, cluster, ranges):
            _yaml_argument(each)

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {
            "divide": self.divide,
            "show": self.show,
            "forget": self.forget,
            "cluster": self.cluster,
            "range": self.range,
            "free": self.free,
        }
        try:
            is_so = verbs[options["verb"]](options)
        except (CannotPlan, WrongSubnet) as error:
            raise CommandError(str(error)) from error
        if not is_so:
            sys.exit(1)

    def divide(self, options: dict[str, Any]) -> bool:
        subnet = subnet_at(_segment(options["segment"]), options["cidr"], options["gateway"])
        asked = {each: options[each] for each in ASKED if options[each] is not None}
        fixed = tuple(map(_part, options["part"]))
        proposal = propose(subnet, {**asked, "fixed": fixed}, _since())
        self._tell(proposal_in_lines(proposal), options)
        if options["keep"] and proposal.fits:
            self._keep(proposal, options)
        self._write(proposal.files, subnet.cidr, options)
        return proposal.fits

    def show(self, options: dict[str, Any]) -> bool:
        proposal = as_kept(_planned_subnet(options), _since())
        self._tell(proposal_in_lines(proposal), options)
        self._write(proposal.files, proposal.subnet.cidr, options)
        return proposal.fits

    def forget(self, options: dict[str, Any]) -> bool:
        subnet = plan(_planned_subnet(options), (), {})
        self._judge(subnet.segment)
        self.stdout.write(f"The plan of {subnet.cidr} on segment {subnet.segment} is forgotten.")
        return True

    def cluster(self, options: dict[str, Any]) -> bool:
        segment = _segment(options["segment"])
        found = new_cluster(
            segment.name,
            options["name"],
            options["organization"],
            balancers=options["balancers"],
            management=options["management"] or "",
            since=_since(),
            read_since=timezone.now() - settings.POLL_PATIENCE,
        )
        self._tell(new_cluster_in_lines(found, segment.name), options)
        self._write(found.files if found.is_free else (), found.path, options)
        return found.is_free

    def range(self, options: dict[str, Any]) -> bool:
        segment = _segment(options["segment"])
        found = range_for(
            segment.name,
            options["cluster"],
            options["balancers"],
            _span(options["range"]) if options["range"] else None,
            since=_since(),
            read_since=timezone.now() - settings.POLL_PATIENCE,
        )
        self._tell(range_in_lines(found, segment.name), options)
        self._write(found.files if found.verdict.is_free else (), found.cluster, options)
        return found.verdict.is_free

    def free(self, options: dict[str, Any]) -> bool:
        subnet = _known(options)
        bits = BITS[subnet.span.version]
        longest = int(subnet.cidr.rpartition("/")[2])
        prefix = bits if options["prefix"] is None else options["prefix"]
        if not longest <= prefix <= bits:
            raise CommandError(
                f"blocks of {subnet.cidr} have a --prefix from {longest} to {bits}, not {prefix}"
            )
        number: int = options["count"]
        found = free_space(subnet, size=1 << (bits - prefix), number=number, since=_since())
        self._tell(free_space_in_lines(found, subnet, number), options)
        return len(found.found) == number

    def _keep(self, proposal: Proposal, options: dict[str, Any]) -> None:
        subnet = proposal.subnet
        was_declared = subnet.declared
        kept = keep(proposal)
        self._judge(kept.segment)
        declared = "" if was_declared else ", which is declared for it"
        self._tell([f"Kept as the plan of {kept.cidr} on segment {kept.segment}{declared}."], options)

    def _tell(self, lines: Iterable[str], options: dict[str, Any]) -> None:
        """Beside the YAML where that goes to a pipe."""
        out = self.stderr if options.get("yaml") == "-" else self.stdout
        for line in lines:
            out.write(line, style_func=str)

    def _write(self, files: Iterable[File], what: str, options: dict[str, Any]) -> None:
        target = options["yaml"]
        if not target:
            return
        if not (listed := tuple(files)):
            self._tell(["No YAML is written."], options)
            return
        text = in_one(listed, what)
        if target == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(target).expanduser().write_text(text)
        except OSError as error:
            raise CommandError(f"{target} can't be written: {error.strerror}. Name another file.") from error
        self.stdout.write(f"Written: {target}")

    def _judge(self, segment: Segment) -> None:
        watch(segment, policy=policy(), at=timezone.now())


def _divide_arguments(divide: ArgumentParser) -> None:
    _place_arguments(divide)
    divide.add_argument("--gateway", metavar="IP", default="", help="of a subnet that is not known yet")
    for flag, most, what in (
        ("nodes", MOST_NODES, "addresses that DHCP leases at a time"),
        ("clusters", MOST_CLUSTERS, "workload clusters now"),
        ("later", MOST_CLUSTERS, "workload clusters to come"),
        ("balancers", MOST_BALANCERS, "load-balancer addresses for each"),
    ):
        divide.add_argument(f"--{flag}", metavar="N", type=_number(most), help=what)
    how = divide.add_mutually_exclusive_group()
    how.add_argument(
        "--blocks",
        dest="in_blocks",
        action="store_true",
        default=None,
        help="an aligned block for each cluster",
    )
    how.add_argument(
        "--pool", dest="in_blocks", action="store_false", default=None, help="one pool for all of them"
    )
    divide.add_argument("--management", metavar="NAME", help="the management cluster's name")
    divide.add_argument(
        "--control-plane-pool", metavar="NAME", help="what the pool for control planes is called"
    )
    divide.add_argument("--balancer-pool", metavar="NAME", help="what the pool for load balancers is called")
    divide.add_argument(
        "--part",
        metavar="USE=RANGE[=NAME]",
        action="append",
        default=[],
        help=f"chosen already; may be given again. USE: {_USES}; NAME: a pool's, or a block's cluster's",
    )
    divide.add_argument("--keep", action="store_true", help="keep it as the plan of the subnet")
    _yaml_argument(divide)


def _cluster_arguments(cluster: ArgumentParser) -> None:
    cluster.add_argument("name", metavar="NAME", help="of the cluster to be made")
    cluster.add_argument(
        "--organization", metavar="ORG", required=True, help="without the org- of its namespace"
    )
    cluster.add_argument(
        "--balancers",
        metavar="N",
        type=_number(MOST_BALANCERS),
        default=3,
        help="load-balancer addresses (default: %(default)s)",
    )
    cluster.add_argument("--management", metavar="NAME", help="where the segment has several that manage")
    _segment_argument(cluster)


def _range_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("cluster", metavar="CLUSTER", help="its name, or a path like gmc/org-acme/beta")
    parser.add_argument(
        "--balancers",
        metavar="N",
        type=_number(MOST_BALANCERS, 1),
        default=4,
        help="how many addresses (default: %(default)s)",
    )
    parser.add_argument("--range", metavar="RANGE", default="", help="one that is wanted; else the next free")
    _segment_argument(parser)


def _free_arguments(free: ArgumentParser) -> None:
    _place_arguments(free)
    free.add_argument("--prefix", metavar="N", type=int, help="the length of blocks; else single addresses")
    free.add_argument(
        "--count", metavar="N", type=_number(_MOST_FREE, 1), default=1, help="how many (default: %(default)s)"
    )


def _place_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("cidr", metavar="CIDR")
    _segment_argument(parser)


def _segment_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--segment", metavar="S", default=DEFAULT_SEGMENT, help="default: %(default)s")


def _yaml_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--yaml", metavar="FILE", default="", help="write what makes it so, in one; - for stdout"
    )


def _number(most: int, least: int = 0) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isdecimal() and least <= int(text) <= most):
            raise ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
        return int(text)

    return number


def _part(text: str) -> Part:
    use, _, rest = text.partition("=")
    where, _, name = rest.partition("=")
    try:
        return part_of(use, where, name)
    except ValueError as error:
        raise CommandError(
            f"--part {text}: {error}. Say USE=RANGE or USE=RANGE=NAME: USE is one of {_USES}, "
            "and RANGE an address, FIRST-LAST or a CIDR."
        ) from error


def _span(text: str) -> Span:
    try:
        return parse_entry(text.strip())
    except ValueError as error:
        raise CommandError(f"--range {text}: {error}. Say a CIDR or FIRST-LAST.") from error


def _segment(name: str) -> Segment:
    """The first cluster or subnet brings `default`; another that nobody registered is a slip of the pen."""
    found = Segment.objects.filter(name=name).first()
    if found is None and name != DEFAULT_SEGMENT:
        names = ", ".join(Segment.objects.values_list("name", flat=True)) or "none"
        raise CommandError(
            f"no segment {name} is registered; registered are: {names}. "
            f"Register it: python manage.py segment add {shlex.quote(name)}"
        )
    return found or Segment(name=name)


def _known(options: dict[str, Any]) -> Subnet:
    segment = _segment(options["segment"])
    subnet = known_subnet(options["cidr"], segment.name)
    if subnet is None:
        names = ", ".join(each.cidr for each in Subnet.objects.whole().on(segment.name)) or "none"
        raise CommandError(
            f"no subnet {options['cidr']} is known on segment {segment}; known there are: {names}. "
            "Declare it: python manage.py subnet add --help"
        )
    return subnet


def _planned_subnet(options: dict[str, Any]) -> Subnet:
    subnet = _known(options)
    if not subnet.planned:
        raise CommandError(
            f"no plan of {subnet.cidr} is kept on segment {subnet.segment}. "
            f"Make one: python manage.py plan divide {subnet.cidr} --segment {subnet.segment} --keep"
        )
    return subnet


def _since() -> datetime:
    """What was given up since then is held still."""
    return timezone.now() - LATELY
