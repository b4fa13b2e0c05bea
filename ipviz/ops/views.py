"""Whether the program is there, whether it can work, and how it does; for those who run it."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from ipviz.accounts.origin import origin_of
from ipviz.accounts.scopes import scope_of
from ipviz.accounts.tokens import TokenRefused, authenticate
from ipviz.domain.running import Check
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.ops.metrics import scraped
from ipviz.polling.health import check_all, check_tables

TEXT = "text/plain; charset=utf-8"


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; it asks nobody else, so that no one else's trouble restarts it."""
    return HttpResponse("ok", content_type=TEXT)


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """All that the program needs: database, migrations, broker, and a schedule that is alive."""
    return _told(check_all(timezone.now()))


@login_not_required
@never_cache
@require_safe
def readyz_web(request: HttpRequest) -> HttpResponse:
    """What this process needs to show pages: where the schedule is dead, people shall still see what was."""
    return _told(check_tables())


def _told(checks: Sequence[Check]) -> HttpResponse:
    if all(each.is_ok for each in checks):
        return HttpResponse("ok", content_type=TEXT)
    text = "".join(f"{each.in_words}\n" for each in checks)
    return HttpResponse(text, content_type=TEXT, status=503)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus by its own token, and for whoever sees everything by an API token or signed in."""
    if isinstance(request.user, User):
        return _figures_for(scope_of(request))
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return _refused("Bring a token: Authorization: Bearer TOKEN")
    if settings.METRICS_TOKEN and constant_time_compare(secret.strip(), settings.METRICS_TOKEN):
        return _figures_for(EVERYTHING)
    try:
        return _figures_for(authenticate(secret.strip(), timezone.now(), origin_of(request)).scope)
    except TokenRefused as error:
        return _refused(str(error))


def _figures_for(scope: Scope) -> HttpResponse:
    if not scope.is_everything:
        told = "These are figures of all that is known, and who asks sees a part of it.\n"
        return HttpResponse(told, content_type=TEXT, status=403)
    return HttpResponse(scraped(timezone.now()), content_type=CONTENT_TYPE_LATEST)


def _refused(why: str) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"}
    return HttpResponse(f"{why}\n", content_type=TEXT, status=401, headers=headers)
