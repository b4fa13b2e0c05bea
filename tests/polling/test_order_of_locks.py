"""Polls that are stored at one time never wait for each other in a circle."""

import pytest
from django.db import transaction

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Seen
from ipviz.inventory.models import Change, Snapshot
from ipviz.polling.look import Look
from ipviz.polling.poll import Polled, record
from tests.builders import seen_cluster, seen_service
from tests.factories import management_cluster, minutes, whole, workload_cluster
from tests.side_by_side import in_a_thread, wait_until_it_waits_or_has_ended

pytestmark = pytest.mark.django_db(transaction=True)


def recorded(cluster: Cluster, *seen: Seen, minute: int) -> Polled:
    return record(Look(cluster, whole(cluster, seen), minutes(minute), 0.1))


def test_a_management_cluster_waits_for_one_that_it_parts_with_before_it_tells_anything() -> None:
    """Both have something to tell, and the first writes the row that the second holds."""
    gmc = management_cluster()
    beta = workload_cluster(gmc, "beta")
    recorded(gmc, seen_cluster("beta", "192.0.2.233"), minute=0)
    recorded(beta, minute=0)
    with transaction.atomic():
        Cluster.objects.select_for_update().get(pk=beta.pk)
        first, _ = in_a_thread(lambda: recorded(gmc, minute=1))
        wait_until_it_waits_or_has_ended(first)
        recorded(beta, seen_service("web", annotation="192.0.2.7"), minute=1)
    first.join()
    assert Snapshot.objects.filter(outcome="whole").count() == 4
    assert list(Change.objects.order_by("pk").values_list("what", "name")) == [
        ("appeared", "web"),
        ("went", "beta"),
    ]
