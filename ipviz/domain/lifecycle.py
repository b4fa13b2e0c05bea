"""How a finding lives: suspected, open, perhaps handled by people, resolved; decided from values alone.

It never ends by what is unread. Whoever handles it is asked for a reason, for the next who looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ipviz.domain.estate import ClusterFacts, Evidence
from ipviz.domain.verdicts import FindingClass, Party, Severity, Verdict

PartyName = tuple[str, str, str, str]
"""A cluster's path, and an object's kind, namespace and name: the same for one that was made anew."""


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
    severity: Severity = Severity.CRITICAL
    parties: frozenset[PartyName] = frozenset()
    handled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` are one status where only the finding's weight changed, and then it grew."""

    before: Status | None
    after: Status
    reason: str
    grew: bool = False


class Happening(StrEnum):
    """What a change is called to programs: these words stay."""

    SUSPECTED = "suspected"
    OPENED = "opened"
    WORSENED = "worsened"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    REOPENED = "reopened"
    RESOLVED = "resolved"


def happening(before: Status | None, after: Status, *, by: str) -> Happening:
    """What happened, where somebody did it or the judge, who is nobody."""
    if before is after and not by:
        return Happening.WORSENED
    if after is Status.OPEN:
        return Happening.REOPENED if before in _ENDS else Happening.OPENED
    return Happening(after)


class CannotHandle(ValueError):
    """What somebody wants done with a finding makes no sense, in words for that person.

    `about` names what they said that is wrong; it is empty where the finding itself is not so.
    """

    def __init__(self, words: str, about: str = "") -> None:
        super().__init__(words)
        self.about = about


def needs_second_look(verdict: Verdict) -> bool:
    """Say whether the verdict joins lists that were not read at one instant."""
    return len(verdict.rests_on) > 1


def was_read_again(verdict: Verdict, since: datetime, read_at: Mapping[Evidence, datetime]) -> bool:
    """Say whether reading of every list it rests on began after `since`."""
    return all(evidence in read_at and read_at[evidence] > since for evidence in verdict.rests_on)


def is_out_of_sight(
    finding_class: FindingClass, parties: Iterable[PartyName], clusters: Mapping[str, ClusterFacts]
) -> bool:
    """Say whether a side of a finding was never seen in these tables, as after a backup was restored.

    Until it is, nothing that is judged says anything of the finding. Of a blind spot a try says enough.
    """
    known = ((clusters[cluster], kind) for cluster, kind, *_ in parties if cluster in clusters)
    if finding_class is FindingClass.BLIND_SPOT:
        return any(facts.polled_at is None for facts, _ in known)
    return any(facts.is_dark(kind) for facts, kind in known)


def next_change(
    standing: Standing | None,
    verdict: Verdict | None,
    read_at: Mapping[Evidence, datetime],
    gone: Sequence[str] = (),
    *,
    at: datetime,
) -> Change | None:
    """Decide what becomes of a finding at one judgement; None where its status and weight stay.

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
    if before in _ENDS and standing.handled_until and standing.handled_until <= at:
        return Change(before, Status.OPEN, _ENDS[before])
    return _worsened(standing, verdict)


_ENDS = {
    Status.SILENCED: "its silence ended",
    Status.ACKNOWLEDGED: "it was to be seen to by now, and is still so",
}
"""What people decide holds until a moment that they say, and why it ends then."""


def _worsened(standing: Standing, verdict: Verdict) -> Change | None:
    """A graver severity, more parties, or another cluster: who acknowledged it did not know of that.

    One that took another's place in its cluster, as Pods and nodes do, makes it no worse.
    """
    parties = {name_of_party(each): each for each in verdict.parties}
    new = sorted(parties.keys() - standing.parties)
    is_larger = len(parties) > len(standing.parties)
    known = {cluster for cluster, *_ in standing.parties}
    joined = [str(parties[name].ref) for name in new if is_larger or name[0] not in known]
    told = []
    if verdict.severity.rank < standing.severity.rank:
        told.append(f"it is now {verdict.severity}, and was {standing.severity}")
    if joined:
        told.append(f"{', '.join(joined[:4])} joined")
    if not told:
        return None
    after = Status.OPEN if standing.status is Status.ACKNOWLEDGED else standing.status
    return Change(standing.status, after, f"worse: {' and '.join(told)}", grew=True)


def name_of_party(party: Party) -> PartyName:
    return party.cluster, party.ref.kind, party.ref.namespace, party.ref.name


ACKNOWLEDGED_FOR = timedelta(days=3)
"""Where nobody says how long: what is forgotten speaks again."""
LONGEST_ACKNOWLEDGED, LONGEST_SILENCED = timedelta(days=30), timedelta(days=366)


def acknowledged(status: Status, reason: str, until: datetime, *, at: datetime) -> Change:
    """Somebody has seen it and takes care of it until then. Raises CannotHandle."""
    if status is Status.ACKNOWLEDGED:
        raise CannotHandle("It is acknowledged already.")
    if until <= at:
        raise CannotHandle("An acknowledgement ends in the future.", "until")
    if until - at > LONGEST_ACKNOWLEDGED:
        most = LONGEST_ACKNOWLEDGED.days
        raise CannotHandle(f"An acknowledgement lasts {most} days at the most.", "until")
    said = f": {reason.strip()}" if reason.strip() else ""
    return Change(_handled(status), Status.ACKNOWLEDGED, f"acknowledged until {_moment(until)}{said}")


def silenced(status: Status, reason: str, until: datetime, *, at: datetime) -> Change:
    """Nobody wants to hear of it until then, for a reason. Raises CannotHandle."""
    if not reason.strip():
        raise CannotHandle("Say why, for whoever looks at it next.", "reason")
    if until <= at:
        raise CannotHandle("A silence ends in the future.", "until")
    if until - at > LONGEST_SILENCED:
        raise CannotHandle(f"A silence lasts {LONGEST_SILENCED.days} days at the most.", "until")
    return Change(_handled(status), Status.SILENCED, f"silenced until {_moment(until)}: {reason.strip()}")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def reopened(status: Status, reason: str) -> Change:
    """Take back what was acknowledged or silenced. Raises CannotHandle."""
    if status not in (Status.ACKNOWLEDGED, Status.SILENCED):
        raise CannotHandle(f"It is {status}; only what was acknowledged or silenced can be taken back.")
    return Change(status, Status.OPEN, reason.strip() or "taken back")


def _handled(status: Status) -> Status:
    if status is Status.RESOLVED:
        raise CannotHandle("It is resolved; there is nothing to handle.")
    return status


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
