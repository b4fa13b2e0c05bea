"""Findings as far as they decide who wants to hear of them, and who may."""

from collections.abc import Iterable

from ipviz.domain.batches import batched
from ipviz.domain.scope import Scope
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import Subject
from ipviz.findings.models import Finding

BATCH = 5_000


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


def unseen_among(finding_ids: Iterable[int], scope: Scope) -> set[int]:
    """Those of some findings of which nothing may be told; no query where everything may."""
    ids = set() if scope.is_everything else set(finding_ids)
    seen = Finding.objects.in_scope(scope)
    return ids.difference(
        *(seen.filter(pk__in=each).values_list("pk", flat=True) for each in batched([*ids], BATCH))
    )
