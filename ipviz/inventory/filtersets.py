"""What can be asked of what was seen; the query string of a page and of the API alike."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django_filters import BooleanFilter, CharFilter, ChoiceFilter

from ipviz.clusters.filtersets import ChoicesFilter, CidrFilter, ClusterFilterSet, MomentFilterSet
from ipviz.clusters.models import Subnet
from ipviz.domain.changes import What
from ipviz.domain.moments import read_moment
from ipviz.domain.occupants import ADDRESS_ROLES, Role
from ipviz.domain.spans import Span
from ipviz.inventory.models import Change, Occupancy, Snapshot, UsageSample, Version

ROLES = [(role.value, role.value) for role in Role if role in ADDRESS_ROLES]
HOLDS = "A CIDR: what holds at least one of its addresses at the moment."
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

    within = CidrFilter(method="holding", help_text=HOLDS)

    def filter_queryset(self, queryset: Any) -> Any:
        """Those that are read now, or that were then: a poll of them was stored, and they had not retired."""
        if self.moment is None:
            return super().filter_queryset(queryset.live())
        polled = Snapshot.objects.filter(taken_at__lte=self.moment, cluster=OuterRef("pk"))
        return super().filter_queryset(queryset.living_at(self.moment).filter(Exists(polled)))

    def holding(self, rows: Any, _: str, span: Span) -> Any:
        return rows.filter(pk__in=Occupancy.objects.as_seen(self.moment).within(span).clusters())


class SnapshotFilterSet(MomentFilterSet):
    """Polls; those until the moment."""

    orders = {
        "taken_at": ["taken_at"],
        "seconds": ["seconds"],
        "outcome": ["outcome"],
        "cluster": ["cluster__name"],
        "segment": ["cluster__segment__name"],
    }

    segment = CharFilter(method=lambda rows, _, name: rows.on(name), help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.called(name), help_text="A cluster's name or path."
    )
    within = CidrFilter(
        method="holding",
        help_text="A CIDR: the snapshots of clusters that held at least one of its addresses at the moment.",
    )
    q = CharFilter(
        field_name="cluster__name", lookup_expr="icontains", help_text="A part of the cluster's name."
    )
    outcome = ChoiceFilter(choices=Snapshot.Outcome.choices)

    class Meta:
        model = Snapshot
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        until = queryset.filter(taken_at__lte=self.moment) if self.moment else queryset
        return super().filter_queryset(until)

    def holding(self, rows: Any, _: str, span: Span) -> Any:
        return rows.filter(cluster__in=Occupancy.objects.as_seen(self.moment).within(span).clusters())


PLACES = {
    "cluster": ["cluster__name"],
    "cluster_path": ["cluster__path"],
    "segment": ["cluster__segment__name"],
    "namespace": ["namespace"],
    "name": ["name"],
}


class PlacedFilterSet(MomentFilterSet):
    """What is asked of everything that was seen: where, and by which name."""

    segment = CharFilter(method=lambda rows, _, name: rows.on(name), help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.seen_in(name),
        help_text="The name or path of the cluster in which it was seen.",
    )
    q = CharFilter(field_name="name", lookup_expr="icontains", help_text="A part of the object's name.")


class SeenFilterSet(PlacedFilterSet):
    """Of all that ever was seen, what stood at the moment."""

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset.as_seen(self.moment))


class VersionFilterSet(SeenFilterSet):
    """Objects; `within` goes by what they state."""

    orders = {**PLACES, "first_seen": ["seen_from"]}

    within = CidrFilter(method="stating", help_text=HOLDS)

    class Meta:
        model = Version
        fields: list[str] = []

    def stating(self, rows: Any, _: str, span: Span) -> Any:
        return rows.stating(Occupancy.objects.as_seen(self.moment).within(span))


class ClaimFilterSet(SeenFilterSet):
    """Claims, which state nothing themselves; `within` goes by the addresses that they were given."""

    orders = {**PLACES, "first_seen": ["seen_from"]}

    within = CidrFilter(method="given", help_text=HOLDS)

    class Meta:
        model = Version
        fields: list[str] = []

    def given(self, rows: Any, _: str, span: Span) -> Any:
        return rows.claiming(Occupancy.objects.as_seen(self.moment).within(span))


class OccupancyFilterSet(SeenFilterSet):
    orders = {
        "address": ["first_key", "last_key"],
        "role": ["role"],
        "kind": ["kind"],
        **PLACES,
        "first_seen": ["since"],
    }

    within = CidrFilter(method=lambda rows, _, span: rows.within(span), help_text="A CIDR that holds it.")
    role = ChoicesFilter(choices=ROLES, help_text="One or more roles, joined by commas.")
    tracked = TruthFilter(
        method="known_to_ipam", help_text="Whether an IPAddress exists for the address on its segment."
    )

    class Meta:
        model = Occupancy
        fields: list[str] = []

    def known_to_ipam(self, rows: Any, _: str, wanted: bool) -> Any:
        return rows.tracked(wanted, self.moment)


class MomentField(forms.CharField):
    """A moment as people write it, or None where nothing was typed."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return read_moment(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class MomentFilter(CharFilter):
    """Hands a moment to its method."""

    field_class = MomentField


class ChangeFilterSet(PlacedFilterSet):
    """Changes; those until the moment."""

    orders = {"at": ["at"]}

    kind = CharFilter(help_text="A Kubernetes kind.")
    what = ChoicesFilter(
        choices=[(what.value, what.value) for what in What], help_text="One or more, joined by commas."
    )
    within = CidrFilter(
        method=lambda rows, _, span: rows.stating(Occupancy.objects.within(span)),
        help_text="A CIDR: the changes of objects that ever held at least one of its addresses.",
    )
    since = MomentFilter(
        method=lambda rows, _, at: rows.since(at), help_text="A moment: what happened from then on."
    )
    until = MomentFilter(
        method=lambda rows, _, at: rows.until(at), help_text="A moment: what happened until then."
    )

    class Meta:
        model = Change
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset.until(self.moment) if self.moment else queryset)


class UsageFilterSet(MomentFilterSet):
    """How full things were; until the moment."""

    orders = {"at": ["at"], "used": ["used"], "free": ["free"]}

    segment = CharFilter(field_name="segment__name", help_text="The name of a segment.")
    cluster = CharFilter(
        method=lambda rows, _, name: rows.in_cluster(name), help_text="The name or path of a pool's cluster."
    )
    within = CidrFilter(
        method=lambda rows, _, span: rows.of_subnets(Subnet.objects.meeting(span)),
        help_text="A CIDR: the subnets with which it shares at least one address.",
    )
    q = CharFilter(method=lambda rows, _, part: rows.named(part), help_text="A part of the name or CIDR.")
    step = ChoicesFilter(
        choices=[(str(each.value), str(each.value)) for each in UsageSample.Step],
        help_text="60, 3600 or 86400 seconds; one or more, joined by commas.",
    )
    since = MomentFilter(method=lambda rows, _, at: rows.filter(at__gte=at), help_text="A moment.")
    until = MomentFilter(method=lambda rows, _, at: rows.filter(at__lte=at), help_text="A moment.")

    class Meta:
        model = UsageSample
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset.filter(at__lte=self.moment) if self.moment else queryset)
