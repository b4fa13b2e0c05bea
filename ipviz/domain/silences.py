"""Silences for whatever matches, as during maintenance: who wants no word of it, why, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.wishes import Scope, Subject


@dataclass(frozen=True, slots=True)
class Silence:
    """One that holds now."""

    id: int
    scope: Scope
    until: datetime
    by: str
    reason: str

    @property
    def in_words(self) -> str:
        return f"silenced until {self.until:%Y-%m-%d %H:%M} UTC by {self.by}: {self.reason}"


def longest_over(subject: Subject, silences: Iterable[Silence]) -> Silence | None:
    """Of those that match, the one that ends last."""
    matching = [each for each in silences if each.scope.takes(subject)]
    return max(matching, key=lambda each: (each.until, each.id), default=None)


def quietened(status: Status, muted_by: int | None, silence: Silence | None) -> Change | None:
    """What a silence makes of a finding as it was judged; None where that is as it was.

    What somebody acknowledged, or silenced by itself, stays so.

    Args:
        muted_by: the silence that quietened it before, by id.
        silence: the one that holds for it now.
    """
    if silence and status is Status.OPEN:
        return Change(status, Status.SILENCED, silence.in_words)
    if muted_by and not silence and status is Status.SILENCED:
        return Change(status, Status.OPEN, "its silence ended")
    return None
