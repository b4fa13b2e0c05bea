"""A list of rows, as a page shows it and as a file has it: what it is of, what can be asked, its columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from django_filters import FilterSet

from ipviz.domain.scope import Scope
from ipviz.rows.row import Row


class Tell(Protocol):
    """Tells a page of rows at once, as of a moment."""

    def __call__(self, rows: Any, /, at: datetime | None) -> list[Row]: ...


Teller = Callable[[Any], list[Row]]


@dataclass(frozen=True, slots=True)
class Cell:
    """`css` names what kind of text it is: a name, an address, a number; `when` is told as how long ago."""

    text: str = ""
    url: str = ""
    css: str = ""
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Column:
    head: str
    cell: Callable[[Row], Cell]
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """`name` is that of the API's list, too; `noun` is what a row is called, `about` what the list is for."""

    name: str
    noun: str
    about: str
    rows: Callable[[], Any]
    """Of a queryset that knows what is `in_scope`."""
    filterset: type[FilterSet]
    teller: Callable[[Scope, datetime | None], Teller]
    """Tells pieces of the list to whoever sees that, as of a moment."""
    columns: Sequence[Column]
    read: Callable[[Any, datetime | None], Any] = lambda rows, at: rows
    """What is read of the rows that are told, now or then: all of each, unless it is said."""


def telling(tell: Tell) -> Callable[[Scope, datetime | None], Teller]:
    """Of rows that say nothing of what is around them, which somebody may not see."""
    return lambda _, at: partial(tell, at=at)


def plain(head: str, key: str, *, css: str = "name") -> Column:
    """What a row says under that key; several values one after the other."""
    return Column(head, lambda row: Cell(_text(row[key]), css=css))


def number(head: str, key: str) -> Column:
    return Column(head, lambda row: Cell(_text(row[key]), css="number"), is_number=True)


def moment(head: str, key: str) -> Column:
    return Column(head, lambda row: Cell(when=row[key]))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
