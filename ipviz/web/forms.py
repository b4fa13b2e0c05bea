"""What people type in, read and checked: each fault is said beside its field, with what to do."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms

from ipviz.alerts.models import ADDRESS_LENGTH, Subscription
from ipviz.alerts.wishing import any_name, known_cluster, known_segment, known_zone, new_address, whole_quiet
from ipviz.clusters.models import DEFAULT_SEGMENT
from ipviz.clusters.segments import to_choose_from
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.domain.spans import parse_entry, parse_network
from ipviz.domain.verdicts import FindingClass
from ipviz.domain.wishes import MORNING, AtOnce, Rhythm

MOST_ITEMS = 100
HOURS = (1, 2, 4, 8, 24, 72, 168, 720)
"""For which all that matches can be silenced; other ends by the API."""


AT_ONCE = [
    (AtOnce.GRAVE.value, "what can't wait"),
    (AtOnce.ALL.value, "everything"),
    (AtOnce.NOTHING.value, "nothing"),
]
RHYTHMS = [
    (Rhythm.DAILY.value, f"daily, at {MORNING}:00"),
    (Rhythm.HOURLY.value, "hourly"),
    (Rhythm.WEEKLY.value, f"weekly, on Mondays at {MORNING}:00"),
    (Rhythm.NEVER.value, "never"),
]


if TYPE_CHECKING:
    _SubscriptionModelForm = forms.ModelForm[Subscription]
else:
    _SubscriptionModelForm = forms.ModelForm  # which takes no parameter at run time


def known_rule(name: str) -> None:
    if name not in RULES:
        raise ValueError(f"There is no rule {name}: C1, H6 or P1 are some.")


class Items(forms.CharField):
    """Several, with commas between them; each is checked by a function that raises ValueError."""

    def __init__(self, check: Callable[[str], object], placeholder: str, label: str | None = None) -> None:
        widget = forms.TextInput(attrs={"placeholder": placeholder, "autocomplete": "off"})
        super().__init__(required=False, max_length=4000, widget=widget, label=label)
        self.check = check

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [part.strip() for part in (super().to_python(value) or "").split(",") if part.strip()]

    def run_validators(self, value: Any) -> None:
        if len(value) > MOST_ITEMS:
            raise forms.ValidationError(f"These are more than {MOST_ITEMS}.")
        for each in value:
            try:
                self.check(each)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from None


class SeenSegments(forms.Form):
    """What asks for a `segment`: whoever fills it in chooses among those that are seen whole."""

    def __init__(self, *args: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*args, **options)
        # What a field of a form is beside a `Field`, the stubs do not know.
        self.fields["segment"].choices = partial(_segments, scope)  # type: ignore[attr-defined]


def _segments(scope: Scope) -> list[tuple[str, str]]:
    return [(name, name) for name in to_choose_from(scope)]


def segment_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="Segment", initial=DEFAULT_SEGMENT)


def _clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class SubscriptionForm(_SubscriptionModelForm):
    """The address can be given once, when it is subscribed."""

    segments = Items(known_segment, "all")
    subnets = Items(parse_network, "all, or 10.10.222.0/24")
    clusters = Items(known_cluster, "all, or names or paths")
    organisations = Items(any_name, "all, or namespaces like org-acme")
    classes = forms.MultipleChoiceField(
        choices=[(each.value, each.value.replace("-", " ")) for each in FindingClass],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    at_once = forms.ChoiceField(choices=AT_ONCE)
    rhythm = forms.ChoiceField(choices=RHYTHMS)
    zone = forms.CharField(max_length=64, initial="UTC", widget=forms.TextInput(attrs={"list": "zones"}))
    quiet_from = forms.TimeField(required=False, widget=_clock())
    quiet_until = forms.TimeField(required=False, widget=_clock())

    class Meta:
        model = Subscription
        fields = [
            "address", "at_once", "rhythm", "lowest", "classes", "segments", "subnets", "clusters",
            "organisations", "zone", "quiet_from", "quiet_until",
        ]  # fmt: skip

    def __init__(
        self, *args: Any, scope: Scope = EVERYTHING, allow_loopback: bool = False, **options: Any
    ) -> None:
        """`scope` is what whoever fills it in may see, and so wish to hear of."""
        super().__init__(*args, **options)
        self.allow_loopback = allow_loopback
        # As above.
        self.fields["segments"].check = partial(known_segment, scope=scope)  # type: ignore[attr-defined]
        self.fields["clusters"].check = partial(known_cluster, scope=scope)  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["address"]
        else:
            self.fields["address"].widget.attrs |= {"maxlength": ADDRESS_LENGTH, "autocomplete": "off"}

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip()
        try:
            new_address(address, allow_loopback=self.allow_loopback)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        return address

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        try:
            known_zone(zone)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        return zone

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        try:
            whole_quiet(found.get("quiet_from"), found.get("quiet_until"))
        except ValueError as error:
            self.add_error("quiet_until", str(error))
        return found


class SilenceForm(forms.Form):
    """What is to be silent, for how long, and why; what is left empty matches all."""

    rules = Items(known_rule, "all, or C4, H6")
    clusters = Items(known_cluster, "all, or names or paths")
    spans = Items(parse_entry, "all, or 10.10.222.16/28, 10.10.222.40-10.10.222.47")
    segments = Items(known_segment, "all")
    starts_at = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    hours = forms.TypedChoiceField(coerce=int, choices=[(each, each) for each in HOURS], initial=4)
    reason = forms.CharField(
        max_length=1000,
        widget=forms.TextInput(attrs={"placeholder": "What is going on", "autocomplete": "off"}),
    )

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])
