"""Nobody can forget the audit: every way in by which something is changed leaves an entry, or says why not.

A path of the API, a page or a command that writes, and has no row here, fails the suite.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command, get_commands
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import Settings

from ipviz.accounts.links import link_for
from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.roles import give_role
from ipviz.accounts.tokens import create_token
from ipviz.alerts.models import Silence, Subscription
from ipviz.audit.models import Entry
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.clusters.registry import segment_named
from ipviz.findings.models import Finding
from tests.api.conftest import NOW
from tests.api.filled import fill
from tests.api.test_authorization import EXPECTED
from tests.api.test_examples import handled, written
from tests.apiserver import FakeApiServer
from tests.factories import segment
from tests.web.test_every_page import PAGES

UNTIL = (NOW + timedelta(hours=5)).isoformat()
NOTHING: None = None
"""Nothing that stands is changed: it is answered, or sent; the log tells of it."""

API: dict[tuple[str, str], str | None] = {
    ("acknowledge", "POST"): "finding handled",
    ("check", "POST"): NOTHING,
    ("cluster", "DELETE"): "cluster removed",
    ("cluster", "PATCH"): "cluster moved",
    ("clusters", "POST"): "cluster made",
    ("end-silence", "POST"): "silence ended",
    ("kept-plan", "DELETE"): "subnet planned",
    ("kept-plan", "PUT"): "subnet planned",
    ("plan", "POST"): NOTHING,
    ("plan-cluster", "POST"): NOTHING,
    ("poll", "POST"): NOTHING,
    ("reopen", "POST"): "finding handled",
    ("segment", "DELETE"): "segment removed",
    ("segments", "POST"): "segment made",
    ("silence", "POST"): "finding handled",
    ("silences", "POST"): "silence made",
    ("start-subscription", "POST"): "subscription started again",
    ("stop-subscription", "POST"): "subscription stopped",
    ("subnet", "DELETE"): "subnet removed",
    ("subnet", "PATCH"): "subnet changed",
    ("subnet", "PUT"): "subnet changed",
    ("subnets", "POST"): "subnet made",
    ("subscription", "DELETE"): "subscription removed",
    ("subscription", "PATCH"): "subscription changed",
    ("subscriptions", "POST"): "subscription made",
    ("test-subscription", "POST"): NOTHING,
}
WISH = {"at_once": "grave", "rhythm": "daily", "lowest": "high", "zone": "UTC"}
SILENCE = {"rules": "C4", "hours": "4", "reason": "upgrade"}
SUBNET = {"segment": "default", "cidr": "198.51.100.0/24", "name": "prod-b"}
PASSWORD = "a long walk by the sea"
WEB: dict[str, tuple[dict[str, Any], str | None]] = {
    "end-silence": ({}, "silence ended"),
    "forget-plan": ({"subnet": "THE SUBNET"}, "subnet planned"),
    "handle": ({"do": "acknowledge"}, "finding handled"),
    "handle-findings": ({"do": "acknowledge", "finding": "THE FINDING"}, "finding handled"),
    "handle-subscription": ({"do": "stop"}, "subscription stopped"),
    "keep-plan": ({"cidr": "192.0.2.0/24", "clusters": 2, "nodes": 5}, "subnet planned"),
    "poll": ({"cluster": "gmc"}, NOTHING),
    "settings-clusters": (
        {"name": "kmc", "source": "file:kmc.kubeconfig", "segment": "default"},
        "cluster made",
    ),
    "settings-move": ({"cluster": "gmc", "segment": "lab"}, "cluster moved"),
    "settings-password": ({"new_password1": PASSWORD, "new_password2": PASSWORD}, "person password set"),
    "settings-people": ({"username": "carl", "role": "viewer"}, "person sign-in link made"),
    "settings-person": ({"do": "shut-out"}, "person shut out"),
    "settings-remove-cluster": ({}, "cluster removed"),
    "settings-remove-segment": ({}, "segment removed"),
    "settings-remove-subnet": ({}, "subnet removed"),
    "settings-revoke": ({}, "token removed"),
    "settings-segments": ({"name": "site-c"}, "segment made"),
    "settings-subnet": ({"name": "other"}, "subnet changed"),
    "settings-subnets": (SUBNET, "subnet made"),
    "settings-tokens": ({"name": "ci", "role": "viewer"}, "token made"),
    "silences": (SILENCE, "silence made"),
    "subscription": (WISH | {"rhythm": "never"}, "subscription changed"),
    "subscriptions": (WISH | {"address": "new@example.org"}, "subscription made"),
}
COMMANDS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "backup": ((), NOTHING),
    "cluster": (("remove", "gmc"), "cluster removed"),
    "export": ((), NOTHING),
    "plan": (("divide", "192.0.2.0/24", "--clusters", "2", "--keep"), "subnet planned"),
    "poll": ((), NOTHING),
    "restore": ((), NOTHING),  # the audit of what it brings back comes with it
    "segment": (("add", "site-c"), "segment made"),
    "sign_in_link": ((), "person sign-in link made"),
    "subnet": (("add", "198.51.100.0/24"), "subnet made"),
    "token": (("ci",), "token made"),
    "up": ((), NOTHING),
    "watch": ((), NOTHING),
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def anna(db: None) -> Client:
    made = User.objects.create_user("anna")
    give_role(made, Role.ADMIN)
    browser = Client(headers={"User-Agent": "a browser"})
    browser.force_login(made)
    return browser


@pytest.fixture
def filled(anna: Client) -> None:
    fill()
    segment("empty")
    give_role(User.objects.create_user("bert"), Role.OPERATOR)
    create_token("pipelines", Role.VIEWER, NOW)


def newest(since: int) -> list[str]:
    return [f"{each.kind} {each.action}" for each in Entry.objects.filter(pk__gt=since).order_by("pk")]


def last_id() -> int:
    return Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_every_operation_of_the_api_has_its_row() -> None:
    assert set(API) == {each for each in EXPECTED if each[1] != "GET" and each[0] != "nothing"}


def test_every_page_that_is_posted_to_has_its_row() -> None:
    assert set(WEB) == {name for name, row in PAGES.items() if row.posts}


def test_every_command_has_its_row() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith("ipviz.")}
    assert set(COMMANDS) == ours


def asked_of_the_api() -> dict[tuple[str, str], tuple[str, Any]]:
    """The examples of each operation, and what has none: what is removed."""
    found = {}
    for method, path, body in [*handled().values(), *written().values()]:
        if method != "GET":
            found[str(resolve(f"/api/v1/{path.partition('?')[0]}").url_name), method] = (path, body)
    subnet = Subnet.objects.declared().earliest("pk").pk
    found["cluster", "DELETE"] = (f"clusters/{Cluster.objects.get(path='gmc').pk}/", None)
    found["kept-plan", "DELETE"] = (f"subnets/{subnet}/plan/", None)
    found["segment", "DELETE"] = ("segments/empty/", None)
    found["subnet", "DELETE"] = (f"subnets/{subnet}/", None)
    found["subscription", "DELETE"] = ("subscriptions/1/", None)
    return found


@pytest.mark.django_db(reset_sequences=True)
def test_every_operation_of_the_api_leaves_its_entry(filled: None, anna: Client) -> None:
    asked = asked_of_the_api()
    for (name, method), expected in API.items():
        if name == "clusters":
            continue  # it needs a cluster that answers, as on the page
        path, body = asked[name, method]
        with transaction.atomic():
            if name == "start-subscription":
                Subscription.objects.filter(pk=1).update(stopped_at=NOW, stopped_by="anna")
            if (name, method) == ("kept-plan", "DELETE"):
                Subnet.objects.update(planned=[{"use": "block", "range": "192.0.2.8/30", "name": ""}])
            before = last_id()
            sent = json.dumps(body) if body is not None else ""
            reply = anna.generic(method, f"/api/v1/{path}", sent, "application/json")
            assert reply.status_code < 300, (name, method, reply.content)
            found = newest(before)
            transaction.set_rollback(True)
        assert (found[-1] if found else None) == expected, (name, method, found)


def page_path(name: str) -> str:
    special: dict[str, Callable[[], list[Any]]] = {
        "settings-remove-segment": lambda: ["empty"],
        "settings-revoke": lambda: [ApiToken.objects.get(name="pipelines").pk],
        "settings-person": lambda: [User.objects.get(username="bert").pk],
        "settings-subnet": lambda: [Subnet.objects.declared().earliest("pk").pk],
        "settings-remove-subnet": lambda: [Subnet.objects.declared().earliest("pk").pk],
        "handle": lambda: [Finding.objects.filter(status="open").earliest("pk").pk],
        "end-silence": lambda: [Silence.objects.active(NOW).earliest("pk").pk],
    }
    return reverse(f"web:{name}", args=special.get(name, PAGES[name].arguments)())


@pytest.mark.django_db(reset_sequences=True)
def test_every_page_that_is_posted_to_leaves_its_entry(
    filled: None, anna: Client, settings: Settings, tmp_path: Any
) -> None:
    settings.KUBECONFIG_DIR = tmp_path
    things = {
        "THE SUBNET": Subnet.objects.declared().earliest("pk").pk,
        "THE FINDING": Finding.objects.filter(status="open").earliest("pk").pk,
    }
    with FakeApiServer("kmc") as server:
        server.write_kubeconfig(tmp_path / "kmc.kubeconfig")
        for name, (typed, expected) in WEB.items():
            with transaction.atomic():
                if name == "forget-plan":
                    Subnet.objects.update(planned=[{"use": "block", "range": "192.0.2.8/30", "name": ""}])
                anna.force_login(User.objects.get(username="anna"))  # a new password ends a session
                before = last_id()
                sent = {field: things.get(str(value), value) for field, value in typed.items()}
                reply = anna.post(page_path(name), sent)
                assert reply.status_code < 400, (name, reply.content.decode()[-3000:])
                entries = list(Entry.objects.filter(pk__gt=before))
                found = newest(before)
                transaction.set_rollback(True)
            assert (found[-1] if found else None) == expected, (name, found, reply.status_code)
            assert all((each.who, each.origin) == ("anna", "127.0.0.1") for each in entries), name
            assert {each.request_id for each in entries} <= {reply["X-Request-ID"]}


@pytest.mark.django_db(reset_sequences=True)
@pytest.mark.parametrize("name", [name for name, (_, expected) in COMMANDS.items() if expected])
def test_every_command_leaves_its_entry(name: str, filled: None) -> None:
    words, expected = COMMANDS[name]
    before = last_id()
    call_command(name, *words)
    assert newest(before)[-1] == expected
    assert Entry.objects.latest("pk").who.endswith(" at the shell")


def test_who_comes_in_by_a_link_or_goes_is_noted_and_who_fails_is_not(db: None, client: Client) -> None:
    person = User.objects.create_user("carl", password=PASSWORD)
    link = link_for(person, at=NOW)
    before = last_id()
    client.get(link.partition("8000")[2])
    client.post("/sign-out/")
    client.post("/sign-in/", {"username": "carl", "password": "wrong"})
    client.post("/sign-in/", {"username": "carl", "password": PASSWORD})
    assert newest(before) == [
        "person sign-in link followed", "person signed in", "person signed out", "person signed in",
    ]  # fmt: skip
    assert {each.who for each in Entry.objects.filter(pk__gt=before)} == {"carl"}


@pytest.mark.django_db
def test_no_secret_is_in_any_entry(anna: Client) -> None:
    hook = "https://hooks.example.org/services/T0/SENTINEL"
    secrets = [create_token("ci", Role.VIEWER, NOW), hook.rpartition("/")[2]]
    link = link_for(User.objects.get(username="anna"), at=NOW)
    anna.post("/settings/password/", {"new_password1": PASSWORD, "new_password2": PASSWORD})
    anna.post("/subscriptions/", WISH | {"address": hook})
    told = json.dumps(list(Entry.objects.values("name", "who", "before", "after")))
    assert "hooks.example.org" in told
    for secret in (*secrets, link.partition("=")[2], PASSWORD):
        assert secret not in told
    digests = [ApiToken.objects.get(name="ci").digest, User.objects.get(username="anna").password]
    assert not [each for each in digests if each in told]


@pytest.mark.django_db
def test_a_change_costs_one_query_more(anna: Client, django_assert_num_queries: Any) -> None:
    add = partial(Segment.objects.get_or_create, name="bare")
    with django_assert_num_queries(4):  # a look, and the row between two savepoints
        add()
    with django_assert_num_queries(4 + 2 + 1):  # a savepoint around both, and the entry
        segment_named("audited")
