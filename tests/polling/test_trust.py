"""What the operator's settings let a workload cluster's kubeconfig say besides."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from pytest_django import Settings

from ipviz.clusters.models import Cluster
from ipviz.polling.look import look
from tests.apiserver import FakeApiServer
from tests.certificates import needs_openssl, self_signed
from tests.factories import NINE

pytestmark = [pytest.mark.django_db(transaction=True), needs_openssl]


@pytest.fixture
def green(tmp_path: Path) -> Iterator[FakeApiServer]:
    with FakeApiServer("green", certificate=self_signed(tmp_path, "green")) as server:
        yield server


@pytest.fixture
def beta(green: FakeApiServer, tmp_path: Path) -> Iterator[Cluster]:
    """A workload cluster whose kubeconfig asks not to verify its certificate."""
    config = yaml.safe_load(green.kubeconfig())
    config["clusters"][0]["cluster"] = {"server": green.url, "insecure-skip-tls-verify": True}
    secret = {
        "kind": "Secret",
        "metadata": {"name": "beta-kubeconfig", "namespace": "org-acme"},
        "data": {"value": base64.b64encode(yaml.safe_dump(config).encode()).decode()},
    }
    cluster = {
        "kind": "Cluster",
        "metadata": {"name": "beta", "namespace": "org-acme"},
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443}},
    }
    with FakeApiServer("gmc") as gmc:
        gmc.create([secret, cluster])
        call_command("cluster", "add", "gmc", "--kubeconfig", str(gmc.write_kubeconfig(tmp_path / "gmc")))
        with pytest.raises(SystemExit):
            call_command("poll")
        yield Cluster.objects.to_read().get(path="gmc/org-acme/beta")


def test_a_cluster_is_read_unverified_only_where_it_is_named(beta: Cluster, settings: Settings) -> None:
    refused = look(beta, at=NINE).observation.error
    assert refused == (
        "Secret org-acme/beta-kubeconfig: insecure-skip-tls-verify is refused unless the operator adds "
        "gmc/org-acme/beta to IPVIZ_INSECURE_CLUSTERS"
    )
    settings.INSECURE_CLUSTERS = ["gmc/org-acme/gamma"]
    assert look(beta, at=NINE).observation.error == refused
    settings.INSECURE_CLUSTERS = ["gmc/org-acme/beta"]
    assert look(beta, at=NINE).observation.error == ""


def test_this_machine_is_read_only_where_the_operator_says_so(beta: Cluster, settings: Settings) -> None:
    settings.INSECURE_CLUSTERS = ["gmc/org-acme/beta"]
    settings.ALLOW_LOOPBACK = False
    assert look(beta, at=NINE).observation.error == (
        "Secret org-acme/beta-kubeconfig: server 127.0.0.1 is this machine itself, which only "
        "IPVIZ_ALLOW_LOOPBACK allows"
    )


def test_a_cluster_may_take_as_long_as_the_setting_says(beta: Cluster, settings: Settings) -> None:
    settings.INSECURE_CLUSTERS = ["gmc/org-acme/beta"]
    settings.POLL_DEADLINE = settings.POLL_DEADLINE * 0
    assert "took longer than 0 s in all" in look(beta, at=NINE).observation.error
