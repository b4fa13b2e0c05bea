"""The mails: whom they went to, what they tell, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404

from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.policy import Policy
from ipviz.findings.models import Finding

PAGE = 50


def alerts_page(page: str | None, at: datetime, mail: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "page": Paginator(Delivery.objects.latest_first(), PAGE).get_page(page), "mail": mail}


def mail_page(pk: int, at: datetime, mail: dict[str, Any]) -> dict[str, Any]:
    """Raises Http404 where there is no such mail."""
    delivery = Delivery.objects.whole().filter(pk=pk).first()
    if delivery is None:
        raise Http404(f"There is no mail {pk}.")
    return {"at": at, "delivery": delivery, "tries": list(delivery.tried.all()), "mail": mail}


def mail_settings() -> dict[str, Any]:
    """Whether a mail can be sent, and whether anybody is told."""
    return {
        "is_configured": settings.MAIL_IS_CONFIGURED,
        "is_told": Subscription.objects.told().exists() or _will_be_told(),
    }


def _will_be_told() -> bool:
    """Those whom the environment lists are stored once something is announced."""
    return bool(settings.ALERT_TO) and not Subscription.objects.exists()


def mail_policy() -> Policy:
    """What mails that are written here say; who else is told is not asked of it."""
    return Policy(
        base_url=settings.IPVIZ_BASE_URL,
        mail_from=settings.DEFAULT_FROM_EMAIL,
        mail_is_configured=settings.MAIL_IS_CONFIGURED,
    )


def mails_about(finding: Finding) -> Sequence[Delivery]:
    return list(Delivery.objects.about(finding.pk).latest_first())
