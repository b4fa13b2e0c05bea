"""Rights one by one, as deploy/rbac or the chart grants them: each can be taken away and given back."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ipviz.kube.kinds import KINDS, Kind
from tests.apiserver import READER
from tests.envtest import ApiServer, object_path
from tests.story.servers import rights
from tests.story.waiting import wait_until

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource, as one role grants it; `on` names an object that it covers, where it must."""

    role: str
    namespace: str
    role_name: str
    group: str
    resource: str
    verb: str
    on: str

    def __str__(self) -> str:
        return f"{self.verb}-{self.resource}"

    @property
    def kinds(self) -> set[str]:
        """What we read by it."""
        return {each.kind for each in KINDS if (each.group, each.plural) == (self.group, self.resource)}


def rights_in(manifest: str) -> list[Right]:
    """Every right that a manifest of deploy/rbac grants."""
    return rights_of(rights(manifest))


def rights_of(objects: Iterable[Object]) -> list[Right]:
    """Every right that roles among these objects grant."""
    return [
        Right(
            role["kind"],
            role["metadata"].get("namespace", ""),
            role["metadata"]["name"],
            group,
            resource,
            verb,
            next(iter(rule.get("resourceNames", ())), ""),
        )
        for role in objects
        for rule in role.get("rules", ())
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]


@contextmanager
def taken_away(server: ApiServer, right: Right, token: str = READER) -> Iterator[None]:
    """Until the end, the reader with this token is without it, and has all others."""
    role: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": right.role,
        "metadata": {"name": right.role_name},
    }
    if right.namespace:
        role["metadata"]["namespace"] = right.namespace
    rules = server.request("GET", object_path(role))["rules"]
    server.patch(role, {"rules": [kept for rule in rules for kept in _without(rule, right)]})
    try:
        _wait_until(server, right, token, allowed=False)
        yield
    finally:
        server.patch(role, {"rules": rules})
        _wait_until(server, right, token, allowed=True)


def may(server: ApiServer, right: Right, token: str = READER) -> bool:
    """What the API server says of who has this token."""
    attributes = {
        "group": right.group,
        "resource": right.resource,
        "verb": right.verb,
        "namespace": right.namespace,
        "name": right.on,
    }
    answer = server.send("POST", REVIEW, {"spec": {"resourceAttributes": attributes}}, token=token)
    assert answer.status == 201, answer.data
    return bool(answer.json()["status"]["allowed"])


def path_of(kind: Kind, namespace: str = "", name: str = "") -> str:
    root = f"/apis/{kind.group}/{kind.versions[0]}" if kind.group else f"/api/{kind.versions[0]}"
    space = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{space}/{kind.plural}" + (f"/{name}" if name else "")


def _without(rule: Object, right: Right) -> list[Object]:
    """What is left of a rule: the other resources as they were, and this one with its other verbs."""
    if right.group not in rule["apiGroups"] or right.resource not in rule["resources"]:
        return [rule]
    others = [each for each in rule["resources"] if each != right.resource]
    verbs = [each for each in rule["verbs"] if each != right.verb]
    split = [{**rule, "resources": others}, {**rule, "resources": [right.resource], "verbs": verbs}]
    return [each for each in split if each["resources"] and each["verbs"]]


def _wait_until(server: ApiServer, right: Right, token: str, *, allowed: bool) -> None:
    """An API server learns of changed roles a moment later."""
    wait_until(lambda: may(server, right, token) is allowed, lambda: f"{right} is not allowed={allowed}")
