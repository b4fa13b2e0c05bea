"""Reading a live API server, and every way in which it can let us down."""

import base64
import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipviz.domain.seen import Observation, Read, Unread
from ipviz.kube.client import Limits
from ipviz.kube.connection import Connection
from ipviz.kube.errors import BadKubeconfig, Forbidden, KubeError, Malformed, NoSuchObject, Throttled
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import KINDS, kinds_for, kinds_named
from ipviz.kube.kubeconfig import from_file
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source
from tests.apiserver import ADMIN, Answer, FakeApiServer, self_signed
from tests.kube.samples import cloud_provider, ip_address, load_balancer, meta, names_of

SOON = Limits(connect=1.0, read=0.3, total=2.0)
ALL = kinds_for(is_management=True)


def typed(kind: str, of: Any, api_version: str = "v1") -> Any:
    return {"kind": kind, "apiVersion": api_version, **of}


def addresses(count: int) -> list[Any]:
    return [typed("IPAddress", ip_address(f"a{n:04}")) for n in range(count)]


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer("blue") as running:
        running.create([typed("IPAddress", ip_address("blue")), typed("Service", load_balancer("web"))])
        yield running


def observe(server: FakeApiServer, *kinds: str, token: str = ADMIN, limits: Limits = SOON) -> Observation:
    connection = Connection(server.url, "the test", token=token)
    with LiveSource(connection, limits) as source:
        return parse(source.listing(kinds_named(*kinds) if kinds else ALL))


def reason(found: Observation, kind: str) -> str:
    read = found.kinds[kind]
    assert isinstance(read, Unread), read
    return read.reason


def unread(found: Observation) -> list[str]:
    return [kind for kind, read in found.kinds.items() if isinstance(read, Unread)]


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


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            {"status": 403, "message": "services is forbidden"},
            "not allowed to read services (403): services is forbidden",
        ),
        ({"status": 429}, "{url} is too busy to answer for services (429): made to fail by the test"),
        ({"status": 500}, "{url} failed on services (500): made to fail by the test"),
        ({"status": 503}, "{url} failed on services (503): made to fail by the test"),
        (
            {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
            "{url} answered 302 for services, which no API server would: made to fail by the test",
        ),
        ({"cut": True}, "the answer of {url} for services is cut off or not HTTP"),
        ({"hang_seconds": 5}, "{url} did not answer for services in time"),
        ({"body": b"<html>login</html>"}, "the answer for services is not the JSON that was asked for"),
        ({"body": b"{}"}, "the list of Service objects is not one: Object missing required field `items`"),
        ({"body": b"x" * 300, "status": 500}, "{url} failed on services (500): " + "x" * 255 + "…"),
    ],
    ids=lambda value: repr(value)[:32] if isinstance(value, dict) else "",
)
def test_one_kind_that_fails_leaves_the_others(how: dict[str, Any], said: str, server: FakeApiServer) -> None:
    server.fail("Service", **how)
    found = observe(server)
    assert unread(found) == ["Service"]
    assert reason(found, "Service").startswith(said.format(url=server.url))
    assert found.error == ""


def test_an_answer_that_is_too_large_is_not_read_whole(server: FakeApiServer) -> None:
    server.set_objects(addresses(200))
    assert "too large" in reason(observe(server, limits=Limits(page=10_000)), "IPAddress")


def test_all_answers_together_have_a_limit_too(server: FakeApiServer) -> None:
    server.set_objects(addresses(1000))
    found = observe(server, "IPAddress", limits=Limits(everything=200_000))
    assert "too large" in reason(found, "IPAddress")


def test_a_throttled_request_says_when_to_come_back(server: FakeApiServer) -> None:
    server.fail("Service", status=429, headers={"Retry-After": "7"})
    with LiveSource(Connection(server.url, "the test", token=ADMIN)) as source:
        (service,) = kinds_named("Service")
        with pytest.raises(Throttled) as caught:
            list(source.listing([service])["Service"](()))
    assert (caught.value.retry_after, caught.value.retryable) == (7.0, True)


def test_config_maps_are_unread_where_we_cannot_know_which(server: FakeApiServer) -> None:
    server.fail("Deployment", status=500)
    assert unread(observe(server)) == ["Deployment", "ConfigMap"]
    server.fail("Deployment", status=403)
    assert unread(observe(server)) == ["Deployment"]


def test_a_wrong_token_is_said_once(server: FakeApiServer) -> None:
    found = observe(server, token="wrong-token")
    assert found.error == f"{server.url} does not accept our credentials (401): Unauthorized"
    assert len(unread(found)) == len(KINDS)
    assert len(server.requests) == 1


