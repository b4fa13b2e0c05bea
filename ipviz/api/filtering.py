"""Filters as the view's moment has them, and the order that was asked for."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ipviz.api.ordering import ORDERING, Orders, in_order
from ipviz.api.pagination import CURSOR
from ipviz.domain.spans import network_text, parse_address

CONTAINS, WITHIN = "contains", "within"


class MomentFilterBackend(DjangoFilterBackend):
    """Hands the moment on that a view was asked for, and says what is wrong in a form's own words."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        asked = super().get_filterset_kwargs(request, queryset, view)
        if CONTAINS in asked["data"]:
            asked["data"] = {**asked["data"].dict(), WITHIN: _as_network(asked["data"])}
        return {**asked, "moment": view.moment}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """The base class would take a `%` in what was asked for a place to put something in."""
        filters = self.get_filterset(request, queryset, view)
        if filters is None:
            return self._in_order(request, queryset, {})
        if not filters.is_valid():
            raise ValidationError({name: list(reasons) for name, reasons in filters.errors.items()})
        return self._in_order(request, filters.qs, getattr(filters, "orders", {}))

    def _in_order(self, request: Request, found: Any, orders: Orders) -> Any:
        if ORDERING not in request.query_params:
            return found
        if CURSOR in request.query_params:
            raise ValidationError({ORDERING: ["What is walked by a cursor has an order of its own."]})
        return in_order(found, request.query_params[ORDERING], orders)


def filters_of(view: Any) -> set[str]:
    """What a view's rows can be filtered and ordered by."""
    filters = getattr(view, "filterset_class", None)
    names = {ORDERING, *(filters.base_filters if filters else ())}
    return names | {CONTAINS} if WITHIN in names else names


def _as_network(asked: Any) -> str:
    """The address that is asked for as a CIDR."""
    if WITHIN in asked:
        raise ValidationError({CONTAINS: [f"It goes without `{WITHIN}`."]})
    try:
        return network_text(parse_address(asked[CONTAINS]))
    except ValueError:
        told = f"{asked[CONTAINS]!r} is not an address. One is written like 192.0.2.7 or 2001:db8::7."
        raise ValidationError({CONTAINS: [told]}) from None
