"""Announcing what is new: a mail to each who is told, in the transaction that found it.

The mails are written here, as things were at that moment; `deliver` sends them later.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import prefetch_related_objects

from ipviz.alerts.emails import Item, render
from ipviz.alerts.messages import message_id
from ipviz.alerts.models import Alert, Delivery
from ipviz.alerts.policy import Policy
from ipviz.alerts.subscriptions import sync
from ipviz.alerts.wording import lasting
from ipviz.domain.batches import batched
from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.news import Matter, Pace, Reason, Told, news_from
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding, Party

log = structlog.stdlib.get_logger(__name__)
BATCH = 5_000
NOBODY = ""
"""To whom mails are kept where nobody is subscribed, so that they can be read."""
PACE = Pace()

Heard = Mapping[tuple[str, int], Sequence[Alert]]
"""What each address was told of each finding's present occurrence, by address and the finding's id."""


class Changed(Protocol):
    """What `findings.detect` gives: a stored finding whose status changed."""

    @property
    def finding(self) -> Finding: ...

    @property
    def change(self) -> Change: ...


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding of which something may have to be told."""

    finding: Finding
    parties: Sequence[Party]
    because: str
    speaks_again: bool

    @property
    def matter(self) -> Matter:
        finding = self.finding
        return Matter(
            FindingClass(finding.finding_class),
            Severity(finding.severity),
            Status(finding.status),
            len(self.parties),
            self.speaks_again,
        )


@dataclass(frozen=True, slots=True)
class _News:
    """What an address is told of one finding, and the mail that began to tell it of that."""

    item: Item
    root: Delivery | None


@transaction.atomic
def announce(
    changed: Iterable[Changed], *, policy: Policy, at: datetime, segment_id: int | None = None
) -> tuple[Delivery, ...]:
    """Store what is to be told of these changes, one mail an address; the same once more is nothing new.

    Args:
        segment_id: of the segment that was judged; of what is open there and was told long ago, remind.
    """
    cases = _cases(tuple(changed), segment_id, at)
    if not cases:
        return ()
    heard = _heard([each.finding for each in cases])
    addresses = sync(policy.recipients, at=at) or (NOBODY,)
    found = [(each, _news(each, cases, heard, at)) for each in addresses]
    written = [(news, _delivery(address, news, policy, at)) for address, news in found if news]
    deliveries = Delivery.objects.bulk_create(delivery for _, delivery in written)
    alerts = [_alert(each.item, delivery) for news, delivery in written for each in news]
    Alert.objects.bulk_create(alerts, batch_size=BATCH)
    return tuple(deliveries)


def _cases(changed: Sequence[Changed], segment_id: int | None, at: datetime) -> list[_Case]:
    """What changed, and what nobody was told of for long; each once, as it was left."""
    findings = {each.finding.pk: each.finding for each in changed}
    because = {each.finding.pk: each.change.reason for each in changed}
    ended = {each.finding.pk for each in changed if each.change.before is Status.SILENCED}
    quiet = Alert.objects.quiet_since(segment_id, at - PACE.first) if segment_id else []
    for finding in Finding.objects.filter(pk__in=set(quiet) - findings.keys()):
        findings[finding.pk] = finding
        because[finding.pk] = (
            f"still so after {lasting(at - finding.first_seen)}, and nobody takes care of it"
        )
    prefetch_related_objects([*findings.values()], "segment")
    parties = _parties(findings)
    return [_Case(each, parties[pk], because[pk], pk in ended) for pk, each in findings.items()]


def _parties(finding_ids: Iterable[int]) -> Mapping[int, list[Party]]:
    """Read anew: what a finding prefetched may be from before this judgement."""
    parties: defaultdict[int, list[Party]] = defaultdict(list)
    for ids in batched([*finding_ids], BATCH):
        for party in Party.objects.filter(finding_id__in=ids):
            parties[party.finding_id].append(party)
    return parties


def _heard(findings: Sequence[Finding]) -> Heard:
    """Without what could not be delivered: nobody was told that."""
    heard: defaultdict[tuple[str, int], list[Alert]] = defaultdict(list)
    for ids in batched([finding.pk for finding in findings], BATCH):
        for alert in Alert.objects.of_findings(ids):
            if alert.delivery.status != Delivery.Status.FAILED:
                heard[alert.delivery.address, alert.finding_id].append(alert)
    return heard


def _news(address: str, cases: Sequence[_Case], heard: Heard, at: datetime) -> list[_News]:
    """What is new to an address; why the rest is not is logged."""
    news = []
    decided: Counter[Reason] = Counter()
    for case in cases:
        told = heard.get((address, case.finding.pk), ())
        reason = news_from(case.matter, [*map(_told, told)], at=at, pace=PACE)
        decided[reason] += 1
        if reason.is_news:
            root = told[0].delivery if told else None
            news.append(_News(Item(case.finding, case.parties, reason, case.because), root))
    log.info("alert.decided", address=address, **{each.name.lower(): n for each, n in decided.items()})
    return news


def _delivery(address: str, news: Sequence[_News], policy: Policy, at: datetime) -> Delivery:
    """One mail of all of it; it answers another where everything began in that one."""
    roots = {each.root.pk if each.root else None: each.root for each in news}
    root = news[0].root if len(roots) == 1 else None
    mail = render([each.item for each in news], policy, first_subject=root.subject if root else "")
    is_kept = address == NOBODY or not policy.mail_is_configured
    # An end alone would be a riddle: it is kept beside its beginning.
    is_kept = is_kept or (root is not None and root.status == Delivery.Status.KEPT)
    return Delivery(
        address=address,
        at=at,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        status=Delivery.Status.KEPT if is_kept else Delivery.Status.PENDING,
        message_id=message_id([each.item for each in news], address, policy, at),
        answers=root,
    )


def _told(alert: Alert) -> Told:
    return Told(Reason(alert.reason), alert.at, Severity(alert.severity), alert.sides)


def _alert(item: Item, delivery: Delivery) -> Alert:
    finding = item.finding
    return Alert(
        delivery=delivery,
        finding=finding,
        occurrence=finding.occurrences,
        reason=item.reason,
        at=delivery.at,
        severity=finding.severity,
        sides=len(item.parties),
    )
