"""How often a token may ask: so many requests a minute by the clock. People signed in: as they like."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ipviz.accounts.limits import ASKED_PER_MINUTE
from ipviz.accounts.models import ApiToken

if TYPE_CHECKING:  # views themselves load the throttles that the settings name
    from rest_framework.views import APIView

MINUTE = 60


class PerToken(BaseThrottle):
    """Counted in the cache: by all web processes together where that is Redis, else by each for itself."""

    left: float = 0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        at = timezone.now()
        self.left = MINUTE - at.timestamp() % MINUTE
        return _asked(token, at) <= (token.per_minute or ASKED_PER_MINUTE)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return self.left


def _asked(token: ApiToken, at: datetime) -> int:
    """How often in this minute, this time counted. Who can't be counted is not held up."""
    key = f"asked:{token.pk}:{int(at.timestamp()) // MINUTE}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return int(cache.incr(key))
    except _no_count():
        return 0


def _no_count() -> tuple[type[Exception], ...]:
    """Redis is away, or let go of the count in between. Without Redis nothing of its client is loaded."""
    if not settings.REDIS_URL:
        return (ValueError,)
    from redis.exceptions import RedisError

    return (ValueError, RedisError)
