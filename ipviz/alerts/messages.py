"""The message that goes over the wire: headers that thread, and do not change between tries."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.encoding import punycode

from ipviz.alerts.emails import Item
from ipviz.alerts.models import Delivery
from ipviz.alerts.policy import Policy
from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Reason

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def message_id(items: Sequence[Item], address: str, policy: Policy, at: datetime) -> str:
    """The same for every try, and another for every address.

    The moment is part of it: a database made anew counts its findings from 1 again, and mail servers
    silently drop a message whose id they know.
    """
    first = items[0]
    told = " ".join(f"{each.finding.pk}.{each.finding.occurrences}" for each in items)
    digest = sha256(f"{address} {at.isoformat()} {told}".encode()).hexdigest()[:16]
    occurrence = f"{first.finding.pk}.{first.finding.occurrences}"
    return f"<finding-{occurrence}.{first.reason}.{digest}@{_host(policy)}>"


def message_from(delivery: Delivery, policy: Policy, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """Expects `alerts__finding` and `answers` to be at hand."""
    message = EmailMultiAlternatives(
        subject=delivery.subject,
        body=delivery.text,
        from_email=policy.mail_from,
        to=[delivery.address],
        connection=connection,
        headers=_headers(delivery),
    )
    message.attach_alternative(delivery.html, "text/html")
    return message


def _headers(delivery: Delivery) -> dict[str, str]:
    alerts = delivery.alerts.all()
    is_over = all(each.reason == Reason.RESOLVED for each in alerts)
    headers = {
        "Message-ID": delivery.message_id,
        "Date": format_datetime(delivery.at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Ipviz-State": Status.RESOLVED if is_over else Status.OPEN,
        "X-Ipviz-Reason": ", ".join(sorted({each.reason for each in alerts})),
        "X-Ipviz-Rule": ", ".join(sorted({each.finding.rule for each in alerts})),
    }
    if delivery.answers:
        headers["In-Reply-To"] = headers["References"] = delivery.answers.message_id
    return headers


def _host(policy: Policy) -> str:
    host = punycode(parseaddr(policy.mail_from)[1].rpartition("@")[2])
    return host if HOST.fullmatch(host) else "localhost"
