"""The mails: whom they went to, what they tell, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ipviz.alerts.models import Delivery
from ipviz.findings.models import Finding

PAGE = 50


def alerts_page(page: str | None, at: datetime, mail: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "page": Paginator(Delivery.objects.latest_first(), PAGE).get_page(page), "mail": mail}


def mail_page(pk: int, at: datetime, mail: dict[str, Any]) -> dict[str, Any]:
    """Raises Http404 where there is no such mail."""
    delivery = Delivery.objects.whole().filter(pk=pk).first()
    if delivery is None:
        raise Http404(f"There is no mail {pk}.")
    return {"at": at, "delivery": delivery, "mail": mail}


def mails_about(finding: Finding) -> Sequence[Delivery]:
    return list(Delivery.objects.about(finding.pk).latest_first())
