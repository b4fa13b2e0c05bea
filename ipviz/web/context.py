"""What the frame of every page says: how many findings stand, and for what we are blind."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ipviz.findings.models import Finding
from ipviz.web.freshness import asleep, blind_clusters


def frame(request: HttpRequest) -> dict[str, Any]:
    """Four queries for someone signed in; none for a part of a page, or for a stranger."""
    at = timezone.now()
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {"at": at, "made_at": at, "manage": settings.MANAGE}
    return {"at": at, "made_at": at, "manage": settings.MANAGE, "frame": frame_at(at)}


def frame_at(at: datetime) -> dict[str, Any]:
    standing, critical = Finding.objects.tally()
    return {
        "findings": standing,
        "critical": critical,
        "blind": blind_clusters(at, settings.POLL_INTERVAL),
        "asleep": asleep(at, settings.POLL_PATIENCE),
    }
