"""What is tried again, what is given up, and what is said of it."""

import smtplib
import ssl
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.alerts.trouble import ERROR_LENGTH, ends_line, pause_after, trouble_from


def refused(code: int, answer: bytes = b"no") -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"anna@example.com": (code, answer)})


@pytest.mark.parametrize(
    ("error", "is_permanent", "words"),
    [
        (refused(550, b"5.1.1 no such user"), True, "550 5.1.1 no such user"),
        (refused(450, b"4.2.1 greylisted"), False, "450 4.2.1 greylisted"),
        (refused(530, b"5.7.0 sign in first"), False, "530 5.7.0 sign in first"),
        (smtplib.SMTPDataError(554, b"5.7.1 refused"), True, "554 5.7.1 refused"),
        (smtplib.SMTPDataError(451, b"4.3.0 try later"), False, "451 4.3.0 try later"),
        # Our own sender is refused: nothing is wrong with the mail, the setting is.
        (smtplib.SMTPSenderRefused(550, b"not yours", "ipviz@x"), False, "550 not yours"),
        (smtplib.SMTPServerDisconnected("connection closed"), False, "connection closed"),
        (ConnectionRefusedError(111, "Connection refused"), False, "Connection refused"),
        (TimeoutError("timed out"), False, "timed out"),
        (TimeoutError(), False, "TimeoutError"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), False, "certificate verify failed"),
        (ValueError("Invalid address"), True, "the mail cannot be written: Invalid address"),
    ],
)  # fmt: skip
def test_an_error_is_read(error: Exception, is_permanent: bool, words: str) -> None:
    trouble = trouble_from(error)
    assert (trouble.is_permanent, trouble.words) == (is_permanent, words)


def test_a_failed_sign_in_repeats_nothing_of_what_was_sent() -> None:
    trouble = trouble_from(smtplib.SMTPAuthenticationError(535, b"bad password hunter2 for anna"))
    assert not trouble.is_permanent
    assert trouble.words == "535: the mail server refused the user name or password"


def test_a_long_answer_is_cut_to_one_line() -> None:
    words = trouble_from(refused(550, b"no\r\n\xff\x1b" * 300)).words
    assert len(words) == ERROR_LENGTH
    assert words.isprintable()


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (refused(550), False),
        (refused(421), True),
        (smtplib.SMTPDataError(451, b""), False),
        (smtplib.SMTPDataError(421, b""), True),
        (smtplib.SMTPServerDisconnected(), True),
        (TimeoutError(), True),
    ],
)
def test_a_refusal_leaves_the_line_open(error: OSError, ends: bool) -> None:
    assert ends_line(error) is ends


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_double_up_to_an_hour(tries: int, jitter: float) -> None:
    pause = pause_after(tries, jitter)
    assert timedelta(seconds=22) < pause <= timedelta(hours=1)
    assert pause_after(tries, 0) <= pause_after(tries + 1, 0)
    assert [pause_after(n, 0).total_seconds() for n in (1, 2, 3, 7, 8)] == [30, 60, 120, 1920, 3600]
