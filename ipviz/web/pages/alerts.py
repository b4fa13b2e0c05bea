"""What was announced, to whom, and what became of each mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ipviz.alerts.models import Alert
from ipviz.findings.models import Finding

PAGE = 50


def alerts_page(page: str | None, at: datetime, mail: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "page": Paginator(Alert.objects.whole(), PAGE).get_page(page), "mail": mail}


def alert_page(pk: int, at: datetime, mail: dict[str, Any]) -> dict[str, Any]:
    """Raises Http404 where there is no such alert."""
    alert = Alert.objects.whole().filter(pk=pk).first()
    if alert is None:
        raise Http404(f"There is no alert {pk}.")
    return {"at": at, "alert": alert, "mail": mail}


def alerts_of(finding: Finding) -> Sequence[Alert]:
    return list(finding.alerts.whole())
