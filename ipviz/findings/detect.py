"""Judging a segment: the only writer of findings.

`judge` says what is wrong now, `next_change` what that makes of each finding; here both are stored. What
people decide of one is stored by `ipviz.findings.handle`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from ipviz.clusters.models import Cluster, Segment
from ipviz.domain import verdicts as domain
from ipviz.domain.batches import batched
from ipviz.domain.estate import ClusterFacts, Estate, Evidence
from ipviz.domain.judge import judge
from ipviz.domain.lifecycle import Change, Standing, Status, is_out_of_sight, next_change
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.silences import Silence, longest_over, quietened
from ipviz.domain.spans import first_key, last_key
from ipviz.domain.verdicts import Verdict
from ipviz.domain.wishes import Subject
from ipviz.findings.handle import FEED, follow, transition
from ipviz.findings.models import Finding, Party
from ipviz.inventory.feeds import add

BATCH = 500
COLUMNS = [
    f.name for f in Finding._meta.concrete_fields if f.name not in {"id", "segment", "rule", "subject"}
]
PARTY_COLUMNS = [f.name for f in Party._meta.concrete_fields if f.name not in {"id", "finding", "cluster"}]

Fingerprint = tuple[str, str]
"""Rule and subject; the segment is the third part."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A finding whose status changed at this judgement, and how."""

    finding: Finding
    change: Change


@dataclass(slots=True)
class _Judgement:
    """What one pass writes, collected to be written in bulk."""

    segment: Segment
    at: datetime
    silences: Sequence[Silence]
    changed: list[Changed] = field(default_factory=list)
    created: list[Finding] = field(default_factory=list)
    altered: list[Finding] = field(default_factory=list)
    seen_again: list[int] = field(default_factory=list)
    judged: list[tuple[Finding, Verdict, list[Party]]] = field(default_factory=list)


@transaction.atomic
def detect(
    segment: Segment,
    estate_of: Callable[[str], Estate],
    *,
    at: datetime,
    judge: Callable[[Estate], Iterable[Verdict]] = judge,
    silences: Sequence[Silence] = (),
) -> tuple[Changed, ...]:
    """Judge one segment and store what changed. One at a time for a segment: others wait at its row.

    Args:
        judge: who says what is wrong on it; one that has followed the segment has less to do.
        silences: those that hold now.
    """
    Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    estate = estate_of(segment.name)
    verdicts = {(v.rule, v.subject): v for v in judge(estate)}
    stored = {(f.rule, f.subject): f for f in _relevant(segment, verdicts)}
    read_at = _read_at(estate)
    judgement = _Judgement(segment, at, silences)
    for fingerprint in sorted({*verdicts, *stored}):
        _settle(judgement, stored.get(fingerprint), verdicts.get(fingerprint), read_at, estate.clusters)
    _write(judgement)
    return tuple(judgement.changed)


def _relevant(segment: Segment, verdicts: Mapping[Fingerprint, Verdict]) -> Iterable[Finding]:
    """What stands, and what was resolved and is now judged again."""
    findings = segment.findings.prefetch_related("parties")
    yield from findings.standing()
    for subjects in batched(sorted({subject for _, subject in verdicts}), BATCH):
        again = findings.filter(status=Status.RESOLVED, subject__in=subjects)
        yield from (finding for finding in again if (finding.rule, finding.subject) in verdicts)


def _read_at(estate: Estate) -> dict[Evidence, datetime]:
    return {(path, kind): at for path, facts in estate.clusters.items() for kind, at in facts.read_at.items()}


def _settle(
    judgement: _Judgement,
    finding: Finding | None,
    verdict: Verdict | None,
    read_at: Mapping[Evidence, datetime],
    clusters: Mapping[str, ClusterFacts],
) -> None:
    standing = _standing(finding) if finding else None
    if finding and standing and _is_out_of_sight(finding, standing, clusters):
        if not finding.stale:
            finding.stale = True
            judgement.altered.append(finding)
        return
    named = {path for path, *_ in standing.parties} if standing else set()
    gone = sorted(named.difference(clusters))
    change = next_change(standing, verdict, read_at, gone, at=judgement.at)
    is_new = finding is None
    finding = finding or Finding(segment=judgement.segment, first_seen=judgement.at)
    before = _columns(finding)
    if verdict:
        _describe(finding, verdict)
        finding.last_seen = judgement.at
        judgement.judged.append((finding, verdict, [] if is_new else list(finding.parties.all())))
    if change:
        follow(finding, change, judgement.at)
        judgement.changed.append(Changed(finding, change))
    if verdict and (judgement.silences or finding.muted_by):
        _quieten(judgement, finding, verdict)
    if is_new:
        judgement.created.append(finding)
    elif _columns(finding) != before:
        judgement.altered.append(finding)
    elif verdict:
        judgement.seen_again.append(finding.pk)


