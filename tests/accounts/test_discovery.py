"""What a provider says of itself is asked for seldom, and only so much of it is read."""

import pytest
from django.core.cache import cache
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from ipviz.accounts.discovery import LONGEST, PATH, ProviderUnreadable, discover


@pytest.fixture
def provider(httpserver: HTTPServer, settings: Settings) -> HTTPServer:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    settings.OIDC_ISSUER = httpserver.url_for("").rstrip("/")
    return httpserver


def document(issuer: str) -> dict[str, str]:
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    return {"issuer": issuer, **{name: f"{issuer}/{name}" for name in names}}


def test_however_many_strangers_ask_the_provider_is_asked_once(
    provider: HTTPServer, settings: Settings
) -> None:
    provider.expect_request(PATH).respond_with_json(document(settings.OIDC_ISSUER))
    assert discover() == discover()
    assert len(provider.log) == 1


def test_a_provider_that_fails_is_not_asked_again_at_once(provider: HTTPServer) -> None:
    provider.expect_request(PATH).respond_with_data(status=500)
    for _ in range(2):
        with pytest.raises(ProviderUnreadable, match="answers 500"):
            discover()
    assert len(provider.log) == 1


def test_a_document_without_end_is_not_read_to_its_end(provider: HTTPServer) -> None:
    provider.expect_request(PATH).respond_with_data(b" " * (LONGEST + 1))
    with pytest.raises(ProviderUnreadable, match="too long"):
        discover()
