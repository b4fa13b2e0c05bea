"""What it costs to tell of everything at once: thousands of findings open in one round."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.parsing import seconds
from ipviz.alerts.announce import announce
from ipviz.alerts.gather import WAIT, gather
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Segment
from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.spans import address_text, first_key, parse_address
from ipviz.findings.models import Finding, Party

MANY, FEW = 5_000, 10
NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
FIRST = 10 << 24
WITHIN = 10.0
"""Seconds, for the announcement and the mails of all of them."""
POLICY = Policy(
    "https://ipviz.example.org",
    "ipviz@example.org",
    mail_is_configured=True,
    recipients=tuple(f"{name}@example.com" for name in ("anna", "bert", "carla")),
)


@dataclass(frozen=True, slots=True)
class Step:
    finding: Finding
    change: Change


def main() -> bool:
    """Print how long it takes and in how many queries; both have to be bounded."""
    Segment.objects.get_or_create(name="default")
    _, few = _told(_opened(FEW, 0), NINE)
    took, many = _told(_opened(MANY, FEW), NINE + timedelta(hours=1))
    mails = len(POLICY.recipients)
    print(
        f"{MANY:,} findings that open in one round: announced to {mails} addresses, and written as {mails} "
        f"mails, in {took:.1f} s and {many} queries ({few} for {FEW})",
        flush=True,
    )
    # SQLite takes no more than a thousand values at once, so that rows are written by the hundred.
    return took <= WITHIN and many <= few + MANY * mails / 100


def _told(steps: list[Step], at: datetime) -> tuple[float, int]:
    with CaptureQueriesContext(connection) as captured:
        announced, _ = seconds(lambda: announce(steps, policy=POLICY, at=at))
        gathered, mails = seconds(lambda: gather(at + WAIT, policy=POLICY))
    assert len(mails) == len(POLICY.recipients)
    return announced + gathered, len(captured)


def _opened(count: int, start: int) -> list[Step]:
    segment = Segment.objects.get(name="default")
    findings = Finding.objects.bulk_create(_finding(segment, start + n) for n in range(count))
    Party.objects.bulk_create(
        Party(
            finding=each,
            cluster_path=f"mc/org/{name}",
            kind="Service",
            namespace="shop",
            name="web",
            role="SVC",
        )
        for each in findings
        for name in ("blue", "green")
    )
    change = Change(Status.SUSPECTED, Status.OPEN, "a second look at all sides agreed")
    return [Step(each, change) for each in findings]


def _finding(segment: Segment, number: int) -> Finding:
    address = address_text(4, FIRST + number)
    key = first_key(parse_address(address))
    return Finding(
        segment=segment,
        rule="C4",
        subject=address,
        finding_class="collision",
        severity="critical",
        severity_rank=0,
        status="open",
        title=f"{address} is used by blue/shop/web and by green/shop/web",
        explanation="Both answer ARP for it.",
        remedy="Give one of them another address.",
        first_key=key,
        last_key=key,
        first_seen=NINE,
        last_seen=NINE,
        opened_at=NINE,
    )
