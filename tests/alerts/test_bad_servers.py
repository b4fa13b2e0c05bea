"""Mail servers that fail in the middle of it: what is sent again, what is not, and never in the clear."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.contrib.auth.models import User
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.alerts.deliver import Report, deliver_due
from ipviz.alerts.line import Connect
from ipviz.alerts.models import Delivery, Subscription
from tests.alerts.stories import ANNA, AT, BERT, HOUR, MINUTE, POLICY, opens, resolves, suspected, tell
from tests.certificates import needs_openssl, self_signed
from tests.faulty_postbox import Fault, FaultyPostbox, Word, Wrong
from tests.postbox import Postbox

pytestmark = pytest.mark.django_db
CARLA = "carla@example.com"
ONE, THREE = replace(POLICY, recipients=(ANNA,)), replace(POLICY, recipients=(ANNA, BERT, CARLA))
NO_USER = "550 5.1.1 no such user"
A_MOMENT = 0.5
"""Seconds that a client waits for a server that hangs."""


@pytest.fixture
def faulty() -> Iterator[FaultyPostbox]:
    with FaultyPostbox().serving() as box:
        yield box


def deliver(connect: Connect, at: datetime) -> Report:
    return deliver_due(at, policy=POLICY, connect=connect, jitter=lambda: 0.0)


def mail_of(address: str) -> Delivery:
    return Delivery.objects.get(address=address)


def ids(faulty: FaultyPostbox) -> list[str]:
    return [each.headers["Message-ID"] for each in faulty.arrived]


def test_mails_that_a_closed_port_refuses_go_out_in_order_once_it_is_open(faulty: FaultyPostbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=ONE, at=AT)
    assert deliver(partial(faulty.connect, is_closed=True), AT) == Report(retried=1)
    tell([resolves(finding)], policy=ONE, at=AT + HOUR)
    assert deliver(partial(faulty.connect, is_closed=True), AT + HOUR) == Report(retried=1)
    assert set(Delivery.objects.values_list("tries", "error")) == {(2, "Connection refused"), (0, "")}
    assert deliver(faulty.connect, AT + 2 * HOUR) == Report(sent=2)
    first, ended = faulty.arrived
    assert ended.headers["In-Reply-To"] == first.headers["Message-ID"]


@pytest.mark.parametrize("word", [Word.CONNECT, Word.MAIL, Word.RCPT, Word.DATA, Word.END])
@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "451 4.3.0 try later", "452 4.3.1 no room"])
def test_a_server_that_asks_for_patience_has_the_mail_later_and_once(
    faulty: FaultyPostbox, word: Word, answer: str
) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    for n in range(3):
        faulty.faults = [Fault(word, answer=answer)]
        assert deliver(faulty.connect, AT + n * HOUR) == Report(retried=1)
        assert mail_of(ANNA).error == answer
    assert deliver(faulty.connect, AT + 3 * HOUR) == Report(sent=1)
    assert ids(faulty) == [mail_of(ANNA).message_id]
    assert (mail_of(ANNA).tries, mail_of(ANNA).error) == (4, "")


def test_who_is_refused_for_good_is_said_to_be_and_costs_nobody_else_a_mail(
    postbox: Postbox, client: Client
) -> None:
    tell([opens(suspected())], policy=THREE, at=AT)
    postbox.recipient_answers[BERT] = [NO_USER]
    assert [deliver(postbox.connect, AT + n * HOUR) for n in (0, 1)] == [Report(sent=2, failed=1), Report()]
    assert [envelope.rcpt_tos for envelope in postbox.envelopes] == [[ANNA], [CARLA]]
    failed = mail_of(BERT)
    assert (failed.status, failed.error) == ("failed", NO_USER)
    assert [each.address for each in Subscription.objects.filter(trouble=NO_USER)] == [BERT]
    viewer = User.objects.create_user("viewer")
    give_role(viewer, Role.VIEWER)
    client.force_login(viewer)
    assert NO_USER in client.get(failed.get_absolute_url()).content.decode()


@pytest.mark.parametrize("word", [Word.CONNECT, Word.MAIL, Word.BODY, Word.END])
def test_a_server_that_hangs_is_left_and_has_the_mail_later_once(faulty: FaultyPostbox, word: Word) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    faulty.faults = [Fault(word, Wrong.HANG)]
    assert deliver(partial(faulty.connect, timeout=A_MOMENT), AT) == Report(retried=1)
    assert "timed out" in mail_of(ANNA).error
    assert faulty.arrived == []
    assert deliver(faulty.connect, AT + MINUTE) == Report(sent=1)
    assert ids(faulty) == [mail_of(ANNA).message_id]


def test_one_mail_that_hangs_does_not_keep_the_next_of_the_run(faulty: FaultyPostbox) -> None:
    tell([opens(suspected())], policy=POLICY, at=AT)
    faulty.faults = [Fault(Word.BODY, Wrong.HANG)]
    assert deliver(partial(faulty.connect, timeout=A_MOMENT), AT) == Report(sent=1, retried=1)
    assert [each.recipient for each in faulty.arrived] == [BERT]
    assert deliver(faulty.connect, AT + MINUTE) == Report(sent=1)
    assert [each.recipient for each in faulty.arrived] == [BERT, ANNA]


@pytest.mark.parametrize("word", [each for each in Word if each is not Word.STARTTLS])
def test_a_line_that_breaks_before_the_mail_is_taken_costs_a_try(faulty: FaultyPostbox, word: Word) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    faulty.faults = [Fault(word, Wrong.DROP)]
    assert deliver(faulty.connect, AT) == Report(retried=1)
    assert mail_of(ANNA).error
    assert deliver(faulty.connect, AT + MINUTE) == Report(sent=1)
    assert ids(faulty) == [mail_of(ANNA).message_id]


def test_a_mail_that_was_taken_without_an_answer_comes_again_and_is_the_same(faulty: FaultyPostbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    faulty.faults = [Fault(Word.END, Wrong.DROP, is_taken=True)]
    assert deliver(faulty.connect, AT) == Report(retried=1)
    assert [deliver(faulty.connect, AT + n * HOUR) for n in (1, 2)] == [Report(sent=1), Report()]
    first, again = faulty.arrived
    for name in ("Message-ID", "Date", "Subject", "To"):
        assert first.headers[name] == again.headers[name]
    assert ids(faulty) == [mail_of(ANNA).message_id] * 2


@contextmanager
def encrypting(postbox: Postbox, pem: Path) -> Iterator[Connect]:
    """A server that offers STARTTLS with that certificate, and takes mail with or without it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = Controller(postbox, hostname=postbox.host, port=postbox.port, tls_context=context)
    server.start()
    try:
        yield encrypted(postbox.host, postbox.port)
    finally:
        server.stop()


