"""What is typed on the pages of plans, in the words of `Needs` and `Part`."""

from collections.abc import Iterator
from typing import Any

from django import forms

from ipviz.domain.needs import Needs
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import network_text, parse_entry
from ipviz.planning.dividing import MOST_BALANCERS, MOST_CLUSTERS, MOST_NODES, part_of
from ipviz.web.forms import Items, SeenSegments, segment_field

POOL, BLOCKS = "pool", "blocks"
NUMBERS = ("nodes", "clusters", "later", "balancers")
NAMES = ("management", "control_plane_pool", "balancer_pool")
CHOSEN = {
    "api": Use.API,
    "ingress": Use.INGRESS,
    "control_planes": Use.CONTROL_PLANES,
    "pool": Use.BALANCERS,
    "blocks": Use.BLOCK,
    "dhcp": Use.DHCP,
}
"""The fields in which parts are chosen; those that are dragged are written there too."""


def text_input(placeholder: str = "", **attributes: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false", **attributes}
    )


def _number(label: str, most: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, help_text=help_text)


def _range_and_name(text: str) -> None:
    parse_entry(text.partition("=")[0].strip())


def _chosen(label: str, placeholder: str) -> Items:
    return Items(_range_and_name, placeholder, label=label)


class SubnetToDivideForm(SeenSegments):
    """Which network: a known one, or one to think about."""

    cidr = forms.CharField(label="Subnet", max_length=49, widget=text_input("10.10.222.0/24", list="subnets"))
    segment = segment_field()
    gateway = forms.CharField(
        label="Gateway",
        max_length=45,
        required=False,
        widget=text_input(),
        help_text="Of one that is not declared.",
    )


class DivideForm(forms.Form):
    nodes = _number("Nodes to expect", MOST_NODES, "Addresses that DHCP leases at a time.")
    clusters = _number("Workload clusters now", MOST_CLUSTERS)
    later = _number("And later", MOST_CLUSTERS)
    balancers = _number("Load-balancer addresses for each", MOST_BALANCERS)
    style = forms.ChoiceField(
        label="Load balancers get them from",
        choices=[
            (POOL, "one pool, as today's chart claims them"),
            (BLOCKS, "an aligned block for each cluster"),
        ],
        widget=forms.RadioSelect,
    )
    api = _chosen("API of the management cluster", "as ipviz finds it")
    ingress = _chosen("Its ingress", "as ipviz finds it")
    control_planes = _chosen("Pool for control planes", "FIRST-LAST")
    pool = _chosen("Pool for load balancers", "FIRST-LAST")
    blocks = _chosen("Blocks", "CIDR=CLUSTER, CIDR")
    dhcp = _chosen("DHCP for nodes", "FIRST-LAST")
    management = forms.CharField(
        label="Management cluster", max_length=63, required=False, widget=text_input()
    )
    control_plane_pool = forms.CharField(
        label="Name of the pool for control planes", max_length=63, widget=text_input()
    )
    balancer_pool = forms.CharField(
        label="Name of the pool for load balancers", max_length=63, widget=text_input()
    )

    @property
    def numbers(self) -> list[Any]:
        return [self[name] for name in NUMBERS]

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """The fields in which parts are chosen, each with the one style that looks at it, or none."""
        return [(self[name], name if name in (POOL, BLOCKS) else "") for name in CHOSEN]

    @property
    def names(self) -> list[Any]:
        return [self[name] for name in NAMES]

    def asked(self) -> dict[str, Any]:
        """As `propose` takes it."""
        typed = self.cleaned_data
        in_blocks = typed["style"] == BLOCKS
        other = Use.BALANCERS if in_blocks else Use.BLOCK
        said = {name: typed[name] for name in (*NUMBERS, *NAMES)}
        fixed = tuple(part for part in _parts(typed) if part.use is not other)
        return {**said, "in_blocks": in_blocks, "fixed": fixed}


def _parts(typed: dict[str, Any]) -> Iterator[Part]:
    names = {
        Use.CONTROL_PLANES: typed["control_plane_pool"],
        Use.BALANCERS: typed["balancer_pool"],
        Use.API: typed["management"],
        Use.INGRESS: typed["management"],
    }
    for field, use in CHOSEN.items():
        for text in typed[field]:
            span, _, name = text.partition("=")
            yield part_of(use, span, name.strip() if use is Use.BLOCK else names.get(use, ""))


def typed_of(needs: Needs) -> dict[str, str]:
    """What would be typed for it."""
    texts: dict[str, list[str]] = {name: [] for name in CHOSEN}
    fields = {use: name for name, use in CHOSEN.items()}
    for part in needs.fixed:
        texts[fields[part.use]].append(_typed(part))
    return {
        **{name: str(getattr(needs, name)) for name in (*NUMBERS, *NAMES)},
        "style": BLOCKS if needs.in_blocks else POOL,
        **{name: ", ".join(each) for name, each in texts.items()},
    }


def _typed(part: Part) -> str:
    if part.use is Use.BLOCK:
        return f"{network_text(part.span)}={part.name}" if part.name else network_text(part.span)
    return str(part.span)


class AddressForm(forms.Form):
    """For what an address, or several, are wanted."""

    subnet = forms.ChoiceField(label="Subnet")
    size = forms.ChoiceField(label="How many")
    count = forms.IntegerField(label="Proposals", min_value=1, max_value=64, initial=8)

    def __init__(
        self, *args: Any, subnets: list[tuple[str, str]], sizes: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["subnet"].choices = subnets  # type: ignore[attr-defined]
        self.fields["size"].choices = sizes  # type: ignore[attr-defined]


class RangeForm(SeenSegments):
    cluster = forms.CharField(label="Cluster", max_length=600, widget=text_input("beta", list="clusters"))
    balancers = forms.IntegerField(label="Addresses", min_value=1, max_value=MOST_BALANCERS, initial=4)
    segment = segment_field()
    wanted = forms.CharField(
        label="Range (empty: the next that is free)",
        max_length=100,
        required=False,
        widget=text_input("10.10.222.208/30"),
    )

    def clean_wanted(self) -> str:
        text: str = self.cleaned_data["wanted"].strip()
        if text:
            try:
                parse_entry(text)
            except ValueError as error:
                raise forms.ValidationError(f"{error}. A range is a CIDR or FIRST-LAST.") from None
        return text


class NewClusterForm(SeenSegments):
    name = forms.CharField(label="Name", max_length=47, widget=text_input("delta"))
    organization = forms.CharField(label="Organisation", max_length=59, widget=text_input("acme"))
    balancers = forms.IntegerField(
        label="Load-balancer addresses", min_value=0, max_value=MOST_BALANCERS, initial=3
    )
    segment = segment_field()
    management = forms.CharField(
        label="Management cluster (where there are several)",
        max_length=63,
        required=False,
        widget=text_input(),
    )
