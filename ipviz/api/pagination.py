"""Pages of a list: `page` and `page_size`; `count`, `next`, `previous` and `results`."""

from typing import Any

from django.core.paginator import Paginator
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    """A size above the largest is served as the largest; `next` tells that there is more."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000

    def get_page_size(self, request: Request) -> int:
        return min(_number(request, "page_size", self.page_size), self.max_page_size)

    def get_page_number(self, request: Request, paginator: "Paginator[Any]") -> int:
        return _number(request, "page", 1)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if not text:
        return default
    # Digits of other scripts are digits to str.isdigit, and more than these are no page of anything.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise ValidationError({name: [f"{text!r} is not a number from 1 on."]})
    return int(text)
