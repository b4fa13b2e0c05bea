"""Delivering the outbox: what was written goes out, each at least once, in order within a thread.

A worker claims a mail with one counted UPDATE before it sends, and stores what became of it after. One that
dies in between leaves a lease that runs out, and the mail goes again under the same Message-ID.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

import structlog
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F

from ipviz.alerts.hooks import Hook
from ipviz.alerts.line import Connect, Line
from ipviz.alerts.messages import message_from
from ipviz.alerts.models import Delivery, Subscription, Try, is_hook
from ipviz.alerts.policy import Limit, Policy
from ipviz.alerts.querysets import LEASE
from ipviz.alerts.subjects import unseen_among
from ipviz.alerts.subscriptions import flag, unflag
from ipviz.alerts.trouble import GIVE_UP_AFTER, Trouble, pause_after

log = structlog.stdlib.get_logger(__name__)
RUN_SECONDS = 120

ORPHANED = Trouble("not sent: the mail that it answers could not be delivered", is_permanent=True)
UNWANTED = Trouble("not sent: whoever it was for wants no more", is_permanent=True)
BEYOND = Trouble("not sent: it tells of what whoever it was for no longer sees", is_permanent=True)
OURS = (ORPHANED, UNWANTED, BEYOND)
"""Those say nothing of the address."""


@dataclass(frozen=True, slots=True)
class Report:
    sent: int = 0
    retried: int = 0
    failed: int = 0


def deliver_due(
    at: datetime,
    *,
    policy: Policy,
    connect: Connect = get_connection,
    jitter: Callable[[], float] = random.random,
) -> Report:
    """Send what is due, mails over one connection. What a long run leaves over stays due.

    Without a mail server no mail is touched: what waits from before goes out once there is one again.
    """
    outcomes: Counter[str] = Counter()
    due = Delivery.objects.due(at) if policy.mail_is_configured else Delivery.objects.due(at).to_hooks()
    with closing(Line(connect)) as line, closing(Hook(at)) as hook:
        for delivery in _claimed(due.ids(), at):
            trouble = _send(delivery, line, hook, policy)
            outcomes[_settle(delivery, trouble, at, jitter())] += 1
    return Report(**outcomes)


def _claimed(ids: Sequence[int], at: datetime) -> Iterator[Delivery]:
    """Those that are ours to send, oldest first.

    Each is read again at its turn: what it answers may have been sent a moment ago.
    """
    ends = monotonic() + RUN_SECONDS
    for pk in ids:
        if monotonic() > ends:
            return
        delivery = Delivery.objects.ready(at).filter(pk=pk).first()
        if delivery and _claim(delivery, at):
            yield delivery


def _claim(delivery: Delivery, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        mine = Delivery.objects.due(at).filter(pk=delivery.pk)
        return mine.update(lease_until=at + LEASE, tries=F("tries") + 1) == 1


def _send(delivery: Delivery, line: Line, hook: Hook, policy: Policy) -> Trouble | None:
    subscription = _subscription_of(delivery)
    if subscription is None:
        return UNWANTED
    if _is_beyond(delivery, policy.limits.get(subscription.person_id or 0)):
        return BEYOND
    if delivery.is_orphan and delivery.is_end:
        return ORPHANED
    try:
        if is_hook(delivery.address):
            return hook.send(delivery)
        return line.send(partial(message_from, delivery, policy))
    except Exception as error:  # whatever is wrong with one mail keeps no other back, and is seen
        log.exception("delivery.broke", delivery=delivery.pk)
        return Trouble(f"it could not be sent: {type(error).__name__}")


def _subscription_of(delivery: Delivery) -> Subscription | None:
    """None where whoever it was for stopped, or was removed, since it was written."""
    subscriptions = Subscription.objects.of(delivery.address)
    match delivery.kind:
        case Delivery.Kind.CONFIRMATION | Delivery.Kind.TEST:
            return subscriptions.first()
        case _:
            return subscriptions.told().first()


def _is_beyond(delivery: Delivery, limit: Limit | None) -> bool:
    """It tells of what may not be seen any more; of a digest nothing but its text says what it tells of."""
    if limit is None:
        return False
    if delivery.kind == Delivery.Kind.DIGEST:
        return delivery.at < limit.since
    return bool(unseen_among((each.finding_id for each in delivery.alerts.all()), limit.scope))


def _settle(delivery: Delivery, trouble: Trouble | None, at: datetime, jitter: float) -> str:
    """Store what became of it, and say it in a word."""
    if trouble is None:
        _store(delivery, at, "", status=Delivery.Status.SENT, sent_at=at, next_try_at=None)
        unflag(delivery.address)
        log.info("delivery.sent", delivery=delivery.pk)
        return "sent"
    if trouble.is_permanent or at - delivery.at >= GIVE_UP_AFTER:
        _store(delivery, at, trouble.words, status=Delivery.Status.FAILED, next_try_at=None)
        if trouble not in OURS:
            flag(delivery.address, trouble.words, at=at)
        log.error("delivery.failed", delivery=delivery.pk, error=trouble.words)
        return "failed"
    pause = pause_after(delivery.tries + 1, jitter)
    _store(delivery, at, trouble.words, next_try_at=at + pause)
    log.warning("delivery.retried", delivery=delivery.pk, error=trouble.words)
    return "retried"


def _store(delivery: Delivery, at: datetime, error: str, **facts: object) -> None:
    with transaction.atomic(durable=True):
        # Where a lease ran out and another worker settled it meanwhile, that stands.
        mine = Delivery.objects.filter(pk=delivery.pk).pending()
        mine.update(lease_until=None, error=error, **facts)
        Try.objects.create(delivery=delivery, at=at, error=error)
