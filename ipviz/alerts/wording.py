"""Words for mails. What Kubernetes calls things is text from strangers: here it is made inert."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from ipviz.domain.wishes import MORNING, AtOnce, Rhythm, Wish
from ipviz.domain.words import ROLES_IN_WORDS

_SITE = re.compile(r"\b(www)\.", re.IGNORECASE)
BREAKS = {"Cc", "Zl", "Zp"}
UNSEEN = {"Cf", "Cs"}
"""Marks without a shape of their own: they turn the direction of text, or make two names look like one."""


def one_line(text: str) -> str:
    """Text that cannot break out of its line, nor change how the text around it is shown.

    Nor does it hold a URL, or what begins as a site does, of which mail programs would make a link.
    """
    inert = "".join(_inert(character) for character in text).replace("://", ": //")
    return " ".join(_SITE.sub(r"\1 .", inert).split())


def several_lines(text: str) -> tuple[str, ...]:
    """The lines of a text that we wrote ourselves, indents kept, each inert."""
    return tuple(_indent(line) + one_line(line) for line in text.strip().split("\n"))


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def shown(address: str) -> str:
    """A subscriber in logs and pages: of a hook's URL, whose path may be a secret, only where it leads."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}" if separator else address


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


_AT_ONCE = {
    AtOnce.GRAVE: "at once: grave collisions, pools without room for a claim that waits, a stranger at a "
    "cluster's address, a cluster that can't be read for an hour",
    AtOnce.ALL: "at once: everything",
    AtOnce.NOTHING: "at once: nothing",
}


def wish_in_words(wish: Wish) -> list[str]:
    """What a subscriber hears of, one sentence a line."""
    lines = [_AT_ONCE[wish.at_once]]
    if wish.rhythm is not Rhythm.NEVER:
        hour = "" if wish.rhythm is Rhythm.HOURLY else f" at {MORNING:02}:00 {wish.zone}"
        day = " on Mondays" if wish.rhythm is Rhythm.WEEKLY else ""
        lines.append(f"in a digest, {wish.rhythm}{day}{hour}: the rest")
    if wish.quiet:
        lines.append(
            f"only what is critical from {wish.quiet.begins:%H:%M} to {wish.quiet.ends:%H:%M} {wish.zone}"
        )
    if conditions := wish.scope.in_words:
        lines.append(f"only {conditions}")
    return [one_line(each) for each in lines]
