"""A list in the order that somebody asks for: by some of its fields, and where these are equal by id."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

ORDERING = "ordering"

Orders = Mapping[str, Sequence[str]]
"""The columns by which a list can be ordered, by the field that they tell."""


def in_order(rows: QuerySet[Any], asked: str, orders: Orders) -> QuerySet[Any]:
    names = [each for each in asked.split(",") if each]
    if wrong := [each for each in names if each.removeprefix("-") not in orders]:
        told = f"There is no order by {', '.join(map(repr, wrong))}; there are: {', '.join(orders)}."
        raise ValidationError({ORDERING: [told if orders else "This is told in an order of its own."]})
    columns = [sign + column for each in names for sign, column in _columns(each, orders)]
    return rows.order_by(*columns, "pk") if columns else rows


def in_words(orders: Orders) -> str:
    return f"One or more of {', '.join(orders)}, joined by commas; `-` before one reverses it."


def _columns(name: str, orders: Orders) -> list[tuple[str, str]]:
    sign = "-" if name.startswith("-") else ""
    return [(sign, column) for column in orders[name.removeprefix("-")]]
