"""Filters as the view's moment has them."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


class MomentFilterBackend(DjangoFilterBackend):
    """Hands the moment on that a view was asked for, and says what is wrong in a form's own words."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """The base class would take a `%` in what was asked for a place to put something in."""
        filters = self.get_filterset(request, queryset, view)
        if filters is None:
            return queryset
        if not filters.is_valid():
            raise ValidationError({name: list(reasons) for name, reasons in filters.errors.items()})
        return filters.qs

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "moment": view.moment}
