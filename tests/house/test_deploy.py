"""What is deployed: the rights are those of the kinds that are read, no more; the Compose file is whole."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ipviz.api.streams import MOST
from ipviz.kube.kinds import kinds_for
from ipviz.polling.management.commands.up import gunicorn_options

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "rbac"
OF_ONE_PROCESS_TREE = {"DEBUG", "HOST", "PORT"}
"""Settings of `manage.py up` and of who works on ipviz."""
# namespace (empty for all), API group, resource, the names (None for all) and the verb
Right = tuple[str, str, str, tuple[str, ...] | None, str]


def rights(name: str) -> set[Right]:
    roles = [
        each for each in yaml.safe_load_all((DEPLOY / name).read_text()) if each["kind"].endswith("Role")
    ]
    return {
        (
            role["metadata"].get("namespace", ""),
            group,
            resource,
            tuple(rule["resourceNames"]) if "resourceNames" in rule else None,
            verb,
        )
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def needed(*, is_management: bool) -> set[Right]:
    found: set[Right] = set()
    for kind in kinds_for(is_management=is_management):
        if kind.names:
            namespace = kind.names[0][0]
            found.add((namespace, kind.group, kind.plural, tuple(name for _, name in kind.names), "get"))
        else:
            found.add((kind.namespace, kind.group, kind.plural, None, "list"))
    return found


@pytest.mark.parametrize(("name", "is_management"), [("management.yaml", True), ("workload.yaml", False)])
def test_the_rights_are_exactly_those_of_what_is_read(name: str, is_management: bool) -> None:
    assert rights(name) == needed(is_management=is_management)


def test_secrets_are_read_by_name_only() -> None:
    assert {(resource, verb) for _, _, resource, _, verb in rights("kubeconfigs.yaml")} == {
        ("secrets", "get")
    }
    assert all(names for _, _, _, names, _ in rights("kubeconfigs.yaml"))


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_the_compose_file_passes_on_every_setting_that_a_site_needs() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    of_the_image = {"IPVIZ_DATA_DIR"}
    assert set(compose()["x-ipviz"]["environment"]) == documented - OF_ONE_PROCESS_TREE - of_the_image


def test_streams_of_events_leave_at_least_half_of_the_web_servers_threads_to_the_rest() -> None:
    composed = next(each for each in compose()["services"]["web"]["command"] if each.startswith("--threads"))
    options = gunicorn_options()
    for threads in (composed.removeprefix("--threads="), options[options.index("--threads") + 1]):
        assert int(threads) >= 2 * MOST


def test_the_compose_file_names_what_it_has() -> None:
    services, volumes = compose()["services"], compose()["volumes"]
    for name, service in services.items():
        assert service.keys() & {"build", "image"}, name
        assert set(service.get("depends_on", ())) <= services.keys(), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source.startswith("./") or source in volumes, name
        assert name == "prepare" or "healthcheck" in service, name
    assert all(":" in service["image"] and "latest" not in service["image"] for service in services.values())
