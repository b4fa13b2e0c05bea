"""The mails: whom they went to, what they tell, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404

from ipviz.accounts.scopes import scope_of_person
from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.querysets import DeliveryQuerySet
from ipviz.findings.models import Finding

PAGE = 50


def alerts_page(page: str | None, at: datetime, person: User, mail: dict[str, Any]) -> dict[str, Any]:
    mails = Paginator(mails_seen_by(person).latest_first(), PAGE)
    return {"at": at, "page": mails.get_page(page), "mail": mail}


def mail_page(pk: int, at: datetime, person: User, mail: dict[str, Any]) -> dict[str, Any]:
    """Raises Http404 where there is no such mail."""
    delivery = mails_seen_by(person).whole().filter(pk=pk).first()
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


def mails_about(finding: Finding, person: User) -> Sequence[Delivery]:
    return list(mails_seen_by(person).about(finding.pk).latest_first())


def mails_seen_by(person: User) -> DeliveryQuerySet:
    scope = scope_of_person(person)
    return Delivery.objects.seen_by(Subscription.objects.seen_by(person, scope), scope)
