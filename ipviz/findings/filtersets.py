"""What findings can be asked for; the query string of a page and of the API alike."""

from typing import Any

from django.core.validators import RegexValidator
from django_filters import BaseInFilter, CharFilter

from ipviz.clusters.filtersets import ChoicesFilter, CidrFilter, MomentFilterSet
from ipviz.domain.lifecycle import Status
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.models import Finding, Transition

JOINED = "One or more, joined by commas."


class RulesFilter(BaseInFilter, CharFilter):
    """One or more rules; one that found nothing yet is no mistake."""


class FindingFilterSet(MomentFilterSet):
    """Findings, the resolved ones too; as of a moment those that stood then."""

    orders = {
        "severity": ["severity_rank"],  # the worst first
        "first_seen": ["first_seen"],
        "last_seen": ["last_seen"],
        "first_address": ["first_key"],
        "rule": ["rule"],
        "segment": ["segment__name"],
    }

    segment = CharFilter(method=lambda rows, _, name: rows.on(name), help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.involving(name),
        help_text="The name or path of a cluster in which a party was seen.",
    )
    within = CidrFilter(
        method=lambda rows, _, span: rows.touching(span),
        help_text="A CIDR with which it shares at least one address.",
    )
    q = CharFilter(
        method=lambda rows, _, part: rows.speaking_of(part),
        help_text="A part of the title or of a party's name.",
    )
    status = ChoicesFilter(
        choices=[(each.value, each.value) for each in Status], method="standing_as", help_text=JOINED
    )
    severity = ChoicesFilter(choices=[(each.value, each.value) for each in Severity], help_text=JOINED)
    finding_class = ChoicesFilter(
        choices=[(each.value, each.value) for each in FindingClass], help_text=JOINED
    )
    rule = RulesFilter(
        validators=[RegexValidator(r"\A[CHPB][0-9]{1,2}\Z", "A rule is written like C3.")], help_text=JOINED
    )

    class Meta:
        model = Finding
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset.as_judged(self.moment) if self.moment else queryset)

    def standing_as(self, rows: Any, _: str, wanted: list[str]) -> Any:
        return rows.filter(**{"then__in" if self.moment else "status__in": wanted})

    @classmethod
    def get_filters(cls) -> Any:
        """`class` is a word of Python's, and so no name for an attribute."""
        filters = super().get_filters()
        filters["class"] = filters.pop("finding_class")
        return filters


class TransitionFilterSet(FindingFilterSet):
    """What happened to findings for which one can ask; `status` is the one that it led to."""

    orders = {}

    class Meta:
        model = Transition
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        found = queryset.of(super().filter_queryset(Finding.objects.all()))
        status = self.form.cleaned_data["status"]
        return found.filter(after__in=status) if status else found

    def standing_as(self, rows: Any, _: str, wanted: list[str]) -> Any:
        return rows
