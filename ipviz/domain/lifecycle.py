"""How a finding lives: suspected, open, resolved; decided from values alone, never from what is unread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ipviz.domain.estate import Evidence
from ipviz.domain.verdicts import Verdict


class Status(StrEnum):
    SUSPECTED = "suspected"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of a finding; `first_seen` is the first look of its present occurrence."""

    status: Status
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Change:
    before: Status | None
    after: Status
    reason: str


def needs_second_look(verdict: Verdict) -> bool:
    """Say whether the verdict joins lists that were not read at one instant."""
    return len(verdict.rests_on) > 1


def was_read_again(verdict: Verdict, since: datetime, read_at: Mapping[Evidence, datetime]) -> bool:
    """Say whether reading of every list it rests on began after `since`."""
    return all(evidence in read_at and read_at[evidence] > since for evidence in verdict.rests_on)


def next_change(
    standing: Standing | None,
    verdict: Verdict | None,
    read_at: Mapping[Evidence, datetime],
    gone: Sequence[str] = (),
) -> Change | None:
    """Decide what becomes of a finding at one judgement; None where its status stays.

    A missing verdict is evidence: what could not be read again is still judged as it was last known, so
    a verdict ends only when a complete list ended it, or a cluster of its parties went.

    Args:
        gone: the paths of those clusters.
    """
    before = standing.status if standing else None
    if verdict is None:
        return _ended(before, gone)
    if standing is None or before is Status.RESOLVED:
        return _begun(before, verdict)
    if before is Status.SUSPECTED and was_read_again(verdict, standing.first_seen, read_at):
        return Change(before, Status.OPEN, "a second look at all sides agreed")
    return None


def _ended(before: Status | None, gone: Sequence[str]) -> Change | None:
    if before is None or before is Status.RESOLVED:
        return None
    if gone:
        return Change(
            before, Status.RESOLVED, f"{', '.join(gone)} is no longer among the clusters that are read"
        )
    if before is Status.SUSPECTED:
        return Change(before, Status.RESOLVED, "a second look did not agree")
    return Change(before, Status.RESOLVED, "read again, and no longer so")


def _begun(before: Status | None, verdict: Verdict) -> Change:
    again = "came back" if before else "seen"
    if needs_second_look(verdict):
        return Change(before, Status.SUSPECTED, f"{again} across lists that were read at different moments")
    return Change(before, Status.OPEN, f"{again} in one list, which is read whole")
