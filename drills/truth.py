"""What must be true after a drill: as much is found, stored and mailed as if nothing had happened."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from ipviz.alerts.models import Alert, Delivery
from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.polling.models import Judging
from tests.postbox import Postbox

Fingerprint = tuple[str, str, str]
"""Segment, rule and subject of a finding."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What stands: each finding and its status, each stored address, and who was told of what, how often."""

    findings: Counter[tuple[Fingerprint, str]] = field(default_factory=Counter)
    addresses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    told: Counter[tuple[str, str, Fingerprint]] = field(default_factory=Counter)

    def __add__(self, other: "Truth") -> "Truth":
        return Truth(self.findings + other.findings, self.addresses + other.addresses, self.told + other.told)

    def __sub__(self, other: "Truth") -> "Truth":
        return Truth(self.findings - other.findings, self.addresses - other.addresses, self.told - other.told)

    def __bool__(self) -> bool:
        return any((self.findings, self.addresses, self.told))


def truth() -> Truth:
    """As it stands now."""
    found = Finding.objects.exclude(status="resolved").select_related("segment")
    held = Occupancy.objects.now().select_related("cluster")
    alerts = Alert.objects.select_related("finding__segment")
    return Truth(
        Counter((_fingerprint(each), each.status) for each in found),
        Counter((each.cluster.path, f"{each.kind} {each.name}", str(each.span)) for each in held),
        Counter((each.address, each.reason, _fingerprint(each.finding)) for each in alerts),
    )


def _fingerprint(finding: Finding) -> Fingerprint:
    return finding.segment.name, finding.rule, finding.subject


def last_snapshot() -> int:
    last = Snapshot.objects.order_by("-pk").first()
    return last.pk if last else 0


def all_read_since(snapshot: int, clusters: int) -> bool:
    """Each cluster was read whole after that snapshot."""
    latest = Snapshot.objects.filter(pk__gt=snapshot, outcome="whole", cluster__retired_at=None)
    return latest.values("cluster").distinct().count() == clusters


def judgements() -> dict[int, int]:
    """How often each segment was judged."""
    return dict(Judging.objects.values_list("segment_id", "times"))


def nothing_is_suspected() -> bool:
    return not Finding.objects.filter(status="suspected").exists()


def all_mails_are_out() -> bool:
    return not Delivery.objects.pending().exists() and not Alert.objects.filter(delivery=None).exists()


def faults_of_mails(postbox: Postbox) -> list[str]:
    """Each mail that was sent has arrived, and once."""
    arrived = Counter(mail["Message-ID"] for mail in postbox.mails())
    sent = Counter(Delivery.objects.filter(status="sent").values_list("message_id", flat=True))
    lost, doubled = sent - arrived, arrived - sent
    faults = [f"{sum(lost.values())} mails are lost"] if lost else []
    return faults + ([f"{sum(doubled.values())} mails came twice"] if doubled else [])


def faults_of_storing() -> list[str]:
    """Nothing is stored twice, and nothing by half."""
    faults = []
    names = ("cluster", "kind", "namespace", "name")
    doubled = Version.objects.now().order_by().values(*names).annotate(many=Count("pk")).filter(many__gt=1)
    if doubled:
        faults.append(f"{len(doubled)} objects are stored twice")
    for cluster in Cluster.objects.live():
        last = cluster.snapshots.first()
        counts = {kind: count for kind, count in last.counts.items() if count} if last else {}
        if Counter(Version.objects.of(cluster).now().values_list("kind", flat=True)) != counts:
            faults.append(f"{cluster} is stored by half")
        moments = list(cluster.snapshots.order_by("pk").values_list("taken_at", flat=True))
        if moments != sorted(set(moments)):
            faults.append(f"{cluster}: what was read later counts as earlier")
    return faults


def said_of(difference: Truth, what: str) -> list[str]:
    """A difference in words, the first of each."""
    parts: dict[str, Counter[Any]] = {
        "findings": difference.findings,
        "addresses": difference.addresses,
        "news": difference.told,
    }
    return [
        f"{sum(each.values())} {name} {what}, like {next(iter(each))}" for name, each in parts.items() if each
    ]
