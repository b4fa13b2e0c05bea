"""One run's line to the mail server."""

from collections.abc import Callable
from contextlib import suppress

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from ipviz.alerts.trouble import Trouble, ends_line, trouble_from

Connect = Callable[[], BaseEmailBackend]
Write = Callable[[BaseEmailBackend], EmailMultiAlternatives]


class Line:
    """Opened when first needed and kept; a server that cannot be reached is not tried twice."""

    def __init__(self, connect: Connect) -> None:
        self._connection = connect()
        self._is_open = False
        self._down: Trouble | None = None

    def send(self, write: Write) -> Trouble | None:
        """Send one message; None when the server took it."""
        trouble = self._open()
        if trouble:
            return trouble
        try:
            self._connection.send_messages([write(self._connection)])
        except ValueError as error:  # a header or an address that no mail can carry; the line is as it was
            return trouble_from(error)
        except OSError as error:  # smtplib's own errors are OSErrors too
            if ends_line(error):
                self.close()
            return trouble_from(error)
        return None

    def close(self) -> None:
        self._is_open = False
        # What was sent is sent: a server that hangs up without a goodbye takes nothing back.
        with suppress(OSError):
            self._connection.close()

    def _open(self) -> Trouble | None:
        if self._down or self._is_open:
            return self._down
        try:
            self._connection.open()
        except OSError as error:
            self._down = trouble_from(error)
        self._is_open = self._down is None
        return self._down
