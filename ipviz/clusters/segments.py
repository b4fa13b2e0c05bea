"""Segments: registering, removing, moving a management cluster to another; and the networks named on one."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from ipviz.audit.record import changing, removed
from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Segment
from ipviz.clusters.registry import CLUSTER, SEGMENT, WrongCluster, segment_named
from ipviz.domain.hints import Network
from ipviz.domain.scope import Scope
from ipviz.domain.words import listed


class WrongSegment(ValueError):
    """What was asked for cannot be done to a segment; the text says what and why."""


class SegmentInTheWay(WrongSegment):
    """It could be done if other things were not as they are."""


def to_choose_from(scope: Scope) -> list[str]:
    """The names of those that are registered, and of the one that is there as soon as it is used.

    Of them those that are seen whole.
    """
    known = {*Segment.objects.values_list("name", flat=True), DEFAULT_SEGMENT}
    return sorted(filter(scope.sees_segment, known))


def seen_by(scope: Scope) -> list[str]:
    """Of those, the ones of which at least a cluster is seen. One query."""
    if scope.is_everything:
        return to_choose_from(scope)
    return list(Segment.objects.seen_in_part(scope).values_list("name", flat=True))


def register(name: str) -> Segment:
    """Register a segment.

    Raises:
        WrongSegment: a name that no page could link to.
        SegmentInTheWay: one that is taken.
    """
    if Segment.objects.filter(name=name).exists():
        raise SegmentInTheWay(f"segment {name} is registered already")
    try:
        return segment_named(name)
    except WrongCluster as error:
        raise WrongSegment(str(error)) from error


@transaction.atomic
def remove(name: str) -> None:
    """Remove a segment on which nothing is.

    Raises:
        WrongSegment: there is none.
        SegmentInTheWay: something is on it; what was found on it is kept for good.
    """
    segment = _registered(name)
    management = Cluster.objects.management().on(name).values_list("name", flat=True)
    subnets = segment.subnets.declared().values_list("cidr", flat=True)
    for what, remedy, names in (
        ("clusters", "remove them, or move them with `segment move`", management),
        ("declared subnets", "remove them with `subnet remove`", subnets),
    ):
        if names:
            raise SegmentInTheWay(f"segment {name} has {what} on it: {listed(names)}; {remedy} first")
    if segment.findings.exists():
        raise SegmentInTheWay(f"segment {name} has findings, which are kept for good; it stays, and is empty")
    removed(SEGMENT, segment)
    segment.delete()


@transaction.atomic
def move(cluster_name: str, to: str) -> tuple[Segment, Segment]:
    """Move a management cluster to another segment, with its workload clusters and all that was seen in them.

    Returns where it was, and where it is; both have to be judged anew.

    Raises:
        WrongSegment: there is no such cluster or segment.
        SegmentInTheWay: the cluster is on it already, or goes with another.
    """
    target = _registered(to)
    found = Cluster.objects.management().filter(name=cluster_name).select_related("segment", "same_as")
    cluster = found.select_for_update(no_key=True, of=("self",)).first()
    if cluster is None:
        names = ", ".join(Cluster.objects.management().values_list("name", flat=True)) or "none"
        raise WrongSegment(f"no management cluster {cluster_name} is registered; registered are: {names}")
    if cluster.same_as:
        raise SegmentInTheWay(f"{cluster_name} is another name of {cluster.same_as}; move that one")
    source = cluster.segment
    if source == target:
        raise SegmentInTheWay(f"{cluster_name} is on segment {to} already")
    roads = [cluster, *cluster.aliases.management()]
    moved = Cluster.objects.filter(Q(pk__in=[road.pk for road in roads]) | Q(management_cluster__in=roads))
    with changing(CLUSTER, cluster, "moved"):
        moved.update(segment=target)
        cluster.segment = target
    Segment.objects.filter(pk__in=[source.pk, target.pk]).ask_to_judge()
    return source, target


def network_of(cluster: Cluster) -> Network:
    """The hints of its network, as far as they are known."""
    return Network(cluster.vcenter, tuple(cluster.port_groups))


def networks_on(segment: Segment) -> dict[str, Network]:
    """The known hints by cluster; one query."""
    return networks_among(
        Cluster.objects.live().on(segment.name).exclude(vcenter="").select_related("same_as")
    )


def networks_among(clusters: Iterable[Cluster]) -> dict[str, Network]:
    """The known hints by cluster, each cluster once whatever roads lead to it."""
    found: dict[str, Network] = {}
    for cluster in sorted(clusters, key=lambda each: each.same_as is not None):
        if cluster.vcenter:
            found.setdefault((cluster.same_as or cluster).path, network_of(cluster))
    return found


def _registered(name: str) -> Segment:
    segment = Segment.objects.select_for_update(no_key=True).filter(name=name).first()
    if segment is None:
        names = ", ".join(Segment.objects.values_list("name", flat=True)) or "none"
        raise WrongSegment(
            f"no segment {name} is registered; registered are: {names}. Register it with `segment add {name}`"
        )
    return segment
