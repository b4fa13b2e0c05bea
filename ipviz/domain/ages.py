"""How long something has been so, by the text of when it was made."""

from datetime import datetime, timedelta
from typing import Final

FRESH: Final = timedelta(minutes=5)
"""What was made since then may still be on its way: controllers take a moment, and so do people."""


def fresh_until(created_at: str, *, within: timedelta = FRESH) -> datetime | None:
    """Until when it counts as just made; None where nobody can tell when it was made."""
    try:
        made = datetime.fromisoformat(created_at)
    except (TypeError, ValueError):
        return None
    return made + within if made.tzinfo else None
