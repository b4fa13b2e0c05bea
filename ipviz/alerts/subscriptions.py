"""Who is told: the addresses of `IPVIZ_ALERT_TO`, and those that people added themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from operator import attrgetter

import structlog
from django.db import transaction

from ipviz.alerts.models import ADDRESS_LENGTH, Subscription
from ipviz.alerts.wording import shown
from ipviz.audit.record import Kind, changed, changing, made, named, removed
from ipviz.domain.wishes import Rhythm, Wish

log = structlog.stdlib.get_logger(__name__)
UNLISTED = "ipviz: IPVIZ_ALERT_TO does not list it"
SUBSCRIPTION = Kind(
    "subscription",
    lambda each: shown(each.address),
    {
        "address": lambda each: shown(each.address),  # a hook's path may be a secret
        **named("segments", "subnets", "clusters", "organisations", "classes", "lowest"),
        **named("at_once", "rhythm", "zone", "quiet_from", "quiet_until"),
        "confirmed": lambda each: each.confirmed_at is not None,
        "stopped": lambda each: each.stopped_at is not None,
        "stopped_by": attrgetter("stopped_by"),
    },
)
NOBODY = ""
"""To whom mails are kept where nobody is subscribed, so that they can be read."""


class StillListed(ValueError):
    """It comes from the environment, and would be back at once."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who is told."""

    address: str
    wish: Wish
    person: int | None = None
    """Whose limits narrow it."""


def sync(recipients: Iterable[str], *, at: datetime) -> tuple[Subscriber, ...]:
    """Let the subscriptions from the environment be these, and give back all whom something is told.

    One that is not listed any more is stopped, and keeps its wishes for when it is listed again. Whose reader
    wants no more stays stopped.
    """
    wanted = _by_spelling(recipients)
    stored = {each.address.casefold(): each for each in Subscription.objects.all()}
    for key, each in stored.items():
        if each.from_environment and key not in wanted and each.stopped_at is None:
            _stop(each, at, UNLISTED)
        if key in wanted and each.stopped_by == UNLISTED:
            each.stopped_at, each.stopped_by = None, ""
            _saved(each, "stopped_at", "stopped_by")
        if key in wanted and not (each.confirmed_at or each.stopped_at):
            _confirm(each, at)  # whoever runs the program vouches for it
    fresh = [_new(address, at) for key, address in wanted.items() if key not in stored]
    if fresh:
        # Two segments may be judged at once, and both find it missing.
        Subscription.objects.bulk_create(fresh, ignore_conflicts=True)
    known = (*stored.values(), *fresh)
    told = sorted((each for each in known if each.is_told), key=lambda each: each.address)
    return tuple(Subscriber(each.address, each.wish, each.person_id) for each in told)


def _new(address: str, at: datetime) -> Subscription:
    return Subscription(
        address=address, from_environment=True, created_at=at, confirmed_at=at, digested_at=at
    )


def subscribe(subscription: Subscription, *, at: datetime) -> Subscription:
    """Store a new one. Who reads the mails of its address has to confirm it; a hook can't, and need not."""
    subscription.created_at = subscription.digested_at = at
    if subscription.is_hook:
        subscription.confirmed_at = at
    return change(subscription, at=at)


@transaction.atomic
def change(subscription: Subscription, *, at: datetime) -> Subscription:
    """Store what it wishes now; a hook is called with news only. No digest tells what was before its wish."""
    if subscription.is_hook:
        subscription.rhythm = Rhythm.NEVER
    known = Subscription.objects.filter(pk=subscription.pk).first()
    if known and known.rhythm == Rhythm.NEVER:
        subscription.digested_at = at
    subscription.save()
    if known:
        changed(SUBSCRIPTION, subscription, SUBSCRIPTION.facts_of(known))
    else:
        made(SUBSCRIPTION, subscription)
    log.info("subscription.changed", address=shown(subscription.address))
    return subscription


@transaction.atomic
def remove(subscription: Subscription) -> None:
    """Forget it; the mails that it got stay.

    Raises:
        StillListed: `IPVIZ_ALERT_TO` names it.
    """
    if subscription.from_environment:
        address = shown(subscription.address)
        raise StillListed(f"{address} comes from IPVIZ_ALERT_TO: take it out there, or stop it on its page.")
    removed(SUBSCRIPTION, subscription)
    subscription.delete()
    log.info("subscription.removed", address=shown(subscription.address))


def confirm(subscription: Subscription, *, at: datetime) -> Subscription:
    """Whoever reads the mails of that address wants them, perhaps again. No digest tells what was before."""
    with changing(SUBSCRIPTION, subscription, "confirmed"):
        return _confirm(subscription, at)


def stop(subscription: Subscription, *, at: datetime, by: str = "") -> Subscription:
    """Send nothing more: whoever reads the mails of that address wants none, or somebody else decided it.

    Args:
        by: who; empty for its reader, whose word counts before anybody else's.
    """
    with changing(SUBSCRIPTION, subscription, "stopped"):
        return _stop(subscription, at, by)


def start_again(subscription: Subscription, *, at: datetime) -> Subscription:
    """Its reader wants mails again, or whoever stopped it in a reader's place."""
    with changing(SUBSCRIPTION, subscription, "started again"):
        return _start_again(subscription, at)


def _confirm(subscription: Subscription, at: datetime) -> Subscription:
    if not subscription.is_told:
        subscription.confirmed_at = at
        _start_again(subscription, at)
    return _saved(subscription, "confirmed_at")


def _stop(subscription: Subscription, at: datetime, by: str) -> Subscription:
    if subscription.stopped_at is None or not by:
        subscription.stopped_at, subscription.stopped_by = subscription.stopped_at or at, by[:150]
    return _saved(subscription, "stopped_at", "stopped_by")


def _start_again(subscription: Subscription, at: datetime) -> Subscription:
    subscription.stopped_at, subscription.stopped_by, subscription.digested_at = None, "", at
    return _saved(subscription, "stopped_at", "stopped_by", "digested_at")


def _saved(subscription: Subscription, *columns: str) -> Subscription:
    subscription.save(update_fields=columns)
    log.info("subscription.changed", address=shown(subscription.address), columns=columns)
    return subscription


def flag(address: str, trouble: str, *, at: datetime) -> None:
    """What is sent there comes back for good: whoever looks after subscriptions sees it."""
    Subscription.objects.filter(address=address).update(trouble=trouble, trouble_at=at)


def unflag(address: str) -> None:
    """Something arrived there."""
    Subscription.objects.filter(address=address).exclude(trouble_at=None).update(trouble="", trouble_at=None)


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
