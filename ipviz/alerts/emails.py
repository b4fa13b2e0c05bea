"""Writing a mail, as plain text and as HTML: a finding's page in a few lines, or a table of several."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from ipviz.alerts.links import HANDLE, STOP, unsigned
from ipviz.alerts.policy import Policy
from ipviz.alerts.wording import cut, lasting, moment, one_line, role_in_words, several_lines
from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Reason
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.words import listed
from ipviz.findings.models import Finding, Party

SUBJECT_LENGTH = 200
REPLY = "Re: "
MOST_SIDES = 20
MOST_ROWS = 20
PICTURE = "stretch"
"""By what the HTML names the picture that comes with it."""
_HEADINGS = {
    Reason.FIRST: "New",
    Reason.WORSE: "Worse",
    Reason.REMINDER: "Still so",
    Reason.FLAPPING: "Comes and goes",
    Reason.RESOLVED: "Resolved",
}
"""What begins the first line of a mail about one finding, and the section of a mail about several."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a mail tells of one finding; `because` says how sure we are, or what makes it worse."""

    finding: Finding
    parties: Sequence[Party]
    reason: Reason
    because: str


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
    items: Sequence[Item],
    policy: Policy,
    *,
    first_subject: str = "",
    is_in_thread: bool = False,
    picture: str = "",
) -> Mail:
    """Write the mail.

    Args:
        items: at least one; several are a table.
        first_subject: of the mail which began this one's thread: mail programs show both as one only under
            one subject, and a finding's title may have changed since.
        picture: what the picture shows, in words, where one comes with a mail of one finding.
    """
    if len(items) == 1:
        context = _of_one(items[0], policy, is_in_thread=is_in_thread) | {"picture": picture}
        return written("finding", context, policy, first_subject)
    return written("findings", _of_several(items, policy), policy, first_subject)


def written(name: str, context: Mapping[str, Any], policy: Policy, first_subject: str = "") -> Mail:
    """The mail of that name's templates; what they show is to be inert already."""
    frame = {"base_url": policy.base_url, "stop": policy.base_url + unsigned(STOP), "picture_name": PICTURE}
    shown = {**frame, **context}
    subject = one_line(render_to_string(f"emails/{name}-subject.txt", shown))
    return Mail(
        subject=REPLY + first_subject if first_subject else cut(subject, SUBJECT_LENGTH - len(REPLY)),
        text=render_to_string(f"emails/{name}-body.txt", shown).strip() + "\n",
        html=render_to_string(f"emails/{name}-body.html", shown).strip() + "\n",
    )


def _of_one(item: Item, policy: Policy, *, is_in_thread: bool) -> dict[str, Any]:
    """All that the templates show of one finding, made inert in this one place."""
    finding, parties = item.finding, item.parties
    resolved = item.reason is Reason.RESOLVED
    until = finding.resolved_at or finding.last_seen
    return {
        "heading": _heading(item.reason, is_in_thread=is_in_thread),
        "is_resolved": resolved,
        "severity": finding.severity,
        "title": one_line(finding.title),
        "standing": _standing(finding, is_resolved=resolved),
        "label": "How sure" if item.reason is Reason.FIRST else "Why" if resolved else "Why now",
        "because": one_line(item.because),
        "is_stale": finding.stale,
        "rule": _rule(finding),
        "segment": one_line(finding.segment.name),
        "sides": [_side(party) for party in parties[:MOST_SIDES]],
        "further_sides": max(len(parties) - MOST_SIDES, 0),
        "explanation": one_line(finding.explanation),
        "remedy": several_lines(finding.remedy),
        "link": policy.base_url + finding.get_absolute_url(),
        "handle": _handle(item, policy),
        "read_at": moment(until if resolved else finding.last_seen),
    }


def _rule(finding: Finding) -> str:
    """Its number, and what it is called; one of an older version may have none."""
    rule = RULES.get(finding.rule)
    return f"{finding.rule}: {rule.title}" if rule else finding.rule


def _heading(reason: Reason, *, is_in_thread: bool) -> str:
    if reason is Reason.FIRST:
        return "Back again: " if is_in_thread else ""
    return f"{_HEADINGS[reason]}: "


def _handle(item: Item, policy: Policy) -> str:
    """Where it can be acknowledged or silenced; empty where nothing is left to handle."""
    if Status.RESOLVED in (item.reason, item.finding.status):
        return ""
    return policy.base_url + unsigned(HANDLE, item.finding.pk, item.finding.occurrences)


def _of_several(items: Sequence[Item], policy: Policy) -> dict[str, Any]:
    """The worst first within each section; of many, as many rows as somebody reads."""
    ordered = sorted(items, key=lambda item: (list(_HEADINGS).index(item.reason), item.finding.severity_rank))
    rows = iter(ordered)
    shown = {
        reason: [row for row in islice(ordered, MOST_ROWS) if row.reason is reason] for reason in _HEADINGS
    }
    counts = Counter(item.reason for item in ordered)
    worst = next(rows)
    return {
        "severity": "" if set(counts) == {Reason.RESOLVED} else worst.finding.severity,
        "worst": one_line(worst.finding.title),
        "counted": listed(f"{n} {_HEADINGS[r].lower()}" for r, n in counts.items()),
        "total": len(ordered),
        "sections": [
            {
                "heading": _HEADINGS[reason],
                "count": counts[reason],
                "rows": rows_of(found, policy),
            }
            for reason, found in shown.items()
            if found
        ],
        "further": max(len(ordered) - MOST_ROWS, 0),
        "link": policy.base_url + reverse("web:findings"),
        "read_at": moment(max(item.finding.last_seen for item in ordered)),
    }


def rows_of(items: Iterable[Item], policy: Policy) -> list[dict[str, str]]:
    return [_row(item, policy) for item in items]


def _row(item: Item, policy: Policy) -> dict[str, str]:
    finding = item.finding
    return {
        "severity": finding.severity,
        "title": one_line(finding.title),
        "standing": _standing(finding, is_resolved=item.reason is Reason.RESOLVED),
        "because": one_line(item.because),
        "link": policy.base_url + finding.get_absolute_url(),
        "handle": _handle(item, policy),
    }


def _standing(finding: Finding, *, is_resolved: bool) -> str:
    if not is_resolved:
        return f"First seen {moment(finding.first_seen)}."
    until = finding.resolved_at or finding.last_seen
    return f"It lasted {lasting(until - finding.first_seen)}, until {moment(until)}."


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
