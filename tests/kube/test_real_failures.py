"""The failures that a real API server can be brought to: it says them as the fake one does."""

import copy
from collections.abc import Callable, Iterator, Mapping

import pytest

from ipviz.domain.seen import Fault, Observation, Read
from ipviz.kube.connection import Connection
from ipviz.kube.kinds import KINDS
from ipviz.kube.limits import Limits
from tests.apiserver import READER
from tests.envtest import ApiServer, free_port
from tests.kube.reading import (
    connection_to,
    kubeconfig_secret,
    observe,
    observe_at,
    observe_workload,
    reason,
    unread,
)
from tests.needs import apiserver
from tests.story.fleet import Server
from tests.story.servers import real_servers, rights

pytestmark = pytest.mark.requires("apiserver")

PATIENT = Limits()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Server]]:
    """gmc has the definitions of Cluster API's kinds, green has not; a reader has our rights in both."""
    assets = apiserver()
    assert assets
    with real_servers(tmp_path_factory.mktemp("real") / "planes", assets, "gmc", "green") as running:
        yield running


@pytest.fixture
def gmc(servers: Mapping[str, Server]) -> Server:
    return servers["gmc"]


@pytest.fixture
def green(servers: Mapping[str, Server]) -> ApiServer:
    server = servers["green"]
    assert isinstance(server, ApiServer)
    return server


def elsewhere(connection: Connection, url: str) -> Connection:
    return Connection(url, connection.origin, ca_data=connection.ca_data, token=connection.token)


def until(ask: Callable[[], Observation], is_so: Callable[[Observation], bool]) -> Observation:
    """RBAC takes a moment to reach who decides."""
    for _ in range(200):
        found = ask()
        if is_so(found):
            return found
    raise AssertionError(f"it did not come to be: {found}")


def test_a_reader_reads_all(gmc: Server) -> None:
    found = observe(gmc, token=READER, limits=PATIENT)
    assert (unread(found), found.error) == ([], "")


def test_a_server_that_is_not_there(gmc: Server) -> None:
    url = f"https://127.0.0.1:{free_port()}"
    found = observe_at(elsewhere(connection_to(gmc), url), limits=PATIENT)
    assert (found.error, found.fault) == (f"{url}: no connection: Connection refused", Fault.UNREACHABLE)


def test_another_clusters_server(gmc: Server, green: ApiServer) -> None:
    found = observe_at(elsewhere(connection_to(gmc), green.url), limits=PATIENT)
    assert found.fault is Fault.UNTRUSTED
    assert found.error.startswith(f"{green.url}: its TLS certificate is not signed by the authority ")


def test_a_wrong_token(green: ApiServer) -> None:
    found = observe(green, token="wrong-token", limits=PATIENT)
    assert (found.error, found.fault) == (
        f"{green.url} does not accept our credentials (401): Unauthorized",
        Fault.REFUSED,
    )


def test_a_kind_that_may_not_be_read(gmc: Server) -> None:
    role = next(each for each in rights("management.yaml") if each["kind"] == "ClusterRole")
    less = copy.deepcopy(role["rules"])
    for rule in less:
        rule["resources"] = [each for each in rule["resources"] if each != "services"] or ["none"]
    gmc.patch(role, {"rules": less})
    try:
        found = until(
            lambda: observe(gmc, token=READER, limits=PATIENT), lambda found: "Service" in unread(found)
        )
    finally:
        gmc.patch(role, {"rules": role["rules"]})
    assert unread(found) == ["Service"]
    assert reason(found, "Service").startswith("not allowed to read services (403): services is forbidden: ")
    assert (
        until(lambda: observe(gmc, token=READER, limits=PATIENT), lambda found: not unread(found)).error == ""
    )


def test_kinds_that_are_not_installed(green: ApiServer) -> None:
    found = observe(green, limits=PATIENT)
    assert (unread(found), found.error) == ([], "")
    missing = {kind for kind, read in found.kinds.items() if isinstance(read, Read) and not read.installed}
    assert missing == {kind.kind for kind in KINDS if not kind.is_builtin}


def test_a_kubeconfig_that_is_missing_changes_and_goes(gmc: Server, green: ApiServer) -> None:
    origin = "Secret org-acme/green-kubeconfig"
    absent = f"{origin} is not there: the cluster has no control plane yet, or is gone"
    assert observe_workload(gmc, token=READER).error == absent
    secret = kubeconfig_secret(green.kubeconfig("wrong-token"))
    gmc.create([secret])
    assert "does not accept our credentials (401)" in observe_workload(gmc, token=READER).error
    gmc.patch(secret, {"data": kubeconfig_secret(green.kubeconfig(READER))["data"]})
    found = observe_workload(gmc, token=READER)
    assert (unread(found), found.error) == ([], "")
    gmc.delete(secret)
    assert observe_workload(gmc, token=READER).error == absent


def test_a_kubeconfig_that_we_may_not_read(gmc: Server) -> None:
    found = observe_workload(gmc, "other", token=READER)
    assert (found.error, found.fault) == (
        "not allowed to read Secret org-acme/other-kubeconfig (403) - grant `get` on `secrets` in org-acme",
        Fault.UNUSABLE,
    )
