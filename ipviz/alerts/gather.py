"""Gathering what an address is told into one mail: what comes within a moment is read at once.

Clusters are read one after the other, so that what went wrong at one moment is found within some seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from ipviz.alerts.emails import Item, render
from ipviz.alerts.messages import message_id
from ipviz.alerts.models import Alert, Delivery
from ipviz.alerts.policy import Policy
from ipviz.alerts.subscriptions import NOBODY
from ipviz.domain.batches import batched
from ipviz.domain.news import Reason, joined
from ipviz.findings.models import Party

log = structlog.stdlib.get_logger(__name__)
WAIT = timedelta(seconds=30)
"""From the first news of an address on."""
BATCH = 5_000

Roots = Mapping[tuple[str, int, int], Delivery]
"""The mail that began to tell an address of an occurrence of a finding, by their ids."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """All that one mail tells, and what it makes needless to tell."""

    address: str
    alerts: tuple[Alert, ...]
    needless: tuple[int, ...]


@transaction.atomic
def gather(at: datetime, *, policy: Policy, wait: timedelta = WAIT) -> tuple[Delivery, ...]:
    """Write the mails of those who have waited long enough; a bounded number of queries."""
    letters = [_letter(address, alerts) for address, alerts in _waiting(at - wait).items()]
    for ids in batched([pk for letter in letters for pk in letter.needless], BATCH):
        Alert.objects.filter(pk__in=ids).delete()
    told = [alert for letter in letters for alert in letter.alerts]
    parties, roots = _parties(told), _roots(told)
    written = [(letter, _delivery(letter, parties, roots, policy, at)) for letter in letters if letter.alerts]
    deliveries = Delivery.objects.bulk_create(delivery for _, delivery in written)
    for letter, delivery in written:
        for alert in letter.alerts:
            alert.delivery = delivery
        log.info("mail.written", delivery=delivery.pk, findings=len(letter.alerts))
    Alert.objects.bulk_update(told, ["delivery", "reason"], batch_size=500)
    return tuple(deliveries)


def _waiting(since: datetime) -> Mapping[str, list[Alert]]:
    """What has to be told, by the address, where the first of it is as old as that."""
    waiting: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.to_gather():
        waiting[alert.address].append(alert)
    return {address: alerts for address, alerts in waiting.items() if alerts[0].at <= since}


def _letter(address: str, alerts: Iterable[Alert]) -> _Letter:
    """Of each finding the last word; none of what began and ended meanwhile."""
    by_occurrence: defaultdict[tuple[int, int], list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_occurrence[alert.finding_id, alert.occurrence].append(alert)
    kept, needless = [], []
    for each in by_occurrence.values():
        reason = joined([Reason(alert.reason) for alert in each])
        needless += [alert.pk for alert in (each[:-1] if reason.is_news else each)]
        if reason.is_news:
            each[-1].reason = reason
            kept.append(each[-1])
    return _Letter(address, tuple(kept), tuple(needless))


def _parties(alerts: Sequence[Alert]) -> Mapping[int, list[Party]]:
    parties: defaultdict[int, list[Party]] = defaultdict(list)
    for ids in batched(sorted({alert.finding_id for alert in alerts}), BATCH):
        for party in Party.objects.filter(finding_id__in=ids):
            parties[party.finding_id].append(party)
    return parties


def _roots(alerts: Sequence[Alert]) -> Roots:
    roots: dict[tuple[str, int, int], Delivery] = {}
    for ids in batched(sorted({alert.finding_id for alert in alerts}), BATCH):
        for alert in Alert.objects.of_findings(ids).heard().in_mails():
            if alert.delivery:
                roots.setdefault((alert.address, alert.finding_id, alert.occurrence), alert.delivery)
    return roots


def _delivery(
    letter: _Letter, parties: Mapping[int, Sequence[Party]], roots: Roots, policy: Policy, at: datetime
) -> Delivery:
    """One mail of all of it; it answers another where everything began in that one."""
    items = [
        Item(alert.finding, parties.get(alert.finding_id, ()), Reason(alert.reason), alert.because)
        for alert in letter.alerts
    ]
    began = [roots.get((letter.address, alert.finding_id, alert.occurrence)) for alert in letter.alerts]
    root = began[0] if len({each.pk if each else None for each in began}) == 1 else None
    mail = render(items, policy, first_subject=root.subject if root else "")
    is_kept = letter.address == NOBODY or not policy.mail_is_configured
    # An end alone would be a riddle: it is kept beside its beginning.
    is_kept = is_kept or (root is not None and root.status == Delivery.Status.KEPT)
    return Delivery(
        address=letter.address,
        at=at,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        status=Delivery.Status.KEPT if is_kept else Delivery.Status.PENDING,
        message_id=message_id(items, letter.address, policy, at),
        answers=root,
    )
