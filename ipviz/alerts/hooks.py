"""The second channel: a hook is called with what a mail would tell, signed as Standard Webhooks says.

https://www.standardwebhooks.com. The secret is derived from the SECRET_KEY and the URL: it is stored nowhere.
"""

import hmac
import ssl
from base64 import b64encode
from datetime import datetime

from django.utils.crypto import salted_hmac

from ipviz.alerts.hook_call import LIMITS, Answer, Unanswered, call, target_of
from ipviz.alerts.models import ADDRESS_LENGTH, Delivery
from ipviz.alerts.trouble import ERROR_LENGTH, Trouble
from ipviz.alerts.wording import cut, one_line
from ipviz.kube.limits import Limits
from ipviz.version import VERSION

SALT = "ipviz.alerts.hooks"
LATER = {408, 425, 429}
"""Refusals of this call that need not be refusals of the next."""


def signing_secret(url: str) -> str:
    """What the owner of a hook checks signatures with."""
    return f"whsec_{b64encode(_key(url)).decode()}"


def signature(url: str, message_id: str, at: datetime, body: str) -> str:
    signed = f"{message_id}.{int(at.timestamp())}.{body}".encode()
    return f"v1,{b64encode(hmac.digest(_key(url), signed, 'sha256')).decode()}"


def _key(url: str) -> bytes:
    return salted_hmac(SALT, url, algorithm="sha256").digest()


class Hook:
    """One run's calls, at a moment; a host that cannot be reached is not tried twice.

    Args:
        context: whom to trust in the place of the system's authorities.
    """

    def __init__(
        self, at: datetime, limits: Limits = LIMITS, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._at = at
        self._limits, self._context = limits, context
        self._down: dict[str, Trouble] = {}

    def send(self, delivery: Delivery) -> Trouble | None:
        """Call the delivery's hook; None when it took it. No path of a URL is in what is said of it."""
        try:
            target = target_of(delivery.address)
            headers = self._headers(delivery)
        except ValueError as error:
            return Trouble(str(error), is_permanent=True)
        if target.where in self._down:
            return self._down[target.where]
        try:
            answer = call(target, delivery.text.encode(), headers, limits=self._limits, context=self._context)
        except Unanswered as error:
            trouble = Trouble(cut(str(error), ERROR_LENGTH))
            if error.is_down:
                self._down[target.where] = trouble
            return trouble
        return _trouble_from(target.where, answer)

    def close(self) -> None:
        """End the run: what was down may be up in the next. Each call has closed its own connection."""
        self._down.clear()

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        message_id = delivery.message_id.strip("<>")
        if not (message_id.isascii() and message_id.isprintable()):
            raise ValueError("the call cannot be made: its id can't stand in a header")
        return {
            "Content-Type": "application/json",
            "User-Agent": f"ipviz/{VERSION}",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(self._at.timestamp())),
            "webhook-signature": signature(delivery.address, message_id, self._at, delivery.text),
        }


def _trouble_from(where: str, answer: Answer) -> Trouble | None:
    status, said = answer.status, one_line(answer.said)
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        # Where to may hold a secret as well, so it is not said.
        return Trouble(
            f"{where} redirects ({status}): give the address that it redirects to", is_permanent=True
        )
    words = cut(f"{where} answered {status}" + (f": {said}" if said else ""), ERROR_LENGTH)
    return Trouble(words, is_permanent=400 <= status < 500 and status not in LATER)


def validate_hook(url: str, *, allow_loopback: bool = False) -> None:
    """Say with a ValueError why a URL cannot be a hook's, without repeating its path.

    Link-local and metadata addresses are refused in any case. Where a name leads is looked at when it is
    called.
    """
    if len(url) > ADDRESS_LENGTH:
        raise ValueError(f"A hook's URL has at most {ADDRESS_LENGTH} characters.")
    target = target_of(url)
    if why := target.objection(allow_loopback=allow_loopback):
        raise ValueError(f"{target.host} {why}.")
