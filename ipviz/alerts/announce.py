"""Announcing what is new: what each address is told, in the transaction that found it.

`gather` makes mails of it a moment later, and `deliver` sends them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from django.db import transaction

from ipviz.alerts.models import Alert
from ipviz.alerts.policy import Policy
from ipviz.alerts.subjects import subject_of, unseen_among
from ipviz.alerts.subscriptions import NOBODY, Subscriber, sync
from ipviz.alerts.wording import lasting, shown
from ipviz.domain.batches import batched
from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.news import Matter, Pace, Reason, Told, flapping, news_from
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import Subject, Wish
from ipviz.findings.models import Finding, Party, Transition

log = structlog.stdlib.get_logger(__name__)
BATCH = 5_000
PACE = Pace()
TAKEN_BACK_WITHIN = timedelta(days=1)
"""For so long it is looked at who has to hear of what was silent until a person took that back."""

ToldOf = Mapping[tuple[str, int], Sequence[Alert]]
"""What each address was told of each finding, by address and the finding's id, in order."""


class Changed(Protocol):
    """What `findings.detect` gives: a stored finding whose status changed, with its segment at hand."""

    @property
    def finding(self) -> Finding: ...

    @property
    def change(self) -> Change: ...


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding of which something may have to be told."""

    finding: Finding
    parties: Sequence[tuple[str, str]]
    """Of each the cluster's path and the namespace."""
    because: str
    grew: bool
    speaks_again: bool
    turned: Sequence[timedelta]

    @property
    def matter(self) -> Matter:
        finding = self.finding
        return Matter(
            FindingClass(finding.finding_class),
            Severity(finding.severity),
            Status(finding.status),
            len(self.parties),
            self.grew,
            self.speaks_again,
            finding.opened_at,
            finding.rule,
            finding.occurrences,
            self.turned,
            finding.stale,
        )

    @property
    def subject(self) -> Subject:
        return subject_of(self.finding, self.parties)


@transaction.atomic
def announce(
    changed: Iterable[Changed], *, policy: Policy, at: datetime, segment_id: int | None = None
) -> tuple[Alert, ...]:
    """Store what is to be told of these changes; the same once more is nothing new.

    Args:
        segment_id: of the segment that was judged; what is open there for long is looked at too.
    """
    subscribers = sync(policy.recipients, at=at) or (Subscriber(NOBODY, Wish()),)
    cases = _cases(tuple(changed), segment_id, [each.address for each in subscribers], at)
    if not cases:
        return ()
    told = _alerts_of([each.finding for each in cases])
    news = [alert for each in subscribers for alert in _news(each, _seen(each, cases, policy), told, at)]
    return tuple(Alert.objects.bulk_create(news, batch_size=BATCH))


def _cases(
    changed: Sequence[Changed], segment_id: int | None, addresses: Sequence[str], at: datetime
) -> list[_Case]:
    """What changed, and what nobody was told of for long; each once, as it was left."""
    findings = {each.finding.pk: each.finding for each in changed}
    changes = {each.finding.pk: each.change for each in changed}
    because = {pk: change.reason for pk, change in changes.items()}
    for finding, why in _unchanged(segment_id, addresses, at) if segment_id else ():
        if finding.pk not in findings:
            findings[finding.pk], because[finding.pk] = finding, why
    parties, turns = _parties(findings), _turns(findings, at)
    return [
        _Case(
            each,
            parties.get(pk, ()),
            because[pk],
            grew=pk in changes and changes[pk].grew,
            speaks_again=pk in changes and changes[pk].before in _HANDLED,
            turned=turns.get(pk, ()),
        )
        for pk, each in findings.items()
    ]


_HANDLED = (Status.SILENCED, Status.ACKNOWLEDGED)


