"""The chart in a real API server: Helm installs it, to the letter; its rights are the least."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from helm_python import Chart, Config, HelmError

from ipviz.domain.seen import Observation, Unread
from tests.deploy.definitions import DEFINITIONS
from tests.deploy.letter import Letter
from tests.deploy.rendering import ALL, CHART, NAME, NAMESPACE, Object, Values, deployments, objects
from tests.envtest import ApiServer, ControlPlanes, collection_path, install_crds, object_path, small_crds
from tests.kube.reading import observe
from tests.needs import apiserver
from tests.story.fleet import load_fleet
from tests.story.rights import Right, path_of, rights_of, taken_away
from tests.story.test_rights import SECRET
from tests.story.waiting import wait_until

pytestmark = pytest.mark.requires("apiserver")

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""Older servers know no such label; `test_chart.py` looks at the Pods without any."""
DEFINED = ("monitoring.coreos.com/", "gateway.networking.k8s.io/")
NEWER = {("policy/v1", "PodDisruptionBudget")}
"""Kinds that the server at hand may be too old for; it must know all others."""


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart, also for a server that was built by hand and does not say its version."""
    copy = Path(shutil.copytree(CHART, tmp_path_factory.mktemp("chart") / "ipviz"))
    said = copy / "Chart.yaml"
    said.write_text(re.sub(r"^kubeVersion:.*\n", "", said.read_text(), flags=re.MULTILINE))
    return copy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A management cluster with a fleet, and namespaces that take restricted Pods only."""
    assets = apiserver()
    assert assets
    planes = ControlPlanes(tmp_path_factory.mktemp("server") / "planes", assets)
    try:
        started = planes.start("gmc")["gmc"]
        install_crds(started, [*small_crds(), *DEFINITIONS])
        for name in (NAMESPACE, "other", "org-lab"):
            started.request("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": RESTRICTED}})
        load_fleet({"gmc": started}, "gmc", [])
        yield started
    finally:
        planes.stop()


@pytest.fixture(scope="module")
def letter(server: ApiServer) -> Letter:
    """Kinds of definitions are described a moment after they are served."""
    kinds = [each for each in objects(ALL) if each["apiVersion"].startswith(DEFINED)]
    wait_until(lambda: all(Letter(server).knows(each) for each in kinds), lambda: "kinds are not described")
    return Letter(server)


@pytest.fixture(scope="module")
def known(letter: Letter) -> Mapping[str, Any]:
    """Values that switch off what the server is too old for."""
    there = {(each["apiVersion"], each["kind"]): letter.knows(each) for each in objects(ALL)}
    assert {kind for kind, is_known in there.items() if not is_known} <= NEWER
    return {} if all(there.values()) else {"podDisruptionBudget": {"enabled": False}}


@pytest.fixture(scope="module")
def helm(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    kubeconfig = tmp_path_factory.mktemp("helm") / "kubeconfig"
    kubeconfig.write_text(server.kubeconfig())
    with Config(kubeconfig_path=kubeconfig, namespace=NAMESPACE) as config:
        yield config


@pytest.fixture(scope="module")
def installed(helm: Config, chart: Path, server: ApiServer, known: Values) -> str:
    """The release with everything switched on, and a token of its service account."""
    with Chart.load(chart) as loaded:
        helm.install(loaded, NAME, {**ALL, **known}, namespace=NAMESPACE)
    request = {"spec": {"expirationSeconds": 3600}}
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/ipviz/token"
    token: str = server.request("POST", path, request)["status"]["token"]
    return token


def unread(observation: Observation) -> dict[str, str]:
    assert not observation.error
    return {kind: read.reason for kind, read in observation.kinds.items() if isinstance(read, Unread)}


@pytest.mark.parametrize("values", [{}, ALL, {"stopped": True}], ids=["as it is", "all", "stopped"])
def test_a_real_api_server_takes_every_object_to_the_letter(
    values: Values, server: ApiServer, letter: Letter, known: Values
) -> None:
    for each in objects({**values, **known}, name="other", namespace="other"):
        answer = server.send("POST", f"{collection_path(each)}?dryRun=All&fieldValidation=Strict", each)
        assert answer.status == 201, (each["kind"], answer.data)
        assert "warning" not in answer.headers, (each["kind"], answer.headers["warning"])
        assert letter.complaints(each) == [], each["kind"]


def test_a_field_that_nobody_knows_would_be_found(letter: Letter, known: Values) -> None:
    for each in objects({**ALL, **known}):
        where = each.get("spec", each)
        where["mispelled"] = True
        assert any("mispelled" in said for said in letter.complaints(each)), each["kind"]


@pytest.mark.parametrize("values", [{}, ALL, {"stopped": True}], ids=["as it is", "all", "stopped"])
def test_its_pods_are_taken_where_only_restricted_ones_are(values: Values, server: ApiServer) -> None:
    for name, spec in deployments(values).items():
        metadata = {"name": name, "namespace": NAMESPACE}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        answer = server.send("POST", f"{collection_path(pod)}?dryRun=All&fieldValidation=Strict", pod)
        assert answer.status == 201, answer.data


def test_helm_installs_all_of_it(installed: str, server: ApiServer, known: Values) -> None:
    for each in objects({**ALL, **known}):
        assert server.send("GET", object_path(each)).status == 200, object_path(each)


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
    helm: Config, chart: Path, server: ApiServer, known: Values
) -> None:
    def there(each: Object) -> bool:
        return server.send("GET", object_path(each)).status == 200

    every = objects({**ALL, **known}, name="passing")
    plain = {object_path(each) for each in objects(known, name="passing")}
    with Chart.load(chart) as loaded:
        helm.install(loaded, "passing", {**ALL, **known}, namespace=NAMESPACE)
        assert all(there(each) for each in every)
        helm.upgrade(loaded, "passing", dict(known), namespace=NAMESPACE, reset_values=True)
    assert {object_path(each) for each in every if there(each)} == plain
    helm.uninstall("passing", wait="hookOnly")
    assert [each["metadata"]["name"] for each in every if there(each)] == []


def test_helm_refuses_wrong_values_before_anything_is_made(
    helm: Config, chart: Path, server: ApiServer
) -> None:
    with Chart.load(chart) as loaded, pytest.raises(HelmError, match=r"/web.*'replica' not allowed"):
        helm.install(loaded, "wrong", {"web": {"replica": 3}}, namespace=NAMESPACE)
    assert server.send("GET", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/wrong-ipviz").status == 404
