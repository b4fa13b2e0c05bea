"""Where a request comes from (`ipviz.domain.origins`)."""

from django.conf import settings
from django.http import HttpRequest

from ipviz.domain.origins import origin
from ipviz.domain.spans import Span


def origin_of(request: HttpRequest) -> Span | None:
    """Through the proxies of IPVIZ_TRUSTED_PROXIES; None where it can't be told."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    return origin(peer, forwarded, settings.TRUSTED_PROXIES)
