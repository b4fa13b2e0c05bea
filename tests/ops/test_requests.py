"""What is told of each request, and what every line says that was made in one."""

from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, path
from pytest_django import Settings
from structlog.testing import CapturingLogger

from ipviz.accounts.links import link_for
from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.accounts.tokens import create_token
from ipviz.domain.origins import parse_origin
from ipviz.logs import without_secrets
from ipviz.ops import requests
from ipviz.urls import urlpatterns as ours
from tests.factories import minutes

WORDS = "a long walk by the sea"


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("it broke")


fails.login_required = False  # type: ignore[attr-defined]
urlpatterns = [path("breaks/", fails), path("api/v1/breaks/", fails), *ours]
handler500 = "ipviz.api.astray.server_error"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the requests told, with what every line of theirs says."""
    told: list[dict[str, Any]] = []

    heard = structlog.wrap_logger(
        CapturingLogger(),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            without_secrets,
            _to(told),
        ],
        wrapper_class=structlog.BoundLogger,
    )
    monkeypatch.setattr(requests, "log", heard)
    return told


def _to(told: list[dict[str, Any]]) -> Any:
    def keep(_: Any, __: str, event: Any) -> Any:
        told.append(dict(event))
        raise structlog.DropEvent

    return keep


@pytest.fixture
def anna(db: None) -> User:
    person = User.objects.create_user("anna", password=WORDS)
    give_role(person, Role.OPERATOR)
    return person


def test_each_request_is_told_once_with_who_asked_and_without_its_question(
    lines: list[dict[str, Any]], client: Client, anna: User
) -> None:
    client.force_login(anna)
    reply = client.get("/findings/?q=a-secret", REMOTE_ADDR="192.0.2.7")
    (line,) = lines
    assert (line["event"], line["level"]) == ("request.answered", "info")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/findings/", 200)
    assert line["bytes"] == len(reply.content)
    assert line["seconds"] >= 0
    assert (line["who"], line["origin"], line["request_id"]) == ("anna", "192.0.2.7", reply["X-Request-ID"])
    assert "a-secret" not in str(line)


def test_a_program_is_told_by_the_name_of_its_token(lines: list[dict[str, Any]], anna: User) -> None:
    secret = create_token("pipelines", Role.VIEWER, minutes(0))
    Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/segments/")
    assert lines[0]["who"] == "token pipelines"
    assert secret not in str(lines)


def test_nobody_is_named_after_somebody_else_was(
    lines: list[dict[str, Any]], client: Client, anna: User
) -> None:
    client.force_login(anna)
    client.get("/findings/")
    Client().get("/sign-in/")
    assert "who" not in lines[1]
    assert lines[0]["request_id"] != lines[1]["request_id"]


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/healthz", "/readyz", "/metrics"])
def test_what_machines_ask_again_and_again_is_no_news(
    url: str, lines: list[dict[str, Any]], client: Client
) -> None:
    client.get(url)
    assert [each["level"] for each in lines] == ["debug"]


@pytest.mark.parametrize("given", ["0af7-65.x_Z", "a" * 64])
def test_the_id_of_a_trusted_proxy_is_taken(given: str, client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [parse_origin("192.0.2.0/24")]
    asked = {"headers": {"X-Request-ID": given}, "REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/healthz", **asked)["X-Request-ID"] == given  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "peer"),
    [("fine", "198.51.100.7"), ("a" * 65, "192.0.2.7"), ("two words", "192.0.2.7"), ("\x1b[2J", "192.0.2.7")],
    ids=["stranger", "long", "words", "escape"],
)
def test_no_other_id_is_taken(given: str, peer: str, client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [parse_origin("192.0.2.0/24")]
    reply = client.get("/healthz", headers={"X-Request-ID": given}, REMOTE_ADDR=peer)
    assert reply["X-Request-ID"] != given
    assert len(reply["X-Request-ID"]) == 32


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/breaks/", "/api/v1/breaks/"])
def test_who_reports_a_fault_can_name_its_request(url: str, client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    reply = client.get(url)
    assert reply.status_code == 500
    assert reply["X-Request-ID"] in reply.content.decode()
    if url.startswith("/api/"):
        assert reply["Content-Type"] == "application/problem+json"
        assert reply.json()["request_id"] == reply["X-Request-ID"]


def test_a_stream_is_told_when_it_has_ended_with_all_its_bytes(
    lines: list[dict[str, Any]], client: Client, anna: User
) -> None:
    client.force_login(anna)
    reply = client.get("/api/v1/segments/?format=csv")
    assert lines == []
    many = len(b"".join(reply.streaming_content))  # type: ignore[attr-defined]
    assert [(each["bytes"], each["who"]) for each in lines] == [(many, "anna")]


def test_signing_in_tells_no_secret(lines: list[dict[str, Any]], client: Client, anna: User) -> None:
    link = link_for(anna, at=minutes(0))
    secret = link.partition("token=")[2]
    client.get("/sign-in/link/", {"token": secret})
    client.post("/sign-in/", {"username": "anna", "password": WORDS})
    client.get(f"/mail/handle/{secret}/")
    client.get("/sign-in/", HTTP_REFERER=link)
    assert len(lines) == 4
    assert secret not in str(lines)
    assert WORDS not in str(lines)


def test_every_path_that_holds_a_permission_is_told_without_it() -> None:
    found = [
        f"/{pattern}".replace("<str:token>", "SENTINEL-01")
        for pattern in _patterns(get_resolver().url_patterns)
        if "token>" in pattern
    ]
    assert len(found) == 3
    for each in found:
        assert "SENTINEL" not in str(without_secrets(None, "", {"path": each}))


def _patterns(found: Any, before: str = "") -> Any:
    for each in found:
        here = f"{before}{each.pattern}"
        if hasattr(each, "url_patterns"):
            yield from _patterns(each.url_patterns, here)
        else:
            yield here
