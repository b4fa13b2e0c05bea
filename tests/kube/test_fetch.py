"""Reading a live API server: which requests, in which order, and what a list must be to count."""

from pathlib import Path
from typing import Any

import pytest

from ipviz.domain.seen import Read
from ipviz.kube.kinds import KINDS
from ipviz.kube.limits import Limits
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source
from tests.apiserver import Answer, FakeApiServer
from tests.kube.reading import ALL, observe, reason, typed, unread
from tests.kube.samples import cloud_provider, ip_address, meta, names_of

SMALL = Limits(connect=1.0, read=0.5, total=5.0, page=1 << 20)


def addresses(count: int) -> list[Any]:
    return [typed("IPAddress", ip_address(f"a{n:04}")) for n in range(count)]


def test_a_whole_cluster_is_read(server: FakeApiServer, tmp_path: Path) -> None:
    with open_source(kubeconfig=server.write_kubeconfig(tmp_path / "config")) as source:
        found = parse(source.listing(ALL))
    assert (unread(found), found.error) == ([], "")
    assert list(found.kinds) == [kind.kind for kind in KINDS]
    assert names_of(found.kinds["IPAddress"]) == ["blue"]
    assert names_of(found.kinds["Service"]) == ["web"]
    assert found.cluster_uid


def test_a_long_list_is_read_page_by_page(server: FakeApiServer) -> None:
    server.set_objects(addresses(1201))
    assert len(names_of(observe(server, "IPAddress").kinds["IPAddress"])) == 1201
    asked = [each for each in server.requests if "/ipaddresses?" in each]
    assert ["continue=" in each for each in asked] == [False, True, True]
    assert all("limit=500" in each for each in asked)


def test_a_list_that_expires_is_started_again(server: FakeApiServer) -> None:
    server.set_objects(addresses(600))
    server.fail("IPAddress", status=410, after_pages=1, times=3)
    assert len(names_of(observe(server, "IPAddress").kinds["IPAddress"])) == 600


def test_a_list_that_always_expires_is_given_up(server: FakeApiServer) -> None:
    server.set_objects(addresses(600))
    server.fail("IPAddress", status=410, after_pages=1)
    found = observe(server, "IPAddress")
    assert "expired while it was read (410)" in reason(found, "IPAddress")
    assert len([each for each in server.requests if "/ipaddresses?" in each]) == 8


@pytest.mark.parametrize(
    "how",
    [
        {"cut": True},
        {"endless": True},
        {"body": b"<html>login</html>"},
        {"body": b'{"metadata":{"resourceVersion":'},
        {"body": b""},
        {"status": 403},
        {"status": 429},
        {"status": 500},
        {"hang_seconds": 5},
    ],
    ids=str,
)
def test_of_a_list_that_breaks_off_in_the_middle_nothing_counts(
    how: dict[str, Any], server: FakeApiServer
) -> None:
    server.set_objects(addresses(600))
    server.fail("IPAddress", after_pages=1, **how)
    found = observe(server, limits=SMALL)
    assert unread(found) == ["IPAddress"]
    assert (found.error, found.fault) == ("", None)


def test_a_busy_server_is_not_asked_again_before_it_says_so(server: FakeApiServer) -> None:
    server.set_objects(addresses(600))
    server.fail("IPAddress", status=429, headers={"Retry-After": "7"}, after_pages=1)
    found = observe(server)
    assert (unread(found), found.retry_after) == (["IPAddress"], 7.0)
    assert len([each for each in server.requests if "/ipaddresses?" in each]) == 2


def test_bad_objects_fail_alone_on_whichever_page_they_are(server: FakeApiServer) -> None:
    bad = [typed("IPAddress", ip_address(name, "not-an-ip")) for name in ("a0000", "a0600", "a1200")]
    server.set_objects([*addresses(1201), *bad])
    found = observe(server, "IPAddress").kinds["IPAddress"]
    assert isinstance(found, Read)
    assert len(found.records) == 1198
    assert [each.name for each in found.unreadable] == ["a0000", "a0600", "a1200"]


def test_a_list_of_none_is_read_and_empty(server: FakeApiServer) -> None:
    server.set_objects([])
    assert observe(server, "IPAddress").kinds["IPAddress"] == Read()


