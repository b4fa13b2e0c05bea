"""What a mail server's refusal means: try again, or give this mail up. Told without a credential in it."""

import smtplib
from dataclasses import dataclass
from datetime import timedelta

from ipviz.alerts.wording import cut, one_line

ERROR_LENGTH = 256
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)
CLOSING = 421
ABOUT_US = {530, 534, 535, 538}
"""Answers to how we sign in. They end when the operator mends the settings, and no mail is lost by then."""


@dataclass(frozen=True, slots=True)
class Trouble:
    words: str
    is_permanent: bool = False


def trouble_from(error: Exception) -> Trouble:
    """Read the error of one try; only a 5xx answer to this mail or its recipient is for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answered(*_only_refusal(error), is_about_mail=True)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # The answer itself stays out: some servers repeat what was sent to them.
        return Trouble(f"{error.smtp_code}: the mail server refused the user name or password")
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error, isinstance(error, smtplib.SMTPDataError))
    if isinstance(error, OSError):
        return Trouble(_words(error.strerror or str(error) or type(error).__name__))
    return Trouble(_words(f"the mail cannot be written: {error}"), is_permanent=True)


def ends_line(error: OSError) -> bool:
    """Say whether the connection is of no more use: it broke, or the server announced its end (421)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _only_refusal(error)[0] == CLOSING
    return not isinstance(error, smtplib.SMTPResponseException) or error.smtp_code == CLOSING


def pause_after(tries: int, jitter: float) -> timedelta:
    """How long to wait after so many tries; `jitter`, from 0 to 1, takes up to a quarter off."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 10)
    return min(doubled, LONGEST_PAUSE) * (1 - jitter / 4)


def _only_refusal(error: smtplib.SMTPRecipientsRefused) -> tuple[int, bytes]:
    return next(iter(error.recipients.values()))  # each of our mails has one recipient


def _answered(code: int, answer: bytes | str, is_about_mail: bool) -> Trouble:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    is_permanent = is_about_mail and code >= 500 and code not in ABOUT_US
    return Trouble(_words(f"{code} {text}"), is_permanent)


def _words(text: str) -> str:
    return cut(one_line(text), ERROR_LENGTH)
