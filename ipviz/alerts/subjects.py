"""Findings as far as they decide who wants to hear of them."""

from collections.abc import Iterable

from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import Subject
from ipviz.findings.models import Finding


def subject_of(finding: Finding, parties: Iterable[tuple[str, str]]) -> Subject:
    """Expects the finding's segment to be at hand.

    Args:
        parties: of each the cluster's path and the namespace.
    """
    listed = list(parties)
    return Subject(
        finding.segment.name,
        finding.span,
        FindingClass(finding.finding_class),
        Severity(finding.severity),
        frozenset(cluster for cluster, _ in listed),
        frozenset(namespace for _, namespace in listed if namespace),
        finding.rule,
    )
