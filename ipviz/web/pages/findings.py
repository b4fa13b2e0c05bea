"""The list of findings, and one finding: what is it, am I sure, what do I do?"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, QueryDict

from ipviz.accounts.roles import may_operate
from ipviz.accounts.scopes import scope_of_person
from ipviz.clusters.models import Segment, Subnet
from ipviz.domain.lifecycle import CannotHandle, acknowledged, reopened, silenced
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.scope import Scope
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.handle import Decision, handle
from ipviz.findings.models import HIDDEN, Finding
from ipviz.findings.stretch import stretch_of
from ipviz.web.lists.standing import STANDING, STATUSES, StandingFilterSet
from ipviz.web.pages.alerts import mails_about
from ipviz.web.stretches import rows_of

PAGE = 100
GROUPS = ("severity", "rule", "segment")
NEIGHBOURS = 20
DAYS = (1, 3, 7, 30, 90)
"""For which a finding can be acknowledged or silenced; longer by the API."""
LONGEST_REASON = 1000


def findings_page(asked: QueryDict, at: datetime, scope: Scope, *, may_operate: bool) -> dict[str, Any]:
    """What was asked for wrongly is said, and then nothing is told rather than something else."""
    seen = Finding.objects.in_scope(scope)
    filterset = StandingFilterSet(asked, seen)
    is_valid = filterset.is_valid()
    found = filterset.qs if is_valid else seen.none()
    group = _known(asked.get("group"), GROUPS)
    page = Paginator(found.grouped_by(group).whole(), PAGE).get_page(asked.get("page"))
    chosen = {name: filterset.data.get(name, "") for name in filterset.filters} | {"group": group}
    return {
        "at": at,
        "page": page,
        "groups": groups_of(page.object_list, group),
        "chosen": chosen,
        "faults": {} if is_valid else dict(filterset.errors),
        "statuses": STATUSES,
        "severities": list(Severity),
        "classes": list(FindingClass),
        "rules": seen.rules(),
        "segments": list(Segment.objects.seen_in_part(scope).values_list("name", flat=True)),
        "group_names": GROUPS,
        "is_filtered": any(value for name, value in chosen.items() if name != "group" and value != STANDING),
        "may_operate": may_operate,
        "days": DAYS,
    }


def groups_of(findings: Iterable[Finding], group: str) -> list[tuple[str, list[Finding]]]:
    """Findings in order, with the name of each group; one without a name where nothing was asked for."""
    names: Mapping[str, Callable[[Finding], str]] = {
        "rule": lambda finding: f"{finding.rule}: {RULES[finding.rule].title}",
        "segment": lambda finding: finding.segment.name,
        "severity": lambda finding: finding.severity,
    }
    name_of = names.get(group, lambda _: "")
    return [(name, list(each)) for name, each in groupby(findings, name_of)]


def handle_several(asked: QueryDict, by: User, at: datetime) -> tuple[int, list[str]]:
    """Do what a form wants done with the findings that were marked; how many were, and why others not."""
    marked = [int(text) for text in asked.getlist("finding") if text.isdecimal()][:PAGE]
    if not marked:
        return 0, ["Mark the findings that you mean."]
    seen = Finding.objects.in_scope(scope_of_person(by))
    there = seen.filter(pk__in=marked).values_list("pk", flat=True)
    answers = [_handled(pk, asked, by, at) for pk in there]
    return answers.count(""), sorted(set(filter(None, answers)))


def _handled(pk: int, asked: QueryDict, by: User, at: datetime) -> str:
    refused = handle_as_asked(pk, asked, by, at)
    return f"Finding {pk}: {refused}" if refused else ""


def _known(value: str | None, choices: Any, default: str = "") -> str:
    return str(value) if value and value in [str(each) for each in choices] else default


def handle_as_asked(pk: int, asked: Mapping[str, str], by: User, at: datetime) -> str:
    """Do what a form wants done with a finding; returns why not, or empty. Raises Http404."""
    reason = asked.get("reason", "")[:LONGEST_REASON]
    until = at + timedelta(days=int(_known(asked.get("days"), DAYS, "3")))
    decisions: Mapping[str, Decision] = {
        "acknowledge": partial(acknowledged, reason=reason, until=until, at=at),
        "silence": partial(silenced, reason=reason, until=until, at=at),
        "reopen": partial(reopened, reason=reason),
    }
    what = asked.get("do", "")
    if what not in decisions:
        return "Choose what is to be done."
    scope = scope_of_person(by)
    finding = _finding(pk, scope)
    if not finding.is_seen_whole(scope):
        return HIDDEN
    until_then, name = None if what == "reopen" else until, by.get_username()
    try:
        handle(finding, decisions[what], by=name, at=at, until=until_then)
    except CannotHandle as error:
        return str(error)
    return ""


def finding_page(pk: int, at: datetime, person: User, *, refused: str = "") -> dict[str, Any]:
    """Raises Http404 where there is no such finding; of the map around it tells who sees the segment."""
    scope = scope_of_person(person)
    finding, seen = _finding(pk, scope), Finding.objects.in_scope(scope)
    span, segment = finding.span, finding.segment.name
    subnet = Subnet.objects.in_scope(scope).whole().on(segment).around(span).first() if span else None
    near = seen.standing().on(segment).touching(span).exclude(pk=pk).whole() if span else ()
    stretch = stretch_of(segment, span) if span and scope.sees_segment(segment) else None
    return {
        "at": at,
        "finding": finding,
        "span": span,
        "stretch": stretch,
        "stretch_rows": rows_of(stretch) if stretch else (),
        "subnet": subnet,
        "transitions": list(finding.transitions.all()),
        "mails": mails_about(finding, person),
        "near": list(near[:NEIGHBOURS]),
        "may_operate": may_operate(person),
        "is_seen_whole": finding.is_seen_whole(scope),
        "refused": refused,
        "days": DAYS,
    }


def _finding(pk: int, scope: Scope) -> Finding:
    finding = Finding.objects.in_scope(scope).whole().filter(pk=pk).first()
    if finding is None:
        raise Http404(f"There is no finding {pk}.")
    return finding
