"""Silences for all that matches: made, and ended before their time; the only writer of theirs.

Who judges a segment keeps quiet what they match (`findings.detect`); here it is asked to judge anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

import structlog
from django.db import transaction

from ipviz.alerts.models import Silence
from ipviz.alerts.wishing import known_cluster, known_segment
from ipviz.audit.record import Kind, changing, made, named
from ipviz.clusters.models import Segment
from ipviz.domain.lifecycle import CannotHandle
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.spans import parse_entry

log = structlog.stdlib.get_logger(__name__)
LONGEST = timedelta(days=366)
SILENCE = Kind(
    "silence",
    attrgetter("in_words"),
    named("rules", "clusters", "spans", "segments", "starts_at", "ends_at", "reason", "ended_by"),
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """What a silence is for; what is empty matches all, and not all may be empty."""

    rules: Sequence[str] = ()
    clusters: Sequence[str] = ()
    spans: Sequence[str] = ()
    segments: Sequence[str] = ()


@transaction.atomic
def silence(
    matcher: Matcher, *, starts_at: datetime, ends_at: datetime, reason: str, by: str, at: datetime
) -> Silence:
    """Keep quiet all that matches, from then until then. Raises CannotHandle."""
    if not reason.strip():
        raise CannotHandle("Say why, for whoever looks at it next.", "reason")
    if ends_at <= max(at, starts_at):
        raise CannotHandle("A silence ends in the future, and after its beginning.", "ends_at")
    if ends_at - starts_at > LONGEST:
        raise CannotHandle(f"A silence lasts {LONGEST.days} days at the most.", "ends_at")
    _check(matcher)
    new = Silence.objects.create(
        rules=[*matcher.rules],
        clusters=[*matcher.clusters],
        spans=[*matcher.spans],
        segments=[*matcher.segments],
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip(),
        by=by[:150],
        created_at=at,
    )
    made(SILENCE, new)
    _judge_anew()
    log.info("silence.made", silence=new.pk, by=by)
    return new


@transaction.atomic
def end(standing: Silence, *, by: str, at: datetime) -> Silence:
    """End it now; what it kept quiet is told again. Raises CannotHandle."""
    with changing(SILENCE, standing, "ended"):
        if not Silence.objects.filter(pk=standing.pk, ends_at__gt=at).update(ends_at=at, ended_by=by[:150]):
            raise CannotHandle("It is over already.")
        standing.refresh_from_db()
    _judge_anew()
    log.info("silence.ended", silence=standing.pk, by=by)
    return standing


def _check(matcher: Matcher) -> None:
    if not (matcher.rules or matcher.clusters or matcher.spans or matcher.segments):
        words = "Say what is to be silent: a rule, a cluster, addresses, or a segment."
        raise CannotHandle(words, "rules")
    for rule in matcher.rules:
        if rule not in RULES:
            raise CannotHandle(f"There is no rule {rule}; the rules are {', '.join(RULES)}.", "rules")
    for about, names, check in (
        ("segments", matcher.segments, known_segment),
        ("clusters", matcher.clusters, known_cluster),
        ("spans", matcher.spans, _known_span),
    ):
        for name in names:
            try:
                check(name)
            except ValueError as error:
                raise CannotHandle(str(error), about) from None


def _known_span(text: str) -> None:
    try:
        parse_entry(text)
    except ValueError as error:
        raise ValueError(f"{text} is no address, range or CIDR: {error}") from None


def _judge_anew() -> None:
    Segment.objects.ask_to_judge()
