"""Announcing what is new: an alert for it, and a delivery for each address, in the transaction that found it.

The mails are written here, as things were at that moment; `deliver` sends them later.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import prefetch_related_objects

from ipviz.alerts.emails import render
from ipviz.alerts.messages import message_id
from ipviz.alerts.models import Alert, Delivery
from ipviz.alerts.policy import Policy
from ipviz.alerts.subscriptions import sync
from ipviz.domain.batches import batched
from ipviz.domain.lifecycle import Change
from ipviz.domain.news import Reason, news_from
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding, Party

log = structlog.stdlib.get_logger(__name__)
BATCH = 5_000

Heard = defaultdict[tuple[int, int], dict[Reason, Alert]]
"""The alerts of each occurrence: of a finding's id, and which of its occurrences."""


class Changed(Protocol):
    """What `findings.detect` gives: a stored finding whose status changed."""

    @property
    def finding(self) -> Finding: ...

    @property
    def change(self) -> Change: ...


@dataclass(frozen=True, slots=True)
class News:
    """An alert that is not written yet, and the one that it answers."""

    alert: Alert
    because: str
    first: Alert | None


@transaction.atomic
def announce(changed: Iterable[Changed], *, policy: Policy, at: datetime) -> tuple[Alert, ...]:
    """Store what is to be told of these changes; the same changes once more are nothing new."""
    news = _news(tuple(changed), at)
    if not news:
        return ()
    _write(news, policy)
    alerts = Alert.objects.bulk_create(each.alert for each in news)
    _address(news, policy, at)
    for alert in alerts:
        log.info("alert.announced", alert=alert.pk, finding=alert.finding_id, reason=alert.reason)
    return tuple(alerts)


def _news(changed: Sequence[Changed], at: datetime) -> list[News]:
    heard = _heard([each.finding for each in changed])
    news = []
    for each in changed:
        finding = each.finding
        alerts = heard[finding.pk, finding.occurrences]
        kind, severity = FindingClass(finding.finding_class), Severity(finding.severity)
        reason = news_from(kind, severity, each.change, told=alerts.keys())
        if reason is not Reason.NOTHING_NEW:
            first = alerts.get(Reason.FIRST)
            alert = Alert(finding=finding, occurrence=finding.occurrences, reason=reason, at=at)
            alerts[reason] = alert
            news.append(News(alert, each.change.reason, first))
    return news


def _heard(findings: Sequence[Finding]) -> Heard:
    heard: Heard = defaultdict(dict)
    for ids in batched([finding.pk for finding in findings], BATCH):
        for alert in Alert.objects.filter(finding_id__in=ids).defer("text", "html"):
            heard[alert.finding_id, alert.occurrence][Reason(alert.reason)] = alert
    return heard


def _write(news: Sequence[News], policy: Policy) -> None:
    findings = [each.alert.finding for each in news]
    prefetch_related_objects(findings, "segment")
    parties = _parties(findings)
    for each in news:
        alert = each.alert
        mail = render(
            alert.finding,
            parties.get(alert.finding_id, []),
            Reason(alert.reason),
            policy,
            because=each.because,
            first_subject=each.first.subject if each.first else "",
        )
        alert.subject, alert.text, alert.html = mail.subject, mail.text, mail.html


def _parties(findings: Sequence[Finding]) -> Mapping[int, list[Party]]:
    """Read anew: what a finding prefetched may be from before this judgement."""
    parties: defaultdict[int, list[Party]] = defaultdict(list)
    for ids in batched([finding.pk for finding in findings], BATCH):
        for party in Party.objects.filter(finding_id__in=ids):
            parties[party.finding_id].append(party)
    return parties


def _address(news: Sequence[News], policy: Policy, at: datetime) -> None:
    """Fill the outbox: a first alert for all who are subscribed, its answer for those of them who got it."""
    addresses = sync(policy.recipients, at=at)
    Delivery.objects.bulk_create(
        _delivery(each.alert, address, policy) for each in news if each.first is None for address in addresses
    )
    answers = {each.first.pk: each.alert for each in news if each.first}
    Delivery.objects.bulk_create(
        _delivery(answers[first.alert_id], first.address, policy, first)
        for ids in batched(answers, BATCH)
        for first in Delivery.objects.of_alerts(ids).not_failed()
        if first.address in addresses
    )


def _delivery(alert: Alert, address: str, policy: Policy, first: Delivery | None = None) -> Delivery:
    is_first_kept = first is not None and first.status == Delivery.Status.KEPT
    is_sent = policy.mail_is_configured and not is_first_kept
    return Delivery(
        alert=alert,
        address=address,
        status=Delivery.Status.PENDING if is_sent else Delivery.Status.KEPT,
        message_id=message_id(alert, address, policy),
        answers=first,
    )
