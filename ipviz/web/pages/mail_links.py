"""What a link in a mail opens: pages with a button each, for whoever got the mail, signed in or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ipviz.accounts.scopes import scope_of_person
from ipviz.alerts.links import CONFIRM, HANDLE, Permit, WrongLink, read_link
from ipviz.alerts.models import Subscription
from ipviz.alerts.wording import shown
from ipviz.domain.lifecycle import ACKNOWLEDGED_FOR, CannotHandle, acknowledged, silenced
from ipviz.domain.scope import EVERYTHING
from ipviz.findings.handle import Decision, handle
from ipviz.findings.models import HIDDEN, Finding

HOURS = (4, 24, 24 * 7)
"""For which a link in a mail silences; longer on the page, for those who may."""
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Letter:
    """What a link to handle a finding stands for."""

    finding: Finding
    permit: Permit
    is_over: bool
    """It is resolved, or what the mail told of was resolved and this is another time."""
    is_seen_whole: bool
    """Whoever subscribed sees every side of it, and so may decide."""


def by_mail(address: str) -> str:
    """Whoever reads the mails of that address, as whom they act."""
    return f"{shown(address)}, by mail"


def letter_of(token: str) -> Letter:
    """Raises WrongLink."""
    permit = read_link(HANDLE, token)
    told = Subscription.objects.of(permit.address).confirmed().select_related("person").first()
    if told is None or told.stopped_by:  # by somebody else than its reader, as when that is shut out
        raise WrongLink(f"{permit.address} is not subscribed any more.")
    scope = scope_of_person(told.person) if told.person else EVERYTHING
    finding = Finding.objects.whole().in_scope(scope).filter(pk=permit.about_id).first()
    if finding is None:
        raise WrongLink("The finding that this mail told of is no longer known.")
    is_over = finding.status == "resolved" or finding.occurrences != permit.occurrence
    return Letter(finding, permit, is_over, finding.is_seen_whole(scope))


def handle_page(letter: Letter, *, refused: str = "", done: str = "") -> dict[str, Any]:
    return {"letter": letter, "finding": letter.finding, "hours": HOURS, "refused": refused, "done": done}


def handle_as_mailed(letter: Letter, asked: Mapping[str, str], at: datetime) -> str:
    """Do what the form of such a page says; returns why not, or empty."""
    if letter.is_over:
        return "What this mail told of is over; there is nothing to handle."
    if not letter.is_seen_whole:
        return HIDDEN
    reason = asked.get("reason", "")[:LONGEST_REASON]
    hours = next((each for each in HOURS if str(each) == asked.get("hours")), HOURS[0])
    decision: Decision
    if asked.get("do") == "silence":
        until = at + timedelta(hours=hours)
        decision = partial(silenced, reason=reason or "silenced from a mail", until=until, at=at)
    elif asked.get("do") == "acknowledge":
        until = at + ACKNOWLEDGED_FOR
        decision = partial(acknowledged, reason=reason, until=until, at=at)
    else:
        return "Choose what is to be done."
    try:
        handle(letter.finding, decision, by=by_mail(letter.permit.address), at=at, until=until)
    except CannotHandle as error:
        return str(error)
    return ""


def subscription_of(verb: str, token: str) -> Subscription:
    """Raises WrongLink."""
    permit = read_link(verb, token)
    subscription = Subscription.objects.of(permit.address).first()
    if subscription is None or (verb == CONFIRM and subscription.pk != permit.about_id):
        raise WrongLink(f"This link is of old: {permit.address} is not subscribed as it was then.")
    return subscription
