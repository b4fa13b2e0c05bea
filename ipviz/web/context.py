"""What the frame of every page says: how many findings stand that its reader sees, and where we are blind."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ipviz.accounts.identities import may_have_password
from ipviz.accounts.scopes import scope_of
from ipviz.domain.scope import Scope
from ipviz.findings.models import Finding
from ipviz.version import VERSION
from ipviz.web.freshness import asleep, blind_clusters


def frame(request: HttpRequest) -> dict[str, Any]:
    """Four queries for someone signed in, besides that of limits.

    None for a part of a page, or for a stranger.
    """
    at = timezone.now()
    told = {"at": at, "made_at": at, "manage": settings.MANAGE, "version": VERSION}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return told
    may_have = may_have_password(request)
    return {**told, "frame": frame_at(at, scope_of(request)), "may_have_password": may_have}


def frame_at(at: datetime, scope: Scope) -> dict[str, Any]:
    standing, critical = Finding.objects.in_scope(scope).tally()
    return {
        "findings": standing,
        "critical": critical,
        "blind": blind_clusters(at, settings.POLL_INTERVAL, scope),
        "asleep": asleep(at, settings.POLL_PATIENCE),
    }
