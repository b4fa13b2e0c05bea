"""Every way in which a server can let us down: it is said in one line, and the rest is read."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipviz.domain.seen import Fault, Read, SeenCluster
from ipviz.kube.connection import Connection
from ipviz.kube.errors import BadKubeconfig, KubeError, NoKubeconfig, OutOfTime, Throttled
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import KINDS, kinds_named
from ipviz.kube.limits import Deadline, Limits
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source
from tests.apiserver import ADMIN, FakeApiServer
from tests.kube.reading import (
    ALL,
    HERE,
    SOON,
    WORKLOAD,
    connection_to,
    kubeconfig_secret,
    observe,
    observe_at,
    observe_workload,
    reason,
    typed,
    unread,
)
from tests.kube.samples import ip_address, load_balancer, meta, names_of

OVER = Limits(connect=5.0, read=5.0, total=0.5)
"""Each byte comes in time, and all of them do not."""


def addresses(count: int) -> list[Any]:
    return [typed("IPAddress", ip_address(f"a{n:04}")) for n in range(count)]


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
        (
            {"endless": True},
            "the answer for services is too large",
        ),
        ({"hang_seconds": 5}, "{url} did not answer for services in time"),
        ({"body": b"<html>login</html>"}, "the list of Service objects is not one: JSON is malformed"),
        ({"body": b"{}"}, "the list of Service objects is not one: Object missing required field `items`"),
        ({"body": b"x" * 300, "status": 500}, "{url} failed on services (500): " + "x" * 255 + "…"),
    ],
    ids=lambda value: repr(value)[:32] if isinstance(value, dict) else "",
)
def test_one_kind_that_fails_leaves_the_others(how: dict[str, Any], said: str, server: FakeApiServer) -> None:
    server.fail("Service", **how)
    found = observe(server, limits=Limits(connect=1.0, read=0.3, page=1 << 20))
    assert unread(found) == ["Service"]
    assert reason(found, "Service").startswith(said.format(url=server.url))
    assert "\n" not in reason(found, "Service")
    assert found.error == ""


@pytest.mark.parametrize("where", ["headers", "body"])
@pytest.mark.parametrize("status", [200, 500])
def test_a_byte_now_and_then_ends_with_the_time_for_the_cluster(
    where: str, status: int, server: FakeApiServer
) -> None:
    server.fail(
        "Service", dribbles=where, **({"status": 500, "message": "x" * 4000} if status == 500 else {})
    )
    found = observe(server, limits=OVER)
    assert unread(found)[0] == "Service"
    assert reason(found, unread(found)[-1]) == f"reading {server.url} took longer than 0.5 s in all"
    assert isinstance(found.kinds["IPAddress"], Read)


def test_a_handshake_of_a_byte_now_and_then_ends_with_it_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, _dribbling(listener, b"\x16\x03\x03\x40\x00"):
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        found = observe_at(Connection(url, "the test"), limits=OVER)
    assert found.error == f"reading {url} took longer than 0.5 s in all"
    assert len(unread(found)) == len(KINDS)


def test_a_slow_resolver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow(*_: Any, **__: Any) -> list[Any]:
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    found = observe_at(Connection("https://api.example.test", "the test"), limits=Limits(connect=0.2))
    answered.set()
    assert found.error == "https://api.example.test: its host name was not resolved in time"


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
    assert caught.value.retry_after == 7.0


def test_a_wrong_token_is_said_once(server: FakeApiServer) -> None:
    found = observe(server, token="wrong-token")
    assert found.error == f"{server.url} does not accept our credentials (401): Unauthorized"
    assert len(unread(found)) == len(KINDS)
    assert len(server.requests) == 1


def test_a_token_that_is_withdrawn_on_the_way_keeps_what_was_read(server: FakeApiServer) -> None:
    server.fail("Node", status=401)
    found = observe(server)
    kinds = [kind.kind for kind in KINDS]
    assert unread(found) == kinds[kinds.index("Node") :]
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
    deadline = Deadline(75, clock=lambda: next(moments))
    with LiveSource(Connection(server.url, "the test", token=ADMIN), deadline=deadline) as source:
        found = parse(source.listing(ALL))
    assert isinstance(found.kinds["Namespace"], Read)
    assert {reason(found, kind) for kind in unread(found)} == {
        f"reading {server.url} took longer than 75 s in all"
    }
    assert unread(found)[-1] == "ConfigMap"


def test_what_does_not_speak_http_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with _answering(listener, b"SSH-2.0-OpenSSH\r\n"), LiveSource(Connection(url, "x"), SOON) as source:
            assert "cut off or not HTTP" in parse(source.listing(ALL)).error


@contextlib.contextmanager
def _dribbling(listener: socket.socket, greeting: bytes) -> Iterator[None]:
    """Take one connection, say so much, and then a byte now and then."""
    done = threading.Event()

    def dribble() -> None:
        with contextlib.suppress(OSError):
            taken, _ = listener.accept()
            with taken:
                taken.sendall(greeting)
                while not done.wait(0.05):
                    taken.sendall(b"\x00")

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    yield
    done.set()


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


@pytest.mark.allow_hosts(["127.0.0.1", "255.255.255.255"])
def test_a_host_without_a_route_is_said() -> None:
    found = observe_at(Connection("https://255.255.255.255:6443", "the test"))
    assert found.error == "https://255.255.255.255:6443: no connection: Network is unreachable"


# Workload clusters

ORIGIN = "Secret org-acme/green-kubeconfig"


def test_a_workload_cluster_is_read_through_its_secret(server: FakeApiServer, tmp_path: Path) -> None:
    with FakeApiServer("green", tokens=["green-token"]) as green:
        green.create([typed("Service", load_balancer("shop"))])
        server.create([kubeconfig_secret(green.kubeconfig("green-token"))])
        with open_source(kubeconfig=server.write_kubeconfig(tmp_path / "config")) as source:
            workload = source.workload("org-acme", "green", HERE)
        with workload:
            found = parse(workload.listing(WORKLOAD))
    assert names_of(found.kinds["Service"]) == ["shop"]
    assert list(found.kinds) == [kind.kind for kind in WORKLOAD]
    assert server.requests == ["/api/v1/namespaces/org-acme/secrets/green-kubeconfig"]


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
    with pytest.raises(NoKubeconfig) as absent:
        _workload(server)
    assert str(absent.value) == f"{ORIGIN} is not there: the cluster has no control plane yet, or is gone"
    server.fail("Secret", status=403)
    with pytest.raises(NoKubeconfig, match="grant `get` on `secrets` in org-acme"):
        _workload(server)
    server.fail("Secret", body=b'{"data":{"value":"s3cret-not-base64!"}}')
    with pytest.raises(BadKubeconfig) as odd:
        _workload(server)
    assert str(odd.value) == f"{ORIGIN}: `value` is not base64"
    server.fail("Secret", body=b'{"data":"s3cret"}')
    with pytest.raises(NoKubeconfig) as no_secret:
        _workload(server)
    assert "s3cret" not in str(no_secret.value)


def test_a_clusters_name_cannot_lead_to_another_path(server: FakeApiServer) -> None:
    with LiveSource(Connection(server.url, "x", token=ADMIN)) as source:
        for namespace, name in (("..", "x"), ("a/b", "x"), ("a", "x?y"), ("", "x")):
            with pytest.raises(KubeError, match="not a name"):
                source.workload(namespace, name)
    assert server.requests == []


def _workload(server: FakeApiServer) -> None:
    with LiveSource(Connection(server.url, "the test", token=ADMIN)) as source:
        source.workload("org-acme", "green").close()


def test_a_poll_through_a_management_cluster_has_one_deadline(server: FakeApiServer) -> None:
    moments = iter(range(0, 1000, 10))
    deadline = Deadline(65, clock=lambda: next(moments))
    with FakeApiServer("green") as green:
        server.create([kubeconfig_secret(green.kubeconfig())])
        with LiveSource(connection_to(server), deadline=deadline) as source:
            workload = source.workload("org-acme", "green", HERE)
        (nodes,) = kinds_named("Node")
        with workload, pytest.raises(OutOfTime):
            list(workload.listing([nodes])["Node"](()))
        assert green.requests == []


def test_what_is_wrong_with_the_management_cluster_is_not_said_of_the_workload_cluster() -> None:
    with FakeApiServer("blue") as blue:
        url, kubeconfig = blue.url, connection_to(blue)
    with LiveSource(kubeconfig, SOON) as source, pytest.raises(NoKubeconfig) as caught:
        source.workload("org-acme", "green", HERE)
    assert str(caught.value) == f"{ORIGIN} not read: {url}: no connection: Connection refused"
    assert caught.value.fault is Fault.UNUSABLE


def test_a_kubeconfig_that_changes_is_read_anew_each_time(server: FakeApiServer) -> None:
    with FakeApiServer("green", tokens=["old"]) as green:
        server.create([kubeconfig_secret(green.kubeconfig("old"))])
        assert observe_workload(server).error == ""
        green.tokens = {"new"}
        assert "does not accept our credentials" in observe_workload(server).error
        server.create([kubeconfig_secret(green.kubeconfig("new"))])
        assert observe_workload(server).error == ""


def test_a_cluster_that_is_deleted_has_no_kubeconfig_any_more(server: FakeApiServer) -> None:
    with FakeApiServer("green") as green:
        secret = kubeconfig_secret(green.kubeconfig())
        server.create([secret])
        assert observe_workload(server).error == ""
        server.delete(secret)
        found = observe_workload(server)
    assert found.error == f"{ORIGIN} is not there: the cluster has no control plane yet, or is gone"
    assert found.fault is Fault.UNUSABLE


def test_a_paused_cluster_is_read_like_any_other(server: FakeApiServer) -> None:
    paused = {"metadata": meta("green", "org-acme"), "spec": {"paused": True}}
    server.create([typed("Cluster", paused, "cluster.x-k8s.io/v1beta1")])
    with FakeApiServer("green") as green:
        green.create([typed("Service", load_balancer("shop"))])
        server.create([kubeconfig_secret(green.kubeconfig())])
        clusters = observe(server, "Cluster").kinds["Cluster"]
        assert isinstance(clusters, Read)
        (cluster,) = clusters.records
        assert isinstance(cluster, SeenCluster)
        assert cluster.paused
        assert names_of(observe_workload(server).kinds["Service"]) == ["shop"]


@pytest.mark.parametrize(("status", "asked"), [(429, 7.0), (503, 7.0), (500, None)])
def test_how_long_a_busy_server_asks_us_to_wait_is_kept(
    status: int, asked: float | None, server: FakeApiServer
) -> None:
    headers = {"Retry-After": "7"} if asked else {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    server.fail("Secret", status=status, headers=headers)
    assert observe_workload(server).retry_after == asked
