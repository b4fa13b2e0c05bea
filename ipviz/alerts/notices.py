"""Mails about the mails: an address is asked whether it wants them, and somebody tries whether they come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from ipviz.alerts.emails import Item, Mail, render, written
from ipviz.alerts.hook_payload import payload
from ipviz.alerts.links import CONFIRM, unsigned
from ipviz.alerts.messages import message_id_of
from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.policy import Policy
from ipviz.alerts.subjects import subject_of
from ipviz.alerts.subscriptions import subscribe
from ipviz.alerts.wishing import AddressTaken
from ipviz.alerts.wording import shown, wish_in_words
from ipviz.clusters.models import Segment
from ipviz.domain.news import Reason
from ipviz.findings.models import Finding, Party

Kind = Delivery.Kind


def welcome(subscription: Subscription, policy: Policy, at: datetime) -> Subscription:
    """Store a new subscription, and ask whoever reads the mails of its address.

    Raises:
        AddressTaken: somebody else was faster.
    """
    try:
        with transaction.atomic():
            made = subscribe(subscription, at=at)
    except IntegrityError as error:
        raise AddressTaken(f"{shown(subscription.address)} is subscribed already.") from error
    if not made.is_told:
        ask_to_confirm(made, policy, at)
    return made


def ask_to_confirm(subscription: Subscription, policy: Policy, at: datetime) -> Delivery:
    """Write the mail with the link that confirms the address."""
    confirm = policy.base_url + unsigned(CONFIRM, subscription.pk)
    return _store(Kind.CONFIRMATION, subscription, policy, at, {"confirm": confirm})


def send_test(subscription: Subscription, policy: Policy, at: datetime) -> Delivery:
    """Write a mail, or a call of the hook, that says it is a trial."""
    if subscription.is_hook:
        return _stored(Kind.TEST, subscription, preview_of(sample(at), subscription, policy), policy, at)
    wish = {"wish": wish_in_words(subscription.wish), "link": policy.base_url + reverse("web:alerts")}
    return _store(Kind.TEST, subscription, policy, at, wish)


def preview(subscription: Subscription, policy: Policy, at: datetime) -> Mail:
    """What the worst that is open now, of what is wished, would look like; an example where nothing is."""
    seen = Finding.objects.in_scope(policy.scope_of(subscription.person_id))
    for finding in seen.standing().whole().filter(status="open"):
        parties = list(finding.parties.all())
        subject = subject_of(finding, ((each.cluster_path, each.namespace) for each in parties))
        if subscription.wish.scope.takes(subject):
            item = Item(finding, parties, Reason.FIRST, "as it stands now")
            return preview_of([item], subscription, policy)
    return preview_of(sample(at), subscription, policy)


def preview_of(items: Sequence[Item], subscription: Subscription, policy: Policy) -> Mail:
    mail = render(items, policy)
    if subscription.is_hook:
        return Mail(mail.subject, payload(items, policy, subscription.address), "")
    return mail


def sample(at: datetime) -> list[Item]:
    """A finding that is nobody's: nothing of it is stored."""
    finding = Finding(
        pk=0,
        segment=Segment(name="example"),
        rule="C4",
        finding_class="collision",
        severity="critical",
        severity_rank=0,
        status="open",
        title="An example: 192.0.2.7 is used by shop/web of blue and by shop/web of green",
        explanation="Both answer ARP for it, so that whoever asks reaches one or the other.",
        remedy="Nothing: this is an example of an alert, and no such finding exists.",
        first_seen=at,
        last_seen=at,
        opened_at=at,
    )
    service = {"kind": "Service", "namespace": "shop", "name": "web", "role": "SVC", "since": at}
    parties = [Party(cluster_path=f"example/{name}", **service) for name in ("blue", "green")]
    return [Item(finding, parties, Reason.FIRST, "it is an example")]


def _store(
    kind: Kind, subscription: Subscription, policy: Policy, at: datetime, context: dict[str, Any]
) -> Delivery:
    return _stored(kind, subscription, written(str(kind), context, policy), policy, at)


def _stored(kind: Kind, subscription: Subscription, mail: Mail, policy: Policy, at: datetime) -> Delivery:
    can_be_sent = subscription.is_hook or policy.mail_is_configured
    return Delivery.objects.create(
        kind=kind,
        address=subscription.address,
        at=at,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        status=Delivery.Status.PENDING if can_be_sent else Delivery.Status.KEPT,
        message_id=message_id_of(kind, subscription.address, policy, at),
    )
