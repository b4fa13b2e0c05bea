"""Questions to ask of findings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from ipviz.clusters.places import meets_any
from ipviz.clusters.scoping import in_seen_clusters
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, first_key, last_key

if TYPE_CHECKING:
    from ipviz.clusters.models import Cluster, Subnet
    from ipviz.findings.models import Finding, KeptSurvey, Transition


class FindingQuerySet(QuerySet["Finding"]):
    def in_scope(self, scope: Scope) -> "FindingQuerySet":
        """Whole where a party is seen: who is in its way is what somebody needs to know."""
        if scope.is_everything:
            return self
        seen = in_seen_clusters(scope, "parties__cluster__", "segment__name")
        return self.filter(pk__in=self.model.objects.filter(seen).values("pk"))

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

    def since(self, at: datetime) -> "FindingQuerySet":
        """Those that stand, and those that were open and ended since that moment."""
        return self.filter(~Q(status="resolved") | Q(resolved_at__gt=at, opened_at__isnull=False))

    def blind_since(self, until: datetime) -> "FindingQuerySet":
        """The open blind spots that were open at that moment already."""
        return self.filter(status="open", finding_class="blind-spot", opened_at__lte=until)

    def taken_back_since(self, at: datetime) -> "FindingQuerySet":
        """The open ones of which a person ended a silence or an acknowledgement since that moment."""
        by_hand = {"transitions__after": "open", "transitions__at__gte": at, "transitions__by__gt": ""}
        return self.filter(status="open", pk__in=self.model.objects.filter(**by_hand).values("pk"))

    def suspected(self) -> "FindingQuerySet":
        return self.filter(status="suspected")

    def on(self, segment: str) -> "FindingQuerySet":
        return self.filter(segment__name=segment)

    def of_segments(self, segment_ids: Iterable[int]) -> "FindingQuerySet":
        return self.filter(segment__in=list(segment_ids))

    def touching(self, span: Span) -> "FindingQuerySet":
        """Those whose addresses meet the span."""
        return self.filter(first_key__gt="", first_key__lte=last_key(span), last_key__gte=first_key(span))

    def meeting_any(self, spans: Sequence[Span]) -> "FindingQuerySet":
        """Those at one of some addresses, and those that stretch over what lies around them."""
        return self.exclude(first_key="").filter(meets_any(spans))

    def about(self, *clusters: "Cluster") -> "FindingQuerySet":
        """Those to which an object of one of the clusters is a party."""
        parties = self.model.objects.filter(parties__cluster__in=[each.pk for each in clusters])
        return self.filter(pk__in=parties.values("pk"))

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

    def grouped_by(self, group: str) -> "FindingQuerySet":
        """Those of one group beside each other, the worst first in each; without groups as they are."""
        first = {"rule": ["rule"], "segment": ["segment__name"]}.get(group, [])
        return self.order_by(*first, "severity_rank", "first_key", "rule", "pk")

    def tally(self) -> tuple[int, int]:
        """How many are not resolved, and how many of them are critical. One query."""
        counts = self.standing().aggregate(all=Count("pk"), critical=Count("pk", filter=Q(severity_rank=0)))
        return counts["all"], counts["critical"]

    def counted(self) -> "list[tuple[str, str, str, str, str, int]]":
        """How many stand, by segment, rule, class, severity and status. One query."""
        kinds = ("segment__name", "rule", "finding_class", "severity", "status")
        return list(self.standing().order_by().values_list(*kinds).annotate(Count("pk")).order_by(*kinds))

    def rules(self) -> list[str]:
        """The rules that ever spoke, in order."""
        return list(self.order_by("rule").values_list("rule", flat=True).distinct())

    def with_parties(self) -> "FindingQuerySet":
        """With segment and parties, which know the paths of their clusters; two queries."""
        return self.select_related("segment").prefetch_related("parties")

    def whole(self) -> "FindingQuerySet":
        """With all that a list or a page shows, in three queries however many there are."""
        return self.select_related("segment").prefetch_related("parties__cluster")


class TransitionQuerySet(QuerySet["Transition"]):
    def in_scope(self, scope: Scope) -> "TransitionQuerySet":
        """Those of findings that are seen."""
        if scope.is_everything:
            return self
        seen = in_seen_clusters(scope, "finding__parties__cluster__", "finding__segment__name")
        return self.filter(pk__in=self.model.objects.filter(seen).values("pk"))

    def whole(self) -> "TransitionQuerySet":
        """With the finding and its parties, in two queries however many there are."""
        return self.select_related("finding__segment").prefetch_related("finding__parties")

    def of(self, findings: "QuerySet[Finding]") -> "TransitionQuerySet":
        return self.filter(finding__in=findings)

    def touching(self, span: Span, segment: str) -> "TransitionQuerySet":
        """What happened to findings whose addresses meet the span."""
        return self.filter(
            finding__segment__name=segment,
            finding__first_key__gt="",
            finding__first_key__lte=last_key(span),
            finding__last_key__gte=first_key(span),
        )

    def before(self, at: datetime | None) -> datetime | None:
        earlier = self.filter(at__lt=at) if at else self
        return earlier.order_by("-at").values_list("at", flat=True).first()

    def after(self, at: datetime) -> datetime | None:
        return self.filter(at__gt=at).order_by("at").values_list("at", flat=True).first()

    def turns(self, finding_ids: Iterable[int], since: datetime) -> dict[int, list[datetime]]:
        """When each of some findings opened or ended since a moment, the latest first.

        What one look suspected and the next did not see is no turn, nor is what people decide.
        """
        opened = Q(after="open", before__in=("", "suspected", "resolved"))
        ended = Q(after="resolved") & ~Q(before="suspected")
        late = self.filter(opened | ended, finding_id__in=list(finding_ids), at__gt=since)
        found: dict[int, list[datetime]] = defaultdict(list)
        for finding, at in late.order_by("-at", "-pk").values_list("finding", "at"):
            found[finding].append(at)
        return found


class KeptSurveyQuerySet(QuerySet["KeptSurvey"]):
    def of(self, subnets: "Iterable[Subnet]") -> "KeptSurveyQuerySet":
        return self.filter(pk__in=[each.pk for each in subnets])

    def counted(self) -> "KeptSurveyQuerySet":
        """Without the runs, which are most of one."""
        return self.defer("sizes", "states", "flags")


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