def _is_out_of_sight(finding: Finding, standing: Standing, clusters: Mapping[str, ClusterFacts]) -> bool:
    finding_class = domain.FindingClass(finding.finding_class)
    return standing.status is not Status.RESOLVED and is_out_of_sight(
        finding_class, standing.parties, clusters
    )


def _quieten(judgement: _Judgement, finding: Finding, verdict: Verdict) -> None:
    """Let it be silent for as long as a silence that matches holds."""
    silence = longest_over(_subject(judgement.segment, verdict), judgement.silences)
    change = quietened(Status(finding.status), finding.muted_by, silence)
    if change:
        follow(finding, change, judgement.at)
        judgement.changed.append(Changed(finding, change))
    if silence and (change or finding.muted_by):
        finding.muted_by, finding.handled_until = silence.id, silence.until


def _subject(segment: Segment, verdict: Verdict) -> Subject:
    return Subject(
        segment.name,
        verdict.span,
        RULES[verdict.rule].finding_class,
        verdict.severity,
        frozenset(party.cluster for party in verdict.parties),
        frozenset(party.ref.namespace for party in verdict.parties if party.ref.namespace),
        verdict.rule,
    )


def _standing(finding: Finding) -> Standing:
    return Standing(
        Status(finding.status),
        finding.first_seen,
        domain.Severity(finding.severity),
        frozenset((p.cluster_path, p.kind, p.namespace, p.name) for p in finding.parties.all()),
        finding.handled_until,
    )


def _columns(finding: Finding) -> tuple[Any, ...]:
    return tuple(getattr(finding, name) for name in COLUMNS if name != "last_seen")


def _describe(finding: Finding, verdict: Verdict) -> None:
    finding.rule, finding.subject = verdict.rule, verdict.subject
    finding.finding_class = RULES[verdict.rule].finding_class
    finding.severity, finding.severity_rank = verdict.severity, verdict.severity.rank
    finding.title, finding.explanation, finding.remedy = verdict.title, verdict.explanation, verdict.remedy
    finding.first_key = first_key(verdict.span) if verdict.span else ""
    finding.last_key = last_key(verdict.span) if verdict.span else ""
    finding.stale = verdict.stale


def _write(judgement: _Judgement) -> None:
    Finding.objects.bulk_create(judgement.created, batch_size=BATCH)
    Finding.objects.bulk_update(judgement.altered, COLUMNS, batch_size=100)
    for ids in batched(judgement.seen_again, BATCH):
        Finding.objects.filter(pk__in=ids).update(last_seen=judgement.at)
    _write_parties(judgement.judged)
    # The last, for with it begins what lets other segments wait; only what goes by it comes after (`watch`).
    add([transition(each.finding, each.change, judgement.at) for each in judgement.changed], FEED)


def _write_parties(judged: Sequence[tuple[Finding, Verdict, list[Party]]]) -> None:
    """Replace the parties of those findings whose parties are no longer the same."""
    clusters = Cluster.objects.by_path(
        {party.cluster for _, verdict, _ in judged for party in verdict.parties}
    )
    replaced: list[int] = []
    fresh: list[Party] = []
    for finding, verdict, parties in judged:
        wanted = {_facts(each): each for each in (_party(finding, p, clusters) for p in verdict.parties)}
        held = {_facts(each): each for each in parties}
        if wanted.keys() != held.keys():
            replaced.extend(each.pk for each in held.values())
            fresh.extend(wanted.values())
    for ids in batched(replaced, BATCH):
        Party.objects.filter(pk__in=ids).delete()
    Party.objects.bulk_create(fresh, batch_size=BATCH)


def _party(finding: Finding, party: domain.Party, clusters: Mapping[str, Cluster]) -> Party:
    return Party(
        finding=finding,
        cluster=clusters.get(party.cluster),
        cluster_path=party.cluster,
        kind=party.ref.kind,
        namespace=party.ref.namespace,
        name=party.ref.name,
        role=party.role,
        tracked=party.tracked,
        stale=party.stale,
        since=party.since,
        consumer=party.consumer,
        holder=party.holder,
    )


def _facts(party: Party) -> tuple[Any, ...]:
    return tuple(getattr(party, name) for name in PARTY_COLUMNS)
