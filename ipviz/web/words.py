"""How things are called on the pages: no code of ours is shown without its words."""

from datetime import datetime, timedelta

SEVERITY_GLYPHS = {"critical": "●", "high": "▲", "medium": "◆", "low": "◇", "info": "○"}
CLASSES = {"collision": "collision", "hazard": "hazard", "capacity": "capacity", "blind-spot": "blind spot"}
STATUSES = {
    "suspected": "suspected, waiting for a second look",
    "open": "open",
    "acknowledged": "acknowledged",
    "silenced": "silenced",
    "resolved": "resolved",
}
HAPPENED = {
    "appeared": "appeared",
    "changed": "changed",
    "went": "is gone",
    "unreadable": "unreadable",
    "readable": "readable again",
}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def remedy_parts(text: str) -> list[tuple[str, str]]:
    """A remedy's lines, each as `text` or as `command`: what is indented and runs kubectl can be copied."""
    parts: list[tuple[str, str]] = []
    for line in text.splitlines():
        where, found, rest = line.partition("kubectl ")
        is_command = line.startswith(" ") and bool(found)
        place = where.strip().removesuffix(":")
        told = f"kubectl {rest}" + (f"  # {place}" if place else "") if is_command else line.strip()
        kind = "command" if is_command else "text"
        if parts and parts[-1][0] == kind == "command":
            parts[-1] = (kind, f"{parts[-1][1]}\n{told}")
        else:
            parts.append((kind, told))
    return parts


def duration(length: timedelta) -> str:
    """The length in its largest unit: `12 s`, `14 min`, `2 h`, `3 d`."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def ago(when: datetime, at: datetime) -> str:
    return "now" if when >= at else f"{duration(at - when)} ago"


def grouped(number: int) -> str:
    """`65536` as `65 536`, with spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


def counted(number: int, singular: str, plural: str = "") -> str:
    return f"{grouped(number)} {singular if number == 1 else plural or singular + 's'}"


REASONS = {
    "first": "it was sure for the first time",
    "worse": "it grew worse",
    "reminder": "nobody takes care of it",
    "resolved": "it is resolved",
}
