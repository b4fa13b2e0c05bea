"""Registering a management cluster, once it has answered; and trying to read one that is not registered."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from ipviz.clusters.models import Cluster
from ipviz.clusters.registry import WrongCluster, register
from ipviz.domain.consumers import own_cluster, workload_path
from ipviz.domain.seen import Observation, Read, Ref
from ipviz.kube.errors import KubeError
from ipviz.kube.kinds import kinds_for
from ipviz.kube.source import Source
from ipviz.polling.demo import retire_demo
from ipviz.polling.look import listing_of, read, reasons, source_of, try_connection
from ipviz.polling.policy import trust


@dataclass(frozen=True, slots=True)
class Joined:
    """A cluster that is registered now, and what came with it."""

    cluster: Cluster
    had_demo: bool
    first: Cluster | None
    """The cluster to which it is a second road."""

    def in_words(self, next_step: str) -> Iterator[str]:
        if self.had_demo:
            yield "The demo fleet is gone: it was only there while no cluster was registered."
        yield f"{self.cluster.name} is registered on segment {self.cluster.segment}. {next_step}"
        if self.first:
            yield (
                f"It is the same cluster as {self.first} on segment {self.first.segment}: that is read, and "
                "this is a second road to it."
            )


def join(proposed: Cluster) -> Joined:
    """Register a cluster that answers; the demo goes with the first.

    Raises:
        WrongCluster: it does not answer as it should.
        NameTaken: another of that name was faster.
    """
    found = try_connection(proposed)
    if problem := reasons(found):
        raise WrongCluster(f"{proposed.name} was not added: {problem}")
    with transaction.atomic():
        had_demo = retire_demo()
        register(proposed)
    others = Cluster.objects.live().management().known_as(found.cluster_uid).exclude(pk=proposed.pk)
    return Joined(proposed, had_demo, others.select_related("segment").first())


@dataclass(frozen=True, slots=True)
class Trial:
    """What a poll could read of a cluster, and of each workload cluster why not, or empty."""

    observation: Observation
    workload_clusters: dict[Ref, str] = field(default_factory=dict)


def try_reading(proposed: Cluster) -> Trial:
    """Read all that a poll would, and the kubeconfigs of the workload clusters; store nothing."""
    opened: dict[Ref, str] = {}

    def all_of_it(source: Source) -> Observation:
        seen = listing_of(kinds_for(is_management=True))(source)
        records = {kind: each.records for kind, each in seen.kinds.items() if isinstance(each, Read)}
        itself = own_cluster(records)
        for each in records.get("Cluster", ()):
            if (each.ref.namespace, each.ref.name) != itself:
                opened[each.ref] = _why_closed(source, proposed, each.ref)
        return seen

    return Trial(read(proposed, all_of_it, source_of), opened)


def _why_closed(source: Source, management: Cluster, ref: Ref) -> str:
    cluster = Cluster(path=workload_path(management.path, ref.namespace, ref.name))
    try:
        source.workload(ref.namespace, ref.name, trust(cluster)).close()
    except KubeError as error:
        return str(error)
    return ""
