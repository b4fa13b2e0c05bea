"""The message that goes over the wire: headers that thread, and do not change between tries."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.mime.image import MIMEImage
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.encoding import punycode

from ipviz.alerts.emails import PICTURE, Item
from ipviz.alerts.links import STOP, Permit, signed, with_signatures
from ipviz.alerts.models import Delivery
from ipviz.alerts.policy import Policy
from ipviz.domain.lifecycle import Status

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


class _Message(EmailMultiAlternatives):
    mixed_subtype = "related"  # what is attached is a picture that the HTML shows


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


def message_id_of(kind: str, address: str, policy: Policy, at: datetime) -> str:
    """That of a mail which tells of no single finding: the same for every try, one a moment and address."""
    digest = sha256(f"{address} {at.isoformat()}".encode()).hexdigest()[:16]
    return f"<{kind}.{digest}@{_host(policy)}>"


def message_from(delivery: Delivery, policy: Policy, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """Expects `alerts__finding` and `answers` to be at hand."""
    message = _Message(
        subject=delivery.subject,
        body=with_signatures(delivery.text, delivery.address, policy.base_url),
        from_email=policy.mail_from,
        to=[delivery.address],
        connection=connection,
        headers=_headers(delivery, policy),
    )
    html = with_signatures(delivery.html, delivery.address, policy.base_url)
    message.attach_alternative(html, "text/html")
    if delivery.picture:
        message.attach(_picture(bytes(delivery.picture)))
    return message


def _picture(png: bytes) -> MIMEImage:
    part = MIMEImage(png, "png")
    part.add_header("Content-ID", f"<{PICTURE}>")
    part.add_header("Content-Disposition", "inline", filename=f"{PICTURE}.png")
    return part


def _headers(delivery: Delivery, policy: Policy) -> dict[str, str]:
    headers = {
        "Message-ID": delivery.message_id,
        "Date": format_datetime(delivery.at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Ipviz-Kind": delivery.kind,
        **_told(delivery),
    }
    if delivery.kind != Delivery.Kind.CONFIRMATION:
        stop = policy.base_url + signed(STOP, Permit(delivery.address))
        headers["List-Id"] = f"<alerts.{_host(policy)}>"
        headers["List-Unsubscribe"] = f"<{stop}>"
        if stop.startswith("https://"):  # RFC 8058 allows it for no other
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if delivery.answers and not delivery.is_orphan:
        headers["In-Reply-To"] = headers["References"] = delivery.answers.message_id
    return headers


def _told(delivery: Delivery) -> dict[str, str]:
    """What the mail tells, for filters of mail programs."""
    alerts = delivery.alerts.all()
    if not alerts:
        return {}
    return {
        "X-Ipviz-State": Status.RESOLVED if delivery.is_end else Status.OPEN,
        "X-Ipviz-Reason": ", ".join(sorted({each.reason for each in alerts})),
        "X-Ipviz-Rule": ", ".join(sorted({each.finding.rule for each in alerts})),
    }


def _host(policy: Policy) -> str:
    host = punycode(parseaddr(policy.mail_from)[1].rpartition("@")[2])
    return host if HOST.fullmatch(host) else "localhost"
