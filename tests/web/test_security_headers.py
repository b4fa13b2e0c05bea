"""What every answer tells the browser not to allow: pages, the API, static files and errors alike."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
ANSWERS: dict[str, tuple[int, Callable[[Client], Any]]] = {
    "a page": (200, lambda browser: browser.get("/rules/")),
    "the API": (200, lambda browser: browser.get("/api/v1/clusters/")),
    "its refusal": (401, lambda browser: Client().get("/api/v1/clusters/", secure=True)),
    "the sign-in page": (200, lambda browser: Client().get("/sign-in/", secure=True)),
    "the way to it": (302, lambda browser: Client().get("/", secure=True)),
    "nothing there": (404, lambda browser: browser.get("/nothing/")),
    "not allowed": (403, lambda browser: browser.get("/settings/people/")),
    "no method": (405, lambda browser: browser.post("/rules/")),
}


@pytest.fixture
def browser(settings: Settings, page: Client) -> Client:
    """Over https, as behind a proxy."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    page.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
    return page


def assert_guarded(answer: Any, **besides: str) -> None:
    wanted = {**ALWAYS, **besides}
    assert {name: answer.get(name) for name in wanted} == wanted
    assert "camera=()" in answer["Permissions-Policy"]


def assert_confined(answer: Any) -> None:
    policy = answer["Content-Security-Policy"]
    assert_guarded(answer, **{"X-Frame-Options": "DENY", "Content-Security-Policy": policy})
    assert {
        "default-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    } <= set(policy.split("; "))
    assert "unsafe" not in policy


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_has_them(browser: Client, what: str) -> None:
    status, ask = ANSWERS[what]
    answer = ask(browser)
    assert answer.status_code == status
    assert_confined(answer)


def test_a_static_file_is_what_it_says_it_is(browser: Client) -> None:
    answer = browser.get("/static/css/base.css")
    assert answer.getvalue()
    assert_guarded(answer)
    answer.close()


def test_so_has_an_error_that_nobody_foresaw(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("ipviz.web.context.frame_at", break_down)
    browser.raise_request_exception = False
    answer = browser.get("/rules/")
    assert answer.status_code == 500
    assert "planted" not in answer.content.decode()
    assert_confined(answer)


def test_without_https_nobody_is_bound_to_it(page: Client) -> None:
    assert "Strict-Transport-Security" not in page.get("/rules/")


def test_no_script_sees_the_session_and_no_other_site_sends_it(
    client: Client, viewer: User, settings: Settings
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client.post("/sign-in/", {"username": "viewer", "password": "a long walk by the sea"})
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
