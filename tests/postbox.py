"""A real SMTP server on this machine, that answers as it is told to."""

import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend


class Postbox:
    """What the server received, and its next answers to each recipient or message."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.recipient_answers: dict[str, list[str]] = {}
        self.data_answers: list[str] = []
        self.greetings = 0
        self.host, self.port = "127.0.0.1", _free_port()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self._controller.start()
        self.greetings = 0  # the controller greets itself to see that it is up

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def connect(self) -> BaseEmailBackend:
        return get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=self.host,
            port=self.port,
            username="",
            password="",
            use_tls=False,
            use_ssl=False,
            timeout=5,
        )

    def mails(self) -> list[EmailMessage]:
        """Parsed so strictly that any defect is an error."""
        return [
            message_from_bytes(cast(bytes, each.content), policy=policy.strict) for each in self.envelopes
        ]

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails() if mail["To"] == address]

    async def handle_EHLO(  # noqa: N802 the server calls it so
        self, server: Any, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greetings += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answers := self.recipient_answers.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope
    ) -> str:
        if self.data_answers:
            return self.data_answers.pop(0)
        self.envelopes.append(envelope)
        return "250 OK"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return cast(int, probe.getsockname()[1])
