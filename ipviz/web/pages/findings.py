"""The list of findings, and one finding: what is it, am I sure, what do I do?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ipviz.clusters.models import Subnet
from ipviz.domain.lifecycle import CannotHandle, Status, acknowledged, reopened, silenced
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.handle import Decision, handle
from ipviz.findings.models import Finding
from ipviz.web.pages.alerts import mails_about

PAGE = 100
STANDING, ALL = "standing", "all"
NEIGHBOURS = 20
SILENCES = (1, 7, 30, 90)
"""Days for which a finding can be silenced; longer ones by the API."""
LONGEST_REASON = 1000


def findings_page(asked: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """Filters that are not known are left out, so that any link shows something."""
    chosen = {
        "status": _known(asked.get("status"), [ALL, *Status], STANDING),
        "severity": _known(asked.get("severity"), Severity),
        "finding_class": _known(asked.get("class"), FindingClass),
        "rule": asked.get("rule", "")[:4],
    }
    columns = {name: value for name, value in chosen.items() if value and value not in (STANDING, ALL)}
    found = Finding.objects.standing() if chosen["status"] == STANDING else Finding.objects.all()
    return {
        "at": at,
        "page": Paginator(found.narrowed(**columns).whole(), PAGE).get_page(asked.get("page")),
        "chosen": chosen,
        "statuses": [STANDING, *Status, ALL],
        "severities": list(Severity),
        "classes": list(FindingClass),
        "rules": Finding.objects.rules(),
        "is_filtered": bool(columns) or chosen["status"] != STANDING,
    }


def _known(value: str | None, choices: Any, default: str = "") -> str:
    return str(value) if value and value in [str(each) for each in choices] else default


def handle_as_asked(pk: int, asked: Mapping[str, str], *, by: str, at: datetime) -> str:
    """Do what a form wants done with a finding; returns why not, or empty. Raises Http404."""
    reason = asked.get("reason", "")[:LONGEST_REASON]
    until = at + timedelta(days=int(_known(asked.get("days"), SILENCES, "7")))
    decisions: Mapping[str, Decision] = {
        "acknowledge": partial(acknowledged, reason=reason),
        "silence": partial(silenced, reason=reason, until=until, at=at),
        "reopen": partial(reopened, reason=reason),
    }
    what = asked.get("do", "")
    if what not in decisions:
        return "Choose what is to be done."
    try:
        handle(_finding(pk), decisions[what], by=by, at=at, until=until if what == "silence" else None)
    except CannotHandle as error:
        return str(error)
    return ""


def finding_page(pk: int, at: datetime, *, may_operate: bool, refused: str = "") -> dict[str, Any]:
    """Raises Http404 where there is no such finding."""
    finding = _finding(pk)
    span, segment = finding.span, finding.segment.name
    subnet = Subnet.objects.whole().on(segment).around(span).first() if span else None
    near = Finding.objects.standing().on(segment).touching(span).exclude(pk=pk).whole() if span else ()
    return {
        "at": at,
        "finding": finding,
        "span": span,
        "subnet": subnet,
        "transitions": list(finding.transitions.all()),
        "mails": mails_about(finding),
        "near": list(near[:NEIGHBOURS]),
        "may_operate": may_operate,
        "refused": refused,
        "silences": SILENCES,
    }


def _finding(pk: int) -> Finding:
    finding = Finding.objects.whole().filter(pk=pk).first()
    if finding is None:
        raise Http404(f"There is no finding {pk}.")
    return finding
