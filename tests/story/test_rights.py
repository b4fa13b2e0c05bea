"""The rights of deploy/rbac are enough for a whole poll, each is needed for what it names, and none writes.

Told over real API servers. Each right is taken away in turn: exactly its kind is unread then, which the
pages and the API say, and all that was known stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.kube.kinds import KINDS, Kind, kinds_for
from tests.apiserver import READER
from tests.envtest import ApiServer
from tests.needs import apiserver
from tests.story.fleet import load_fleet
from tests.story.rights import Right, path_of, rights_in, taken_away
from tests.story.servers import real_servers

pytestmark = [pytest.mark.requires("apiserver"), pytest.mark.django_db(transaction=True)]

NAMES = ("gmc", "beta", "gamma")
SECRET = Kind("Secret", "secrets")
PATHS = {"gmc": "gmc", "beta": "gmc/org-acme/beta", "gamma": "gmc/org-acme/gamma"}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, ApiServer]]:
    """gmc and two workload clusters; every kubeconfig is our reader's."""
    assets = apiserver()
    assert assets
    with real_servers(tmp_path_factory.mktemp("rights") / "planes", assets, *NAMES) as started:
        load_fleet(started, "gmc", ["beta", "gamma"], token=READER)
        yield {name: each for name, each in started.items() if isinstance(each, ApiServer)}


@dataclass(frozen=True, slots=True)
class Known:
    """All that the last polls have left, but for how well each cluster could be read."""

    counts: Mapping[str, Mapping[str, int]]
    versions: list[Any]
    occupancies: list[Any]
    findings: set[tuple[str, str, str]]


def poll() -> int:
    try:
        call_command("poll")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def last(path: str) -> Snapshot:
    snapshot = Cluster.objects.get(path=path).snapshots.first()
    assert snapshot
    return snapshot


def known() -> Known:
    blind_spots = "blind-spot"
    return Known(
        counts={path: last(path).counts for path in PATHS.values()},
        versions=list(Version.objects.now().order_by("pk").values_list("pk", "record")),
        occupancies=list(Occupancy.objects.now().order_by("pk").values_list("pk", flat=True)),
        findings={
            (each.rule, each.subject, each.status)
            for each in Finding.objects.exclude(finding_class=blind_spots)
        },
    )


def blind_spots() -> set[tuple[str, str]]:
    open_ones = Finding.objects.filter(finding_class="blind-spot", status="open")
    return set(open_ones.values_list("rule", "subject"))


@pytest.fixture
def viewer(client: Client) -> Client:
    user = User.objects.create_user("viewer", password="a long walk by the sea")
    give_role(user, Role.VIEWER)
    client.force_login(user)
    return client


