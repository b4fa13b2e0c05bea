"""Signing in, by password or by a link that the machine printed or an admin made, and out."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ipviz.accounts.links import redeem

BACKEND = "django.contrib.auth.backends.ModelBackend"
DEAD_LINK = "This sign-in link is good no more: it was used already, or is older than a day."


class SignIn(LoginView):
    template_name = "accounts/sign-in.html"
    redirect_authenticated_user = True


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """Open to strangers, too: whose session ended meanwhile is shown the sign-in page, and no error."""


@login_not_required
@never_cache
@require_GET
def follow_link(request: HttpRequest) -> HttpResponseBase:
    """A HEAD is refused: what only looks at a link must not use it up."""
    person = redeem(request.GET.get("token", ""), timezone.now())
    if person:
        login(request, person, backend=BACKEND)
    response = redirect(settings.LOGIN_REDIRECT_URL) if request.user.is_authenticated else _dead_link(request)
    # The address bar holds the secret until the browser has moved on.
    response["Referrer-Policy"] = "no-referrer"
    return response


def _dead_link(request: HttpRequest) -> HttpResponseBase:
    response = SignIn.as_view(extra_context={"notice": DEAD_LINK})(request)
    response.status_code = 403
    return response
