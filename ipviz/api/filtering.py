"""Filters as the view's moment has them."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request


class MomentFilterBackend(DjangoFilterBackend):
    """Hands the moment on that a view was asked for."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "moment": view.moment}
