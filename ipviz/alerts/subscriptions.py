"""Who is told: the addresses of `IPVIZ_ALERT_TO`, and those that people added themselves."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import parseaddr

import structlog

from ipviz.alerts.models import Subscription

log = structlog.stdlib.get_logger(__name__)
ADDRESS_LENGTH = 254
NOBODY = ""
"""To whom mails are kept where nobody is subscribed, so that they can be read."""


def sync(recipients: Iterable[str], *, at: datetime) -> tuple[str, ...]:
    """Let the subscriptions from the environment be these, and give back every subscribed address."""
    wanted = _by_spelling(recipients)
    stored = {each.address.casefold(): each for each in Subscription.objects.all()}
    gone = [each.pk for key, each in stored.items() if each.from_environment and key not in wanted]
    if gone:
        Subscription.objects.filter(pk__in=gone).delete()
    fresh = [address for key, address in wanted.items() if key not in stored]
    if fresh:
        # Two segments may be judged at once, and both find it missing.
        Subscription.objects.bulk_create(
            (Subscription(address=each, from_environment=True, created_at=at) for each in fresh),
            ignore_conflicts=True,
        )
    kept = (each.address for each in stored.values() if each.pk not in gone)
    return tuple(sorted((*kept, *fresh)))


def _by_spelling(recipients: Iterable[str]) -> dict[str, str]:
    """The addresses, each once however it is capitalised; what cannot be one is left out and logged."""
    addresses: dict[str, str] = {}
    for recipient in recipients:
        address = parseaddr(recipient)[1] if recipient.isprintable() else ""
        if _can_be_told(address):
            addresses.setdefault(address.casefold(), address)
        else:
            log.warning("subscription.refused", recipient=recipient)
    return addresses


def _can_be_told(address: str) -> bool:
    local, _, host = address.rpartition("@")
    return bool(local and host) and len(address) <= ADDRESS_LENGTH and " " not in address
