"""What the judge says: verdicts, before they become findings with a history."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ipviz.domain.estate import Evidence
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span


class FindingClass(StrEnum):
    COLLISION = "collision"
    HAZARD = "hazard"
    CAPACITY = "capacity"
    BLIND_SPOT = "blind-spot"


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a finding: an object, and the role in which it holds the address or range."""

    cluster: str
    """The path of the cluster in which the object was seen."""
    ref: Ref
    role: str
    tracked: bool = False
    stale: bool = False
    since: datetime | None = None
    consumer: str = ""
    """Whom it serves, in words: `beta: svc-lb`."""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's judgement of one subject. Two verdicts of one pass never share segment, rule and subject."""

    rule: str
    severity: Severity
    subject: str
    """The span for C and H; the pool, claim or Service for P; the cluster's path for B (design 5.3)."""
    parties: tuple[Party, ...]
    rests_on: frozenset[Evidence]
    title: str
    explanation: str
    remedy: str
    span: Span | None = None
    stale: bool = False
