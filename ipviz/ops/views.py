"""Whether the program is there, and whether it can work; for those who start and stop it."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ipviz.clusters.models import Segment

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
