"""Asking a judge in one line what it says of an estate."""

from ipviz.domain.estate import Estate
from ipviz.domain.judge import judge
from ipviz.domain.verdicts import Verdict

Said = tuple[str, str, str]
"""Rule, severity and subject."""


def said(of: Estate) -> list[Said]:
    """Everything, in the judge's order."""
    return [(v.rule, v.severity.value, v.subject) for v in judge(of)]


def severities(of: Estate, rule: str) -> list[str]:
    return [v.severity.value for v in judge(of) if v.rule == rule]


def only(of: Estate, rule: str) -> Verdict:
    """The rule's one verdict; it fails where there is none or another."""
    (verdict,) = [v for v in judge(of) if v.rule == rule]
    return verdict


def party_names(verdict: Verdict) -> list[str]:
    return [f"{each.cluster} {each.ref}" for each in verdict.parties]
