"""What one subscriber is told of one finding, and why: one pure function with a reason (ADR 6, ADR 17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from ipviz.domain.lifecycle import Status
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import AtOnce


class Reason(StrEnum):
    """Why something is told; or, from NOT_SURE on, why it is not."""

    FIRST = "first"
    WORSE = "worse"
    REMINDER = "reminder"
    FLAPPING = "flapping"
    RESOLVED = "resolved"
    NOT_SURE = "not sure yet"
    NOT_WISHED = "not wished"
    HANDLED = "handled"
    MILD = "mild"
    HELD = "held until it is calm"
    NOTHING_NEW = "nothing new"

    @property
    def is_news(self) -> bool:
        return self in _NEWS


_NEWS = (Reason.FIRST, Reason.WORSE, Reason.REMINDER, Reason.FLAPPING, Reason.RESOLVED)


@dataclass(frozen=True, slots=True)
class Matter:
    """A finding as far as it decides what is told of it.

    Args:
        sides: how many parties it has.
        grew: it became graver, or somebody joined, just now.
        speaks_again: what kept it quiet, a silence or an acknowledgement, ended just now.
        occurrence: how often it was there, with this time.
        turned: how long ago it opened or ended, of late, the latest first.
        stale: it rests on what can't be read now, and that is told by itself.
    """

    finding_class: FindingClass
    severity: Severity
    status: Status
    sides: int = 2
    grew: bool = False
    speaks_again: bool = False
    opened_at: datetime | None = None
    rule: str = ""
    occurrence: int = 1
    turned: Sequence[timedelta] = ()
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the subscriber was told of it, of which occurrence, how bad it was, and whether it arrived."""

    reason: Reason
    at: datetime
    severity: Severity
    sides: int = 2
    occurrence: int = 1
    is_heard: bool = True


@dataclass(frozen=True, slots=True)
class Restless:
    """What opens or ends so many times within a while flaps, until it is as it is for so long."""

    turns: int
    within: timedelta
    calm: timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an open finding that nobody took care of is kept quiet about: at first, and from then on.

    `blind` is how long a cluster may be unreadable before somebody is told.
    """

    first: timedelta = timedelta(hours=4)
    then: timedelta = timedelta(days=1)
    blind: timedelta = timedelta(hours=1)
    restless: tuple[Restless, ...] = (
        Restless(4, timedelta(minutes=30), timedelta(minutes=30)),
        Restless(8, timedelta(hours=6), timedelta(hours=2)),
    )

    @property
    def least_calm(self) -> timedelta:
        return min(each.calm for each in self.restless)

    @property
    def turns_count_for(self) -> timedelta:
        """How far back it matters when something opened or ended."""
        return max(each.within + each.calm for each in self.restless)


def news_from(
    matter: Matter,
    told: Sequence[Told],
    *,
    at: datetime,
    pace: Pace = Pace(),
    at_once: AtOnce = AtOnce.GRAVE,
) -> Reason:
    """Decide what the subscriber is told now.

    What can't wait until somebody looks, unless more or less is wished: grave collisions; pools without room
    for whom claims wait; a cluster that can't be read for long, or where a stranger answers. Never on one
    look, and an end only after a beginning. What comes and goes is told once, when it grows graver, and then
    what became of it. Deciding again with the answer added to `told` says NOTHING_NEW, or that it is held.

    Args:
        told: in order, of any occurrence.
    """
    heard = [each for each in told if each.is_heard]
    was_flapping = bool(heard) and heard[-1].reason is Reason.FLAPPING
    if was_flapping and _is_restless(matter, pace):
        is_graver = matter.status is Status.OPEN and matter.severity.rank < heard[-1].severity.rank
        return Reason.WORSE if is_graver else Reason.HELD
    present = [each for each in heard if each.occurrence == matter.occurrence]
    if matter.status is Status.RESOLVED:
        if was_flapping:
            return Reason.RESOLVED
        if not present or present[-1].reason is Reason.RESOLVED:
            return Reason.NOTHING_NEW
        return Reason.FLAPPING if flapping(matter, pace) else Reason.RESOLVED
    if matter.status is not Status.OPEN:
        return Reason.NOT_SURE if matter.status is Status.SUSPECTED else Reason.HANDLED
    if not (present or was_flapping):
        return _beginning(matter, told, at, pace, at_once)
    if _is_worse(matter, present or heard[-1:], at):
        return Reason.WORSE
    if was_flapping or (matter.speaks_again and at > heard[-1].at):
        return Reason.REMINDER
    if at - heard[-1].at >= _pause(present, pace) and not matter.stale:
        return Reason.REMINDER
    return Reason.NOTHING_NEW


def flapping(matter: Matter, pace: Pace) -> Restless | None:
    """What it did that is called flapping, while it is not calm since; the first of those that fit."""
    did = _restless(matter, pace)
    return did if did and matter.turned[0] < did.calm else None


def joined(reasons: Sequence[Reason], *, was_told: bool) -> Reason:
    """What is told at once of one finding, where these were to be told one after the other.

    Args:
        was_told: an earlier mail told of it, so that its end is no riddle.
    """
    last = reasons[-1]
    if last is Reason.RESOLVED:
        return last if was_told else Reason.NOTHING_NEW
    if last is Reason.FLAPPING:
        return last
    if not was_told:
        return Reason.FIRST
    since = [*takewhile(lambda each: each is not Reason.RESOLVED, reversed(reasons))]
    return next((each for each in (Reason.FIRST, Reason.WORSE) if each in since), last)


_EXHAUSTED = "P1"


def _beginning(matter: Matter, told: Sequence[Told], at: datetime, pace: Pace, at_once: AtOnce) -> Reason:
    if at_once is AtOnce.NOTHING or (at_once is AtOnce.GRAVE and not _is_grave(matter, at, pace)):
        return Reason.MILD
    failed = [each for each in told if each.occurrence == matter.occurrence]
    if failed and at - failed[-1].at < (pace.first if len(failed) == 1 else pace.then):
        return Reason.NOTHING_NEW  # what does not arrive is not tried at each look
    return Reason.FLAPPING if flapping(matter, pace) else Reason.FIRST


def _is_restless(matter: Matter, pace: Pace) -> bool:
    did = _restless(matter, pace)
    return bool(matter.turned) and matter.turned[0] < (did.calm if did else pace.least_calm)


def _restless(matter: Matter, pace: Pace) -> Restless | None:
    """What it did up to when it last opened or ended."""
    turned = matter.turned
    for each in pace.restless:
        if len(turned) >= each.turns and turned[each.turns - 1] - turned[0] <= each.within:
            return each
    return None


def _is_grave(matter: Matter, at: datetime, pace: Pace) -> bool:
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


def _is_worse(matter: Matter, told: Sequence[Told], at: datetime) -> bool:
    """Graver, or with more or other parties, than whatever was told of it."""
    return (
        (matter.grew and at > told[-1].at)
        or matter.severity.rank < min(each.severity.rank for each in told)
        or matter.sides > max(each.sides for each in told)
    )


def _pause(told: Sequence[Told], pace: Pace) -> timedelta:
    return pace.then if told and told[-1].reason is Reason.REMINDER else pace.first
