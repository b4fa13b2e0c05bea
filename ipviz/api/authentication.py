"""`Authorization: Bearer TOKEN`, for whoever is no browser."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ipviz.accounts.models import ApiToken
from ipviz.accounts.origin import origin_of
from ipviz.accounts.tokens import TokenRefused, authenticate

SCHEME = "Bearer"


class BearerTokenAuthentication(BaseAuthentication):
    """Leaves the token in `request.auth`; no person stands behind it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            token = authenticate(secret.strip(), timezone.now(), origin_of(request._request))
        except TokenRefused as error:
            raise AuthenticationFailed(str(error)) from error
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME
