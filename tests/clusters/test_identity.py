"""Two roads to one cluster are one cluster, by the uid of kube-system."""

import pytest

from ipviz.clusters.identity import answers_as, recognise, still_leads
from ipviz.clusters.models import Cluster
from tests.factories import management_cluster, workload_cluster

pytestmark = pytest.mark.django_db


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


def again(cluster: Cluster) -> Cluster:
    return Cluster.objects.get(pk=cluster.pk)


def test_the_later_of_two_roads_is_the_second(gmc: Cluster) -> None:
    other = management_cluster("gmc-too")
    assert recognise(gmc, "uid-1") is None
    assert recognise(other, "uid-1") == gmc
    assert again(other).same_as == gmc


def test_a_management_cluster_is_read_in_the_place_of_the_workload_cluster_that_it_was_found_as(
    gmc: Cluster,
) -> None:
    found = workload_cluster(gmc, "lab")
    recognise(found, "uid-lab")
    lab = management_cluster("lab")
    assert recognise(lab, "uid-lab") == found
    assert (again(lab).same_as, again(found).same_as) == (None, lab)


def test_what_led_to_the_second_road_leads_to_the_first(gmc: Cluster) -> None:
    found, twin = workload_cluster(gmc, "lab"), workload_cluster(gmc, "lab", "org-two")
    recognise(found, "uid-lab")
    recognise(twin, "uid-lab")
    lab = management_cluster("lab")
    recognise(lab, "uid-lab")
    assert again(twin).same_as == lab


def test_an_unknown_uid_recognises_nobody(gmc: Cluster) -> None:
    assert recognise(gmc, "") is None
    assert recognise(workload_cluster(gmc, "beta"), "") is None


def test_a_second_road_that_leads_elsewhere_is_a_cluster_of_its_own_again(gmc: Cluster) -> None:
    other = management_cluster("gmc-too")
    recognise(gmc, "uid-1")
    recognise(other, "uid-1")
    assert still_leads(other, "uid-1")
    assert still_leads(other, "")
    assert not still_leads(other, "uid-2")
    assert (again(other).same_as, again(other).uid, again(other).next_poll_at) == (None, "uid-2", None)


def test_a_second_road_that_its_machines_told_of_is_known_by_its_uid_once_that_is_seen(gmc: Cluster) -> None:
    itself = workload_cluster(gmc, "gmc")
    recognise(gmc, "uid-1")
    itself.same_as = gmc
    itself.save()
    assert still_leads(itself, "uid-1")
    assert again(itself).uid == "uid-1"


def test_a_cluster_that_was_known_and_shows_anothers_uid_is_answered_for(gmc: Cluster) -> None:
    beta = workload_cluster(gmc, "beta")
    recognise(gmc, "uid-1")
    recognise(beta, "uid-2")
    assert answers_as(beta, "uid-1") == gmc
    assert answers_as(beta, "uid-2") is None
    assert answers_as(beta, "uid-3") is None
