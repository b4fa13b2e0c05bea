"""Registering and removing management clusters; the writer of their rows."""

import re
from dataclasses import dataclass

from django.db import transaction

from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Segment

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class WrongCluster(ValueError):
    """What was asked for cannot be registered or removed; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a management cluster is read from: exactly one of a kubeconfig file, its own account, a dump."""

    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False
    dump: str = ""


def segment_named(name: str) -> Segment:
    """The segment of that name, made if it is new.

    Raises:
        WrongCluster: a name that no page could link to.
    """
    if not NAME.fullmatch(name):
        raise WrongCluster(f"{name!r} is not a name: use up to 63 letters, digits, '-', '.' or '_'")
    return Segment.objects.get_or_create(name=name)[0]


def propose(name: str, where: Where, *, segment: str = DEFAULT_SEGMENT) -> Cluster:
    """A row that could be registered, not saved yet, so that a connection can be tried first.

    Raises:
        WrongCluster: a wrong name, or one that is taken.
    """
    if not NAME.fullmatch(name):
        raise WrongCluster(f"{name!r} is not a name: use up to 63 letters, digits, '-', '.' or '_'")
    if Cluster.objects.management().real().filter(name=name).exists():
        raise WrongCluster(f"a cluster {name} is registered already; remove it first, or choose another name")
    return Cluster(
        kind=Cluster.Kind.MANAGEMENT,
        path=name,
        name=name,
        segment=segment_named(segment),
        kubeconfig=where.kubeconfig,
        context=where.context,
        in_cluster=where.in_cluster,
        dump=where.dump,
    )


@transaction.atomic
def remove(name: str) -> Cluster:
    """Remove a management cluster, its workload clusters and all that was seen in them.

    Raises:
        WrongCluster: no such cluster is registered.
    """
    cluster = Cluster.objects.management().filter(name=name).select_related("segment").first()
    if cluster is None:
        names = ", ".join(Cluster.objects.management().values_list("name", flat=True)) or "none"
        raise WrongCluster(f"no cluster {name} is registered; registered are: {names}")
    Cluster.objects.filter(pk=cluster.pk).delete()
    Segment.objects.filter(pk=cluster.segment_id).ask_to_judge()
    return cluster