def encrypted(host: str, port: int) -> Connect:
    def connect() -> BaseEmailBackend:
        return get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=host,
            port=port,
            username="",
            password="",
            use_tls=True,
            use_ssl=False,
            timeout=30,
        )

    return connect


@needs_openssl
def test_a_certificate_that_nobody_vouches_for_gets_no_mail_until_somebody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox, pem = Postbox(), self_signed(tmp_path)
    tell([opens(suspected())], policy=POLICY, at=AT)
    with encrypting(postbox, pem) as connect:
        assert deliver(connect, AT) == Report(retried=2)
        assert postbox.envelopes == []
        for mail in Delivery.objects.all():
            assert "certificate verify failed" in mail.error
            assert mail.status == "pending"
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert deliver(connect, AT + MINUTE) == Report(sent=2)
    assert [envelope.rcpt_tos for envelope in postbox.envelopes] == [[ANNA], [BERT]]


@needs_openssl
def test_a_certificate_for_another_name_gets_no_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postbox, pem = Postbox(), self_signed(tmp_path, valid_for="DNS:mail.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    tell([opens(suspected())], policy=ONE, at=AT)
    with encrypting(postbox, pem) as connect:
        assert deliver(connect, AT) == Report(retried=1)
    assert postbox.envelopes == []
    assert "certificate is not valid for" in mail_of(ANNA).error


@pytest.mark.parametrize(
    ("offers", "answer", "error"),
    [
        ("SIZE", "", "STARTTLS extension not supported by server."),
        ("STARTTLS", "454 4.7.0 no TLS now", "454 4.7.0 no TLS now"),
    ],
    ids=["offers none", "takes it back"],
)
def test_without_the_encryption_that_was_asked_for_nothing_is_said_of_any_mail(
    faulty: FaultyPostbox, offers: str, answer: str, error: str
) -> None:
    faulty.offers = offers
    tell([opens(suspected())], policy=POLICY, at=AT)
    connect = encrypted("127.0.0.1", faulty.port)
    for n in range(3):
        faulty.faults = [Fault(Word.STARTTLS, answer=answer)] if answer else ()
        assert deliver(connect, AT + n * HOUR) == Report(retried=2)
    assert {spoken.split()[0].upper() for spoken in faulty.heard} <= {"EHLO", "STARTTLS", "QUIT"}
    assert faulty.arrived == []
    assert set(Delivery.objects.values_list("status", "tries", "error")) == {("pending", 3, error)}
