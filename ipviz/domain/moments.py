"""Moments that people ask for, as text."""

from datetime import UTC, datetime, timedelta

FORMS = "2026-01-15T09:30:00Z, 2026-01-15T09:30+01:00 or 2026-01-15 09:30 (UTC)"
CLOCKS_DIFFER = timedelta(minutes=1)


def read_past_moment(text: str, *, now: datetime) -> datetime:
    """Read a moment of which something can be known.

    Raises:
        ValueError: it is none, or lies ahead; the text says which.
    """
    moment = read_moment(text)
    if moment > now + CLOCKS_DIFFER:
        raise ValueError(f"{text[:60]!r} lies ahead: nobody can tell yet.")
    return min(moment, now)


def read_moment(text: str) -> datetime:
    """Read a moment, ISO 8601; one without an offset is in UTC, a day alone is its beginning.

    Raises:
        ValueError: it is none; the text says how one is written.
    """
    try:
        # A plus that was not escaped in a query string has become a space.
        read = datetime.fromisoformat(_with_plus(text.strip()))
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:60]!r} is not a moment. One is written like {FORMS}.") from None


def _with_plus(text: str) -> str:
    head, space, offset = text.rpartition(" ")
    return f"{head}+{offset}" if space and "T" in head and offset.count(":") == 1 else text


def moment_text(at: datetime) -> str:
    """As `read_moment` reads it, without what needs escaping in an address of the web."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z").replace(".000000", "")
