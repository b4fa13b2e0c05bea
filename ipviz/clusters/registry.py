"""Registering and removing management clusters; the writer of their rows."""

import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from ipviz.audit.record import Kind, made, named, removed
from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Segment

SEGMENT = Kind("segment", str, named("name"))
CLUSTER = Kind(
    "cluster", str, named("name", "segment", "kubeconfig", "context", "in_cluster", "dump", "is_demo")
)
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class WrongCluster(ValueError):
    """What was asked for cannot be registered or removed; the text says what and why."""


class NameTaken(WrongCluster):
    """Another cluster of that name is registered."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a management cluster is read from: exactly one of a kubeconfig file, its own account, a dump."""

    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False
    dump: str = ""


@transaction.atomic
def segment_named(name: str) -> Segment:
    """The segment of that name, made if it is new.

    Raises:
        WrongCluster: a name that no page could link to.
    """
    segment, is_new = Segment.objects.get_or_create(name=_checked(name))
    if is_new:
        made(SEGMENT, segment)
    return segment


def propose(name: str, where: Where, *, segment: str = DEFAULT_SEGMENT) -> Cluster:
    """A row that could be registered, not saved yet, so that a connection can be tried first.

    Neither is its segment, where that is new: who is refused leaves nothing behind.

    Raises:
        WrongCluster: a wrong name.
        NameTaken: one that is taken.
    """
    _checked(name)
    if Cluster.objects.management().real().filter(name=name).exists():
        raise NameTaken(f"a cluster {name} is registered already; remove it first, or choose another name")
    return Cluster(
        kind=Cluster.Kind.MANAGEMENT,
        path=name,
        name=name,
        segment=Segment.objects.filter(name=_checked(segment)).first() or Segment(name=segment),
        kubeconfig=where.kubeconfig,
        context=where.context,
        in_cluster=where.in_cluster,
        dump=where.dump,
    )


def register(proposed: Cluster) -> None:
    """Save what was proposed; it is due to be read from then on.

    Raises:
        NameTaken: another of that name was faster.
    """
    try:
        with transaction.atomic():
            proposed.segment = segment_named(proposed.segment.name)
            proposed.save(force_insert=True)
            made(CLUSTER, proposed)
    except IntegrityError as error:
        raise NameTaken(f"a cluster {proposed.name} is registered already") from error


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
    removed(CLUSTER, cluster)
    Cluster.objects.filter(pk=cluster.pk).delete()
    Segment.objects.filter(pk=cluster.segment_id).ask_to_judge()
    return cluster


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise WrongCluster(f"{name!r} is not a name: use up to 63 letters, digits, '-', '.' or '_'")
    return name
