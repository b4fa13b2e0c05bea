"""What to announce of a change, and why: one pure function with a reason (ADR 6)."""

from collections.abc import Set
from enum import StrEnum

from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.verdicts import FindingClass, Severity


class Reason(StrEnum):
    FIRST = "first"
    RESOLVED = "resolved"
    NOTHING_NEW = "nothing new"


def news_from(
    finding_class: FindingClass, severity: Severity, change: Change, *, told: Set[Reason]
) -> Reason:
    """Decide whether a change is told. `told`: the reasons for which this occurrence was announced before.

    Only collisions are told yet, of those what can't wait until somebody looks, never on one look, and an
    end only after a beginning. Deciding again with the answer added to `told` says NOTHING_NEW.
    """
    if finding_class is not FindingClass.COLLISION:
        return Reason.NOTHING_NEW
    if change.after is Status.OPEN and severity.rank <= Severity.HIGH.rank and not told:
        return Reason.FIRST
    if change.after is Status.RESOLVED and told == {Reason.FIRST}:
        return Reason.RESOLVED
    return Reason.NOTHING_NEW
