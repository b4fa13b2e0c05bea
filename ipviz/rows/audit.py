"""What people changed, as the page and the API tell it, and what can be asked for of it."""

from collections.abc import Sequence
from datetime import datetime

from django_filters import CharFilter

from ipviz.audit.models import Entry
from ipviz.clusters.filtersets import MomentFilterSet
from ipviz.inventory.filtersets import MomentFilter
from ipviz.rows.row import Row


class EntryFilterSet(MomentFilterSet):
    """They have one order, that of writing."""

    who = CharFilter(help_text="A person's or token's name, as the entries have it.")
    kind = CharFilter(help_text="The kind of thing: subnet, cluster, finding, person, ...")
    ref = CharFilter(help_text="The id of the thing; it goes with `kind`.")
    q = CharFilter(
        method=lambda rows, _, part: rows.speaking_of(part),
        help_text="A part of the thing's name, of who, or of what was done.",
    )
    since = MomentFilter(field_name="at", lookup_expr="gte", help_text="A moment: from then on.")
    until = MomentFilter(field_name="at", lookup_expr="lte", help_text="A moment: until then.")

    class Meta:
        model = Entry
        fields: list[str] = []


def entry_rows(entries: Sequence[Entry], at: datetime | None = None) -> list[Row]:
    names = ("id", "at", "who", "origin", "request_id", "kind", "ref", "name", "action", "before", "after")
    return [{name: getattr(each, name) for name in names} for each in entries]