def test_a_token_that_is_echoed_is_not_shown(server: FakeApiServer) -> None:
    server.fail("Service", status=403, message=f"Bearer {ADMIN} may not")
    assert reason(observe(server), "Service").endswith("(403): Bearer (token) may not")


def test_a_token_that_is_withdrawn_on_the_way_keeps_what_was_read(server: FakeApiServer) -> None:
    server.fail("Node", status=401)
    found = observe(server)
    assert unread(found) == ["Node", "Service", "Deployment", "ConfigMap"]
    assert found.error == ""


def test_a_server_that_is_not_there_costs_one_attempt() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with LiveSource(Connection(url, "the test"), SOON) as source:
        found = parse(source.listing(ALL))
    assert found.error == f"{url}: no connection: Connection refused"
    assert len(unread(found)) == len(KINDS)


def test_a_name_that_does_not_resolve_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with LiveSource(Connection("https://api.example.test", "the test"), SOON) as source:
        assert parse(source.listing(ALL)).error == "https://api.example.test: no such host name"


def test_a_silent_server_costs_one_timeout(server: FakeApiServer) -> None:
    server.fail("*", hang_seconds=5)
    begun = time.monotonic()
    found = observe(server)
    assert time.monotonic() - begun < 1.5
    assert found.error == f"{server.url} did not answer for Namespace kube-system in time"
    assert len(server.requests) == 1


def test_all_of_a_cluster_is_read_within_its_time(server: FakeApiServer) -> None:
    moments = iter(range(0, 1000, 10))
    with LiveSource(
        Connection(server.url, "the test", token=ADMIN), Limits(total=75), clock=lambda: next(moments)
    ) as source:
        found = parse(source.listing(ALL))
    assert isinstance(found.kinds["Namespace"], Read)
    assert reason(found, "ConfigMap")
    assert "took longer than 75 s" in reason(found, "Service")


def test_what_does_not_speak_http_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with _answering(listener, b"SSH-2.0-OpenSSH\r\n"), LiveSource(Connection(url, "x"), SOON) as source:
            assert "cut off or not HTTP" in parse(source.listing(ALL)).error


@contextlib.contextmanager
def _answering(listener: socket.socket, greeting: bytes) -> Iterator[None]:
    def greet() -> None:
        with contextlib.suppress(OSError):
            for _ in range(len(KINDS)):
                taken, _ = listener.accept()
                with taken:
                    taken.recv(4096)
                    taken.sendall(greeting)

    thread = threading.Thread(target=greet, daemon=True)
    thread.start()
    yield
    listener.close()


# Workload clusters


def kubeconfig_secret(content: str | bytes, name: str = "green") -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return typed(
        "Secret",
        {
            "metadata": meta(f"{name}-kubeconfig", "org-acme"),
            "data": {"value": base64.b64encode(data).decode()},
        },
    )


def test_a_workload_cluster_is_read_through_its_secret(server: FakeApiServer, tmp_path: Path) -> None:
    with FakeApiServer("green", tokens=["green-token"]) as green:
        green.create([typed("Service", load_balancer("shop"))])
        server.create([kubeconfig_secret(green.kubeconfig("green-token"))])
        with open_source(kubeconfig=server.write_kubeconfig(tmp_path / "config")) as source:
            workload = source.workload("org-acme", "green")
        with workload:
            found = parse(workload.listing(kinds_for(is_management=False)))
    assert names_of(found.kinds["Service"]) == ["shop"]
    assert list(found.kinds) == ["Namespace", "Node", "Service", "Deployment", "ConfigMap"]
    assert server.requests == ["/api/v1/namespaces/org-acme/secrets/green-kubeconfig"]


ORIGIN = "Secret org-acme/green-kubeconfig"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", f"{ORIGIN}: has no key `value`"),
        (b"text", f"{ORIGIN}: not a kubeconfig: not YAML (without aliases), or not a mapping"),
    ],
)
def test_a_secret_that_is_no_kubeconfig_is_named(content: bytes, said: str, server: FakeApiServer) -> None:
    server.create([kubeconfig_secret(content)])
    with pytest.raises(BadKubeconfig) as caught:
        _workload(server)
    assert str(caught.value) == said


