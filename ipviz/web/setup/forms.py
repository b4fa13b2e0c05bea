"""What is typed on the pages of settings: read here, and checked by who writes it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User

from ipviz.accounts.limits import ASKED_PER_MINUTE, MOST_PER_MINUTE, Limits, known_network, known_path
from ipviz.accounts.models import TOKEN_ROLES, Role
from ipviz.accounts.tokens import MOST_DAYS, NAME_LENGTH
from ipviz.alerts.wishing import known_segment
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.clusters.registry import Where
from ipviz.domain.spans import parse_range
from ipviz.polling.kubeconfigs import WrongSource, read_with
from ipviz.web.forms import Items, SeenSegments, segment_field

IN_CLUSTER = "in-cluster"
FILE = "file:"
ROLES = {
    Role.VIEWER: "viewer: looks",
    Role.OPERATOR: "operator: also acknowledges, silences, subscribes, polls, declares subnets and segments",
    Role.ADMIN: "admin: also adds and removes clusters, tokens and people",
}

if TYPE_CHECKING:
    _UserModelForm = forms.ModelForm[User]
else:
    _UserModelForm = forms.ModelForm


def _text(placeholder: str = "") -> forms.TextInput:
    return forms.TextInput(attrs={"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"})


def _role_field(roles: Iterable[Role], label: str = "Role") -> forms.ChoiceField:
    choices = [(role.value, ROLES[role]) for role in roles]
    return forms.ChoiceField(label=label, choices=choices, initial=Role.VIEWER, widget=forms.RadioSelect)


class SegmentForm(forms.Form):
    name = forms.CharField(label="Name", max_length=63, widget=_text("site-b"))


class MoveForm(forms.Form):
    cluster = forms.ChoiceField(label="Management cluster")
    segment = forms.ChoiceField(label="To segment")

    def __init__(
        self, *args: Any, clusters: Sequence[Cluster], segments: Sequence[Segment], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["cluster"].choices = [(each.name, each.name) for each in clusters]  # type: ignore[attr-defined]
        self.fields["segment"].choices = [(each.name, each.name) for each in segments]  # type: ignore[attr-defined]


class SubnetForm(SeenSegments):
    """What a declaration says; of one that stands already neither CIDR nor segment can be changed."""

    cidr = forms.CharField(label="CIDR", max_length=49, widget=_text("192.0.2.0/24"))
    segment = segment_field()
    name = forms.CharField(label="Name (may be empty)", max_length=63, required=False, widget=_text("prod-a"))
    gateway = forms.CharField(
        label="Gateway (empty: unknown)", max_length=45, required=False, widget=_text("192.0.2.1")
    )
    dhcp = Items(parse_range, "192.0.2.20-192.0.2.90, 192.0.2.200-192.0.2.220")

    def __init__(self, *args: Any, standing: Subnet | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["dhcp"].label = "DHCP ranges, with commas between them"
        if standing:
            del self.fields["cidr"], self.fields["segment"]


class ClusterForm(SeenSegments):
    """A management cluster by name, and where it is read from: never a path, nor a credential."""

    name = forms.CharField(label="Name", max_length=63, widget=_text("gmc"))
    segment = segment_field()
    source = forms.ChoiceField(label="Read with")
    context = forms.CharField(
        label="Context (empty: the current one)",
        max_length=253,
        required=False,
        widget=_text(),
    )

    def __init__(self, *args: Any, files: Sequence[str], in_cluster: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.where = Where()
        pod = [(IN_CLUSTER, "the service account of the pod in which ipviz runs")] if in_cluster else []
        named = [(FILE + name, name) for name in files]
        self.fields["source"].choices = [*named, *pod]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        source, context = found.get("source", ""), found.get("context", "")
        if source:
            file = source.removeprefix(FILE) if source != IN_CLUSTER else ""
            try:
                self.where = read_with(file, context, in_cluster=source == IN_CLUSTER)
            except WrongSource as error:
                self.add_error("context" if error.about == "context" else "source", str(error))
        return found


class TokenForm(forms.Form):
    name = forms.CharField(label="What it is for", max_length=NAME_LENGTH, widget=_text("pipelines"))
    role = _role_field(TOKEN_ROLES)
    days = forms.IntegerField(
        label="Days that it is good",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Until it is revoked, where this is empty.",
    )
    networks = Items(known_network, "anywhere, or 192.0.2.0/24", "Where it may come from")
    segments = Items(known_segment, "all, or names", "Segments that it sees")
    clusters = Items(
        known_path, "all, or gmc/org-acme, gmc/org-acme/beta", "Clusters and organisations that it sees"
    )
    per_minute = forms.IntegerField(
        label="Requests a minute",
        required=False,
        min_value=1,
        max_value=MOST_PER_MINUTE,
        help_text=f"{ASKED_PER_MINUTE:,}, where this is empty.",
    )

    def limits(self) -> Limits:
        asked = self.cleaned_data
        named = {name: tuple(asked[name]) for name in ("networks", "segments", "clusters")}
        return Limits(**named, per_minute=asked["per_minute"])


class PersonForm(_UserModelForm):
    role = _role_field(Role)

    class Meta:
        model = User
        fields = ["username"]
        field_classes = {"username": UsernameField}
        labels = {"username": "Name"}
        help_texts = {"username": ""}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].widget = _text("anna")


class LimitsForm(forms.Form):
    segments = Items(known_segment, "all, or names", "Segments that are seen")
    clusters = Items(
        known_path, "all, or gmc/org-acme, gmc/org-acme/beta", "Clusters and organisations that are seen"
    )

    def limits(self) -> Limits:
        return Limits(
            segments=tuple(self.cleaned_data["segments"]), clusters=tuple(self.cleaned_data["clusters"])
        )


class RoleForm(forms.Form):
    role = _role_field(Role, "What this person may do")
