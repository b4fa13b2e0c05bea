"""Words for mails. What Kubernetes calls things is text from strangers: here it is made inert."""

import unicodedata
from datetime import UTC, datetime, timedelta

from ipviz.domain.words import ROLES_IN_WORDS

BREAKS = {"Cc", "Zl", "Zp"}
UNSEEN = {"Cf", "Cs"}
"""Marks without a shape of their own: they turn the direction of text, or make two names look like one."""


def one_line(text: str) -> str:
    """Text that cannot break out of its line, nor change how the text around it is shown."""
    return " ".join("".join(_inert(character) for character in text).split())


def several_lines(text: str) -> tuple[str, ...]:
    """The lines of a text that we wrote ourselves, indents kept, each inert."""
    return tuple(_indent(line) + one_line(line) for line in text.strip().split("\n"))


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def lasting(duration: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = max(int(duration.total_seconds()) // 60, 0)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    counts = [(days, "d"), (hours, "h"), (minutes, "min")]
    largest = next((index for index, (count, _) in enumerate(counts) if count), None)
    if largest is None:
        return "less than a minute"
    return " ".join(f"{count} {unit}" for count, unit in counts[largest : largest + 2] if count)


def role_in_words(role: str) -> str:
    return ROLES_IN_WORDS.get(role) or one_line(role)


def _inert(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category in BREAKS else "" if category in UNSEEN else character


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))
