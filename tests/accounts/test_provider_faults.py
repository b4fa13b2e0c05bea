"""What goes wrong with a provider lets nobody in, ends in one sentence, and tells no secret."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from ipviz.accounts.links import sign_in_link
from tests.accounts.coming_in import OVERVIEW, SIGN_IN, START, come_in, leave, path_of, refused, told_to
from tests.accounts.conftest import sign_in_with
from tests.accounts.provider import SECRET, Provider, another_key, running
from tests.certificates import Authority, needs_openssl

pytestmark = pytest.mark.django_db
PROVIDERS = ("authlib", "oidc_provider_mock", "werkzeug")
"""What the provider itself logs, which runs in the same process here."""
LONG_AGO = int(datetime(2026, 1, 15, 9, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"exp": LONG_AGO},
        {"exp": None},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["ipviz", "another"], "azp": "another"},
        {"sub": "u2"},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_ours_lets_nobody_in(provider: Provider, claims: dict[str, Any]) -> None:
    provider.person("u1", "platform-admins")
    provider.person("u2", "platform-admins")
    provider.claims = claims
    assert "can&#x27;t be trusted" in refused(provider)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(another_key, "RS256"), (lambda: SECRET * 2, "HS256"), (lambda: "", "none")],
    ids=["a foreign key", "the client's secret", "nothing"],
)
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    provider: Provider, key: Callable[[], Any], algorithm: str
) -> None:
    provider.person("u1", "platform-admins")
    provider.key, provider.algorithm = key(), algorithm
    assert "can&#x27;t be trusted" in refused(provider)


def test_userinfo_of_another_person_is_not_believed(provider: Provider) -> None:
    provider.person("u1", "platform-admins")
    provider.userinfo = {"sub": "u2"}
    assert "can&#x27;t be trusted" in refused(provider)


def test_a_wrong_client_secret_is_told_in_the_log(
    provider: Provider, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OIDC_RP_CLIENT_SECRET = "planted-wrong-secret"
    provider.person("u1", "staff")
    refused(provider)
    assert "the token endpoint answers 401 invalid_client" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_provider_that_is_down_is_told_in_a_sentence_before_and_after(
    client: Client, provider: Provider, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    provider.person("u1", "staff")
    back = path_of(provider.sign_in(leave(client, "/findings/"), "u1"))
    provider.status = status
    for url in (back, f"{START}?next=/findings/"):
        assert client.get(url)["Location"] == f"{SIGN_IN}?next=%2Ffindings%2F"
        assert "Dex can&#x27;t be asked now" in told_to(client)
    assert f"/.well-known/openid-configuration answers {status}" in caplog.text
    assert client.get(path_of(sign_in_link(at=datetime.now(UTC)))).status_code == 302


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"issuer": "https://dex.example.org/"}, "IPVIZ_OIDC_ISSUER has to be that, to the letter"),
        ({"token_endpoint": "http://dex.example.org/token"}, "its token_endpoint is no https URL"),
        ({"jwks_uri": None}, "its jwks_uri is no https URL"),
    ],
)
def test_a_document_that_is_not_the_issuers_own_is_refused(
    client: Client, provider: Provider, document: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.document = document
    assert client.get(START)["Location"] == SIGN_IN
    assert why in caplog.text


def test_nobody_listening_is_a_provider_that_is_down(
    client: Client, provider: Provider, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    assert client.get(START)["Location"] == SIGN_IN
    assert "Dex can&#x27;t be asked now" in told_to(client)
    assert "cannot be read: " in caplog.text


def test_no_token_code_or_secret_is_logged_or_stored(
    client: Client, provider: Provider, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    caplog.set_level("DEBUG")
    provider.person("u1", "staff")
    come_in(provider, "u1", client)
    provider.claims = {"aud": "another"}
    refused(provider)
    ours = [each for each in caplog.records if not each.name.startswith(PROVIDERS)]
    said = "".join(each.getMessage() + str(vars(each)) for each in ours)
    kept = "".join(str(list(model._default_manager.values())) for model in apps.get_models())
    kept += "".join(str(each.get_decoded()) for each in Session.objects.all())
    assert len(provider.given_away) == 6
    for secret in (*provider.given_away, SECRET):
        assert secret not in kept
        assert secret not in said


@needs_openssl
def test_a_provider_of_a_private_authority_is_believed_where_that_is_named(
    client: Client, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path, "ca")
    with running(authority.sign("dex"), str(authority.cert)) as dex:
        sign_in_with(dex, settings)
        dex.person("u1", "staff")
        assert client.get(START)["Location"] == SIGN_IN
        assert "certificate verify failed" in caplog.text
        settings.OIDC_VERIFY_SSL = str(authority.cert)
        assert come_in(dex, "u1", client)["Location"] == OVERVIEW
