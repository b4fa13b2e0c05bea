"""A list from one end to the other, a piece at a time: in one go, or walked while it changes.

In a walk a piece begins after the last row of the one before, by what an object is and not by how many came
before it: what is there all the while is told once, whatever comes and goes beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet

from ipviz.domain.batches import batched
from ipviz.inventory.models import Occupancy, Version

Position = tuple[Any, ...]
"""What the last row that was told is, in the columns by which its list is walked."""

# An object that changes is another row, with another id, and the same object still.
_IDENTITIES: Mapping[type[Model], Sequence[str]] = {
    Occupancy: (*Occupancy.IDENTITY, "cluster_id"),
    Version: ("cluster_id", "kind", "uid"),
}
_ID = ("pk",)


def piece(rows: QuerySet[Any], after: Position, size: int) -> QuerySet[Any]:
    """The next rows, at most so many; from the beginning where `after` is empty."""
    columns = columns_of(rows)
    left = rows.filter(_after(columns, after)) if after else rows
    return left.order_by(*columns)[:size]


def position_of(row: Any, columns: Sequence[str]) -> Position:
    return tuple(getattr(row, name) for name in columns)


def columns_of(rows: QuerySet[Any]) -> Sequence[str]:
    return _IDENTITIES.get(rows.model, _ID)


def pieces(rows: QuerySet[Any], size: int) -> Iterator[Sequence[Any]]:
    """All of them as they are at the first, in one query; memory is that of one piece."""
    return batched(rows.iterator(chunk_size=size), size)


def _after(columns: Sequence[str], position: Position) -> Q:
    """`(a, b, c) > (x, y, z)`, said so that an index on the first column helps."""
    later = Q(pk__in=())
    for number, name in enumerate(columns):
        same = dict(zip(columns[:number], position, strict=False))
        later |= Q(**same, **{f"{name}__gt": position[number]})
    return Q(**{f"{columns[0]}__gte": position[0]}) & later
