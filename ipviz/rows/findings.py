"""Findings with their parties."""

from collections.abc import Sequence
from datetime import datetime

from ipviz.domain.spans import address_text
from ipviz.findings.models import Finding, Party, Transition
from ipviz.rows.row import Row, place_of


def finding_rows(findings: Sequence[Finding], at: datetime | None = None) -> list[Row]:
    """Those that came with `found_by` tell their status of then; all else is as they were last judged."""
    return [_finding(finding, at) for finding in findings]


def whole_finding_rows(findings: Sequence[Finding], at: datetime | None = None) -> list[Row]:
    """The same with all that happened to each by then. One more query a finding: for one."""
    return [
        {
            **_finding(finding, at),
            "transitions": [
                _transition(each) for each in finding.transitions.all() if at is None or each.at <= at
            ],
        }
        for finding in findings
    ]


def transition_row(transition: Transition) -> Row:
    """What happened, and the finding to which it did as that is now."""
    return {"transition": _transition(transition), "finding": _finding(transition.finding, None)}


def _transition(transition: Transition) -> Row:
    return {
        "at": transition.at,
        "before": transition.before or None,
        "after": transition.after,
        "reason": transition.reason,
        "by": transition.by or None,
    }


def _finding(finding: Finding, at: datetime | None) -> Row:
    span = finding.span
    return {
        "id": finding.pk,
        "rule": finding.rule,
        "class": finding.finding_class,
        "severity": finding.severity,
        "status": finding.status_then,
        "title": finding.title,
        "explanation": finding.explanation,
        "remedy": finding.remedy,
        "segment": finding.segment.name,
        "first_address": address_text(span.version, span.first) if span else None,
        "last_address": address_text(span.version, span.last) if span else None,
        "parties": [_party(party) for party in finding.parties.all()],
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
        "opened_at": _until(at, finding.opened_at),
        "resolved_at": _until(at, finding.resolved_at),
        "handled_until": finding.handled_until if at is None else None,
        "occurrences": finding.occurrences,
        "stale": finding.stale,
    }


def _until(at: datetime | None, moment: datetime | None) -> datetime | None:
    """A moment that had come by then."""
    return moment if at is None or moment is None or moment <= at else None


def _party(party: Party) -> Row:
    return {
        **place_of(party.cluster_path),
        "kind": party.kind,
        "namespace": party.namespace,
        "name": party.name,
        "role": party.role,
        "tracked": party.tracked,
        "stale": party.stale,
        "since": party.since,
        "consumer": party.consumer or None,
        "holder": party.holder or None,
    }
