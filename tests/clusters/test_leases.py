"""Who polls a cluster: one at a time, and another when that one dies."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ipviz.clusters.leases import TO_STORE, Pace, claim_turn, give_back, note_failure, note_success, take
from ipviz.clusters.models import Cluster
from tests.factories import management_cluster, minutes, workload_cluster

pytestmark = pytest.mark.django_db

PACE = Pace(interval=timedelta(seconds=30), deadline=timedelta(seconds=60))


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


def again(cluster: Cluster) -> Cluster:
    return Cluster.objects.get(pk=cluster.pk)


def test_one_claim_of_a_turn_succeeds(gmc: Cluster) -> None:
    assert [claim_turn(gmc, at=minutes(0), pace=PACE) for _ in range(3)] == [True, False, False]
    assert claim_turn(gmc, at=minutes(1), pace=PACE)


def test_one_of_all_who_try_gets_the_lease(gmc: Cluster) -> None:
    leases = [take(gmc, at=minutes(0), pace=PACE) for _ in range(3)]
    assert leases[0] is not None
    assert leases[1:] == [None, None]


def test_who_comes_too_late_makes_the_cluster_due_as_soon_as_it_is_free(gmc: Cluster) -> None:
    lease = take(gmc, at=minutes(0), pace=PACE)
    assert take(gmc, at=minutes(0.1), pace=PACE) is None
    assert not Cluster.objects.due(minutes(0.2)).exists()
    give_back(gmc, lease)
    assert Cluster.objects.due(minutes(0.2)).get() == gmc


def test_the_lease_of_one_who_died_can_be_taken_over_when_it_has_run_out(gmc: Cluster) -> None:
    first = take(gmc, at=minutes(0), pace=PACE)
    end = minutes(0) + PACE.deadline + TO_STORE
    assert take(gmc, at=end - timedelta(seconds=1), pace=PACE) is None
    second = take(gmc, at=end, pace=PACE)
    assert second is not None
    assert give_back(gmc, first) is None
    assert give_back(gmc, second) == gmc


def test_a_lease_lasts_for_all_roads_by_which_the_cluster_may_be_read(gmc: Cluster) -> None:
    second = management_cluster("gmc-too")
    Cluster.objects.filter(pk=second.pk).update(same_as=gmc)
    take(Cluster.objects.to_read().get(pk=gmc.pk), at=minutes(0), pace=PACE)
    assert again(gmc).leased_until == minutes(0) + 2 * PACE.deadline + TO_STORE


def test_a_lease_that_was_taken_by_force_is_no_longer_the_first_ones(gmc: Cluster) -> None:
    first = take(gmc, at=minutes(0), pace=PACE)
    second = take(gmc, at=minutes(0), pace=PACE, by_force=True)
    assert give_back(gmc, first) is None
    assert give_back(gmc, second) == gmc
    assert again(gmc).lease is None


def test_a_cluster_that_has_retired_is_neither_leased_nor_stored(gmc: Cluster) -> None:
    beta = workload_cluster(gmc, "beta")
    lease = take(beta, at=minutes(0), pace=PACE)
    Cluster.objects.filter(pk=beta.pk).update(retired_at=minutes(0))
    assert give_back(beta, lease) is None
    assert take(beta, at=minutes(5), pace=PACE) is None


def test_without_a_lease_a_row_is_given_only_while_nobody_has_one(gmc: Cluster) -> None:
    assert give_back(gmc, None) == gmc
    take(gmc, at=minutes(0), pace=PACE)
    assert give_back(gmc, None) is None
    assert give_back(gmc, uuid4()) is None


def test_a_failing_cluster_backs_off_and_a_success_ends_that(gmc: Cluster) -> None:
    for failures, after in ((1, 0.5), (2, 1), (3, 2)):
        note_failure(again(gmc), at=minutes(0), pace=PACE, jitter=0, asked=None)
        assert (again(gmc).failures, again(gmc).next_poll_at) == (failures, minutes(after))
    note_success(again(gmc), at=minutes(3), asked=None)
    assert again(gmc).failures == 0


def test_a_server_that_answers_and_asks_us_to_wait_is_left_in_peace(gmc: Cluster) -> None:
    take(gmc, at=minutes(0), pace=PACE)
    note_success(again(gmc), at=minutes(0), asked=120)
    assert again(gmc).next_poll_at == minutes(2)
