"""Whether the program is there, whether it can work, and how it does; for those who run it."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from ipviz.accounts.origin import origin_of
from ipviz.accounts.scopes import scope_of
from ipviz.accounts.tokens import TokenRefused, authenticate
from ipviz.clusters.models import Segment
from ipviz.ops.metrics import scraped

log = structlog.get_logger(__name__)

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
    """The database answers, and has our tables."""
    try:
        Segment.objects.exists()
    except Error as error:
        log.warning("ops.not_ready", error=str(error))
        return HttpResponse("The database can't be read; the log says why.\n", content_type=TEXT, status=503)
    return HttpResponse("ok", content_type=TEXT)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever sees everything, and brings an API token of any role or is signed in."""
    if isinstance(request.user, User):
        scope = scope_of(request)
    else:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _refused("Bring a token: Authorization: Bearer TOKEN")
        try:
            scope = authenticate(secret.strip(), timezone.now(), origin_of(request)).scope
        except TokenRefused as error:
            return _refused(str(error))
    if not scope.is_everything:
        told = "These are figures of all that is known, and who asks sees a part of it.\n"
        return HttpResponse(told, content_type=TEXT, status=403)
    return HttpResponse(scraped(), content_type=CONTENT_TYPE_LATEST)


def _refused(why: str) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"}
    return HttpResponse(f"{why}\n", content_type=TEXT, status=401, headers=headers)
