"""What can be asked of what was seen; the query string of a page and of the API alike."""

from typing import Any

from django import forms
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet

from ipviz.clusters.filtersets import ChoicesFilter, CidrFilter, ClusterFilterSet
from ipviz.domain.occupants import ADDRESS_ROLES, Role
from ipviz.inventory.models import Occupancy, Snapshot, Version

ROLES = [(role.value, role.value) for role in Role if role in ADDRESS_ROLES]
HOLDS = "A CIDR: what holds at least one of its addresses now."
WORDS = {"true": True, "1": True, "false": False, "0": False}


class TruthField(forms.CharField):
    """True or false in words; the framework's own takes any other word for no question at all."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and text.lower() not in WORDS:
            raise forms.ValidationError(f"{text!r} is neither true nor false.")
        return WORDS.get(text.lower())


class TruthFilter(BooleanFilter):
    field_class = TruthField


class InhabitantFilterSet(ClusterFilterSet):
    """Clusters, asked also for what was seen in them."""

    within = CidrFilter(
        method=lambda rows, _, span: rows.filter(pk__in=Occupancy.objects.now().within(span).clusters()),
        help_text=HOLDS,
    )


class SnapshotFilterSet(FilterSet):
    segment = CharFilter(method=lambda rows, _, name: rows.on(name), help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.called(name), help_text="A cluster's name or path."
    )
    within = CidrFilter(
        method=lambda rows, _, span: rows.filter(cluster__in=Occupancy.objects.now().within(span).clusters()),
        help_text="A CIDR: the snapshots of clusters that hold at least one of its addresses now.",
    )
    q = CharFilter(
        field_name="cluster__name", lookup_expr="icontains", help_text="A part of the cluster's name."
    )
    outcome = ChoiceFilter(choices=Snapshot.Outcome.choices)

    class Meta:
        model = Snapshot
        fields: list[str] = []


class SeenFilterSet(FilterSet):
    """What is asked of every seen thing: where, and by which name."""

    segment = CharFilter(method=lambda rows, _, name: rows.on(name), help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.seen_in(name),
        help_text="The name or path of the cluster in which it was seen.",
    )
    q = CharFilter(field_name="name", lookup_expr="icontains", help_text="A part of the object's name.")


class VersionFilterSet(SeenFilterSet):
    """Objects; `within` goes by what they state."""

    within = CidrFilter(
        method=lambda rows, _, span: rows.stating(Occupancy.objects.now().within(span)), help_text=HOLDS
    )

    class Meta:
        model = Version
        fields: list[str] = []


class ClaimFilterSet(SeenFilterSet):
    """Claims, which state nothing themselves; `within` goes by the addresses that they were given."""

    within = CidrFilter(
        method=lambda rows, _, span: rows.claiming(Occupancy.objects.now().within(span)), help_text=HOLDS
    )

    class Meta:
        model = Version
        fields: list[str] = []


class OccupancyFilterSet(SeenFilterSet):
    within = CidrFilter(method=lambda rows, _, span: rows.within(span), help_text="A CIDR that holds it.")
    role = ChoicesFilter(choices=ROLES, help_text="One or more roles, joined by commas.")
    tracked = TruthFilter(
        method=lambda rows, _, wanted: rows.tracked(wanted),
        help_text="Whether an IPAddress exists for the address on its segment.",
    )

    class Meta:
        model = Occupancy
        fields: list[str] = []
