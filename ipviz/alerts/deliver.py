"""Delivering the outbox: mails that were announced go out, each at least once, in order within a thread.

A worker claims a mail with one counted UPDATE before it sends, and stores what became of it after. One that
dies in between leaves a lease that runs out, and the mail goes again under the same Message-ID.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F

from ipviz.alerts.line import Connect, Line
from ipviz.alerts.messages import message_from
from ipviz.alerts.models import Delivery
from ipviz.alerts.policy import Policy
from ipviz.alerts.trouble import GIVE_UP_AFTER, Trouble, pause_after

log = structlog.stdlib.get_logger(__name__)
RUN_SECONDS = 120
LEASE = timedelta(minutes=5)
"""Longer than a run and one more mail on a slow server, so that nobody else takes it meanwhile."""

ORPHANED = Trouble("not sent: the mail that it answers could not be delivered", is_permanent=True)


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
    """Send what is due over one connection. What a long run leaves over stays due.

    Without a mail server nothing is touched: what waits from before goes out once there is one again.
    """
    if not policy.mail_is_configured:
        return Report()
    outcomes: Counter[str] = Counter()
    with closing(Line(connect)) as line:
        for delivery in _claimed(at):
            trouble = _send(delivery, line, policy)
            outcomes[_settle(delivery, trouble, at, jitter())] += 1
    return Report(**outcomes)


def _claimed(at: datetime) -> Iterator[Delivery]:
    """Those that are ours to send, oldest first.

    Each is read again at its turn: what it answers may have been sent a moment ago.
    """
    ends = monotonic() + RUN_SECONDS
    for pk in Delivery.objects.due(at).ids():
        if monotonic() > ends:
            return
        delivery = Delivery.objects.ready(at).filter(pk=pk).first()
        if delivery and _claim(delivery, at):
            yield delivery


def _claim(delivery: Delivery, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        mine = Delivery.objects.due(at).filter(pk=delivery.pk)
        return mine.update(lease_until=at + LEASE, tries=F("tries") + 1) == 1


def _send(delivery: Delivery, line: Line, policy: Policy) -> Trouble | None:
    if delivery.answers and delivery.answers.status == Delivery.Status.FAILED:
        return ORPHANED
    return line.send(partial(message_from, delivery, policy))


def _settle(delivery: Delivery, trouble: Trouble | None, at: datetime, jitter: float) -> str:
    """Store what became of it, and say it in a word."""
    if trouble is None:
        _store(delivery, status=Delivery.Status.SENT, sent_at=at, next_try_at=None, error="")
        log.info("delivery.sent", delivery=delivery.pk)
        return "sent"
    if trouble.is_permanent or at - delivery.at >= GIVE_UP_AFTER:
        _store(delivery, status=Delivery.Status.FAILED, next_try_at=None, error=trouble.words)
        log.error("delivery.failed", delivery=delivery.pk, error=trouble.words)
        return "failed"
    pause = pause_after(delivery.tries + 1, jitter)
    _store(delivery, next_try_at=at + pause, error=trouble.words)
    log.warning("delivery.retried", delivery=delivery.pk, error=trouble.words)
    return "retried"


def _store(delivery: Delivery, **facts: object) -> None:
    with transaction.atomic(durable=True):
        # Where a lease ran out and another worker settled it meanwhile, that stands.
        Delivery.objects.filter(pk=delivery.pk).pending().update(lease_until=None, **facts)
