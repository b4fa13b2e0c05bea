"""The chart as it is rendered: what each value does, and that what is wrong is refused by name."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import HelmError, lint

from ipviz.version import VERSION
from tests.deploy.rendering import (
    ALL,
    CHART,
    INGRESS_NGINX,
    NAMESPACE,
    ROOT,
    Object,
    Values,
    deployments,
    objects,
    only,
    texts,
)
from tests.deploy.restricted import violations
from tests.house.test_deploy import OF_ONE_PROCESS_TREE, compose
from tests.story.rights import rights_of

STOPPED = {"stopped": True}
EACH = pytest.mark.parametrize("values", [{}, ALL, STOPPED], ids=["as it is", "all", "stopped"])
OPEN = {"networkPolicy": {"from": [INGRESS_NGINX]}}
METRICS = {"credentials": {"IPVIZ_METRICS_TOKEN": {"secret": "metrics", "key": "token"}}}


def named(found: list[Object]) -> dict[str, Object]:
    """By kind and name, and the namespace where it is another one than the release's."""
    return {
        "/".join([kind, *({space} - {NAMESPACE, ""}), each["metadata"]["name"]]): each
        for each in found
        for kind, space in [(each["kind"], each["metadata"].get("namespace", ""))]
    }


def environment(values: Values, component: str = "web") -> dict[str, Object]:
    (container,) = deployments(values)[component]["containers"]
    found = {each["name"]: each for each in container["env"]}
    assert len(found) == len(container["env"])
    return found


