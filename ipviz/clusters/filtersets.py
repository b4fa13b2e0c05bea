"""What clusters and subnets can be asked for; the query string of a page and of the API alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django_filters import BaseInFilter, CharFilter, ChoiceFilter, FilterSet

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.spans import Span, parse_network


class CidrField(forms.CharField):
    """A CIDR as its span, or None where nothing was typed."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return self._span(text) if text else None

    def _span(self, text: str) -> Span:
        try:
            return parse_network(text)
        except ValueError:
            message = f"{text!r} is not a CIDR. One is written like 192.0.2.0/24 or 2001:db8::/64."
            raise forms.ValidationError(message) from None


class CidrFilter(CharFilter):
    """Hands a span to its method."""

    field_class = CidrField


class ItemField(ChoiceFilter.field_class):
    """One of several choices: a comma with nothing beside it is a slip of the pen."""

    def clean(self, value: Any) -> Any:
        if value == "":
            raise forms.ValidationError("A choice is missing beside a comma.")
        return super().clean(value)


class ChoicesFilter(BaseInFilter, ChoiceFilter):
    """One or more of the choices, joined by commas."""

    field_class = ItemField


class MomentFilterSet(FilterSet):
    """What is asked as of `moment`; None is now.

    `orders` are the columns by which programs may order the rows, by the field of theirs that these tell: no
    question of a form, for pages have orders of their own.
    """

    orders: ClassVar[Mapping[str, Sequence[str]]] = {}

    def __init__(self, *args: Any, moment: datetime | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.moment = moment


class ClusterFilterSet(MomentFilterSet):
    orders = {
        "name": ["name"],
        "path": ["path"],
        "namespace": ["namespace"],
        "kind": ["kind"],
        "segment": ["segment__name"],
        "failures": ["failures"],
    }

    segment = CharFilter(field_name="segment__name", help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.called([name]), help_text="A cluster's name or path."
    )
    q = CharFilter(field_name="name", lookup_expr="icontains", help_text="A part of the name.")
    kind = ChoiceFilter(choices=Cluster.Kind.choices)

    class Meta:
        model = Cluster
        fields: list[str] = []


class SubnetFilterSet(MomentFilterSet):
    """Which subnets there are has no history."""

    orders = {"cidr": ["first_key", "last_key"], "name": ["name"], "segment": ["segment__name"]}

    segment = CharFilter(field_name="segment__name", help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.beside(name),
        help_text="A cluster's name or path: the subnets of its segment.",
    )
    within = CidrFilter(
        method=lambda rows, _, span: rows.meeting(span),
        help_text="A CIDR with which it shares at least one address.",
    )
    q = CharFilter(
        method=lambda rows, _, part: rows.named(part), help_text="A part of the name or of the CIDR."
    )

    class Meta:
        model = Subnet
        fields: list[str] = []
