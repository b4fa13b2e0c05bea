"""The message that goes over the wire: headers that thread, and do not change between tries."""

import re
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.encoding import punycode

from ipviz.alerts.models import Alert, Delivery
from ipviz.alerts.policy import Policy
from ipviz.domain.lifecycle import Status
from ipviz.domain.news import Reason

STATES = {Reason.FIRST: Status.OPEN, Reason.RESOLVED: Status.RESOLVED}
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def message_id(alert: Alert, address: str, policy: Policy) -> str:
    """The same for every try, and another for every address.

    The moment is part of it: a database made anew counts its findings from 1 again, and mail servers
    silently drop a message whose id they know.
    """
    digest = sha256(f"{address} {alert.at.isoformat()}".encode()).hexdigest()[:16]
    return f"<finding-{alert.finding_id}.{alert.occurrence}.{alert.reason}.{digest}@{_host(policy)}>"


def message_from(delivery: Delivery, policy: Policy, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """Expects `alert__finding` and `answers` to be at hand."""
    alert = delivery.alert
    message = EmailMultiAlternatives(
        subject=alert.subject,
        body=alert.text,
        from_email=policy.mail_from,
        to=[delivery.address],
        connection=connection,
        headers=_headers(delivery),
    )
    message.attach_alternative(alert.html, "text/html")
    return message


def _headers(delivery: Delivery) -> dict[str, str]:
    alert = delivery.alert
    headers = {
        "Message-ID": delivery.message_id,
        "Date": format_datetime(alert.at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Ipviz-State": STATES[Reason(alert.reason)],
        "X-Ipviz-Rule": alert.finding.rule,
    }
    if delivery.answers:
        headers["In-Reply-To"] = headers["References"] = delivery.answers.message_id
    return headers


def _host(policy: Policy) -> str:
    host = punycode(parseaddr(policy.mail_from)[1].rpartition("@")[2])
    return host if HOST.fullmatch(host) else "localhost"
