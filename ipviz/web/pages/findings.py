"""The list of findings, and one finding: what is it, am I sure, what do I do?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ipviz.clusters.models import Subnet
from ipviz.domain.lifecycle import Status
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding
from ipviz.web.pages.alerts import alerts_of

PAGE = 100
STANDING, ALL = "standing", "all"
NEIGHBOURS = 20


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


def finding_page(pk: int, at: datetime) -> dict[str, Any]:
    """Raises Http404 where there is no such finding."""
    finding = Finding.objects.whole().filter(pk=pk).first()
    if finding is None:
        raise Http404(f"There is no finding {pk}.")
    span, segment = finding.span, finding.segment.name
    subnet = Subnet.objects.whole().on(segment).around(span).first() if span else None
    near = Finding.objects.standing().on(segment).touching(span).exclude(pk=pk).whole() if span else ()
    return {
        "at": at,
        "finding": finding,
        "span": span,
        "subnet": subnet,
        "transitions": list(finding.transitions.all()),
        "alerts": alerts_of(finding),
        "near": list(near[:NEIGHBOURS]),
    }
