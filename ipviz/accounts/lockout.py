"""Who guesses passwords is locked out for a while: django-axes counts, and here is what it counts by.

By the name together with the address that the guesses come from, so that nobody locks another out from
elsewhere; and, more patiently, by the address alone, so that who tries many names is stopped too (ADR 27).
The counts are in the database: all processes share them. What is over goes with the next guess or sign-in.
Links and tokens are not counted: they are random, and too long to be guessed.
"""

from datetime import datetime
from typing import Any

import structlog
from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max, Sum
from django.http import HttpRequest

log = structlog.get_logger(__name__)

NAMES = 5
"""An address may guess as often as this many names may be guessed: colleagues share one."""
UNKNOWN = "(nobody's)"
"""Said in place of a name that nobody has: people type their password there, too."""


class Guard(AxesStandaloneBackend):
    """Refuses who is locked out, where a password is given; who comes back from a provider gave none."""

    def authenticate(self, request: HttpRequest | None, password: str | None = None, **given: Any) -> None:
        if password is not None:
            super().authenticate(request, password=password, **given)


class Guesses(AxesDatabaseHandler):
    """Counts by AXES_LOCKOUT_PARAMETERS: the name at this address, and the address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_name, of_address = (guesses for guesses, _ in self._counted(request, credentials))
        return max(of_name, of_address // NAMES)

    def free_at(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> datetime:
        """When who is locked out may try again, if nobody guesses from there meanwhile."""
        (of_name, last_of_name), (_, last) = self._counted(request, credentials)
        locks = last_of_name if of_name >= settings.AXES_FAILURE_LIMIT else last
        # axes sets the moment of the attempt on the request.
        return (locks or request.axes_attempt_time) + settings.AXES_COOLOFF_TIME  # type: ignore[attr-defined]

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """After a sign-in, that person's own: else who has an account could guess on without end."""
        of_name, _ = self.filter_user_attempts(request, credentials)
        gone, _ = of_name.delete()
        return int(gone)

    def _counted(
        self, request: HttpRequest, credentials: dict[str, Any] | None
    ) -> list[tuple[int, datetime | None]]:
        """How many guesses of the last while, and when the last was."""
        counted = Sum("failures_since_start", default=0), Max("attempt_time")
        return [
            tuple(attempts.aggregate(guesses=counted[0], last=counted[1]).values())
            for attempts in self.get_user_attempts(request, credentials)
        ]


def free_at(request: HttpRequest, credentials: dict[str, Any] | None) -> datetime:
    handler: Guesses = AxesProxyHandler.get_implementation()
    return handler.free_at(request, credentials)


def told_of_a_lock(*, username: str, ip_address: str | None, **_: Any) -> None:
    """Receives axes' signal, whenever somebody is refused."""
    known = User.objects.filter(username=username).exists()
    log.warning("accounts.locked_out", name=username if known else UNKNOWN, origin=ip_address)
