"""Another cluster takes over a control plane address: the cluster behind it is not seen, and we say why."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy
from ipviz.polling.policy import policy
from ipviz.polling.poll import poll
from ipviz.polling.watch import watch
from tests.apiserver import FakeApiServer, Object
from tests.certificates import needs_openssl, self_signed
from tests.factories import management_cluster, minutes

pytestmark = [pytest.mark.django_db, needs_openssl]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, FakeApiServer]]:
    made = {
        "gmc": FakeApiServer("gmc"),
        "beta": FakeApiServer("beta", certificate=self_signed(tmp_path, "beta")),
        "gamma": FakeApiServer("gamma", certificate=self_signed(tmp_path, "gamma")),
    }
    for each in made.values():
        each.start()
    yield made
    for each in made.values():
        each.stop()


def cluster_object() -> Object:
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Cluster",
        "metadata": {"name": "beta", "namespace": "org-acme"},
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.9", "port": 6443}},
    }


def secret(kubeconfig: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "beta-kubeconfig", "namespace": "org-acme"},
        "data": {"value": base64.b64encode(kubeconfig.encode()).decode()},
    }


def service() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "annotations": {"kube-vip.io/loadbalancerIPs": "192.0.2.7"},
        },
        "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]},
    }


def read(path: str, at: float) -> str:
    polled = poll(Cluster.objects.to_read().get(path=path), at=minutes(at))
    assert polled is not None
    assert polled.stored is not None
    return polled.stored.snapshot.fault


def test_a_stranger_at_the_address_of_a_cluster(servers: dict[str, FakeApiServer], tmp_path: Path) -> None:
    gmc = management_cluster()
    Cluster.objects.filter(pk=gmc.pk).update(
        dump="", kubeconfig=str(servers["gmc"].write_kubeconfig(tmp_path / "gmc"))
    )
    kubeconfig = servers["beta"].kubeconfig()
    servers["beta"].create([service()])
    servers["gmc"].create([cluster_object(), secret(kubeconfig)])
    assert read("gmc", 0) == ""
    assert read("gmc/org-acme/beta", 0) == ""
    watch(gmc.segment, policy=policy(), at=minutes(0.1))
    assert not Finding.objects.filter(rule="B2").exists()

    # gamma answers now where beta's kubeconfig leads.
    hijacked = kubeconfig.replace(servers["beta"].url, servers["gamma"].url)
    servers["gmc"].patch(secret(""), secret(hijacked))
    assert read("gmc", 1) == ""
    assert read("gmc/org-acme/beta", 1) == "untrusted"
    watch(gmc.segment, policy=policy(), at=minutes(1.1))
    finding = Finding.objects.get(rule="B2")
    assert (finding.subject, finding.severity, finding.status) == ("gmc/org-acme/beta", "critical", "open")
    assert "192.0.2.9, the API address of beta" in finding.title
    assert Occupancy.objects.now().filter(cluster__path="gmc/org-acme/beta", role="SVC").exists()

    servers["gmc"].patch(secret(""), secret(kubeconfig))
    assert read("gmc/org-acme/beta", 2) == ""
    watch(gmc.segment, policy=policy(), at=minutes(2.1))
    finding.refresh_from_db()
    assert finding.status == "resolved"
