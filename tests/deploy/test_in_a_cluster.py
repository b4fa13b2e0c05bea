"""The chart in a real API server: Helm installs it, to the letter; its rights are the least."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helm_python import Chart, Config, HelmError

from ipviz.domain.seen import Observation, Unread
from tests.deploy.definitions import DEFINITIONS
from tests.deploy.rendering import ALL, NAME, NAMESPACE, Object, deployments, objects, with_files
from tests.envtest import ApiServer, ControlPlanes, collection_path, install_crds, object_path, small_crds
from tests.kube.reading import observe
from tests.needs import apiserver
from tests.story.fleet import load_fleet
from tests.story.rights import Right, path_of, rights_of, taken_away
from tests.story.test_rights import SECRET

pytestmark = pytest.mark.requires("apiserver")

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_files(tmp_path_factory.mktemp("chart"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A management cluster with a fleet, and namespaces that take restricted Pods only."""
    assets = apiserver()
    assert assets
    planes = ControlPlanes(tmp_path_factory.mktemp("chart") / "planes", assets)
    try:
        started = planes.start("gmc")["gmc"]
        install_crds(started, [*small_crds(), *DEFINITIONS])
        for name in (NAMESPACE, "other", "org-lab"):
            body = {"metadata": {"name": name, "labels": RESTRICTED}}
            started.request("POST", "/api/v1/namespaces", body)
        load_fleet({"gmc": started}, "gmc", [])
        yield started
    finally:
        planes.stop()


@pytest.fixture(scope="module")
def helm(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    kubeconfig = tmp_path_factory.mktemp("helm") / "kubeconfig"
    kubeconfig.write_text(server.kubeconfig())
    with Config(kubeconfig_path=kubeconfig, namespace=NAMESPACE) as config:
        yield config


@pytest.fixture(scope="module")
def installed(helm: Config, chart: Path, server: ApiServer) -> str:
    """The release with everything switched on, and a token of its service account."""
    with Chart.load(chart) as loaded:
        helm.install(loaded, NAME, dict(ALL), namespace=NAMESPACE)
    request = {"spec": {"expirationSeconds": 3600}}
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/ipviz/token"
    token: str = server.request("POST", path, request)["status"]["token"]
    return token


def unread(observation: Observation) -> dict[str, str]:
    assert not observation.error
    return {kind: read.reason for kind, read in observation.kinds.items() if isinstance(read, Unread)}


@pytest.mark.parametrize("values", [{}, ALL], ids=["as it is", "all switched on"])
def test_a_real_api_server_takes_every_object_to_the_letter(
    values: Object, server: ApiServer, chart: Path
) -> None:
    for each in objects(values, chart=chart, name="other", namespace="other"):
        path = f"{collection_path(each)}?dryRun=All&fieldValidation=Strict"
        answer = server.send("POST", path, each)
        assert answer.status == 201, (each["kind"], answer.data)
        assert "warning" not in answer.headers, (each["kind"], answer.headers["warning"])


def test_a_field_that_nobody_knows_would_be_refused(server: ApiServer, chart: Path) -> None:
    for each in objects(ALL, chart=chart, name="other", namespace="other"):
        where = each if "Role" in each["kind"] else each.setdefault("spec", {})
        where["mispelled"] = True
        path = f"{collection_path(each)}?dryRun=All&fieldValidation=Strict"
        assert server.send("POST", path, each).status in (400, 422), each["kind"]


def test_helm_installs_all_of_it(installed: str, server: ApiServer, chart: Path) -> None:
    for each in objects(ALL, chart=chart):
        assert server.send("GET", object_path(each)).status == 200, object_path(each)


def pods(values: Object) -> list[Object]:
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}
        for name, spec in deployments(values).items()
    ]


@pytest.mark.parametrize("values", [{}, ALL], ids=["as it is", "all switched on"])
def test_its_pods_are_taken_where_only_restricted_ones_are(values: Object, server: ApiServer) -> None:
    for pod in pods(values):
        answer = server.send("POST", f"{collection_path(pod)}?dryRun=All&fieldValidation=Strict", pod)
        assert answer.status == 201, answer.data
        del pod["spec"]["securityContext"]["runAsNonRoot"]
        refused = server.send("POST", f"{collection_path(pod)}?dryRun=All", pod)
        assert refused.status == 403, "Pod security is not looked at here"
        assert b"runAsNonRoot" in refused.data


def test_its_service_account_reads_a_whole_management_cluster(installed: str, server: ApiServer) -> None:
    observation = observe(server, token=installed)
    assert unread(observation) == {}
    assert observation.cluster_uid


@pytest.mark.parametrize("right", [r for r in rights_of(objects()) if r.resource != "secrets"], ids=str)
def test_without_any_one_right_exactly_its_kind_is_unread(
    right: Right, installed: str, server: ApiServer
) -> None:
    with taken_away(server, right, installed):
        missing = unread(observe(server, token=installed))
    assert missing.keys() == right.kinds
    assert all("403" in reason for reason in missing.values())


def test_it_reads_kubeconfigs_of_the_named_clusters_and_no_other_secret(
    installed: str, server: ApiServer
) -> None:
    def status(*where: str) -> int:
        return server.send("GET", path_of(SECRET, *where), token=installed).status

    server.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}}
        for namespace, name in [
            ("org-acme", "alpha-kubeconfig"),
            ("org-acme", "another"),
            ("org-lab", "any"),
            (NAMESPACE, "own"),
        ]
    )
    assert status("org-acme", "alpha-kubeconfig") == 200
    assert status("org-lab", "any") == 200  # allSecretsIn
    for where in [(), ("org-acme",), ("org-lab",), ("org-acme", "another"), (NAMESPACE, "own")]:
        assert status(*where) == 403, where


def test_all_that_its_service_account_may_do_is_to_read(installed: str, server: ApiServer) -> None:
    review = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    for namespace in ("kube-system", "org-acme", "org-lab", NAMESPACE):
        answer = server.send("POST", review, {"spec": {"namespace": namespace}}, token=installed)
        rules = answer.json()["status"]["resourceRules"]
        verbs = {
            verb
            for rule in rules
            for verb in rule["verbs"]
            # Everybody may ask what they may do.
            if not any(resource.startswith("selfsubject") for resource in rule["resources"])
        }
        assert verbs == {"get", "list"}


def test_an_upgrade_takes_away_what_is_switched_off_and_the_end_leaves_nothing(
    helm: Config, chart: Path, server: ApiServer
) -> None:
    def there(each: Object) -> bool:
        return server.send("GET", object_path(each)).status == 200

    every = objects(ALL, chart=chart, name="passing")
    plain = {object_path(each) for each in objects({}, chart=chart, name="passing")}
    with Chart.load(chart) as loaded:
        helm.install(loaded, "passing", dict(ALL), namespace=NAMESPACE)
        assert all(there(each) for each in every)
        helm.upgrade(loaded, "passing", {}, namespace=NAMESPACE, reset_values=True)
    assert {object_path(each) for each in every if there(each)} == plain
    helm.uninstall("passing", wait="hookOnly")
    assert [each["metadata"]["name"] for each in every if there(each)] == []


def test_helm_refuses_wrong_values_before_anything_is_made(
    helm: Config, chart: Path, server: ApiServer
) -> None:
    with Chart.load(chart) as loaded, pytest.raises(HelmError, match=r"/web.*'replica' not allowed"):
        helm.install(loaded, "wrong", {"web": {"replica": 3}}, namespace=NAMESPACE)
    assert server.send("GET", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/wrong-ipviz").status == 404
