"""Findings by hand, and what happens to them: what `findings.detect` would store and give."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ipviz.alerts.announce import announce
from ipviz.alerts.gather import gather
from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Segment
from ipviz.domain.lifecycle import Change, Status
from ipviz.findings.models import Finding, Party

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ANNA = "anna@example.com"
BERT = "bert@example.com"
POLICY = Policy(
    base_url="https://ipviz.example.org",
    mail_from="ipviz@example.org",
    mail_is_configured=True,
    recipients=(ANNA, BERT),
)
TITLE = "Two clusters use 192.0.2.7"


@dataclass(frozen=True)
class Step:
    """One change of one finding."""

    finding: Finding
    change: Change


def suspected(subject: str = "192.0.2.7", **facts: Any) -> Finding:
    """A finding after its first look, with two sides."""
    segment, _ = Segment.objects.get_or_create(name="default")
    described = {
        "rule": "C4",
        "finding_class": "collision",
        "severity": "critical",
        "severity_rank": 0,
        "status": "suspected",
        "title": TITLE,
        "explanation": "Both answer ARP for it, so that whoever asks reaches one or the other.",
        "remedy": "Give one of the two Services another address:\n  kubectl edit service web",
        "first_seen": AT,
        "last_seen": AT,
    }
    finding = Finding.objects.create(segment=segment, subject=subject, **(described | facts))
    add_party(finding, "blue")
    add_party(finding, "green", tracked=True)
    return finding


def add_party(finding: Finding, cluster: str, **facts: Any) -> Party:
    described = {"kind": "Service", "namespace": "shop", "name": "web", "role": "SVC", "since": AT}
    return Party.objects.create(finding=finding, cluster_path=cluster, **(described | facts))


def subscribed(address: str = ANNA, **wish: Any) -> Subscription:
    """Somebody who made a subscription, and confirmed it."""
    described = {"created_at": AT, "confirmed_at": AT, "digested_at": AT}
    return Subscription.objects.create(address=address, **(described | wish))


def opens(finding: Finding, at: datetime = AT) -> Step:
    finding.opened_at = finding.last_seen = at
    return _becomes(finding, Status.OPEN, "a second look at all sides agreed")


def resolves(finding: Finding, at: datetime = AT + HOUR) -> Step:
    finding.resolved_at = at
    return _becomes(finding, Status.RESOLVED, "read again, and no longer so")


def returns(finding: Finding, at: datetime = AT + 2 * HOUR) -> Step:
    finding.occurrences += 1
    finding.first_seen, finding.resolved_at = at, None
    return _becomes(finding, Status.SUSPECTED, "came back across lists that were read at different moments")


def tell(
    changed: Iterable[Step], *, policy: Policy, at: datetime, segment_id: int | None = None
) -> tuple[Delivery, ...]:
    """Announce it, and write the mails of all that waits."""
    announce(changed, policy=policy, at=at, segment_id=segment_id)
    return gather(at, policy=policy, at_once=True)


def _becomes(finding: Finding, after: Status, reason: str) -> Step:
    change = Change(Status(finding.status), after, reason)
    finding.status = after
    finding.save()
    return Step(finding, change)
