"""Pools, subnets and findings. What was never read is absent, and what can't be read now is marked stale."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import product

from prometheus_client.core import Metric

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.lifecycle import Status
from ipviz.domain.pools import POOL_KINDS, pool_key
from ipviz.domain.seen import Ref
from ipviz.domain.survey import STALE
from ipviz.domain.usage import usage_of
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding
from ipviz.findings.surveys import kept_summaries
from ipviz.inventory.models import Snapshot, UsageSample, Version
from ipviz.ops.metrics.families import bounded, gauge
from ipviz.polling.policy import outdated_before

POOL = ("segment", "cluster", "kind", "pool_namespace", "pool")
"""`namespace` is what Prometheus itself calls the one where it found us."""
SUBNET = ("segment", "subnet")
FIGURES = {
    "size": ("total", "Addresses, or prefixes, that a pool can hand out."),
    "used": ("used", "Addresses, or prefixes, that a pool has handed out."),
    "free": (
        "free",
        "Addresses, or prefixes, that a pool has left; below 0 where it gave out more than it has.",
    ),
    "pending_claims": ("pending", "Claims that wait for an address of a pool."),
}
STATES = ("tracked", "untracked", "reserved", "free")
STANDING = [status for status in Status if status is not Status.RESOLVED]


def pools(at: datetime) -> Iterator[Metric]:
    """As they were last sampled, which each judgement does where something differs. Three queries."""
    standing = Version.objects.now().of_kind(*POOL_KINDS).whole().order_by("cluster__path", "kind", "pk")
    rows, left = bounded(standing, "pools")
    newest = UsageSample.objects.newest_of(Version.objects.filter(pk__in=[row.pk for row in rows]))
    sampled = {(each.cluster_id, each.pool): each for each in newest}
    seen = Snapshot.objects.latest_of(Cluster.objects.live().management())
    before = outdated_before(at)
    labelled, stale = [], []
    for row in rows:
        key = pool_key(Ref(row.kind, row.namespace, row.name, row.uid))
        sample = sampled.get((row.cluster_id, key))
        labels = (row.cluster.segment.name, row.cluster.path, row.kind, row.namespace, row.name)
        if sample:
            labelled.append((labels, sample))
        stale.append((labels, _is_stale(seen.get(row.cluster_id), row.kind, before)))
    for name, (column, told) in FIGURES.items():
        values = [(labels, getattr(sample, column)) for labels, sample in labelled]
        yield gauge(f"ipviz_pool_{name}", told, POOL, values)
    yield gauge("ipviz_pool_stale", "1 where a pool, or what it gave out, can't be read now.", POOL, stale)
    yield left


def _is_stale(snapshot: Snapshot | None, kind: str, before: datetime) -> bool:
    if snapshot is None or snapshot.error or snapshot.taken_at < before:
        return True
    return any(each["kind"] in (kind, "IPAddress") for each in snapshot.unread)


def subnets(at: datetime) -> Iterator[Metric]:
    """As each was surveyed when its segment was last judged. Two queries."""
    rows, left = bounded(Subnet.objects.whole(), "subnets")
    kept = kept_summaries(rows)
    counted, stale = [], []
    for row in rows:
        if row.pk in kept:
            labels, tallies = (row.segment.name, row.cidr), kept[row.pk].tallies
            usage = usage_of(tallies)
            counted += [((*labels, state), getattr(usage, state)) for state in STATES]
            stale.append((labels, sum(each.size for each in tallies if each.flags & STALE)))
    yield gauge(
        "ipviz_subnet_addresses",
        "Addresses of a subnet, each in one state: tracked or untracked by IPAM, reserved, or free.",
        [*SUBNET, "state"],
        counted,
    )
    yield gauge(
        "ipviz_subnet_stale_addresses",
        "Addresses of a subnet that somebody held when last seen, and that can't be looked at now.",
        SUBNET,
        stale,
    )
    yield left


def findings(at: datetime) -> Iterator[Metric]:
    """What stands. Every class, severity and status is there, 0 where none stands. One query."""
    known = product(FindingClass, Severity, STANDING)
    totals: dict[tuple[str, str, str], int] = dict.fromkeys(map(_texts, known), 0)
    by_rule: dict[tuple[str, ...], int] = defaultdict(int)
    for segment, rule, *kind, many in Finding.objects.counted():
        finding_class, severity, status = kind
        totals[finding_class, severity, status] += many
        by_rule[segment, rule, finding_class, severity, status] += many
    labels = ("class", "severity", "status")
    told = "Findings that stand; a suspected one waits for a second look."
    yield gauge("ipviz_findings", told, labels, totals.items())
    told = "The same by segment and rule (docs/rules.md), of those that there are."
    yield gauge("ipviz_rule_findings", told, ("segment", "rule", *labels), by_rule.items())


def _texts(kind: tuple[FindingClass, Severity, Status]) -> tuple[str, str, str]:
    finding_class, severity, status = kind
    return finding_class.value, severity.value, status.value
