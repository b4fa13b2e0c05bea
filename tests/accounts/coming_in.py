"""The way through a provider, without a window: from the sign-in page to its own, and back."""

import re
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.accounts.provider import Provider

OVERVIEW, SIGN_IN, START = reverse("web:overview"), reverse("accounts:sign-in"), reverse("accounts:provider")


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def leave(browser: Client, wanted: str = "") -> str:
    """To the provider; where that is."""
    answer = browser.get(START, {"next": wanted} if wanted else {})
    assert answer.status_code == 302
    return answer["Location"]


def come_in(provider: Provider, sub: str, browser: Client | None = None, wanted: str = "") -> HttpResponse:
    browser = browser or Client()
    return browser.get(path_of(provider.sign_in(leave(browser, wanted), sub)))  # type: ignore[return-value]


def person_in(browser: Client) -> User | None:
    key = browser.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def told_to(browser: Client) -> str:
    """What the sign-in page says after an attempt that failed."""
    text = browser.get(SIGN_IN).content.decode()
    return " ".join(re.findall(r'<p role="alert">(.*?)</p>', text))


def refused(provider: Provider, sub: str = "u1") -> str:
    browser = Client()
    answer = come_in(provider, sub, browser)
    assert answer["Location"].startswith(SIGN_IN)
    assert person_in(browser) is None
    return told_to(browser)
