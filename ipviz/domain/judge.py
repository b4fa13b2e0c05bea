"""What is wrong on a segment: every rule over one scene, and each finding of it once."""

from ipviz.domain.estate import Estate
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.spans import first_key, last_key
from ipviz.domain.standing import JudgedSegment
from ipviz.domain.verdicts import Verdict


def judge(estate: Estate) -> tuple[Verdict, ...]:
    """Judge one segment, by rule and then by subject, whatever order its occupants came in.

    Each rule says one thing of one subject: an address that three hold is one verdict with three parties, as
    bad as its worst pair. O(n log n + k) for k meetings with ranges.
    """
    return tuple(sorted(JudgedSegment(estate).verdicts.values(), key=_place))


def _place(verdict: Verdict) -> tuple[int, str, str]:
    """By rule; then by address where there is one, by name elsewhere."""
    span = verdict.span
    return (_RANKS[verdict.rule], *((first_key(span), last_key(span)) if span else ("", verdict.subject)))


_RANKS = {rule: rank for rank, rule in enumerate(RULES)}
