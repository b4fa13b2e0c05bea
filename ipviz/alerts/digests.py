"""Digests: what a subscriber wished to hear of and was not told at once, at the hours that were wished."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.urls import reverse

from ipviz.alerts.emails import Item, Mail, rows_of, written
from ipviz.alerts.messages import message_id_of
from ipviz.alerts.models import Alert, Delivery, Subscription
from ipviz.alerts.policy import Policy
from ipviz.alerts.subjects import subject_of
from ipviz.alerts.subscriptions import sync
from ipviz.alerts.wording import moment, one_line, shown
from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Reason
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import Rhythm, Subject, Wish
from ipviz.findings.models import Finding
from ipviz.inventory.models import UsageSample
from ipviz.inventory.usage import fullest

log = structlog.stdlib.get_logger(__name__)
MOST = 20
"""So many findings a section: who wants all of them opens the page."""
FULLEST = 8


@dataclass(frozen=True, slots=True)
class Contents:
    """What a digest tells: what began and ended since the last, what stands besides, how full all is."""

    begun: Sequence[Finding]
    ended: Sequence[Finding]
    standing: Sequence[Finding]
    fullest: Sequence[str]

    @property
    def is_news(self) -> bool:
        return bool(self.begun or self.ended)


def write_digests(at: datetime, *, policy: Policy) -> tuple[Delivery, ...]:
    """Write those that are due, each once whoever else is at it; two queries where none is."""
    sync(policy.recipients, at=at)  # who never had an alert has digests, too
    written = []
    for subscription in Subscription.objects.told().exclude(rhythm=Rhythm.NEVER):
        due = subscription.wish.digest_due(subscription.digested_at, at)
        if due and (delivery := _write(subscription, due, policy, at)):
            written.append(delivery)
    return tuple(written)


@transaction.atomic
def _write(subscription: Subscription, due: datetime, policy: Policy, at: datetime) -> Delivery | None:
    since = subscription.digested_at
    mine = Subscription.objects.filter(pk=subscription.pk, digested_at=since).update(digested_at=due)
    if not mine:
        return None
    scope = policy.scope_of(subscription.person_id)
    contents = contents_of(subscription.wish, subscription.address, since, at, scope)
    # A week without news is told too: who hears nothing for long no longer knows whether anybody looks.
    if not contents.is_news and subscription.rhythm != Rhythm.WEEKLY:
        return None
    mail = digest(contents, subscription.rhythm, since, policy, at)
    log.info("digest.written", address=shown(subscription.address), rhythm=subscription.rhythm)
    return Delivery.objects.create(
        kind=Delivery.Kind.DIGEST,
        address=subscription.address,
        at=at,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        status=Delivery.Status.PENDING if policy.mail_is_configured else Delivery.Status.KEPT,
        message_id=message_id_of("digest", subscription.address, policy, due),
    )


def contents_of(
    wish: Wish, address: str, since: datetime, at: datetime, scope: Scope = EVERYTHING
) -> Contents:
    """Of what may be seen. A bounded number of queries, however many findings."""
    told = set(Alert.objects.told_to(address).values_list("finding", flat=True))
    found = Finding.objects.in_scope(scope).since(since).whole()
    wished = [each for each in found if _is_wished(wish, each)]
    ended = [each for each in wished if each.status == Status.RESOLVED and each.pk not in told]
    open_now = [each for each in wished if each.status in (Status.OPEN, Status.ACKNOWLEDGED)]
    begun = [each for each in open_now if _opened_after(each, since) and each.pk not in told]
    known = {each.pk for each in begun}
    standing = [each for each in open_now if each.pk not in known]
    return Contents(begun, ended, standing, _fullest(wish, at, scope))


def _is_wished(wish: Wish, finding: Finding) -> bool:
    parties = ((each.cluster_path, each.namespace) for each in finding.parties.all())
    return wish.scope.takes(subject_of(finding, parties))


def _opened_after(finding: Finding, since: datetime) -> bool:
    return finding.opened_at is not None and finding.opened_at > since


def _fullest(wish: Wish, at: datetime, scope: Scope) -> list[str]:
    samples = UsageSample.objects.in_scope(scope).between(at - timedelta(hours=2), at)
    told = fullest(samples, FULLEST, at=at, wanted=lambda row: wish.scope.takes(_subject_of_usage(row)))
    return [one_line(each) for each in told]


def _subject_of_usage(row: UsageSample) -> Subject:
    """What decides who hears of how full it is: others' pools are nobody else's business."""
    _, namespace, _ = row.pool.split("/") if row.pool else ("", "", "")
    return Subject(
        segment=row.segment.name,
        span=row.subnet.span if row.subnet else None,
        finding_class=FindingClass.CAPACITY,
        severity=Severity.CRITICAL,  # how low one wishes to hear of is of findings
        clusters=frozenset({row.cluster.path} if row.cluster else ()),
        namespaces=frozenset({namespace} if namespace else ()),
    )


def digest(contents: Contents, rhythm: str, since: datetime, policy: Policy, at: datetime) -> Mail:
    sections = [
        _section("New", contents.begun, Reason.FIRST, policy),
        _section("Ended", contents.ended, Reason.RESOLVED, policy),
        _section("Still so", contents.standing, Reason.REMINDER, policy),
    ]
    context = {
        "rhythm": rhythm.capitalize(),
        "counted": _counted(contents),
        "since": moment(since),
        "sections": [each for each in sections if each["count"]],
        "fullest": contents.fullest,
        "link": policy.base_url + reverse("web:findings"),
        "read_at": moment(at),
    }
    return written("digest", context, policy)


def _section(heading: str, findings: Sequence[Finding], reason: Reason, policy: Policy) -> dict[str, Any]:
    worst = sorted(findings, key=lambda each: (each.severity_rank, each.first_key, each.pk))[:MOST]
    items = [Item(each, (), reason, "") for each in worst]
    return {
        "heading": heading,
        "count": len(findings),
        "rows": rows_of(items, policy),
        "further": len(findings) - len(worst),
    }


def _counted(contents: Contents) -> str:
    counts = {"new": contents.begun, "ended": contents.ended, "still so": contents.standing}
    told = [f"{len(each)} {word}{_worst(each)}" for word, each in counts.items() if each]
    return ", ".join(told) or "nothing is wrong"


def _worst(findings: Iterable[Finding]) -> str:
    critical = Counter(each.severity for each in findings)[Severity.CRITICAL]
    return f" ({critical} critical)" if critical else ""
