"""What the frame of every page says: how many findings stand, and which clusters we are blind for."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.reading import Sights
from ipviz.web.freshness import freshness_of_all


def frame(request: HttpRequest) -> dict[str, Any]:
    """Three queries for someone signed in; none for a part of a page, or for a stranger."""
    at = timezone.now()
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {"at": at, "made_at": at, "manage": settings.MANAGE}
    sights = Sights.of(Cluster.objects.live().whole())
    standing, critical = Finding.objects.tally()
    return {
        "at": at,
        "made_at": at,
        "manage": settings.MANAGE,
        "frame": {
            "findings": standing,
            "critical": critical,
            "blind": [each for each in freshness_of_all(sights, at, settings.POLL_INTERVAL) if each.is_blind],
        },
    }
