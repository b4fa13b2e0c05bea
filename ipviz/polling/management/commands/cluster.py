"""`manage.py cluster add | list | remove`."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster
from ipviz.clusters.registry import Where, WrongCluster, propose, remove
from ipviz.inventory.reading import Sights
from ipviz.polling.joining import join
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch

EXAMPLES = """examples:
  python manage.py cluster add gmc --kubeconfig /etc/ipviz/gmc.kubeconfig
  python manage.py cluster add gmc --kubeconfig ~/.kube/config --context gmc-reader --segment site-a
  python manage.py cluster add gmc --in-cluster
  python manage.py cluster add gmc --dump ./gmc-dump
  python manage.py cluster list
  python manage.py cluster remove gmc

Workload clusters are found by themselves, through the Clusters and kubeconfig Secrets of a management
cluster. The kubeconfig file stays where it is and is read anew for each poll; nothing of it is stored.
The least rights it needs are in deploy/rbac/."""


class Command(BaseCommand):
    help = "Register, list or remove management clusters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="register a management cluster, after trying to read it")
        add.add_argument("name")
        where = add.add_mutually_exclusive_group(required=True)
        where.add_argument("--kubeconfig", metavar="FILE", default="")
        where.add_argument(
            "--in-cluster", action="store_true", help="the service account of the pod we run in"
        )
        where.add_argument(
            "--dump", metavar="DIR", default="", help="a folder of `kubectl get KIND -A -o json` files"
        )
        add.add_argument("--context", default="", help="a context of the kubeconfig; else its current one")
        add.add_argument(
            "--segment", default=DEFAULT_SEGMENT, help="the L2 domain it lives on (default: %(default)s)"
        )
        verbs.add_parser("list", help="list what is registered, and how well it is seen")
        verbs.add_parser("remove", help="forget a cluster and all that was seen in it").add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"add": self.add, "list": self.list, "remove": self.remove}[options["verb"]](options)
        except WrongCluster as error:
            raise CommandError(str(error)) from error

    def add(self, options: dict[str, Any]) -> None:
        if options["context"] and not options["kubeconfig"]:
            raise CommandError("--context goes with --kubeconfig", returncode=2)
        cluster = propose(options["name"], _where(options), segment=options["segment"])
        for line in join(cluster).in_words("Read it: python manage.py poll"):
            self.stdout.write(line)

    def list(self, options: dict[str, Any]) -> None:
        sights = Sights.of(Cluster.objects.live().select_related("segment", "same_as"))
        if not sights.by_id:
            self.stdout.write("No cluster is registered. Add one: python manage.py cluster add --help")
        for sight in sights.by_id.values():
            self.stdout.write(
                f"{sight.cluster.path}  {sight.cluster.kind} on {sight.cluster.segment}  {sight.in_words()}"
            )

    def remove(self, options: dict[str, Any]) -> None:
        cluster = remove(options["name"])
        watch(cluster.segment, policy=policy(), at=timezone.now())
        self.stdout.write(f"{cluster.name} and its workload clusters are forgotten.")


def _where(options: dict[str, Any]) -> Where:
    return Where(
        kubeconfig=_absolute(options["kubeconfig"]),
        context=options["context"],
        in_cluster=options["in_cluster"],
        dump=_absolute(options["dump"]),
    )


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""