@EACH
def test_helm_finds_nothing_to_complain_of(values: Values) -> None:
    report = lint(CHART, dict(values), strict=True, kube_version="v1.30.0")
    assert report["errors"] == []
    # 1 is advice, such as to have an icon.
    assert [each for each in report["messages"] if each["severity"] != 1] == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 3}, "'replicas' not allowed"),
        ({"web": {"replica": 3}}, "/web.*'replica' not allowed"),
        ({"web": {"replicas": 0}}, "/web/replicas"),
        ({"schedule": {"replicas": 2}}, "/schedule.*'replicas' not allowed"),
        ({"image": {"digest": "latest"}}, "/image/digest"),
        ({"settings": {"SECRET_KEY": "x"}}, "/settings.*'SECRET_KEY' not allowed"),
        ({"settings": {"IPVIZ_BASE_URL": "ipviz.example.org"}}, "/settings/IPVIZ_BASE_URL"),
        ({"settings": {"IPVIZ_HISTORY_DAYS": "long"}}, "/settings/IPVIZ_HISTORY_DAYS"),
        ({"settings": {"IPVIZ_OIDC_ISSUER": "https://dex.example.org"}}, "IPVIZ_OIDC_CLIENT_SECRET"),
        ({"credentials": {"DATABASE_URL": "postgres://db"}}, "/credentials/DATABASE_URL"),
        ({"credentials": {"SECRET_KEY": None}}, "/credentials.*'SECRET_KEY'"),
        ({"rbac": {"workloadClusters": {"org-acme": ["*"]}}}, "/rbac/workloadClusters/org-acme/0"),
        ({"rbac": {"workloadClusters": {"org-acme": []}}}, "/rbac/workloadClusters/org-acme"),
        ({"pods": {"labels": {"app.kubernetes.io/name": "x"}}}, r"app\.kubernetes\.io/name"),
        ({"networkPolicy": {"smtp": {"ports": ["smtp"]}}}, "/networkPolicy/smtp/ports/0"),
        ({**OPEN, "httpRoute": {"enabled": True}}, "/httpRoute/parentRefs"),
        ({**OPEN, "serviceMonitor": {"enabled": True}}, "/credentials.*'IPVIZ_METRICS_TOKEN'"),
        ({"ingress": {"enabled": True}}, r"networkPolicy\.from is empty.*ingress\.enabled"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_wrong_is_refused_by_name(values: Values, said: str) -> None:
    with pytest.raises(HelmError) as refused:
        texts(values)
    assert re.search(said, str(refused.value), re.DOTALL)


KUBECONFIGS = "ipviz-ipviz-kubeconfigs"
THIS_CLUSTER = {
    "ClusterRole/ipviz-ipviz",
    "ClusterRoleBinding/ipviz-ipviz",
    "Role/kube-system/ipviz-ipviz",
    "RoleBinding/kube-system/ipviz-ipviz",
}
PODS = {f"Deployment/ipviz-{name}" for name in ("web", "worker", "schedule")}
BUDGETS = {"PodDisruptionBudget/ipviz-web", "PodDisruptionBudget/ipviz-worker"}
POLICIES = {f"NetworkPolicy/ipviz{name}" for name in ("", "-web", "-worker")}


@pytest.mark.parametrize(
    ("values", "added", "removed", "changed"),
    [
        ({"stopped": True}, {"Deployment/ipviz-console"}, set(), PODS),
        ({"ingress": {"enabled": True}}, {"Ingress/ipviz"}, set(), set()),
        (
            {"httpRoute": {"enabled": True, "parentRefs": [{"name": "edge"}]}},
            {"HTTPRoute/ipviz"},
            set(),
            set(),
        ),
        ({**METRICS, "serviceMonitor": {"enabled": True}}, {"ServiceMonitor/ipviz"}, set(), PODS),
        ({"prometheusRule": {"enabled": True}}, {"PrometheusRule/ipviz"}, set(), set()),
        ({"dashboard": {"enabled": True}}, {"ConfigMap/ipviz-dashboard"}, set(), set()),
        (
            {"rbac": {"workloadClusters": {"org-acme": ["alpha"]}}},
            {f"Role/org-acme/{KUBECONFIGS}", f"RoleBinding/org-acme/{KUBECONFIGS}"},
            set(),
            set(),
        ),
        (
            {"rbac": {"allSecretsIn": ["org-lab"]}},
            {f"Role/org-lab/{KUBECONFIGS}", f"RoleBinding/org-lab/{KUBECONFIGS}"},
            set(),
            set(),
        ),
        ({"rbac": {"thisCluster": False}}, set(), THIS_CLUSTER, set()),
        ({"rbac": {"create": False}}, set(), THIS_CLUSTER, set()),
        (
            {"serviceAccount": {"create": False, "name": "own"}},
            set(),
            {"ServiceAccount/ipviz"},
            PODS | {name for name in THIS_CLUSTER if "Binding" in name},
        ),
        ({"podDisruptionBudget": {"enabled": False}}, set(), BUDGETS, set()),
        ({"web": {"replicas": 1}}, set(), {"PodDisruptionBudget/ipviz-web"}, {"Deployment/ipviz-web"}),
        ({"networkPolicy": {"enabled": False}}, set(), POLICIES, set()),
        ({"kubeconfigs": {"secret": "kubeconfigs"}}, set(), set(), PODS),
        ({"service": {"port": 8080}}, set(), set(), {"Service/ipviz"}),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_each_switch_does_what_it_says_and_nothing_else(
    values: Values, added: set[str], removed: set[str], changed: set[str]
) -> None:
    before, after = named(objects(OPEN)), named(objects({**OPEN, **values}))
    assert after.keys() - before.keys() == added
    assert before.keys() - after.keys() == removed
    assert {name for name in before.keys() & after.keys() if before[name] != after[name]} == changed


def test_its_rights_are_those_of_deploy_rbac_and_no_others() -> None:
    def granted(found: list[Object]) -> set[Any]:
        return {
            (each.role, each.namespace, each.group, each.resource, each.verb) for each in rights_of(found)
        }

    def names(found: list[Object]) -> list[Any]:
        return sorted(rule.get("resourceNames", []) for each in found for rule in each.get("rules", ()))

    shipped = list(yaml.safe_load_all((ROOT / "deploy" / "rbac" / "management.yaml").read_text()))
    assert granted(objects()) == granted(shipped)
    assert names(objects()) == names(shipped)


def test_kubeconfigs_are_granted_one_by_one_unless_somebody_wants_it_otherwise() -> None:
    roles = named(objects(ALL))
    (by_name,) = roles[f"Role/org-acme/{KUBECONFIGS}"]["rules"]
    (all_of_them,) = roles[f"Role/org-lab/{KUBECONFIGS}"]["rules"]
    assert by_name["resourceNames"] == ["alpha-kubeconfig", "beta-kubeconfig"]
    assert "resourceNames" not in all_of_them
    assert by_name["verbs"] == all_of_them["verbs"] == ["get"]
    assert "BEWARE" in texts(ALL)["NOTES.txt"]
    assert "BEWARE" not in texts()["NOTES.txt"]


def test_two_releases_share_nothing() -> None:
    paths = [
        {
            (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
            for each in objects(ALL, name=name, namespace=namespace)
        }
        for name, namespace in [("ipviz", "one"), ("ipviz", "two"), ("ipviz-b", "one")]
    ]
    assert len(set.union(*paths)) == sum(map(len, paths))


def test_names_fit_however_long_the_releases_is() -> None:
    for each in objects(ALL, name="a" * 53):
        if not each["kind"].endswith(("Role", "Binding")):
            assert len(each["metadata"]["name"]) <= 63


@EACH
def test_no_secret_is_rendered_and_each_is_named(values: Values) -> None:
    assert all(each["kind"] != "Secret" for each in objects(values))
    credentials = yaml.safe_load((CHART / "values.yaml").read_text())["credentials"]
    for name, where in {**credentials, **values.get("credentials", {})}.items():
        reference = {"name": where["secret"], "key": where["key"]}
        assert environment(values)[name]["valueFrom"] == {"secretKeyRef": reference}


def test_the_settings_are_those_that_are_documented() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    plain, secret = (set(schema[name]["properties"]) for name in ("settings", "credentials"))
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert plain | secret == documented - OF_ONE_PROCESS_TREE - {"IPVIZ_DATA_DIR"}
    assert not plain & secret


def test_ipviz_itself_takes_the_environment_that_its_pods_get(tmp_path: Path) -> None:
    secrets = {
        "DATABASE_URL": "postgres://ipviz:secret@198.51.100.10/ipviz",
        "EMAIL_URL": "smtp+tls://ipviz:secret@mail.example.org:587",
        "IPVIZ_METRICS_TOKEN": "only-for-the-test",
        "IPVIZ_OIDC_CLIENT_SECRET": "only-for-the-test",
        "REDIS_URL": "redis://198.51.100.11:6379/0",
        "SECRET_KEY": "only-for-the-test-0123456789-abcdefghijklmnopqrstuvwxyz",
    }
    given = {name: each.get("value") or secrets.get(name, "") for name, each in environment(ALL).items()}
    given["ALLOWED_HOSTS"] = given["ALLOWED_HOSTS"].replace("$(POD_IP)", "192.0.2.7")
    told = subprocess.run(
        [sys.executable, "-c", "from ipviz import settings; print(*settings.ALLOWED_HOSTS)"],
        env={"PATH": os.environ["PATH"], "IPVIZ_DATA_DIR": str(tmp_path), **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert {"ipviz.example.org", "192.0.2.7", "ipviz.ipviz.svc"} <= set(told.stdout.split())


@EACH
def test_its_pods_are_restricted_and_write_to_empty_folders_only(values: Values) -> None:
    for name, spec in deployments(values).items():
        assert violations(spec) == [], name
        empty = {volume["name"] for volume in spec["volumes"] if "emptyDir" in volume}
        for container in [*spec.get("initContainers", ()), *spec["containers"]]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            written = {each["name"] for each in container["volumeMounts"] if not each.get("readOnly")}
            assert written == empty == {"tmp", "data"}
        assert spec["automountServiceAccountToken"] is (name in ("web", "worker"))


@pytest.mark.parametrize(
    "taken", ["runAsNonRoot", "seccompProfile", "allowPrivilegeEscalation", "capabilities"]
)
def test_a_pod_that_is_not_restricted_would_be_found(taken: str) -> None:
    spec = deployments()["web"]
    spec["securityContext"].pop(taken, None)
    for container in [*spec["initContainers"], *spec["containers"]]:
        container["securityContext"].pop(taken, None)
    assert any(said.startswith(taken) for said in violations(spec))


@pytest.mark.parametrize("component", ["web", "worker", "schedule"])
def test_its_processes_are_those_of_the_compose_file(component: str) -> None:
    (container,) = deployments()[component]["containers"]
    service = compose()["services"][component]
    assert container["command"] == service["command"]
    if component != "web":
        _, asked = service["healthcheck"]["test"]
        liveness = container["livenessProbe"]["exec"]["command"]
        assert liveness[-1].replace('"', "") == asked.replace("$$", "$")


def test_what_restarts_a_web_pod_asks_nobody_and_what_sends_people_there_what_pages_need() -> None:
    (container,) = deployments()["web"]["containers"]
    paths = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz/web"}


def test_one_schedule_migrates_and_the_others_wait_for_it() -> None:
    first = {name: spec["initContainers"][0]["command"] for name, spec in deployments().items()}
    assert first["schedule"] == ["python", "manage.py", "migrate", "--noinput"]
    assert all("migrate --check" in first[name][-1] for name in ("web", "worker"))
    schedule = only(objects(ALL), "Deployment", "ipviz-schedule")["spec"]
    assert (schedule["replicas"], schedule["strategy"]) == (1, {"type": "Recreate"})


def test_who_waits_for_the_tables_says_so_and_goes_on_once_they_are_there(tmp_path: Path) -> None:
    """`python` finds them as soon as somebody slept."""
    for name, does in {"python": "test -e tables", "sleep": "touch tables"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    command = deployments()["worker"]["initContainers"][0]["command"]
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    told = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert told.stdout.count("Waiting until the Pod of the schedule") == 1


def test_a_worker_gets_as_long_to_end_as_a_poll_may_take() -> None:
    def grace(values: Values) -> int:
        return int(deployments(values)["worker"]["terminationGracePeriodSeconds"])

    assert grace({}) > 60
    assert grace({"settings": {"IPVIZ_POLL_DEADLINE_SECONDS": 300}}) > 300


def test_stopped_leaves_the_console_alone() -> None:
    replicas = {
        each["metadata"]["name"]: each["spec"]["replicas"]
        for each in objects(STOPPED)
        if each["kind"] == "Deployment"
    }
    assert {name for name, count in replicas.items() if count} == {"ipviz-console"}
    assert environment(STOPPED, "console") == environment({})


def test_who_asks_the_service_comes_to_web_pods() -> None:
    found = named(objects(ALL))
    service, monitor = found["Service/ipviz"], found["ServiceMonitor/ipviz"]["spec"]
    pods = found["Deployment/ipviz-web"]["spec"]["template"]
    assert service["spec"]["selector"].items() <= pods["metadata"]["labels"].items()
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,), (port,) = monitor["endpoints"], service["spec"]["ports"]
    (ours,) = pods["spec"]["containers"][0]["ports"]
    assert endpoint["port"] == port["name"]
    assert port["targetPort"] == ours["name"]
    assert endpoint["authorization"]["credentials"] == {"name": "metrics", "key": "token"}


def egress(values: Values, component: str) -> set[int]:
    policies = [
        each["spec"]
        for each in objects(values)
        if each["kind"] == "NetworkPolicy"
        and each["spec"]["podSelector"]["matchLabels"].get("app.kubernetes.io/component", component)
        == component
    ]
    return {port["port"] for each in policies for rule in each.get("egress", ()) for port in rule["ports"]}


def test_each_pod_gets_out_to_what_it_needs() -> None:
    apart = {"oidc": {"ports": [5556]}, "hooks": {"ports": [8443]}, "apiServers": {"ports": [6443]}}
    assert egress({"networkPolicy": apart}, "web") == {53, 1053, 5432, 6379, 6443}
    assert egress({"networkPolicy": apart}, "worker") == {53, 1053, 5432, 6379, 6443, 8443}
    assert egress({"networkPolicy": apart}, "schedule") == {53, 1053, 5432, 6379}
    everything = {**ALL, "networkPolicy": {**ALL["networkPolicy"], **apart, "extra": []}}
    assert egress(everything, "web") == {53, 1053, 5432, 6379, 6443, 5556}
    assert egress(everything, "worker") == {53, 1053, 5432, 6379, 6443, 8443, 25, 465, 587}


def test_nobody_comes_in_unless_they_are_named() -> None:
    assert all("ingress" not in each["spec"] for each in objects() if each["kind"] == "NetworkPolicy")
    (rule,) = only(objects(ALL), "NetworkPolicy", "ipviz-web")["spec"]["ingress"]
    assert rule == {"from": [INGRESS_NGINX], "ports": [{"port": "http", "protocol": "TCP"}]}


def test_rules_and_dashboard_are_the_files_as_they_stand() -> None:
    found = named(objects(ALL))
    rules = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())
    assert found["PrometheusRule/ipviz"]["spec"] == rules
    board = (CHART / "files" / "dashboard.json").read_text()
    assert found["ConfigMap/ipviz-dashboard"]["data"]["ipviz.json"] == board.strip()


def test_the_image_is_of_this_version_unless_another_is_named() -> None:
    def image(**given: str) -> str:
        return str(deployments({"image": given})["web"]["containers"][0]["image"])

    digest = "sha256:" + "0" * 64
    assert image() == f"ipviz:{VERSION}"
    assert image(repository="registry.example.org/ipviz", tag="1") == "registry.example.org/ipviz:1"
    assert image(tag="1", digest=digest) == f"ipviz@{digest}"


@EACH
def test_the_notes_name_what_is_there(values: Values) -> None:
    notes = texts(values)["NOTES.txt"]
    for name in re.findall(r"deploy/([\w-]+)", notes):
        assert only(objects(values), "Deployment", name)["spec"]["replicas"]
    assert "SECRET_KEY is the key" in notes or values == STOPPED
