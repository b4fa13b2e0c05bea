"""Where a request comes from (`ipviz.domain.origins`)."""

from django.conf import settings
from django.http import HttpRequest

from ipviz.domain.origins import origin
from ipviz.domain.spans import Span, enclosing_network

ONE_NETWORK = 64
"""The bits of an IPv6 address that its network is known by; whoever is in it has all addresses of it."""


def origin_of(request: HttpRequest) -> Span | None:
    """Through the proxies of IPVIZ_TRUSTED_PROXIES; None where it can't be told."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    return origin(peer, forwarded, settings.TRUSTED_PROXIES)


def guesser_of(request: HttpRequest) -> str | None:
    """By which address somebody is counted who guesses: of IPv6, the first of the network."""
    address = origin_of(request)
    if address is None:
        return None
    return str(address) if address.version == 4 else enclosing_network(address, ONE_NETWORK).first_text
