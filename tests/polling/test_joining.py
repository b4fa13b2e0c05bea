"""Trying a management cluster before it is registered, and registering it."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.registry import Where, WrongCluster, propose, register
from ipviz.domain.seen import Read, Unread
from ipviz.polling.demo import offer_demo
from ipviz.polling.joining import join, try_reading
from tests.apiserver import CAPI, READER, FakeApiServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer("gmc") as started:
        started.create([workload("beta"), workload("gamma")])
        started.create([kubeconfig_of("beta", started.kubeconfig(READER))])
        yield started


def workload(name: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{CAPI}/v1beta1",
        "kind": "Cluster",
        "metadata": {"namespace": "org-acme", "name": name},
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443}},
    }


def kubeconfig_of(name: str, text: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"namespace": "org-acme", "name": f"{name}-kubeconfig"},
        "data": {"value": base64.b64encode(text.encode()).decode()},
    }


def proposed(server: FakeApiServer, folder: Path, segment: str = "site-b") -> Cluster:
    path = server.write_kubeconfig(folder / "gmc.kubeconfig", READER)
    return propose("gmc", Where(kubeconfig=str(path)), segment=segment)


def test_a_trial_reads_all_that_a_poll_would_and_stores_nothing(
    server: FakeApiServer, tmp_path: Path
) -> None:
    server.fail("Service", status=403)
    trial = try_reading(proposed(server, tmp_path))
    assert {kind for kind, read in trial.observation.kinds.items() if isinstance(read, Unread)} == {"Service"}
    assert isinstance(trial.observation.kinds["Lease"], Read)
    assert not Cluster.objects.exists()
    assert not Segment.objects.exists()


def test_a_trial_tells_which_workload_clusters_could_be_read(server: FakeApiServer, tmp_path: Path) -> None:
    tried = try_reading(proposed(server, tmp_path)).workload_clusters
    beta, gamma = sorted(tried, key=lambda ref: ref.name)
    assert (beta.name, tried[beta]) == ("beta", "")
    assert "gamma-kubeconfig is not there" in tried[gamma]


def test_a_trial_of_what_is_no_kubeconfig_names_the_fault(tmp_path: Path) -> None:
    path = tmp_path / "secret.kubeconfig"
    path.write_text("password: planted")
    trial = try_reading(propose("gmc", Where(kubeconfig=str(path))))
    assert "no current-context" in trial.observation.error
    assert "planted" not in trial.observation.error


def test_joining_takes_the_demos_place_and_is_due_at_once(server: FakeApiServer, tmp_path: Path) -> None:
    offer_demo()
    joined = join(proposed(server, tmp_path))
    assert (joined.had_demo, joined.first) == (True, None)
    cluster = Cluster.objects.get()
    assert (cluster.segment.name, cluster.next_poll_at) == ("site-b", None)
    assert list(joined.in_words("Read it.")) == [
        "The demo fleet is gone: it was only there while no cluster was registered.",
        "gmc is registered on segment site-b. Read it.",
    ]


def test_who_is_refused_leaves_nothing_behind(server: FakeApiServer, tmp_path: Path) -> None:
    offer_demo()
    server.fail("*", status=403)
    with pytest.raises(WrongCluster, match="gmc was not added: not allowed"):
        join(proposed(server, tmp_path))
    assert Cluster.objects.filter(is_demo=True).exists()
    with pytest.raises(CommandError):
        call_command("cluster", "add", "hmc", "--kubeconfig", str(tmp_path / "none"), "--segment", "typo")
    assert not Segment.objects.exclude(name="default").exists()


def test_of_two_who_register_one_name_one_is_told_so() -> None:
    first, second = (propose("gmc", Where(dump="/nowhere")) for _ in range(2))
    register(first)
    with pytest.raises(WrongCluster, match="a cluster gmc is registered already"):
        register(second)


def test_a_trial_trusts_a_workload_clusters_kubeconfig_no_more_than_a_poll_does(
    server: FakeApiServer, tmp_path: Path, settings: Settings
) -> None:
    settings.ALLOW_LOOPBACK = False
    tried = try_reading(proposed(server, tmp_path)).workload_clusters
    assert "IPVIZ_ALLOW_LOOPBACK" in next(why for ref, why in tried.items() if ref.name == "beta")
