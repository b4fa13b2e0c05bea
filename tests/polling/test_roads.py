"""A cluster that can be reached by two roads is one cluster, and is read by whichever leads there."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipviz.clusters.identity import recognise
from ipviz.clusters.models import Cluster
from ipviz.inventory.models import Occupancy, Snapshot
from ipviz.polling.look import look, source_of
from ipviz.polling.poll import Polled, begin, poll, record
from tests.apiserver import FakeApiServer
from tests.factories import management_cluster, minutes, workload_cluster

pytestmark = pytest.mark.django_db

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "annotations": {"kube-vip.io/loadbalancerIPs": "192.0.2.7"},
    },
    "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]},
}
BETA = {
    "apiVersion": "cluster.x-k8s.io/v1beta2",
    "kind": "Cluster",
    "metadata": {"name": "beta", "namespace": "org-acme"},
    "spec": {"controlPlaneEndpoint": {"host": "192.0.2.9", "port": 6443}},
}


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer("gmc") as started:
        started.create([SERVICE])
        yield started


@pytest.fixture
def gmc(server: FakeApiServer, tmp_path: Path) -> Cluster:
    return registered("gmc", server, tmp_path)


def registered(name: str, server: FakeApiServer, folder: Path) -> Cluster:
    path = server.write_kubeconfig(folder / name)
    cluster = management_cluster(name)
    Cluster.objects.filter(pk=cluster.pk).update(dump="", kubeconfig=str(path))
    return cluster


def polled(cluster: Cluster, at: float) -> Polled:
    found = poll(Cluster.objects.to_read().get(pk=cluster.pk), at=minutes(at))
    assert found is not None
    return found


def lose_the_road(cluster: Cluster) -> None:
    Path(Cluster.objects.get(pk=cluster.pk).kubeconfig).unlink()


def again(cluster: Cluster) -> Cluster:
    return Cluster.objects.get(pk=cluster.pk)


def test_the_second_road_is_asked_only_which_cluster_answers(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    too = registered("gmc-too", server, tmp_path)
    polled(gmc, 0)
    assert "the same cluster as gmc" in polled(too, 1).why
    server.requests.clear()
    assert "the same cluster as gmc" in polled(too, 2).why
    assert server.requests == ["/api/v1/namespaces/kube-system"]
    assert Occupancy.objects.now().count() == 1


def test_where_its_own_road_leads_nowhere_a_cluster_is_read_by_the_second(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    too = registered("gmc-too", server, tmp_path)
    polled(gmc, 0)
    polled(too, 0)
    lose_the_road(gmc)
    found = polled(gmc, 1)
    assert found.stored is not None
    snapshot = found.stored.snapshot
    assert (snapshot.cluster, snapshot.outcome, snapshot.road) == (gmc, "whole", "gmc-too")
    assert again(gmc).failures == 0
    assert "by way of gmc-too" in found.in_words()[0]


def test_where_both_roads_lead_nowhere_the_reason_of_its_own_is_told(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    too = registered("gmc-too", server, tmp_path)
    polled(gmc, 0)
    polled(too, 0)
    lose_the_road(gmc)
    lose_the_road(too)
    found = polled(gmc, 1)
    assert found.stored is not None
    assert (found.stored.snapshot.outcome, found.stored.snapshot.fault) == ("failed", "unusable")
    assert f"{tmp_path / 'gmc'} is not there" in found.stored.snapshot.error
    assert Occupancy.objects.now().count() == 1


def test_a_second_road_that_leads_elsewhere_by_now_is_not_taken(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    too = registered("gmc-too", server, tmp_path)
    polled(gmc, 0)
    polled(too, 0)
    lose_the_road(gmc)
    with FakeApiServer("stranger") as stranger:
        stranger.write_kubeconfig(tmp_path / "gmc-too")
        found = polled(gmc, 1)
        assert found.stored is not None
        assert found.stored.snapshot.outcome == "failed"
        assert "no longer the same cluster" in polled(too, 1).why
        assert polled(too, 2).is_whole
    assert again(too).same_as is None
    assert Snapshot.objects.filter(cluster=too, outcome="whole").exists()


def test_a_workload_cluster_is_reached_through_the_second_road_to_its_management_cluster(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    with FakeApiServer("beta") as beta:
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "beta-kubeconfig", "namespace": "org-acme"},
            "data": {"value": base64.b64encode(beta.kubeconfig().encode()).decode()},
        }
        server.create([BETA, secret])
        too = registered("gmc-too", server, tmp_path)
        polled(gmc, 0)
        polled(too, 0)
        lose_the_road(gmc)
        assert polled(Cluster.objects.get(path="gmc/org-acme/beta"), 1).is_whole


def test_a_management_cluster_takes_over_from_the_workload_cluster_that_it_was_found_as(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    with FakeApiServer("lab") as lab_server:
        lab_server.create([{**SERVICE, "metadata": {**SERVICE["metadata"], "name": "lab"}}])  # type: ignore[dict-item]
        found = Cluster.objects.create(
            kind="workload", path="gmc/org-acme/lab", name="lab", namespace="org-acme",
            segment=gmc.segment, management_cluster=gmc,
        )  # fmt: skip
        lab = registered("lab", lab_server, tmp_path)
        record(look(again(found), at=minutes(0), open_source=lambda _: source_of(again(lab))))
        since = Occupancy.objects.of(found).now().get().seen_from
        assert polled(lab, 1).is_whole
        assert again(found).same_as == lab
        (row,) = Occupancy.objects.now().filter(name="lab")
        assert (row.cluster, row.seen_from, row.consumer_cluster) == (lab, since, "lab")


def test_a_poll_in_flight_while_its_cluster_is_retired_stores_nothing(gmc: Cluster) -> None:
    turn = begin(gmc, at=minutes(0))
    assert turn is not None
    seen = look(Cluster.objects.to_read().get(pk=gmc.pk), at=turn.at, lease=turn.lease)
    Cluster.objects.filter(pk=gmc.pk).update(retired_at=minutes(0))
    assert record(seen).stored is None
    assert not Snapshot.objects.exists()
    assert not Occupancy.objects.exists()


def test_what_a_worker_read_is_dropped_when_another_took_over_its_lease(gmc: Cluster) -> None:
    slow = begin(gmc, at=minutes(0))
    assert slow is not None
    seen = look(Cluster.objects.to_read().get(pk=gmc.pk), at=slow.at, lease=slow.lease)
    assert begin(gmc, at=minutes(1)) is None
    assert polled(gmc, 2).is_whole
    assert record(seen).why == "polled by another meanwhile, or gone"
    assert Snapshot.objects.count() == 1


def test_a_clock_that_was_set_back_discards_no_poll(gmc: Cluster, server: FakeApiServer) -> None:
    polled(gmc, 10)
    server.delete(SERVICE)
    found = polled(gmc, 5)
    assert found.stored is not None
    assert (found.stored.is_new, found.stored.gone) == (True, 1)
    assert not Occupancy.objects.now().exists()


def test_a_cluster_that_cannot_be_read_backs_off(gmc: Cluster) -> None:
    lose_the_road(gmc)
    polled(gmc, 0)
    polled(gmc, 1)
    row = again(gmc)
    assert row.failures == 2
    assert row.next_poll_at is not None
    assert minutes(2) <= row.next_poll_at <= minutes(2.5)
    assert row.lease is None


def test_reading_a_cluster_by_any_road_asks_the_database_for_nothing(
    gmc: Cluster, server: FakeApiServer, tmp_path: Path
) -> None:
    too = registered("gmc-too", server, tmp_path)
    beta = workload_cluster(gmc, "beta")
    twin = workload_cluster(too, "beta")
    recognise(gmc, "uid-gmc")
    recognise(too, "uid-gmc")
    recognise(beta, "uid-beta")
    recognise(twin, "uid-beta")
    lose_the_road(gmc)
    clusters = list(Cluster.objects.to_read())
    with CaptureQueriesContext(connection) as asked:
        for each in clusters:
            look(each, at=minutes(0))
    assert [each["sql"] for each in asked] == []
