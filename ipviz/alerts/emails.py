"""Writing a mail: the finding's page in a few lines, as plain text and as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from ipviz.alerts.policy import Policy
from ipviz.alerts.wording import cut, lasting, moment, one_line, role_in_words, several_lines
from ipviz.domain.news import Reason
from ipviz.findings.models import Finding, Party

SUBJECT_LENGTH = 200
REPLY = "Re: "
MOST_SIDES = 20


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Side:
    """One party, in words."""

    cluster: str
    holder: str
    details: str


def render(
    finding: Finding,
    parties: Sequence[Party],
    reason: Reason,
    policy: Policy,
    *,
    because: str,
    first_subject: str = "",
) -> Mail:
    """Write the mail. `because` says how sure we are.

    `first_subject` is that of the mail which this one answers: mail programs show both as one thread only
    under one subject, and a finding's title may have changed since.
    """
    context = _context(finding, parties, reason, policy, because)
    subject = one_line(render_to_string("emails/finding-subject.txt", context))
    return Mail(
        subject=REPLY + first_subject if first_subject else cut(subject, SUBJECT_LENGTH - len(REPLY)),
        text=render_to_string("emails/finding-body.txt", context).strip() + "\n",
        html=render_to_string("emails/finding-body.html", context).strip() + "\n",
    )


def _context(
    finding: Finding, parties: Sequence[Party], reason: Reason, policy: Policy, because: str
) -> dict[str, Any]:
    """All that the templates show, made inert in this one place."""
    resolved = reason is Reason.RESOLVED
    until = finding.resolved_at or finding.last_seen
    return {
        "is_resolved": resolved,
        "severity": finding.severity,
        "title": one_line(finding.title),
        "standing": _resolved_standing(finding.first_seen, until)
        if resolved
        else f"First seen {moment(finding.first_seen)}.",
        "because": one_line(because),
        "is_stale": finding.stale,
        "rule": finding.rule,
        "segment": one_line(finding.segment.name),
        "sides": [_side(party) for party in parties[:MOST_SIDES]],
        "further_sides": max(len(parties) - MOST_SIDES, 0),
        "explanation": one_line(finding.explanation),
        "remedy": several_lines(finding.remedy),
        "link": policy.base_url + finding.get_absolute_url(),
        "read_at": moment(until if resolved else finding.last_seen),
        "base_url": policy.base_url,
    }


def _resolved_standing(since: datetime, until: datetime) -> str:
    return f"It lasted {lasting(until - since)}, until {moment(until)}."


def _side(party: Party) -> Side:
    name = f"{party.namespace}/{party.name}" if party.namespace else party.name
    details = [role_in_words(party.role)] if party.role else []
    if party.consumer:
        details.append(f"for {one_line(party.consumer)}")
    details.append("tracked by IPAM" if party.tracked else "not tracked by IPAM")
    if party.holder:
        details.append(f"announced by {one_line(party.holder)}")
    if party.since:
        details.append(f"since {moment(party.since)}")
    if party.stale:
        details.append("cannot be read now: as last seen")
    return Side(one_line(party.cluster_path), one_line(f"{party.kind} {name}"), ", ".join(details))
