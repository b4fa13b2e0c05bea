"""What the operator decided about alerts, as a value: nothing on this floor reads the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ipviz.domain.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Limit:
    """What a person sees, and since when it is that."""

    scope: Scope
    since: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    base_url: str
    """Where people open the pages, without a slash at the end: mails link there."""
    mail_from: str
    mail_is_configured: bool
    """Without a mail server a mail is kept to be read in the pages."""
    recipients: tuple[str, ...] = ()
    """The addresses of `IPVIZ_ALERT_TO`."""
    limits: Mapping[int, Limit] = field(default_factory=dict)
    """Those of people who are limited, by their ids, as they are now."""

    def scope_of(self, person: int | None) -> Scope:
        """What may be told where that person subscribed; everything where nobody did, or nobody limited."""
        limit = self.limits.get(person) if person else None
        return limit.scope if limit else EVERYTHING
