"""Links in mails that let whoever got the mail do something without signing in.

A mail is stored with unsigned links, which do nothing: those who may only read the pages read mails there
too. What goes over the wire is signed, for the address that it goes to. A signature ends with the SECRET_KEY.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.urls import reverse

HANDLE, STOP, CONFIRM = "handle", "stop", "confirm"
LASTS = {HANDLE: timedelta(days=30), STOP: None, CONFIRM: timedelta(days=7)}
"""For how long each can be followed."""
_UNSIGNED = r"/mail/(handle|stop|confirm)/unsigned(?:-(\d+)\.(\d+))?/"


class WrongLink(ValueError):
    """The link is none of ours, or too old; in words for whoever followed it."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What a signed link lets its address do: to which occurrence of which finding, or which subscription.

    A subscription that was made anew is another's wish, which an old link does not confirm.
    """

    address: str
    about_id: int = 0
    occurrence: int = 0


def unsigned(verb: str, about_id: int = 0, occurrence: int = 0) -> str:
    """The path of such a link as it is stored."""
    which = f"-{about_id}.{occurrence}" if about_id else ""
    return reverse(f"web:mail-{verb}", args=[f"unsigned{which}"])


def signed(verb: str, permit: Permit) -> str:
    """The path of such a link as it is sent."""
    facts = [permit.address, permit.about_id, permit.occurrence]
    return reverse(f"web:mail-{verb}", args=[signing.dumps(facts, salt=_salt(verb), compress=True)])


def with_signatures(text: str, address: str, base_url: str) -> str:
    """The text of a mail with the links of that address.

    Only those that lead to us are signed. What strangers call things holds none of them, since it is made
    inert before (`wording.one_line`).
    """

    def sign(found: re.Match[str]) -> str:
        verb, about_id, occurrence = found.groups()
        return base_url + signed(verb, Permit(address, int(about_id or 0), int(occurrence or 0)))

    return re.sub(re.escape(base_url) + _UNSIGNED, sign, text)


def read_link(verb: str, token: str) -> Permit:
    """Raises WrongLink."""
    try:
        facts: Any = signing.loads(token, salt=_salt(verb), max_age=LASTS[verb])
    except signing.SignatureExpired:
        raise WrongLink("This link is too old.") from None
    except signing.BadSignature:
        raise WrongLink("This link is not whole, or none of ours: open it from the mail itself.") from None
    return Permit(*facts)


def _salt(verb: str) -> str:
    return f"ipviz.alerts.{verb}"
