"""Who may what: every path and method of the API with the answer that each role gets, and no other.

A path or a method without a row here fails the suite.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import TOKEN_ROLES, Role
from ipviz.accounts.people import limit
from ipviz.accounts.roles import give_role
from ipviz.accounts.tokens import create_token
from ipviz.alerts.models import Silence
from ipviz.api.urls import urlpatterns
from ipviz.findings.models import Finding
from tests.alerts.stories import subscribed
from tests.api.asking import closed
from tests.api.conftest import NOW, Estate
from tests.factories import segment

# `scoped` is an operator's token that sees one segment, on which nothing is: all else is not there. A person
# who is limited so is answered alike, but for pages.
# Asked with an empty body: 400 is the answer to whoever may, and says what is missing.
TABLE = """
name               method stranger viewer scoped operator admin
segments           GET    401      200    200    200      200
segments           POST   401      403    403    400      400
segment            GET    401      200    404    200      200
segment            DELETE 401      403    403    204      204
clusters           GET    401      200    200    200      200
clusters           POST   401      403    403    403      400
cluster            GET    401      200    404    200      200
cluster            PATCH  401      403    404    400      400
cluster            DELETE 401      403    403    403      204
poll               POST   401      403    404    202      202
snapshots          GET    401      200    200    200      200
subnets            GET    401      200    200    200      200
subnets            POST   401      403    400    400      400
subnet             GET    401      200    404    200      200
subnet             PUT    401      403    404    200      200
subnet             PATCH  401      403    404    200      200
subnet             DELETE 401      403    404    204      204
map                GET    401      200    404    200      200
free               GET    401      200    404    200      200
kept-plan          GET    401      200    404    200      200
kept-plan          PUT    401      403    404    200      200
kept-plan          DELETE 401      403    404    204      204
plan               POST   401      400    400    400      400
plan-cluster       POST   401      400    400    400      400
pools              GET    401      200    200    200      200
usage              GET    401      200    200    200      200
claims             GET    401      200    200    200      200
addresses          GET    401      200    200    200      200
services           GET    401      200    200    200      200
changes            GET    401      200    200    200      200
findings           GET    401      200    200    200      200
events             GET    401      200    200    200      200
finding            GET    401      200    404    200      200
acknowledge        POST   401      403    404    200      200
silence            POST   401      403    404    400      400
reopen             POST   401      403    404    409      409
silences           GET    401      200    200    200      200
silences           POST   401      403    403    400      400
one-silence        GET    401      200    404    200      200
end-silence        POST   401      403    404    200      200
subscriptions      GET    401      200    200    200      200
subscriptions      POST   401      403    403    400      400
subscription       GET    401      200    404    200      200
subscription       PATCH  401      403    404    200      200
subscription       DELETE 401      403    404    204      204
stop-subscription  POST   401      403    404    200      200
start-subscription POST   401      403    404    200      200
test-subscription  POST   401      403    404    202      202
lookup             GET    401      200    200    200      200
audit              GET    401      403    403    403      200
check              POST   401      400    400    400      400
schema             GET    401      200    200    200      200
docs               GET    302      200    302    200      200
nothing            GET    401      404    404    404      404
nothing            POST   401      403    404    404      404
nothing            PUT    401      403    404    404      404
nothing            PATCH  401      403    404    404      404
nothing            DELETE 401      403    404    404      404
"""
COLUMNS, *ROWS = (line.split() for line in TABLE.strip().splitlines())
WHO = COLUMNS[2:]
EXPECTED = {(name, method): dict(zip(WHO, map(int, told), strict=True)) for name, method, *told in ROWS}
PAGES = {"docs"}
"""What is read by people, who sign in for it; no token opens it."""
ELSEWHERE = "elsewhere"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def paths(estate: Estate) -> dict[str, str]:
    """Where there is something to be asked for and written, by the name of the path."""
    segment("empty")
    segment(ELSEWHERE)
    silence = Silence.objects.create(
        rules=["C4"], starts_at=NOW, ends_at=NOW.replace(hour=20), reason="upgrade", by="anna", created_at=NOW
    )
    finding = Finding.objects.earliest("pk").pk
    arguments: dict[str, Any] = {
        "segment": "empty",
        "cluster": estate.gmc.pk,
        "poll": estate.gmc.pk,
        "subnet": estate.subnet.pk,
        "map": estate.subnet.pk,
        "free": estate.subnet.pk,
        "kept-plan": estate.subnet.pk,
        "finding": finding,
        "acknowledge": finding,
        "silence": finding,
        "reopen": finding,
        "one-silence": silence.pk,
        "end-silence": silence.pk,
        **dict.fromkeys(
            ("subscription", "stop-subscription", "start-subscription", "test-subscription"), subscribed().pk
        ),
        "lookup": "192.0.2.236",
    }
    names = [str(each.name) for each in urlpatterns if each.name != "nothing"]
    found = {
        name: reverse(f"api:{name}", args=[arguments[name]] if name in arguments else []) for name in names
    }
    return {**found, "nothing": "/api/v1/nothing/"}


def person(role: str, *segments: str) -> Client:
    made = User.objects.create_user(" ".join([role, *segments]))
    give_role(made, Role(role))
    if segments:
        limit(made, Limits(segments=segments), at=NOW)
    browser = Client()
    browser.force_login(made)
    return browser


def program(role: str, *segments: str) -> Client:
    name = " ".join([role, *segments])
    secret = create_token(name, Role(role), NOW, limits=Limits(segments=segments))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def answered(client: Client, method: str, path: str) -> Any:
    """The answer; what was done is undone, so that the next one finds the same."""
    with transaction.atomic():
        reply = client.generic(method, path, "{}", content_type="application/json")
        transaction.set_rollback(True)
    closed(reply)  # a stream gives back its place
    return reply


def told(reply: Any) -> int:
    """The status, of an answer that is what an answer of that status has to be."""
    status: int = reply.status_code
    if status >= 400:
        assert reply["Content-Type"] == "application/problem+json"
        assert reply.json()["detail"]
    if status == 401:
        assert reply["WWW-Authenticate"] == "Bearer"
    if status == 403:
        assert re.search("needs the role|sees a part of it", reply.json()["detail"])
    return status


def allowed() -> Iterator[tuple[str, str]]:
    for each in urlpatterns:
        view: Any = each.callback.view_class  # type: ignore[attr-defined]
        yield from ((str(each.name), method) for method in METHODS if hasattr(view, method.lower()))


def test_every_path_and_method_has_its_row() -> None:
    found = list(allowed())
    assert set(EXPECTED) == set(found)
    assert len(ROWS) == len(found), "and one each"


@pytest.mark.parametrize(("name", "method"), EXPECTED)
def test_each_is_answered_as_its_row_says(name: str, method: str, paths: dict[str, str]) -> None:
    expected, path = EXPECTED[name, method], paths[name]
    people = {"stranger": Client(), "scoped": program(Role.OPERATOR, ELSEWHERE)}
    people |= {role.value: person(role) for role in Role}
    assert {who: told(answered(client, method, path)) for who, client in people.items()} == expected
    by_token = {role.value: told(answered(program(role), method, path)) for role in TOKEN_ROLES}
    assert by_token == {who: expected["stranger" if name in PAGES else who] for who in by_token}
    limited = told(answered(person(Role.OPERATOR, ELSEWHERE), method, path))
    assert limited == (200 if name in PAGES else expected["scoped"])
    scoped = told(answered(program(Role.VIEWER, ELSEWHERE), method, path))
    assert scoped == (403 if expected["viewer"] == 403 else expected["scoped"])


OTHERS = {"events", *PAGES}
LISTS = [name for name, method in EXPECTED if method == "GET" and name.endswith("s") and name not in OTHERS]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_tells_a_program_nothing_of_what_it_does_not_see(name: str, paths: dict[str, str]) -> None:
    told = answered(program(Role.VIEWER, ELSEWHERE), "GET", paths[name]).json()
    assert told["results"] == ([] if name != "segments" else [{**told["results"][0], "name": ELSEWHERE}])
    assert told["count"] == len(told["results"])
    assert answered(program(Role.VIEWER), "GET", paths[name]).json()["count"] or name in ("usage", "changes")


@pytest.mark.parametrize("name", sorted({name for name, _ in EXPECTED}))
def test_no_other_method_does_anything(name: str, paths: dict[str, str]) -> None:
    admin, others = person(Role.ADMIN), [each for each in METHODS if (name, each) not in EXPECTED]
    assert [answered(admin, each, paths[name]).status_code for each in others] == [405] * len(others)


@pytest.mark.parametrize("name", sorted({name for name, _ in EXPECTED} - PAGES))
def test_what_a_path_takes_is_told_to_whoever_is_known(name: str, paths: dict[str, str]) -> None:
    assert answered(Client(), "OPTIONS", paths[name]).status_code == 401
    assert answered(program(Role.VIEWER), "OPTIONS", paths[name]).status_code == 200


@pytest.mark.parametrize(
    ("name", "method"),
    [each for each in EXPECTED if each[0] in ("segment", "cluster", "subnet", "finding", "subscription")],
)
def test_what_is_not_there_is_not_found(name: str, method: str, db: None) -> None:
    path = reverse(f"api:{name}", args=["nowhere" if name == "segment" else 4711])
    assert told(answered(person(Role.ADMIN), method, path)) == 404
