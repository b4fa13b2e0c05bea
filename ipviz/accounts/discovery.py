"""What an OpenID Connect provider says of itself: its discovery document, read anew for each sign-in.

Signing in is rare, so nothing is remembered that could be out of date; and ipviz starts, and works for who is
in, though the provider is down.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from ipviz.domain.providers import may_be_asked

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
    try:
        answer = requests.get(
            url, timeout=settings.OIDC_TIMEOUT, verify=settings.OIDC_VERIFY_SSL, allow_redirects=False
        )
        told = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, OSError) as error:
        raise ProviderUnreadable(f"{url} cannot be read: {error}") from None
    if answer.status_code != 200:
        raise ProviderUnreadable(f"{url} answers {answer.status_code}")
    if not isinstance(told, dict):
        raise ProviderUnreadable(f"{url} is no discovery document")
    return told


def _endpoint(told: Mapping[str, Any], name: str) -> str:
    url = told.get(name)
    if not (isinstance(url, str) and may_be_asked(url)):
        raise ProviderUnreadable(f"its {name} is no https URL: {url!r}")
    return url
