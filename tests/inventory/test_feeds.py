"""What happened is numbered in the order of commits, so that who reads on misses nothing."""

from collections.abc import Callable

import pytest
from django.db import transaction

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Ref, SeenService
from ipviz.inventory.feeds import add
from ipviz.inventory.models import Change, Feed
from tests.factories import management_cluster, minutes, see, workload_cluster
from tests.side_by_side import in_a_thread, uncommitted, wait_until_it_waits_or_has_ended


def service(address: str) -> SeenService:
    return SeenService(Ref("Service", "shop", "web", "uid"), annotation=address, ingress=(Ingress(address),))


def moved(cluster: Cluster, minute: int) -> Callable[[], object]:
    """A poll that saw a Service at another address than the one before."""
    return lambda: see(cluster, service(f"192.0.2.{minute}"), at=minutes(minute))


def numbers() -> list[int]:
    return list(Change.objects.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def clusters(db: None) -> tuple[Cluster, Cluster]:
    management = management_cluster()
    beta, gamma = workload_cluster(management, "beta"), workload_cluster(management, "gamma")
    for cluster in (beta, gamma):
        moved(cluster, 0)()
    return beta, gamma


@pytest.mark.django_db(transaction=True)
def test_who_reads_between_two_commits_misses_neither(clusters: tuple[Cluster, Cluster]) -> None:
    beta, gamma = clusters
    read: list[int] = []

    def read_on() -> None:
        read.extend(
            Change.objects.filter(pk__gt=max(read, default=0)).order_by("pk").values_list("pk", flat=True)
        )

    with uncommitted(moved(beta, 1)):
        second, _ = in_a_thread(moved(gamma, 2))
        wait_until_it_waits_or_has_ended(second)
        read_on()
    read_on()
    second.join()
    read_on()
    assert read == numbers() == [1, 2]


def test_what_is_taken_back_leaves_no_gap(clusters: tuple[Cluster, Cluster]) -> None:
    beta, gamma = clusters
    moved(beta, 1)()
    with transaction.atomic():
        moved(gamma, 2)()
        transaction.set_rollback(True)
    moved(gamma, 3)()
    assert numbers() == [1, 2]
    assert Feed.objects.last_of(Feed.Name.CHANGES) == 2


def test_the_changes_of_a_poll_are_numbered_one_after_the_other(clusters: tuple[Cluster, Cluster]) -> None:
    beta, gamma = clusters
    moved(gamma, 1)()
    many = [SeenService(Ref("Service", "shop", f"web-{n}", f"uid-{n}")) for n in range(3)]
    see(beta, *many, at=minutes(2))
    assert numbers() == [1, 2, 3, 4, 5]
    assert list(Change.objects.order_by("pk").values_list("name", flat=True))[1:] == [
        "web-0", "web-1", "web-2", "web"
    ]  # fmt: skip


def test_for_nothing_that_happened_nothing_is_asked(
    db: None, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        add([], Feed.Name.CHANGES)
