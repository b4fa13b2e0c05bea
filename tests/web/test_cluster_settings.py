"""The page on which management clusters are tried, added and removed: by a file's name, never by a path."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from ipviz.clusters.identity import recognise
from ipviz.clusters.models import Cluster, JudgeRequest, Segment
from ipviz.findings.models import Finding
from ipviz.polling.demo import offer_demo
from ipviz.polling.kubeconfigs import laid_down
from tests.apiserver import CAPI, READER, FakeApiServer
from tests.factories import management_cluster
from tests.web.conftest import NOW, Estate, text_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/clusters/"
FILE = "file:gmc.kubeconfig"
ADD = {"name": "hmc", "segment": "default", "source": FILE}
REMOVE = "/settings/clusters/gmc/remove/"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Where the operator lays kubeconfig files."""
    settings.KUBECONFIG_DIR = tmp_path / "kubeconfigs"
    settings.KUBECONFIG_DIR.mkdir()
    return Path(settings.KUBECONFIG_DIR)


@pytest.fixture
def server(folder: Path) -> Iterator[FakeApiServer]:
    with FakeApiServer("hmc") as started:
        started.create([workload("beta"), workload("gamma")])
        secret = base64.b64encode(started.kubeconfig(READER).encode()).decode()
        meta = {"namespace": "org-acme", "name": "beta-kubeconfig"}
        started.create([{"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"value": secret}}])
        started.write_kubeconfig(folder / "gmc.kubeconfig", READER)
        yield started


def workload(name: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{CAPI}/v1beta1",
        "kind": "Cluster",
        "metadata": {"namespace": "org-acme", "name": name},
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443}},
    }


def answer(client: Client, status: int, **typed: str) -> str:
    reply = client.post(PAGE, {**ADD, **typed})
    assert reply.status_code == status, reply.content.decode()
    return reply.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def test_the_page_says_how_each_is_read_and_how_well(page: Client, estate: Estate) -> None:
    management_cluster("hmc")
    Cluster.objects.filter(name="hmc").update(dump="", kubeconfig="/srv/hidden/hmc.yaml", context="reader")
    html = text_of(page, PAGE)
    assert "kubeconfig hmc.yaml, context reader" in html
    assert "dump gmc" in html
    assert "read whole" in html
    assert "not read yet" in html
    assert "/srv/hidden" not in html


def test_with_no_file_the_page_says_where_to_lay_one(admin: Client, folder: Path) -> None:
    html = text_of(admin, PAGE)
    assert "No management cluster is registered yet." in html
    assert str(folder) in html
    assert "install -m 600" in html
    assert "<form" not in html.split("<main")[1]


def test_files_are_offered_by_name_and_nothing_else_is(folder: Path) -> None:
    (folder / "b.kubeconfig").touch()
    (folder / "a.yaml").touch()
    (folder / ".hidden").touch()
    (folder / "folder").mkdir()
    assert laid_down(folder) == ["a.yaml", "b.kubeconfig"]
    assert laid_down(folder / "nowhere") == []


@pytest.mark.parametrize(
    "source",
    ["file:../gmc.kubeconfig", "file:/etc/passwd", "file:.hidden", "/etc/passwd", "in-cluster", "", "file:"],
)
def test_a_page_never_names_another_path(admin: Client, server: FakeApiServer, source: str) -> None:
    for do in ("test", "add"):
        html = answer(admin, 400, source=source, do=do)
        assert 'id="id_source_error"' in html
    assert server.requests == []
    assert not Cluster.objects.exists()


def test_the_pods_account_is_offered_where_we_run_in_a_cluster(
    admin: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "192.0.2.1")
    assert "the service account of the pod" in text_of(admin, PAGE)
    html = answer(admin, 400, source="in-cluster", context="x", do="add")
    assert "A context goes with a kubeconfig file." in html
    assert "hmc was not added: service account" in answer(admin, 400, source="in-cluster", do="add")


def test_a_test_says_kind_by_kind_what_may_be_read_and_what_would_mend_it(
    admin: Client, server: FakeApiServer
) -> None:
    server.fail("Service", status=403)
    html = answer(admin, 200, do="test", segment="default")
    assert "It answers, and 1 kind may not be read." in html
    assert "not allowed to read services (403)" in html
    assert '- {apiGroups: [""], resources: [services], verbs: [list]}' in html
    assert html.count(">readable</span>") == 19
    assert 'value="hmc"' in html, "what was typed stays"
    assert not Cluster.objects.exists()
    assert not Segment.objects.exists()


def test_a_test_says_which_workload_clusters_were_found(admin: Client, server: FakeApiServer) -> None:
    server.fail("Secret", status=403, times=1)
    html = answer(admin, 200, do="test")
    assert "2 workload clusters found" in html
    assert "org-acme/beta" in html
    assert '- {apiGroups: [""], resources: [secrets], resourceNames: [beta-kubeconfig], verbs: [get]}' in html
    assert "gamma-kubeconfig is not there" in html


def test_a_test_of_what_does_not_answer_says_why(admin: Client, server: FakeApiServer) -> None:
    server.tokens.clear()
    html = answer(admin, 200, do="test")
    assert "Nothing could be read." in html
    assert "does not accept our credentials" in html
    assert READER not in html


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("token: planted-secret", "no current-context"),
        ("a: [planted-secret\n\t:", "not a kubeconfig: not YAML"),
        ("current-context: planted\nusers: planted-secret", "no context named"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault_and_none_of_its_content(
    admin: Client, folder: Path, text: str, why: str
) -> None:
    (folder / "gmc.kubeconfig").write_text(text)
    for do, status in (("test", 200), ("add", 400)):
        html = answer(admin, status, do=do)
        assert why in html
        assert "planted-secret" not in html


def test_one_that_is_added_takes_the_demos_place_and_is_due(admin: Client, server: FakeApiServer) -> None:
    offer_demo()
    assert "demo fleet" in text_of(admin, PAGE)
    reply = admin.post(PAGE, {**ADD, "do": "add"}, follow=True)
    assert reply.redirect_chain == [("/clusters/hmc/", 302)]
    html = reply.content.decode()
    assert "The demo fleet is gone" in html
    assert "hmc is registered on segment default. It is read within seconds" in html
    added = Cluster.objects.get()
    assert Path(added.kubeconfig).name == "gmc.kubeconfig"
    assert added in Cluster.objects.due(NOW)


def test_a_second_road_is_told_before_and_after(admin: Client, server: FakeApiServer) -> None:
    first = management_cluster("gmc")
    namespace = server.answer("/api/v1/namespaces/kube-system", f"Bearer {READER}")
    recognise(first, json.loads(namespace.body)["metadata"]["uid"])
    assert "It is the same cluster as" in answer(admin, 200, do="test")
    html = admin.post(PAGE, {**ADD, "do": "add"}, follow=True).content.decode()
    assert "It is the same cluster as gmc on segment default" in html


def test_what_is_not_readable_is_not_added(admin: Client, server: FakeApiServer, estate: Estate) -> None:
    server.fail("*", status=403)
    html = answer(admin, 400, do="add")
    assert "hmc was not added: not allowed" in html.split('id="id_source_error"')[1]
    assert "a cluster gmc is registered already" in answer(admin, 400, name="gmc", do="add")
    assert "is not a name" in answer(admin, 400, name="a/b", do="test")
    assert Cluster.objects.management().count() == 1


def test_removing_one_says_what_is_lost_first(admin: Client, estate: Estate) -> None:
    assert REMOVE in text_of(admin, PAGE)
    html = text_of(admin, REMOVE)
    assert "This cannot be undone." in html
    assert "3 workload clusters" in html
    assert "since 2026-01-15 09:00 UTC" in html
    assert f"they are in {Finding.objects.standing().count()} findings now" in html
    assert Cluster.objects.count() == 4
    reply = admin.post(REMOVE, follow=True)
    assert "gmc and its workload clusters are forgotten." in reply.content.decode()
    assert not Cluster.objects.exists()
    assert JudgeRequest.objects.exists()
    assert admin.get(REMOVE).status_code == 404
    assert admin.get("/settings/clusters/beta/remove/").status_code == 404


def test_a_second_road_that_does_not_go_with_it_is_named(admin: Client, estate: Estate) -> None:
    assert "read there from then on" not in text_of(admin, REMOVE)
    Cluster.objects.filter(name="gamma").update(same_as=estate.gmc)
    assert "read there from then on" not in text_of(admin, REMOVE), "its own Cluster goes with it"
    management_cluster("hmc")
    Cluster.objects.filter(name="hmc").update(same_as=estate.gmc)
    assert 'reached as <span class="name">hmc</span> too' in text_of(admin, REMOVE)


@pytest.mark.parametrize("who", ["page", "operator"])
def test_only_admins_try_add_and_remove(
    who: str, request: pytest.FixtureRequest, estate: Estate, server: FakeApiServer
) -> None:
    client: Client = request.getfixturevalue(who)
    html = text_of(client, PAGE)
    assert "<form" not in html.split("<main")[1]
    assert REMOVE not in html
    for do in ("test", "add"):
        assert client.post(PAGE, {**ADD, "do": do}).status_code == 403
    refusal = client.get(REMOVE)
    assert (refusal.status_code, "needs the role admin" in refusal.content.decode()) == (403, True)
    assert client.post(REMOVE).status_code == 403
    assert server.requests == []
    assert Cluster.objects.count() == 4
