"""How somebody wishes to see the addresses of a subnet: which states, in which order; the URL says all."""

from dataclasses import dataclass, replace
from operator import sub

from django.http import QueryDict

from ipviz.domain.survey import Survey
from ipviz.web.states import LOOKS, ranks_of

ORDERS = ("address", "size", "state")


@dataclass(frozen=True, slots=True)
class Viewing:
    """`looks` are those that were chosen in the legend, all where none is; `order` one of `ORDERS`."""

    looks: tuple[str, ...] = ()
    order: str = "address"
    is_descending: bool = False

    @property
    def ranks(self) -> frozenset[int]:
        """The ranks of the looks that were chosen; none where all are."""
        return frozenset(LOOKS[key].rank for key in self.looks)

    def with_look(self, key: str) -> "Viewing":
        """The same with one more chosen, or one less."""
        kept = tuple(each for each in self.looks if each != key)
        return replace(self, looks=kept if key in self.looks else (*self.looks, key))

    def ordered(self, order: str) -> "Viewing":
        """In that order; the other way round where it is in that order already."""
        return replace(self, order=order, is_descending=order == self.order and not self.is_descending)

    @property
    def sort(self) -> str | None:
        """As a query has it; None where it is as usual."""
        if (self.order, self.is_descending) == ("address", False):
            return None
        return f"{'-' if self.is_descending else ''}{self.order}"

    def numbers(self, survey: Survey) -> list[int]:
        """The runs to be listed: those that were chosen, else all that is not plain free. O(n log n)."""
        chosen, ranks = self.ranks, ranks_of(survey)
        found = [n for n, rank in enumerate(ranks) if rank in chosen] if chosen else survey.told()
        if self.order == "state":
            found.sort(key=ranks.__getitem__, reverse=self.is_descending)
        elif self.order == "size":
            sizes = list(map(sub, survey.bounds[1:], survey.bounds))
            found.sort(key=sizes.__getitem__, reverse=self.is_descending)
        elif self.is_descending:
            found.reverse()
        return found


def viewing_of(asked: QueryDict) -> Viewing:
    """What a query asks for; what it means by nothing that we know is left out."""
    looks = tuple(dict.fromkeys(key for key in asked.getlist("state") if key in LOOKS))
    sort = asked.get("sort", "")
    order = sort.removeprefix("-")
    return Viewing(looks, order, sort.startswith("-")) if order in ORDERS else Viewing(looks)
