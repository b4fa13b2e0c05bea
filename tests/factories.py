"""Rows for tests of floor 2 and up, and the shortest way to have something seen in them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ipviz.clusters.models import Cluster, Segment
from ipviz.domain.seen import RECORD_OF_KIND, Observation, Read, Seen, Unread
from ipviz.inventory.store import Stored, store
from ipviz.kube.kinds import kinds_for

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)


def minutes(count: float) -> datetime:
    """That many minutes past nine."""
    return NINE + timedelta(minutes=count)


def segment(name: str = "default") -> Segment:
    return Segment.objects.get_or_create(name=name)[0]


def management_cluster(name: str = "gmc", on: str = "default") -> Cluster:
    return Cluster.objects.create(
        kind=Cluster.Kind.MANAGEMENT, path=name, name=name, segment=segment(on), dump=f"/nowhere/{name}"
    )


def workload_cluster(management: Cluster, name: str, namespace: str = "org-acme") -> Cluster:
    return Cluster.objects.create(
        kind=Cluster.Kind.WORKLOAD,
        path=f"{management.path}/{namespace}/{name}",
        name=name,
        namespace=namespace,
        segment=management.segment,
        management_cluster=management,
    )


MANAGEMENT_KINDS = tuple(RECORD_OF_KIND)
WORKLOAD_KINDS = tuple(kind.kind for kind in kinds_for(is_management=False))


def whole(cluster: Cluster, records: Iterable[Seen]) -> Observation:
    """An observation in which every kind was read, and only these objects were there."""
    kinds = MANAGEMENT_KINDS if cluster.is_management else WORKLOAD_KINDS
    listed = list(records)
    return Observation({kind: Read(tuple(r for r in listed if r.ref.kind == kind)) for kind in kinds})


def without(observation: Observation, *kinds: str, reason: str = "403 Forbidden") -> Observation:
    """The same, but these kinds could not be listed."""
    return Observation({**observation.kinds, **{kind: Unread(reason) for kind in kinds}})


def see(cluster: Cluster, *records: Seen, at: datetime = NINE, unread: tuple[str, ...] = ()) -> Stored:
    """Store what a poll saw at that moment."""
    return store(cluster, without(whole(cluster, records), *unread), taken_at=at, seconds=0.1)
