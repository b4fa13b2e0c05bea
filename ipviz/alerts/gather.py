"""Gathering what an address is told into one mail: what comes within a moment is read at once.

Clusters are read one after the other, so that what went wrong at one moment is found within some seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

import structlog
from django.db import transaction

from ipviz.alerts.letters import Letter, write
from ipviz.alerts.models import Alert, Delivery, Subscription, is_hook
from ipviz.alerts.policy import Policy
from ipviz.alerts.subjects import unseen_among
from ipviz.alerts.subscriptions import NOBODY, Subscriber
from ipviz.alerts.threads import Threads
from ipviz.domain.batches import batched
from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Reason, joined
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.domain.verdicts import Severity
from ipviz.domain.wishes import Wish

log = structlog.stdlib.get_logger(__name__)
WAIT = timedelta(seconds=30)
"""From the first news of an address on."""
REST = timedelta(minutes=5)
"""Between two mails to an address: what goes wrong one after the other is read at once too."""
BUDGET = 10
"""So many mails an hour; from then on only what is critical has one, and the rest waits to be one mail.

A program that is called does not tire, and needs no rest.
"""
BATCH = 5_000

ByFinding = Mapping[int, Sequence[Alert]]


@transaction.atomic
def gather(at: datetime, *, policy: Policy, at_once: bool = False) -> tuple[Delivery, ...]:
    """Write the mails of those who have waited long enough; a bounded number of queries.

    Args:
        at_once: nobody waits for more, for somebody sits and waits for this.
    """
    wait, rest = (timedelta(0), timedelta(0)) if at_once else (WAIT, REST)
    waiting = _waiting()
    subscribers = _subscribers(waiting)
    spent = Delivery.objects.news_since(at - timedelta(hours=1), waiting)
    ready: dict[str, Sequence[Sequence[Alert]]] = {}
    needless: list[int] = []
    scopes: dict[str, Scope] = {}
    for address, alerts in waiting.items():
        subscriber = subscribers.get(address)
        if subscriber is None:  # whoever it was for wants no more
            needless += [each.pk for each in chain(*alerts.values())]
            continue
        wish, scopes[address] = subscriber.wish, policy.scope_of(subscriber.person)
        unseen = unseen_among(alerts, scopes[address])
        needless += [each.pk for finding in unseen for each in alerts[finding]]
        seen = [each for finding, each in alerts.items() if finding not in unseen]
        many, last = (0, None) if is_hook(address) else spent.get(address, (0, None))
        is_held = many >= BUDGET or wish.is_quiet(at)
        now = [each for each in seen if not is_held or _is_critical(each)]
        has_rested = last is None or not at - rest < last <= at
        # Told in the future, or last mailed then: the clock was set back since.
        has_waited = any(not at - wait < each[0].at <= at for each in now)
        if has_rested and has_waited:
            ready[address] = now
    threads = Threads.of({each[0].finding_id for now in ready.values() for each in now})
    letters = [_letter(address, scopes[address], now, threads) for address, now in ready.items()]
    return _store([*letters, Letter("", EVERYTHING, (), tuple(needless))], threads, policy, at)


def _store(letters: Sequence[Letter], threads: Threads, policy: Policy, at: datetime) -> tuple[Delivery, ...]:
    for ids in batched([pk for letter in letters for pk in letter.needless], BATCH):
        Alert.objects.filter(pk__in=ids).delete()
    full = [letter for letter in letters if letter.alerts]
    mails = list(write(full, threads, policy, at))
    Delivery.objects.bulk_create([delivery for _, delivery in mails])
    for letter, delivery in mails:
        _bind(letter, delivery)
        log.info("mail.written", delivery=delivery.pk, findings=len(letter.alerts))
    return tuple(delivery for _, delivery in mails)


def _bind(letter: Letter, delivery: Delivery) -> None:
    """Store of what a mail tells that it does, and why."""
    for ids in batched([alert.pk for alert in letter.alerts], BATCH):
        Alert.objects.filter(pk__in=ids).update(delivery=delivery)
    Alert.objects.bulk_update(letter.restated, ["reason", "because"], batch_size=500)


def _waiting() -> Mapping[str, ByFinding]:
    """What has to be told, by the address and the finding, each in order."""
    waiting: defaultdict[str, defaultdict[int, list[Alert]]] = defaultdict(lambda: defaultdict(list))
    for alert in Alert.objects.to_gather():
        waiting[alert.address][alert.finding_id].append(alert)
    return waiting


def _subscribers(addresses: Iterable[str]) -> Mapping[str, Subscriber]:
    """Those of them who are still told."""
    told = Subscription.objects.told().filter(address__in=list(addresses))
    known = (Subscriber(each.address, each.wish, each.person_id) for each in told)
    return {each.address: each for each in (Subscriber(NOBODY, Wish()), *known)}


def _is_critical(alerts: Iterable[Alert]) -> bool:
    return any(each.severity == Severity.CRITICAL for each in alerts)


def _letter(address: str, scope: Scope, findings: Iterable[Sequence[Alert]], threads: Threads) -> Letter:
    """Of each finding the last word; none of what began and ended, or was taken care of, meanwhile."""
    kept, needless, restated = [], [], []
    for alerts in findings:
        last = alerts[-1]
        reason = joined([Reason(each.reason) for each in alerts], was_told=threads.is_open(last))
        is_told = reason.is_news and last.finding.status not in _SEEN_TO
        needless += [each.pk for each in (alerts[:-1] if is_told else alerts)]
        if not is_told:
            continue
        if reason != last.reason:
            said = [each.because for each in alerts if each.reason == reason]
            last.reason, last.because = reason, said[-1] if said else last.because
            restated.append(last)
        kept.append(last)
    return Letter(address, scope, tuple(kept), tuple(needless), tuple(restated))


_SEEN_TO = (Status.ACKNOWLEDGED, Status.SILENCED)
