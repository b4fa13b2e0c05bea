"""Questions to ask of findings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from ipviz.domain.spans import Span, first_key, last_key

if TYPE_CHECKING:
    from ipviz.clusters.models import Cluster
    from ipviz.findings.models import Finding


class FindingQuerySet(QuerySet["Finding"]):
    def standing(self) -> "FindingQuerySet":
        """Those that are not resolved."""
        return self.exclude(status="resolved")

    def as_judged(self, at: datetime | None) -> "FindingQuerySet":
        """Those that stood at a moment, now where there is none, with `Finding.status_then`.

        Severity, words and parties are those of the last judgement: of its history only the status is kept.
        """
        return self.standing() if at is None else self.found_by(at).exclude(Q(then="resolved"))

    def found_by(self, at: datetime | None) -> "FindingQuerySet":
        """Those that were found by a moment, resolved or not, with `Finding.status_then`; all for now."""
        if at is None:
            return self
        made = self.model.objects.filter(pk=OuterRef("pk"), transitions__at__lte=at)
        last = made.order_by("-transitions__at", "-transitions__id").values("transitions__after")[:1]
        return self.annotate(then=Subquery(last)).exclude(then=None)

    def standing_of(self, findings: "Iterable[Finding]", at: datetime | None) -> "list[Finding]":
        """Those of some findings that stood at a moment, with `status_then`; one query, none for now."""
        if at is None:
            return [each for each in findings if each.status != "resolved"]
        listed = {each.pk: each for each in findings}
        then = {each.pk: each.status_then for each in self.filter(pk__in=listed).as_judged(at)}
        for pk, status in then.items():
            vars(listed[pk])["then"] = status  # as `as_judged` gives it to what it loads itself
        return [each for pk, each in listed.items() if pk in then]

    def resolved(self) -> "FindingQuerySet":
        """Those that ended, the latest first."""
        return self.filter(status="resolved").order_by("-resolved_at", "pk")

    def blind_since(self, until: datetime) -> "FindingQuerySet":
        """The open blind spots that were open at that moment already."""
        return self.filter(status="open", finding_class="blind-spot", opened_at__lte=until)

    def suspected(self) -> "FindingQuerySet":
        return self.filter(status="suspected")

    def on(self, segment: str) -> "FindingQuerySet":
        return self.filter(segment__name=segment)

    def of_segments(self, segment_ids: Iterable[int]) -> "FindingQuerySet":
        return self.filter(segment__in=list(segment_ids))

    def touching(self, span: Span) -> "FindingQuerySet":
        """Those whose addresses meet the span."""
        return self.filter(first_key__gt="", first_key__lte=last_key(span), last_key__gte=first_key(span))

    def about(self, cluster: "Cluster") -> "FindingQuerySet":
        """Those to which an object of the cluster is a party."""
        return self.filter(pk__in=self.model.objects.filter(parties__cluster=cluster).values("pk"))

    def involving(self, cluster: str) -> "FindingQuerySet":
        """Those to which an object seen in a cluster of that name or path is a party."""
        parties = Q(parties__cluster_path=cluster) | Q(parties__cluster_path__endswith=f"/{cluster}")
        return self.filter(pk__in=self.model.objects.filter(parties).values("pk"))

    def speaking_of(self, part: str) -> "FindingQuerySet":
        """Those whose title, or a party's name, holds the text, in any case."""
        said = Q(title__icontains=part) | Q(parties__name__icontains=part)
        return self.filter(pk__in=self.model.objects.filter(said).values("pk"))

    def between(self, first: str, last: str) -> "FindingQuerySet":
        """Those whose addresses meet what lies between two keys."""
        return self.filter(first_key__gt="", first_key__lte=last, last_key__gte=first)

    def worst_first(self) -> "FindingQuerySet":
        """The worst first, and of those the newest."""
        return self.order_by("severity_rank", "-first_seen", "pk")

    def narrowed(self, **facts: str) -> "FindingQuerySet":
        """Those of this `status`, `severity`, `finding_class` and `rule`; an empty one is any."""
        return self.filter(**{name: value for name, value in facts.items() if value})

    def tally(self) -> tuple[int, int]:
        """How many are not resolved, and how many of them are critical. One query."""
        counts = self.standing().aggregate(all=Count("pk"), critical=Count("pk", filter=Q(severity_rank=0)))
        return counts["all"], counts["critical"]

    def rules(self) -> list[str]:
        """The rules that ever spoke, in order."""
        return list(self.order_by("rule").values_list("rule", flat=True).distinct())

    def whole(self) -> "FindingQuerySet":
        """With all that a list or a page shows, in three queries however many there are."""
        return self.select_related("segment").prefetch_related("parties__cluster")


def completed(findings: "Sequence[Finding]") -> "Sequence[Finding]":
    """The same rows with all that `whole` brings: for the few that are listed of many that were looked at."""
    prefetch_related_objects(list(findings), "segment", "parties__cluster")
    return findings


Object = tuple[str, str, str, str]
"""An object that may be a party: its cluster's path, kind, namespace and name."""


def by_party(findings: "Iterable[Finding]") -> "dict[Object, list[Finding]]":
    """The findings to which each object is a party; they are to come with their parties."""
    found: dict[Object, list[Finding]] = defaultdict(list)
    for finding in findings:
        for party in finding.parties.all():
            found[(party.cluster_path, party.kind, party.namespace, party.name)].append(finding)
    return found
