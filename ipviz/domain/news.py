"""What one subscriber is told of one finding, and why: one pure function with a reason (ADR 6, ADR 17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from ipviz.domain.lifecycle import Status
from ipviz.domain.verdicts import FindingClass, Severity


class Reason(StrEnum):
    """Why something is told; or, from NOT_SURE on, why it is not."""

    FIRST = "first"
    WORSE = "worse"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    NOT_SURE = "not sure yet"
    HANDLED = "handled"
    MILD = "mild"
    NOTHING_NEW = "nothing new"

    @property
    def is_news(self) -> bool:
        return self in (Reason.FIRST, Reason.WORSE, Reason.REMINDER, Reason.RESOLVED)


@dataclass(frozen=True, slots=True)
class Matter:
    """A finding as far as it decides what is told of it.

    Args:
        sides: how many parties it has.
        speaks_again: a silence of it ended just now.
    """

    finding_class: FindingClass
    severity: Severity
    status: Status
    sides: int = 2
    speaks_again: bool = False
    opened_at: datetime | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the subscriber was told of this occurrence of it, and how bad it was then."""

    reason: Reason
    at: datetime
    severity: Severity
    sides: int = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an open finding that nobody took care of is kept quiet about: at first, and from then on.

    `blind` is how long a cluster may be unreadable before somebody is told.
    """

    first: timedelta = timedelta(hours=4)
    then: timedelta = timedelta(days=1)
    blind: timedelta = timedelta(hours=1)


def news_from(matter: Matter, told: Sequence[Told], *, at: datetime, pace: Pace = Pace()) -> Reason:
    """Decide what the subscriber is told now.

    What can't wait until somebody looks: grave collisions; pools without room for whom claims wait; a cluster
    that can't be read for long, or where a stranger answers. Never on one look, and an end only after a
    beginning. Deciding again with the answer added to `told` says NOTHING_NEW.

    Args:
        told: in order, of this occurrence.
    """
    if matter.status is Status.RESOLVED:
        return Reason.RESOLVED if told and told[-1].reason is not Reason.RESOLVED else Reason.NOTHING_NEW
    if matter.status is Status.SUSPECTED:
        return Reason.NOT_SURE
    if matter.status is not Status.OPEN:
        return Reason.HANDLED
    if not told:
        return Reason.FIRST if _matters(matter, at, pace) else Reason.MILD
    if _is_worse(matter, told):
        return Reason.WORSE
    if (matter.speaks_again and at > told[-1].at) or at - told[-1].at >= _pause(told, pace):
        return Reason.REMINDER
    return Reason.NOTHING_NEW


def joined(reasons: Sequence[Reason]) -> Reason:
    """What is told at once of one finding, where these were to be told one after the other."""
    first, last = reasons[0], reasons[-1]
    if first is Reason.FIRST:
        return Reason.NOTHING_NEW if last is Reason.RESOLVED else first
    return last


_EXHAUSTED = "P1"


def _matters(matter: Matter, at: datetime, pace: Pace) -> bool:
    if matter.severity.rank > Severity.HIGH.rank:
        return False
    match matter.finding_class:
        case FindingClass.COLLISION:
            return True
        case FindingClass.CAPACITY:
            return matter.rule == _EXHAUSTED
        case FindingClass.BLIND_SPOT:
            lasts = matter.opened_at is not None and at - matter.opened_at >= pace.blind
            return lasts or matter.severity is Severity.CRITICAL
        case FindingClass.HAZARD:
            return False


def _is_worse(matter: Matter, told: Sequence[Told]) -> bool:
    """Graver, or with more parties, than whatever was told of it."""
    return matter.severity.rank < min(each.severity.rank for each in told) or matter.sides > max(
        each.sides for each in told
    )


def _pause(told: Sequence[Told], pace: Pace) -> timedelta:
    reminders = takewhile(lambda each: each.reason is Reason.REMINDER, reversed(told))
    return pace.then if any(True for _ in reminders) else pace.first
