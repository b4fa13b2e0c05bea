"""Lists of what was seen: which addresses, pools, claims and Services are there?"""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from ipviz.inventory.filtersets import TruthFilter
from ipviz.web.asof import AsOf
from ipviz.web.lists.listing import Cell, Column, Listing

PAGE = 100
LABELS = {
    "q": ("Name", "a part of it"),
    "within": ("On addresses", "192.0.2.0/24"),
    "cluster": ("Cluster", "name or path"),
    "segment": ("Segment", "name"),
    "tracked": ("IPAM", ""),
}
"""What a question is called, and what one types, where its name does not say it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What can be asked: a text, or one of some choices."""

    name: str
    help: str
    value: str
    choices: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        return LABELS.get(self.name, (self.name.capitalize(), ""))[0]

    @property
    def example(self) -> str:
        return LABELS.get(self.name, ("", ""))[1]


@dataclass(frozen=True, slots=True)
class Found:
    """What a query asks of a list, and what was wrong with it; then nothing is told."""

    rows: QuerySet[Any]
    questions: tuple[Question, ...]
    faults: dict[str, Any]


def found_by(listing: Listing, asked: QueryDict, as_of: AsOf) -> Found:
    seen = listing.rows().in_scope(as_of.scope)
    filterset = listing.filterset(asked, seen, moment=as_of.at)
    questions = tuple(
        Question(name, each.extra.get("help_text", ""), asked.get(name, ""), _choices(each))
        for name, each in filterset.filters.items()
    )
    if filterset.is_valid():
        return Found(filterset.qs, questions, {})
    return Found(seen.none(), questions, dict(filterset.errors))


def list_page(listing: Listing, asked: QueryDict, as_of: AsOf) -> dict[str, Any]:
    found = found_by(listing, asked, as_of)
    page = Paginator(found.rows, PAGE).get_page(asked.get("page"))
    rows = list(listing.read(page.object_list, as_of.at))
    return {
        "at": as_of.moment,
        "as_of": as_of,
        "listing": listing,
        "questions": found.questions,
        "faults": found.faults,
        "page": page,
        "lines": [_cells(listing.columns, row) for row in listing.teller(as_of.scope, as_of.at)(rows)],
        "is_filtered": any(each.value for each in found.questions),
    }


def _cells(columns: Any, row: Any) -> list[tuple[Column, Cell]]:
    return [(column, column.cell(row)) for column in columns]


def _choices(asked: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(asked, TruthFilter):
        return (("true", "tracked"), ("false", "untracked"))
    return tuple((str(value), str(words)) for value, words in asked.extra.get("choices", ()))
