"""The examples in the OpenAPI document are what was asked and answered here, on the filled estate.

`WRITE_EXAMPLES=1 .venv/bin/python -m pytest tests/api/test_examples.py` writes ipviz/api/examples.json anew.
"""

import json
import os
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from jsonschema import Draft202012Validator
from pytest_django import Settings

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.api.examples import FILE, examples
from ipviz.clusters.models import Cluster, Subnet
from ipviz.findings.models import Finding
from tests.api.asking import V1, Api
from tests.api.conftest import NOW
from tests.api.filled import POOL, fill

HOST = "ipviz.example.org"
UNTIL = "2026-01-15T12:00:00Z"
LINES = 3
"""So many rows of an answer that is a list in itself, and of a page."""
DECLARED = {"name": "prod-b", "gateway": "198.51.100.1", "dhcp": ["198.51.100.20-198.51.100.90"]}


Asking = Mapping[str, tuple[str, str, Any]]
"""Method, path and body by the name of the operation; a body is shown as it is sent."""


def asked() -> Asking:
    return {**read(), **handled(), **written()}


def read() -> Asking:
    gmc, subnet = Cluster.objects.get(path="gmc").pk, Subnet.objects.earliest("pk").pk
    finding = Finding.objects.filter(status="open").earliest("pk").pk
    lists = (
        "addresses", "changes", "claims", "clusters", "findings", "pools", "segments", "services", "silences",
        "snapshots", "subnets", "subscriptions", "usage",
    )  # fmt: skip
    paths = {
        **{f"{name}_list": f"{name}/?page_size=1" for name in lists},
        "findings_list": "findings/?status=open&page_size=1",
        "clusters_retrieve": f"clusters/{gmc}/",
        "findings_retrieve": f"findings/{finding}/",
        "audit_list": "audit/?who=anna&page_size=1",
        "lookup_retrieve": "lookup/192.0.2.233/?segment=default",
        "segments_retrieve": "segments/default/",
        "silences_retrieve": "silences/1/",
        "subnets_retrieve": f"subnets/{subnet}/",
        "subnets_free_retrieve": f"subnets/{subnet}/free/?prefix=30&count=2",
        "subnets_plan_retrieve": f"subnets/{subnet}/plan/",
        "subnets_map_list": f"subnets/{subnet}/map/",
        "subscriptions_retrieve": "subscriptions/1/",
    }
    return {name: ("GET", path, None) for name, path in paths.items()}


def handled() -> Asking:
    """What is done with what is there, each by a path of its own."""
    gmc = Cluster.objects.get(path="gmc").pk
    finding = Finding.objects.filter(status="open").earliest("pk").pk
    acknowledged = Finding.objects.get(status="acknowledged").pk
    sent: Mapping[str, tuple[str, Any]] = {
        "clusters_poll_create": (f"clusters/{gmc}/poll/", None),
        "findings_acknowledge_create": (
            f"findings/{finding}/acknowledge/",
            {"reason": "ticket 4711", "until": UNTIL},
        ),
        "findings_silence_create": (
            f"findings/{finding}/silence/",
            {"reason": "maintenance", "until": UNTIL},
        ),
        "findings_reopen_create": (f"findings/{acknowledged}/reopen/", {"reason": "It is not done."}),
        "silences_end_create": ("silences/1/end/", None),
        "subscriptions_start_create": ("subscriptions/1/start/", None),
        "subscriptions_stop_create": ("subscriptions/1/stop/", None),
        "subscriptions_test_create": ("subscriptions/1/test/", None),
    }
    return {name: ("POST", path, body) for name, (path, body) in sent.items()}


def written() -> Asking:
    """What is made and changed, and what is checked before that."""
    gmc, subnet = Cluster.objects.get(path="gmc").pk, Subnet.objects.earliest("pk").pk
    upgrade = {"clusters": ["beta"], "ends_at": UNTIL, "reason": "upgrade of beta"}
    mailbox = {"address": "oncall@example.com", "clusters": ["beta"]}
    return {
        "check_create": ("POST", "check/", {"spans": ["192.0.2.236/30"], "manifest": POOL, "for": "beta"}),
        # A cluster is added where it answers, which nobody does here: it is told as it is read.
        "clusters_create": ("GET", f"clusters/{gmc}/", {"name": "gmc", "kubeconfig": "gmc.kubeconfig"}),
        "clusters_partial_update": ("PATCH", f"clusters/{gmc}/", {"segment": "lab"}),
        "plan_create": ("POST", "plan/", {"cidr": "192.0.2.0/24", "nodes": 60, "clusters": 4, "later": 4}),
        "plan_cluster_create": ("POST", "plan/cluster/", {"name": "epsilon", "organization": "acme"}),
        "subnets_plan_update": ("PUT", f"subnets/{subnet}/plan/", {"clusters": 3, "later": 1}),
        "segments_create": ("POST", "segments/", {"name": "site-b"}),
        "silences_create": ("POST", "silences/", upgrade),
        "subnets_create": ("POST", "subnets/", {"cidr": "198.51.100.0/24", **DECLARED}),
        "subnets_update": ("PUT", f"subnets/{subnet}/", {"name": "prod-a", "gateway": "192.0.2.1"}),
        "subnets_partial_update": ("PATCH", f"subnets/{subnet}/", {"dhcp": ["192.0.2.20-192.0.2.90"]}),
        "subscriptions_create": ("POST", "subscriptions/", mailbox),
        "subscriptions_partial_update": ("PATCH", "subscriptions/1/", {"lowest": "high"}),
    }


@pytest.fixture
def told(admin: Api, settings: Settings) -> dict[str, Any]:
    """What is answered now, each on the same estate."""
    settings.ALLOWED_HOSTS = [HOST]
    fill()
    found: dict[str, Any] = {}
    for name, (method, path, sent) in sorted(asked().items()):
        body = json.dumps(sent) if sent is not None else ""
        with transaction.atomic():
            asks = partial(admin.client.generic, method, f"{V1}{path}", body, "application/json")
            reply = asks(secure=True, headers={"Host": HOST})
            transaction.set_rollback(True)
        assert reply.status_code < 300, (name, reply.content)
        found[name] = ({} if sent is None else {"sent": sent}) | {"answer": shortened(reply.json())}
    return found


@pytest.fixture
def admin(db: None) -> Api:
    made = User.objects.create_user("anna")
    give_role(made, Role.ADMIN)
    browser = Api()
    browser.client.force_login(made)
    return browser


def shortened(answer: Any) -> Any:
    return answer[:LINES] if isinstance(answer, list) else answer


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_the_examples_are_what_is_answered(told: dict[str, Any]) -> None:
    if os.environ.get("WRITE_EXAMPLES"):
        FILE.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        examples.cache_clear()
    assert told == examples()


def test_each_operation_has_one_that_its_shape_allows(viewer: Api) -> None:
    document = viewer.get("schema/").body
    for methods in document["paths"].values():
        for operation in methods.values():
            bodies = [each for status, each in operation["responses"].items() if status < "300"]
            if "requestBody" in operation:
                bodies.append(operation["requestBody"])
            told = [each["content"].get("application/json") for each in bodies if "content" in each]
            for content in filter(None, told):  # a stream of events is none
                assert content["examples"], operation["operationId"]
                for example in content["examples"].values():
                    shape = {**content["schema"], "components": document["components"]}
                    Draft202012Validator(shape).validate(example["value"])


def test_an_example_is_of_no_other_operation(viewer: Api) -> None:
    paths = viewer.get("schema/").body["paths"]
    names = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    assert set(examples()) <= names
    assert NOW.isoformat()[:10] in FILE.read_text()
