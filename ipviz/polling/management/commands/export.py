"""`manage.py export NAME DIR`: a cluster as a folder of files, which can be polled in its place."""

import sys
from argparse import BooleanOptionalAction, RawDescriptionHelpFormatter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ipviz.clusters.models import Cluster
from ipviz.domain.consumers import workload_path
from ipviz.domain.seen import Observation, Read, SeenCluster, Unread
from ipviz.kube.draft import WrongFolder, draft
from ipviz.kube.errors import KubeError
from ipviz.kube.export import export, leave_out
from ipviz.kube.kinds import kinds_for
from ipviz.polling.look import reasons, source_of
from ipviz.polling.round import READERS

EXAMPLES = """examples:
  python manage.py export gmc ./gmc-dump                  # and its workload clusters
  python manage.py export gmc ./gmc-dump --no-workload
  python manage.py export gmc/org-acme/beta ./beta-dump   # one workload cluster
  python manage.py cluster add gmc --dump ./gmc-dump      # elsewhere: read the folder as a cluster

One file a kind, as `kubectl get KIND -A -o json` writes it; workload clusters in workload/NAMESPACE_NAME/.
No Secret is written, and only what this program reads: no other Pods, ConfigMaps and Deployments than
kube-vip's, and of their environment variables only what says where addresses come from. Look through it
all the same before you hand it on. What could not be read is said here and in the file of its kind, and is
not taken for empty when the folder is polled.

DIR may be new, empty, or an earlier export, which is replaced when all is read.

Exit 0: all was read; 1: something was not; 2: no such cluster, or DIR can't be used."""


class Command(BaseCommand):
    help = "Write a cluster's dump, and those of its workload clusters, into a folder; Secrets are left out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        parser.add_argument("name", metavar="NAME", help="a cluster, or a path like gmc/org-acme/beta")
        parser.add_argument("folder", metavar="DIR", type=Path, help="where to write")
        parser.add_argument(
            "--workload",
            action=BooleanOptionalAction,
            default=True,
            help="write its workload clusters too, which is the default",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = self._chosen(options["name"])
        mark = f"{cluster}, exported at {timezone.now():%Y-%m-%d %H:%M} UTC. Another export may replace this."
        try:
            with draft(options["folder"].expanduser(), mark) as folder:
                is_whole = self._export(cluster, folder, with_workload=options["workload"])
        except WrongFolder as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"Written: {options['folder']}")
        if not is_whole:
            sys.exit(1)

    def _chosen(self, name: str) -> Cluster:
        called = list(Cluster.objects.to_read().called([name]))
        # A management cluster may list itself: whole paths go before names.
        found = [each for each in called if each.path == name] or called
        if len(found) > 1:
            paths = ", ".join(cluster.path for cluster in found)
            raise CommandError(f"several clusters are called {name}: {paths}", returncode=2)
        if not found:
            raise CommandError(f"no such cluster: {name}", returncode=2)
        return found[0]

    def _export(self, cluster: Cluster, folder: Path, *, with_workload: bool) -> bool:
        """Write all; say whether all was read."""
        observation = write(cluster, folder)
        if observation.error:
            raise CommandError(f"{cluster} was not exported: {observation.error}")
        self._report(cluster, observation)
        is_whole = not reasons(observation)
        if not with_workload:
            return is_whole
        found = list(_workload_of(cluster, observation))
        with ThreadPoolExecutor(READERS, thread_name_prefix="export") as readers:
            writing = {
                readers.submit(write, each, folder / "workload" / f"{each.namespace}_{each.name}"): each
                for each in found
            }
            for done, finished in enumerate(as_completed(writing), start=1):
                seen = finished.result()
                self._report(writing[finished], seen, f" ({done} of {len(found)})")
                is_whole = is_whole and not reasons(seen)
        return is_whole

    def _report(self, cluster: Cluster, seen: Observation, progress: str = "") -> None:
        """A line for the cluster, and one for each kind that could not be read."""
        if seen.error:
            self.stdout.write(f"{cluster}: not readable: {seen.error}{progress}")
        else:
            read = [each for each in seen.kinds.values() if isinstance(each, Read)]
            count = sum(len(each.records) + len(each.unreadable) for each in read)
            self.stdout.write(f"{cluster}: {count} objects{progress}")
            for kind, each in seen.kinds.items():
                if isinstance(each, Unread):
                    self.stdout.write(f"  {kind} not read: {each.reason}")
        self.stdout.flush()


def write(cluster: Cluster, folder: Path) -> Observation:
    """Read one cluster into a folder; where nothing of it can be read, the folder says so."""
    kinds = kinds_for(is_management=cluster.is_management)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with source_of(cluster) as source:
            return export(source.listing(kinds), folder)
    except KubeError as error:
        return leave_out(kinds, folder, error)


def _workload_of(management: Cluster, observation: Observation) -> Iterator[Cluster]:
    """The workload clusters that its Clusters tell, once they have an endpoint to be read at."""
    clusters = observation.kinds.get("Cluster")
    for each in clusters.records if isinstance(clusters, Read) else ():
        if isinstance(each, SeenCluster) and (each.host or each.initialized):
            namespace, name = each.ref.namespace, each.ref.name
            yield Cluster(
                kind=Cluster.Kind.WORKLOAD,
                management_cluster=management,
                path=workload_path(management.path, namespace, name),
                namespace=namespace,
                name=name,
            )