def test_pages_of_different_moments_are_not_put_together(server: FakeApiServer) -> None:
    server.set_objects(addresses(600))
    other = b'{"metadata":{"resourceVersion":"other"},"items":[]}'
    server.fail("IPAddress", body=other, after_pages=1)
    assert "changed its resourceVersion" in reason(observe(server, "IPAddress"), "IPAddress")


def test_an_endless_list_is_no_list(server: FakeApiServer) -> None:
    server.fail("IPAddress", body=b'{"metadata":{"resourceVersion":"1","continue":"0.0.0"},"items":[]}')
    assert "does not go on" in reason(observe(server, "IPAddress"), "IPAddress")


def test_only_what_a_narrow_role_allows_is_asked_for(server: FakeApiServer) -> None:
    provider = cloud_provider({"KUBEVIP_NAMESPACE": "lb", "KUBEVIP_CONFIG_MAP": "ranges"})
    ranges = {"metadata": meta("ranges", "lb"), "data": {"cidr-global": "192.0.2.0/28"}}
    server.create([typed("Deployment", provider, "apps/v1"), typed("ConfigMap", ranges)])
    found = observe(server)
    assert names_of(found.kinds["ConfigMap"]) == ["ranges"]
    asked = [each.partition("?")[0] for each in server.requests]
    assert [each for each in asked if "configmaps" in each] == [
        "/api/v1/namespaces/kube-system/configmaps/kube-vip-cloud-provider",
        "/api/v1/namespaces/kube-system/configmaps/kubevip",
        "/api/v1/namespaces/lb/configmaps/ranges",
    ]
    assert "/api/v1/namespaces/kube-system" in asked
    assert "/api/v1/namespaces" not in asked
    assert "/apis/apps/v1/namespaces/kube-system/deployments" in asked


@pytest.mark.parametrize(
    ("served", "asked"),
    [
        (("v1beta2", "v1beta1"), "v1beta2"),
        (("v1alpha1", "v1beta1"), "v1beta1"),
        (("v1alpha1",), "v1alpha1"),
        (("v2", "v1beta1"), "v1beta1"),
    ],
)
def test_the_newest_version_that_both_know_is_read(
    served: tuple[str, ...], asked: str, server: FakeApiServer
) -> None:
    server.serve("IPAddress", *served)
    assert names_of(observe(server, "IPAddress").kinds["IPAddress"]) == ["blue"]
    assert server.requests[-1] == f"/apis/ipam.cluster.x-k8s.io/{asked}/ipaddresses?limit=500"


def test_a_kind_that_is_not_installed_is_read_and_empty(server: FakeApiServer) -> None:
    for kind in ("InClusterIPPool", "Cluster", "Machine"):
        server.serve(kind)
    found = observe(server)
    assert unread(found) == []
    missing = [k for k, read in found.kinds.items() if isinstance(read, Read) and not read.installed]
    assert missing == ["InClusterIPPool", "Cluster", "Machine"]


def test_a_kind_in_versions_that_we_do_not_read_is_not_taken_for_absent(server: FakeApiServer) -> None:
    server.serve("InClusterIPPool", "v1alpha1")
    assert reason(observe(server), "InClusterIPPool") == (
        "inclusterippools.ipam.cluster.x-k8s.io is served as v1alpha1, and this program reads v1alpha2"
    )


def test_a_404_from_what_is_no_api_server_is_not_taken_for_absence(server: FakeApiServer) -> None:
    server.served.clear()
    found = observe(server, "IPAddress", "Service", "Namespace")
    assert unread(found) == ["Namespace", "Service"]
    server.answer = lambda target, authorization: Answer(404, b"<h1>404</h1>")  # type: ignore[method-assign]
    found = observe(server)
    assert len(unread(found)) == len(KINDS)
    assert "is it a Kubernetes API server?" in found.error


def test_config_maps_are_unread_where_we_cannot_know_which(server: FakeApiServer) -> None:
    server.fail("Deployment", status=500)
    assert unread(observe(server)) == ["Deployment", "ConfigMap"]
    server.fail("Deployment", status=403)
    assert unread(observe(server)) == ["Deployment"]


def test_a_deployment_cannot_name_a_config_map_on_another_path(server: FakeApiServer) -> None:
    provider = cloud_provider({"KUBEVIP_NAMESPACE": "..", "KUBEVIP_CONFIG_MAP": "x"})
    server.create([typed("Deployment", provider, "apps/v1")])
    assert "not a name that an object can have" in reason(observe(server), "ConfigMap")