@pytest.fixture
def before(servers: Mapping[str, ApiServer], tmp_path: Path, viewer: Client) -> Known:
    """Everything was read once with every right."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(servers["gmc"].kubeconfig(READER))
    call_command("cluster", "add", "gmc", "--kubeconfig", str(kubeconfig))
    assert poll() == 0
    return known()


def unread_in_the_api(viewer: Client, path: str) -> set[str]:
    rows = viewer.get("/api/v1/clusters/").json()["results"]
    (row,) = [each for each in rows if each["path"] == path]
    assert all(each["reason"] for each in row["last_snapshot"]["unread"])
    return {each["kind"] for each in row["last_snapshot"]["unread"]}


def assert_only_unread(viewer: Client, path: str, kinds: set[str]) -> None:
    """The snapshot, the API and the page all say so of these kinds, and of no other."""
    snapshot = last(path)
    assert snapshot.outcome == "partial"
    assert {each["kind"] for each in snapshot.unread} == kinds
    assert unread_in_the_api(viewer, path) == kinds
    page = viewer.get(f"/clusters/{path}/").content.decode()
    assert page.count(">unread</span>") == len(kinds)
    for each in snapshot.unread:
        assert "403" in each["reason"]
        assert f"<td>{each['kind']}</td>" in page


def assert_nothing_else_changed(viewer: Client, before: Known, at: str) -> None:
    assert known() == before
    assert blind_spots() == {("B1", at)}
    for path in set(PATHS.values()) - {at}:
        assert last(path).outcome == "whole"
        assert unread_in_the_api(viewer, path) == set()


def test_with_all_of_them_a_poll_is_whole(before: Known) -> None:
    for path in PATHS.values():
        wanted = kinds_for(is_management=path == "gmc")
        snapshot = last(path)
        assert (snapshot.outcome, snapshot.unread, snapshot.unreadable) == ("whole", [], [])
        assert set(snapshot.kinds) == {kind.kind for kind in wanted}
        assert all(facts.get("installed", True) for facts in snapshot.kinds.values())
    assert blind_spots() == set()


@pytest.mark.parametrize("right", rights_in("management.yaml"), ids=str)
def test_without_one_in_a_management_cluster_exactly_its_kind_is_unread(
    right: Right, servers: Mapping[str, ApiServer], before: Known, viewer: Client
) -> None:
    with taken_away(servers["gmc"], right):
        assert poll() == 1
        assert_only_unread(viewer, "gmc", right.kinds)
        assert_nothing_else_changed(viewer, before, "gmc")
    assert poll() == 0
    assert known() == before


@pytest.mark.parametrize("right", rights_in("workload.yaml"), ids=str)
def test_without_one_in_a_workload_cluster_exactly_its_kind_is_unread(
    right: Right, servers: Mapping[str, ApiServer], before: Known, viewer: Client
) -> None:
    with taken_away(servers["beta"], right):
        assert poll() == 1
        assert_only_unread(viewer, PATHS["beta"], right.kinds)
        assert_nothing_else_changed(viewer, before, PATHS["beta"])
    assert poll() == 0
    assert known() == before


def test_without_a_kubeconfig_exactly_its_cluster_is_unread(
    servers: Mapping[str, ApiServer], before: Known, viewer: Client
) -> None:
    (right,) = rights_in("kubeconfigs.yaml")
    org_acme = Right(right.role, "org-acme", right.role_name, "", "secrets", "get", "beta-kubeconfig")
    with taken_away(servers["gmc"], org_acme):
        assert poll() == 1
        assert last("gmc").outcome == "whole"
        for path in (PATHS["beta"], PATHS["gamma"]):
            assert last(path).outcome == "failed"
            assert "403" in last(path).error
            assert "403" in viewer.get(f"/clusters/{path}/").content.decode()
        assert known() == before
        assert blind_spots() == {("B1", PATHS["beta"]), ("B1", PATHS["gamma"])}
    assert poll() == 0
    assert known() == before


@pytest.mark.parametrize("cluster", ["gmc", "beta"])
@pytest.mark.parametrize("kind", [*KINDS, SECRET], ids=lambda kind: kind.kind)
def test_our_reader_writes_nothing(kind: Kind, cluster: str, servers: Mapping[str, ApiServer]) -> None:
    server = servers[cluster]
    one, many = path_of(kind, "kube-system", "kube-system"), path_of(kind, "kube-system")
    body = {"metadata": {"name": "kube-system"}}
    answers = {
        "create": server.send("POST", many, body, token=READER),
        "update": server.send("PUT", one, body, token=READER),
        "patch": server.send("PATCH", one, body, patch=True, token=READER),
        "delete": server.send("DELETE", one, token=READER),
        "delete all": server.send("DELETE", many, token=READER),
    }
    assert {verb: answer.status for verb, answer in answers.items()} == dict.fromkeys(answers, 403)


@pytest.mark.parametrize("cluster", ["gmc", "beta"])
def test_all_that_our_reader_may_do_is_to_read(cluster: str, servers: Mapping[str, ApiServer]) -> None:
    review = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    for namespace in ("kube-system", "org-acme", "default"):
        answer = servers[cluster].send("POST", review, {"spec": {"namespace": namespace}}, token=READER)
        rules = answer.json()["status"]["resourceRules"]
        verbs = {
            (verb, resource)
            for rule in rules
            for verb in rule["verbs"]
            for resource in rule["resources"]
            # Everybody may ask what they may do.
            if not resource.startswith("selfsubject")
        }
        assert verbs
        assert {verb for verb, _ in verbs} <= {"get", "list"}
        assert ("list", "secrets") not in verbs


def test_our_reader_sees_no_secret_but_the_kubeconfigs(servers: Mapping[str, ApiServer]) -> None:
    gmc = servers["gmc"]
    for path in (
        path_of(SECRET),
        path_of(SECRET, "org-acme"),
        path_of(SECRET, "org-acme", "another"),
        path_of(SECRET, "kube-system", "beta-kubeconfig"),
    ):
        assert gmc.send("GET", path, token=READER).status == 403
    assert gmc.send("GET", path_of(SECRET, "org-acme", "beta-kubeconfig"), token=READER).status == 200
