"""Announcing what is new: what each address is told, in the transaction that found it.

`gather` makes mails of it a moment later, and `deliver` sends them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import Count

from ipviz.alerts.models import Alert
from ipviz.alerts.policy import Policy
from ipviz.alerts.subscriptions import NOBODY, sync
from ipviz.alerts.wording import lasting
from ipviz.domain.batches import batched
from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.news import Matter, Pace, Reason, Told, news_from
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding, Party

log = structlog.stdlib.get_logger(__name__)
BATCH = 5_000
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
    sides: int
    because: str
    speaks_again: bool

    @property
    def matter(self) -> Matter:
        finding = self.finding
        return Matter(
            FindingClass(finding.finding_class),
            Severity(finding.severity),
            Status(finding.status),
            self.sides,
            self.speaks_again,
            finding.opened_at,
            finding.rule,
        )


@transaction.atomic
def announce(
    changed: Iterable[Changed], *, policy: Policy, at: datetime, segment_id: int | None = None
) -> tuple[Alert, ...]:
    """Store what is to be told of these changes; the same once more is nothing new.

    Args:
        segment_id: of the segment that was judged; what is open there for long is looked at too.
    """
    cases = _cases(tuple(changed), segment_id, at)
    if not cases:
        return ()
    heard = _heard([each.finding for each in cases])
    addresses = sync(policy.recipients, at=at) or (NOBODY,)
    news = [alert for address in addresses for alert in _news(address, cases, heard, at)]
    return tuple(Alert.objects.bulk_create(news, batch_size=BATCH))


def _cases(changed: Sequence[Changed], segment_id: int | None, at: datetime) -> list[_Case]:
    """What changed, and what nobody was told of for long; each once, as it was left."""
    findings = {each.finding.pk: each.finding for each in changed}
    because = {each.finding.pk: each.change.reason for each in changed}
    ended = {each.finding.pk for each in changed if each.change.before is Status.SILENCED}
    for finding in _open_for_long(segment_id, at) if segment_id else ():
        if finding.pk not in findings:
            findings[finding.pk] = finding
            because[finding.pk] = f"still so after {lasting(at - finding.first_seen)}, with nobody at it"
    sides = _sides(findings)
    return [_Case(each, sides[pk], because[pk], pk in ended) for pk, each in findings.items()]


def _open_for_long(segment_id: int, at: datetime) -> list[Finding]:
    """What somebody may have to be reminded of, and clusters that were not readable for long."""
    quiet = Alert.objects.quiet_since(segment_id, at - PACE.first)
    blind = Finding.objects.of_segments([segment_id]).blind_since(at - PACE.blind)
    return [*Finding.objects.filter(pk__in=quiet), *blind]


def _sides(finding_ids: Iterable[int]) -> Counter[int]:
    """How many parties each has."""
    sides: Counter[int] = Counter()
    for ids in batched([*finding_ids], BATCH):
        counted = (
            Party.objects.filter(finding_id__in=ids).order_by().values("finding").annotate(many=Count("pk"))
        )
        sides.update(dict(counted.values_list("finding", "many")))
    return sides


def _heard(findings: Sequence[Finding]) -> Heard:
    heard: defaultdict[tuple[str, int], list[Alert]] = defaultdict(list)
    for ids in batched([finding.pk for finding in findings], BATCH):
        for alert in Alert.objects.of_findings(ids).heard():
            heard[alert.address, alert.finding_id].append(alert)
    return heard


def _news(address: str, cases: Sequence[_Case], heard: Heard, at: datetime) -> list[Alert]:
    """What is new to an address; why the rest is not is logged."""
    news = []
    decided: Counter[Reason] = Counter()
    for case in cases:
        told = [_told(alert) for alert in heard.get((address, case.finding.pk), ())]
        reason = news_from(case.matter, told, at=at, pace=PACE)
        decided[reason] += 1
        if reason.is_news:
            news.append(_alert(address, case, reason, at))
    log.info("alert.decided", address=address, **{each.name.lower(): n for each, n in decided.items()})
    return news


def _told(alert: Alert) -> Told:
    return Told(Reason(alert.reason), alert.at, Severity(alert.severity), alert.sides)


def _alert(address: str, case: _Case, reason: Reason, at: datetime) -> Alert:
    finding = case.finding
    return Alert(
        address=address,
        finding=finding,
        occurrence=finding.occurrences,
        reason=reason,
        because=case.because,
        at=at,
        severity=finding.severity,
        sides=case.sides,
    )
