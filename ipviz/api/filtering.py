"""Filters as the view's moment has them, and the order that was asked for."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ipviz.api.ordering import ORDERING, in_order
from ipviz.api.pagination import CURSOR


class MomentFilterBackend(DjangoFilterBackend):
    """Hands the moment on that a view was asked for."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "moment": view.moment}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        found = super().filter_queryset(request, queryset, view)
        if ORDERING not in request.query_params:
            return found
        if CURSOR in request.query_params:
            raise ValidationError({ORDERING: ["What is walked by a cursor has an order of its own."]})
        orders = getattr(self.get_filterset_class(view, queryset), "orders", {})
        return in_order(found, request.query_params[ORDERING], orders)