def test_a_secret_that_is_not_there_or_not_ours_to_read_is_named(server: FakeApiServer) -> None:
    with pytest.raises(NoSuchObject) as absent:
        _workload(server)
    assert str(absent.value) == f"{ORIGIN} is not there: the cluster has no control plane yet, or is gone"
    server.fail("Secret", status=403)
    with pytest.raises(Forbidden, match="grant `get` on `secrets` in org-acme"):
        _workload(server)
    server.fail("Secret", body=b'{"data":{"value":"s3cret-not-base64!"}}')
    with pytest.raises(BadKubeconfig) as odd:
        _workload(server)
    assert str(odd.value) == f"{ORIGIN}: `value` is not base64"
    server.fail("Secret", body=b'{"data":"s3cret"}')
    with pytest.raises(Malformed) as no_secret:
        _workload(server)
    assert "s3cret" not in str(no_secret.value)


def test_a_clusters_name_cannot_lead_to_another_path(server: FakeApiServer) -> None:
    with LiveSource(Connection(server.url, "x", token=ADMIN)) as source:
        for namespace, name in (("..", "x"), ("a/b", "x"), ("a", "x?y"), ("", "x")):
            with pytest.raises(KubeError, match="not a name"):
                source.workload(namespace, name)
    assert server.requests == []


def test_a_deployment_cannot_name_a_config_map_on_another_path(server: FakeApiServer) -> None:
    provider = cloud_provider({"KUBEVIP_NAMESPACE": "..", "KUBEVIP_CONFIG_MAP": "x"})
    server.create([typed("Deployment", provider, "apps/v1")])
    assert "not a name that an object can have" in reason(observe(server), "ConfigMap")


def _workload(server: FakeApiServer) -> None:
    with LiveSource(Connection(server.url, "the test", token=ADMIN)) as source:
        source.workload("org-acme", "green").close()


# TLS

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make certificates with")


@needs_openssl
def test_the_expected_certificate_is_trusted_and_no_other(tmp_path: Path) -> None:
    ours, theirs = self_signed(tmp_path, "ours"), self_signed(tmp_path, "theirs")
    with FakeApiServer("blue", certificate=ours) as blue:
        path = blue.write_kubeconfig(tmp_path / "config")
        with open_source(kubeconfig=path) as source:
            assert parse(source.listing(ALL)).error == ""
        config = path.read_text()
        with FakeApiServer("red", certificate=theirs) as red:
            path.write_text(config.replace(blue.url, red.url))
            with open_source(kubeconfig=path) as source:
                found = parse(source.listing(ALL))
            assert found.error.startswith(f"{red.url}: its TLS certificate is not trusted: ")
            assert red.requests == []


@needs_openssl
def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    other = self_signed(tmp_path, "other", valid_for="IP:192.0.2.7")
    with FakeApiServer("blue", certificate=other) as blue:
        connection = from_file(blue.write_kubeconfig(tmp_path / "config"))
        with LiveSource(connection, SOON) as source:
            assert "IP address mismatch" in parse(source.listing(ALL)).error
        named = Connection(
            blue.url, "x", ca_data=connection.ca_data, token=ADMIN, tls_server_name="192.0.2.7"
        )
        with LiveSource(named, SOON) as source:
            assert parse(source.listing(ALL)).error == ""


@needs_openssl
def test_an_operator_who_does_not_verify_is_served(tmp_path: Path) -> None:
    with (
        FakeApiServer("blue", certificate=self_signed(tmp_path)) as blue,
        LiveSource(Connection(blue.url, "x", token=ADMIN, insecure=True), SOON) as source,
    ):
        assert parse(source.listing(ALL)).error == ""


def test_a_server_without_tls_is_said(server: FakeApiServer) -> None:
    with LiveSource(Connection(server.url.replace("http:", "https:"), "x"), SOON) as source:
        assert "it does not speak TLS as expected" in parse(source.listing(ALL)).error


@needs_openssl
def test_key_material_lies_in_a_private_folder_and_only_while_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    pem = self_signed(tmp_path).read_bytes()
    connection = Connection("https://192.0.2.7", "x", ca_data=pem, client_cert=pem, client_key=pem)
    with LiveSource(connection):
        (folder,) = (tmp_path / "temporary").iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert {each.stat().st_mode & 0o077 for each in folder.iterdir()} == {0}
    assert list((tmp_path / "temporary").iterdir()) == []


@needs_openssl
def test_key_material_that_is_none_is_said_before_any_request(tmp_path: Path) -> None:
    pem = self_signed(tmp_path).read_bytes()
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for material, said in (
        ({"ca_data": broken}, "certificate-authority holds no certificate"),
        (
            {"client_cert": broken, "client_key": pem},
            "client-certificate and client-key are not a certificate",
        ),
    ):
        with pytest.raises(BadKubeconfig, match=said):
            LiveSource(Connection("https://192.0.2.7", "x", **material))  # type: ignore[arg-type]


def test_proxies_of_the_environment_are_not_used(
    server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert observe(server).error == ""
