"""How long something has been so, by the text of when it was made."""

from datetime import datetime, timedelta
from typing import Final

FRESH: Final = timedelta(minutes=5)
"""What was made since then may still be on its way: controllers take a moment, and so do people."""


def is_fresh(created_at: str, at: datetime | None, *, within: timedelta = FRESH) -> bool:
    """Say whether it was made just before `at`; without a known age or moment it was not."""
    try:
        return at is not None and at - datetime.fromisoformat(created_at) < within
    except (TypeError, ValueError):  # no moment, or one without a zone
        return False
