"""What an OpenID Connect provider says of itself: its discovery document, remembered for a minute.

It is read when somebody signs in, so that ipviz starts, and works for who is in, though the provider is down.
"""

import json
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.cache import cache

from ipviz.domain.providers import may_be_asked

GOOD_FOR_SECONDS, BAD_FOR_SECONDS = 60, 3
LONGEST, PATIENCE_SECONDS = 1 << 20, 15
PATH = "/.well-known/openid-configuration"


class ProviderUnreadable(Exception):
    """The document can't be read or used; the text says why, for who runs ipviz."""


def provider_name() -> str:
    """What people call the provider; empty where none is set."""
    return settings.OIDC_NAME or host_of(settings.OIDC_ISSUER)


def host_of(issuer: str) -> str:
    return urlsplit(issuer).hostname or ""


def discover() -> dict[str, Any]:
    """The settings of mozilla-django-oidc that the provider itself knows.

    Raises:
        ProviderUnreadable
    """
    told = _document(f"{settings.OIDC_ISSUER.rstrip('/')}{PATH}")
    if told.get("issuer") != settings.OIDC_ISSUER:
        raise ProviderUnreadable(
            f"it calls itself {told.get('issuer')!r}: IPVIZ_OIDC_ISSUER has to be that, to the letter"
        )
    methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return {
        "OIDC_OP_AUTHORIZATION_ENDPOINT": _endpoint(told, "authorization_endpoint"),
        "OIDC_OP_TOKEN_ENDPOINT": _endpoint(told, "token_endpoint"),
        "OIDC_OP_JWKS_ENDPOINT": _endpoint(told, "jwks_uri"),
        "OIDC_OP_USER_ENDPOINT": _endpoint(told, "userinfo_endpoint") if "userinfo_endpoint" in told else "",
        "OIDC_TOKEN_USE_BASIC_AUTH": "client_secret_post" not in methods,
    }


def _document(url: str) -> Mapping[str, Any]:
    """Strangers may ask for it as often as they like: the provider is asked once a minute."""
    known: tuple[Mapping[str, Any], str] | None = cache.get(url)
    if known is None:
        try:
            known = _read(url), ""
        except ProviderUnreadable as error:
            known = {}, str(error)
        cache.set(url, known, GOOD_FOR_SECONDS if known[0] else BAD_FOR_SECONDS)
    told, trouble = known
    if trouble:
        raise ProviderUnreadable(trouble)
    return told


def _read(url: str) -> Mapping[str, Any]:
    try:
        with requests.get(
            url,
            timeout=settings.OIDC_TIMEOUT,
            verify=settings.OIDC_VERIFY_SSL,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code != 200:
                raise ProviderUnreadable(f"{url} answers {answer.status_code}")
            told = json.loads(_bounded(answer, monotonic() + PATIENCE_SECONDS))
    except (requests.RequestException, OSError, ValueError) as error:
        raise ProviderUnreadable(f"{url} cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise ProviderUnreadable(f"{url} is no discovery document")
    return told


def _bounded(answer: requests.Response, until: float) -> bytes:
    body = b""
    for piece in answer.iter_content(8192):
        body += piece
        if len(body) > LONGEST or monotonic() > until:
            raise ValueError("it is too long, or comes too slowly")
    return body


def _endpoint(told: Mapping[str, Any], name: str) -> str:
    url = told.get(name)
    if not (isinstance(url, str) and may_be_asked(url)):
        raise ProviderUnreadable(f"its {name} is no https URL: {url!r}")
    return url
