"""Who is told, of what, and when; and whether what is sent there arrives."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.models import User
from django.http import Http404

from ipviz.accounts.scopes import scope_of_person
from ipviz.alerts.hooks import signing_secret
from ipviz.alerts.models import Subscription
from ipviz.alerts.notices import preview
from ipviz.alerts.wording import wish_in_words
from ipviz.polling.policy import policy
from ipviz.web.forms import SubscriptionForm
from ipviz.web.pages.alerts import mails_seen_by

LATEST = 10


def subscriptions_page(
    form: SubscriptionForm, at: datetime, person: User, mail: dict[str, Any]
) -> dict[str, Any]:
    seen = Subscription.objects.seen_by(person, scope_of_person(person))
    listed = [(each, wish_in_words(each.wish)) for each in seen]
    return {"at": at, "subscriptions": listed, "form": form, "zones": zones(), "mail": mail}


def subscription_page(
    subscription: Subscription, form: SubscriptionForm, at: datetime, person: User, mail: dict[str, Any]
) -> dict[str, Any]:
    return {
        "at": at,
        "subscription": subscription,
        "form": form,
        "zones": zones(),
        "wish": wish_in_words(subscription.wish),
        "preview": preview(subscription, policy(), at),
        "deliveries": mails_seen_by(person).filter(address=subscription.address).latest_first()[:LATEST],
        "mail": mail,
        "secret": signing_secret(subscription.address) if subscription.is_hook else "",
    }


def subscription_or_404(pk: int, person: User) -> Subscription:
    subscription = Subscription.objects.seen_by(person, scope_of_person(person)).filter(pk=pk).first()
    if subscription is None:
        raise Http404(f"There is no subscription {pk}.")
    return subscription


def zones() -> list[str]:
    return sorted(available_timezones())
