"""Sign-in by an OpenID Connect provider: mozilla-django-oidc does the talking, and here is what we insist on.

The endpoints are the provider's own word, the token is ours and from it, and no token is kept.
"""

import re
from typing import Any

import jwt
import requests
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings

from ipviz.accounts.discovery import ProviderUnreadable, discover, provider_name
from ipviz.accounts.identities import NotAdmitted, admit

LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
CLAIMS = ("iss", "sub", "aud", "exp", "iat")
UNREADABLE = "{} can't be asked now, so that nobody can sign in with it. Try again in a while."
UNTRUSTED = "What {} answered can't be trusted, so that you are not signed in. Begin again."


class SignInFailed(Exception):
    """The text is for who wanted to come in; `detail` is for the log, and has no secret in it."""

    def __init__(self, told: str, detail: str) -> None:
        super().__init__(told.format(provider_name()))
        self.detail = detail


class Discovered:
    """Has mozilla-django-oidc take from the provider what the provider knows, at the last moment."""

    discovered: dict[str, Any] = {}

    def discover(self) -> None:
        """Raises SignInFailed."""
        try:
            self.discovered = discover()
        except ProviderUnreadable as error:
            raise SignInFailed(UNREADABLE, str(error)) from None

    def get_settings(self, name: str, *default: Any) -> Any:
        found = self.discovered
        return found[name] if name in found else import_from_settings(name, *default)


class ProviderBackend(Discovered, OIDCAuthenticationBackend):
    """Lets in who comes back from the provider. Django makes one for each request of such a person."""

    def __init__(self) -> None:
        """Ask nobody yet: the base would want to know the endpoints."""

    def authenticate(self, request: HttpRequest | None, **given: Any) -> User | None:
        """Raises SignInFailed; the base would name a few kinds of failure, and let others out as they are."""
        if request is None or "nonce" not in given:  # somebody who typed a password, say
            return None
        self.discover()
        try:
            OIDCAuthenticationBackend.__init__(self)
            person: User | None = super().authenticate(request, **given)
        except requests.RequestException as error:
            raise SignInFailed(UNREADABLE, _without_answer(error)) from None
        except NotAdmitted as error:
            raise SignInFailed(str(error), "not admitted") from None
        except (
            jwt.PyJWTError,
            SuspiciousOperation,
            LookupError,
            AttributeError,
            TypeError,
            ValueError,
        ) as error:
            raise SignInFailed(UNTRUSTED, f"{type(error).__name__}: {error}") from None
        return person

    def get_user(self, user_id: int) -> User | None:
        """As for anybody: who is shut out is nobody. The base would not look."""
        return ModelBackend.get_user(self, user_id)

    def raise_token_response_error(self, response: requests.Response) -> None:
        """The base would put the whole answer into its error, and that into the log."""
        if response.status_code != 200:
            told = UNREADABLE if response.status_code >= 500 else UNTRUSTED
            code = re.search(r'"error"\s*:\s*"(\w{1,40})"', response.text)
            answer = f"{response.status_code} {code[1] if code else ''}".rstrip()
            raise SignInFailed(told, f"the token endpoint answers {answer}")

    def get_payload_data(self, token: str, key: Any) -> dict[str, Any]:
        """What the token says, if it is for us and now; the base would look at the signature alone."""
        ours = settings.OIDC_RP_CLIENT_ID
        claims = jwt.decode(
            token,
            key,
            algorithms=[settings.OIDC_RP_SIGN_ALGO],
            audience=ours,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": list(CLAIMS)},
        )
        if claims.get("azp", ours) != ours:
            raise SuspiciousOperation("the token was made for another client")
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User:
        """By `sub` alone; the base would go by the mail address."""
        more = self.get_userinfo(access_token, id_token, payload) if self.OIDC_OP_USER_ENDPOINT else payload
        if more["sub"] != payload["sub"]:
            raise SignInFailed(UNTRUSTED, "userinfo is another person's than the token")
        return admit(settings.OIDC_ISSUER, {**more, **payload}, settings.OIDC_ROLES)


def _without_answer(error: requests.RequestException) -> str:
    """What is wrong, without what the provider wrote."""
    answer = error.response
    return f"{answer.url} answers {answer.status_code}" if answer is not None else str(error)
