"""Signing in, by password or by a link that the machine printed or an admin made, and out."""

from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ipviz.accounts.discovery import provider_name
from ipviz.accounts.links import redeem
from ipviz.accounts.lockout import free_at

BACKEND = "django.contrib.auth.backends.ModelBackend"
DEAD_LINK = (
    "This sign-in link is good no more: it was used already, or is older than a day."
    " An admin of this ipviz can make a new one for you."
)
NO_PASSWORDS = "No password opens this ipviz."
LOCKED_OUT = (
    "Too many wrong passwords came from where you are. Try again in {}. An admin of this ipviz can make a"
    " link that signs you in until then."
)


class SignIn(LoginView):
    template_name = "accounts/sign-in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.LOCAL_SIGN_IN:
            return _sign_in_page(request, NO_PASSWORDS, 403)
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **told: Any) -> dict[str, Any]:
        return super().get_context_data(**_ways_in(), **told)


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """Open to strangers, too: whose session ended meanwhile is shown the sign-in page, and no error."""


@login_not_required
@never_cache
@require_GET
def follow_link(request: HttpRequest) -> HttpResponse:
    """A HEAD is refused: what only looks at a link must not use it up."""
    person = redeem(request.GET.get("token", ""), timezone.now())
    if person:
        login(request, person, backend=BACKEND)
    is_in = request.user.is_authenticated
    response = redirect(settings.LOGIN_REDIRECT_URL) if is_in else _sign_in_page(request, DEAD_LINK, 403)
    # The address bar holds the secret until the browser has moved on.
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
def locked_out(request: HttpRequest, answer: HttpResponse, given: dict[str, Any]) -> HttpResponse:
    """The sign-in page in place of the answer, for who guessed too often (AXES_LOCKOUT_CALLABLE)."""
    seconds = ceil((free_at(request, given) - timezone.now()).total_seconds())
    minutes = f"{ceil(seconds / 60)} minutes" if seconds > 60 else "a minute"
    response = _sign_in_page(request, LOCKED_OUT.format(minutes), 429)
    response["Retry-After"] = str(max(seconds, 1))
    return response


def _sign_in_page(request: HttpRequest, notice: str, status: int) -> HttpResponse:
    context = {
        "notice": notice,
        "form": AuthenticationForm(request),
        "next": request.POST.get("next", ""),
        **_ways_in(),
    }
    return render(request, SignIn.template_name, context, status=status)


def _ways_in() -> dict[str, Any]:
    return {"provider": provider_name(), "has_passwords": settings.LOCAL_SIGN_IN}
