"""The way to the provider and back; whatever goes wrong ends on the sign-in page, with one sentence."""

from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from ipviz.accounts.oidc import Discovered, SignInFailed

log = structlog.get_logger(__name__)

STATES, NEXT = "oidc_states", "oidc_login_next"
CANCELLED = "You are not signed in: {} was told not to, or refused."
NOT_BEGUN_HERE = "This sign-in was not begun in this browser, or is over already. Begin again."


class Attempt:
    """One half of a sign-in: none where no provider is set, and a sentence where it fails."""

    @method_decorator([login_not_required, never_cache])
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.OIDC_ISSUER:
            raise Http404
        try:
            # The library, which ships no types, brings the view below this one.
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc, no-any-return]
        except SignInFailed as error:
            log.warning("accounts.sign_in_failed", told=str(error), detail=error.detail)
            messages.warning(request, str(error))
            wanted = request.session.get(NEXT) or request.GET.get("next")
            query = f"?{urlencode({'next': wanted})}" if wanted else ""
            return redirect(f"{reverse(settings.LOGIN_URL)}{query}")


class Leave(Attempt, Discovered, OIDCAuthenticationRequestView):
    """To the provider, with a state, a nonce and the half of a secret that the session keeps the other of."""

    def __init__(self, **options: Any) -> None:
        """Ask nobody yet: the base would want to know the endpoints."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.discover()
        OIDCAuthenticationRequestView.__init__(self)
        answer: HttpResponse = super().get(request)
        return answer


class ComeBack(Attempt, OIDCAuthenticationCallbackView):
    """From the provider, with a code that is good for a token."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if error := request.GET.get("error"):
            # The base would also sign out who is in, and anybody can send them here.
            raise SignInFailed(CANCELLED, f"the provider says {error[:40]}")
        if request.GET.get("state") not in request.session.get(STATES, {}):
            raise SignInFailed(NOT_BEGUN_HERE, "unknown state")
        answer: HttpResponse = super().get(request)
        return answer

    def login_success(self) -> HttpResponse:
        """What a provider said of somebody is good for so long; then it is asked again."""
        answer: HttpResponse = super().login_success()
        self.request.session.set_expiry(timezone.now() + settings.OIDC_SESSION)
        return answer

    def login_failure(self) -> HttpResponse:
        raise SignInFailed(NOT_BEGUN_HERE, "no code")