def _unchanged(segment_id: int, addresses: Sequence[str], at: datetime) -> Iterable[tuple[Finding, str]]:
    """What somebody may have to be told although it did not change, for time passed; and why."""
    findings = Finding.objects.of_segments([segment_id]).select_related("segment")
    calm = Alert.objects.calm_since(segment_id, at - PACE.least_calm)
    for finding in findings.filter(pk__in=calm):
        yield finding, "it came and went, and is as it is for long enough now"
    for finding in findings.taken_back_since(at - TAKEN_BACK_WITHIN):
        yield finding, "it is no longer silent or acknowledged: somebody took that back"
    first, then = at - PACE.first, at - PACE.then
    quiet = Alert.objects.to_remind(segment_id, addresses, first=first, then=then)
    for finding in (*findings.filter(pk__in=quiet), *findings.blind_since(at - PACE.blind)):
        yield finding, f"still so after {lasting(at - finding.first_seen)}, with nobody at it"


def _parties(finding_ids: Iterable[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
    parties: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for ids in batched([*finding_ids], BATCH):
        found = Party.objects.filter(finding_id__in=ids).order_by()
        for pk, cluster, namespace in found.values_list("finding", "cluster_path", "namespace"):
            parties[pk].append((cluster, namespace))
    return parties


def _turns(finding_ids: Iterable[int], at: datetime) -> Mapping[int, Sequence[timedelta]]:
    """How long ago each opened or ended, of late."""
    turns: dict[int, Sequence[timedelta]] = {}
    for ids in batched([*finding_ids], BATCH):
        found = Transition.objects.turns(ids, at - PACE.turns_count_for)
        turns |= {pk: [at - each for each in moments] for pk, moments in found.items()}
    return turns


def _seen(subscriber: Subscriber, cases: Sequence[_Case], policy: Policy) -> Sequence[_Case]:
    """Those of which they may hear: not even how it goes on, where they no longer see it."""
    unseen = unseen_among((each.finding.pk for each in cases), policy.scope_of(subscriber.person))
    return [each for each in cases if each.finding.pk not in unseen]


def _alerts_of(findings: Sequence[Finding]) -> ToldOf:
    told: defaultdict[tuple[str, int], list[Alert]] = defaultdict(list)
    for ids in batched([finding.pk for finding in findings], BATCH):
        for alert in Alert.objects.of_findings(ids):
            told[alert.address, alert.finding_id].append(alert)
    return told


def _news(subscriber: Subscriber, cases: Sequence[_Case], told_of: ToldOf, at: datetime) -> list[Alert]:
    """What is new to somebody; why the rest is not is logged."""
    news = []
    decided: Counter[Reason] = Counter()
    for case in cases:
        told = [_told(alert) for alert in told_of.get((subscriber.address, case.finding.pk), ())]
        if not _is_under_way(case, told) and not subscriber.wish.scope.takes(case.subject):
            decided[Reason.NOT_WISHED] += 1
            continue
        reason = news_from(case.matter, told, at=at, pace=PACE, at_once=subscriber.wish.at_once)
        decided[reason] += 1
        if reason.is_news:
            news.append(_alert(subscriber.address, case, reason, at))
    counts = {each.name.lower(): n for each, n in decided.items()}
    log.info("alert.decided", address=shown(subscriber.address), **counts)
    return news


def _is_under_way(case: _Case, told: Sequence[Told]) -> bool:
    """Whoever heard of it this time hears how it goes on, also where that is no longer wished."""
    flaps = bool(told) and told[-1].reason is Reason.FLAPPING
    return flaps or any(each.occurrence == case.finding.occurrences for each in told)


def _told(alert: Alert) -> Told:
    reason, severity = Reason(alert.reason), Severity(alert.severity)
    return Told(reason, alert.at, severity, alert.sides, alert.occurrence, alert.is_heard)


def _alert(address: str, case: _Case, reason: Reason, at: datetime) -> Alert:
    finding = case.finding
    return Alert(
        address=address,
        finding=finding,
        occurrence=finding.occurrences,
        reason=reason,
        because=_flaps(case) if reason is Reason.FLAPPING else case.because,
        at=at,
        severity=finding.severity,
        sides=len(case.parties),
    )


def _flaps(case: _Case) -> str:
    """How it is now, what it did, and when more is told."""
    now = "it just ended" if case.matter.status is Status.RESOLVED else "it is so again"
    did = flapping(case.matter, PACE)
    if did is None:
        return now
    return (
        f"{now}. It began or ended {did.turns} times within {lasting(did.within)}; further changes are not "
        f"mailed until it stays one way for {lasting(did.calm)}"
    )
