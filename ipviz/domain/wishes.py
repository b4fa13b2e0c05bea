"""What a subscriber wants to hear of, when at once, when in a digest, and when not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ipviz.domain.spans import Span, network_text, prefix_length
from ipviz.domain.verdicts import FindingClass, Severity

UTC = ZoneInfo("UTC")


class AtOnce(StrEnum):
    """What a mail of its own is written for."""

    GRAVE = "grave"
    ALL = "all"
    NOTHING = "nothing"


class Rhythm(StrEnum):
    """How often the rest comes in a digest."""

    NEVER = "never"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a finding decides who wants to hear of it.

    Args:
        clusters: the paths of those whose objects are its parties.
        namespaces: those of its parties.
    """

    segment: str
    span: Span | None
    finding_class: FindingClass
    severity: Severity
    clusters: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    rule: str = ""

    def is_of(self, cluster: str) -> bool:
        """Say whether a cluster of that path, or that name, is a party."""
        return any(path == cluster or path.endswith(f"/{cluster}") for path in self.clusters)

    def belongs_to(self, organisation: str) -> bool:
        """Say whether a party, or the Cluster of one, lies in that namespace of a management cluster."""
        return organisation in self.namespaces or any(
            organisation in path.split("/")[1:-1] for path in self.clusters
        )

    def meets(self, span: Span) -> bool:
        return self.span is not None and self.span.meets(span)


@dataclass(frozen=True, slots=True)
class Scope:
    """What has to hold, all of it, for somebody to hear of a finding; an empty one is no condition."""

    segments: frozenset[str] = frozenset()
    subnets: tuple[Span, ...] = ()
    clusters: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    classes: frozenset[FindingClass] = frozenset()
    rules: frozenset[str] = frozenset()
    lowest: Severity = Severity.INFO

    def takes(self, subject: Subject) -> bool:
        return (
            subject.severity.rank <= self.lowest.rank
            and (not self.segments or subject.segment in self.segments)
            and (not self.classes or subject.finding_class in self.classes)
            and (not self.rules or subject.rule in self.rules)
            and _any_or_none(subject.meets(each) for each in self.subnets)
            and _any_or_none(subject.is_of(each) for each in self.clusters)
            and _any_or_none(subject.belongs_to(each) for each in self.organisations)
        )

    @property
    def in_words(self) -> str:
        """The conditions; empty where there is none."""
        conditions = (
            ("rule", self.rules),
            ("class", self.classes),
            ("cluster", self.clusters),
            ("organisation", self.organisations),
            ("addresses in", [_text(each) for each in self.subnets]),
            ("segment", self.segments),
        )
        told = [f"{name} {' or '.join(sorted(each))}" for name, each in conditions if each]
        if self.lowest is not Severity.INFO:
            told.append(f"severity {self.lowest} or worse")
        return ", ".join(told)


def _text(span: Span) -> str:
    return str(span) if span.is_single or prefix_length(span) is None else network_text(span)


def _any_or_none(answers: Iterable[bool]) -> bool:
    listed = list(answers)
    return not listed or any(listed)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of each day, on the clock of a time zone, in which only what is critical comes."""

    begins: time
    ends: time
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        clock = at.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a subscriber decided."""

    scope: Scope = Scope()
    at_once: AtOnce = AtOnce.GRAVE
    rhythm: Rhythm = Rhythm.DAILY
    zone: ZoneInfo = UTC
    quiet: Quiet | None = None

    def is_quiet(self, at: datetime) -> bool:
        return self.quiet is not None and self.quiet.holds(at)

    def digest_due(self, since: datetime, at: datetime) -> datetime | None:
        """The moment for which a digest is due, where the last one was for `since`; None where none is.

        Quiet hours put it off. What was missed is one digest.
        """
        if self.rhythm is Rhythm.NEVER or self.is_quiet(at):
            return None
        moment = _last_moment(self.rhythm, at.astimezone(self.zone))
        return moment if moment > since else None


MORNING = 8
"""The hour of daily and weekly digests: no zone's clock is set at that hour."""


def _last_moment(rhythm: Rhythm, local: datetime) -> datetime:
    if rhythm is Rhythm.HOURLY:
        return local.replace(minute=0, second=0, microsecond=0)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0, fold=0)
    if rhythm is Rhythm.WEEKLY:
        morning -= timedelta(days=local.weekday())
    if morning > local:
        morning -= timedelta(days=7 if rhythm is Rhythm.WEEKLY else 1)
    return morning
