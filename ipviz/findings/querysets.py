"""Questions to ask of findings."""

from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from ipviz.domain.spans import Span, first_key, last_key

if TYPE_CHECKING:
    from ipviz.clusters.models import Cluster
    from ipviz.findings.models import Finding


class FindingQuerySet(QuerySet["Finding"]):
    def standing(self) -> "FindingQuerySet":
        """Those that are not resolved."""
        return self.exclude(status="resolved")

    def resolved(self) -> "FindingQuerySet":
        """Those that ended, the latest first."""
        return self.filter(status="resolved").order_by("-resolved_at", "pk")

    def suspected(self) -> "FindingQuerySet":
        return self.filter(status="suspected")

    def on(self, segment: str) -> "FindingQuerySet":
        return self.filter(segment__name=segment)

    def touching(self, span: Span) -> "FindingQuerySet":
        """Those whose addresses meet the span."""
        return self.filter(first_key__gt="", first_key__lte=last_key(span), last_key__gte=first_key(span))

    def about(self, cluster: "Cluster") -> "FindingQuerySet":
        """Those to which an object of the cluster is a party."""
        return self.filter(pk__in=self.model.objects.filter(parties__cluster=cluster).values("pk"))

    def narrowed(self, **facts: str) -> "FindingQuerySet":
        """Those with these facts, of `status`, `severity`, `finding_class` and `rule`; an empty one is any."""
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
