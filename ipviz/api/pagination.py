"""Pages of a list, `count`, `next`, `previous` and `results`, by `page` and `page_size` or by `cursor`."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.core import signing
from django.core.paginator import Paginator
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from ipviz.api.numbers import number_asked
from ipviz.rows.walking import Position, columns_of, piece, position_of

PAGE, CURSOR = "page", "cursor"


class BeyondTheLast(ValidationError):
    """A page that is not there, though it may come: no bad request, and still the field is named."""

    status_code = 404


class Pages(PageNumberPagination):
    """A size above the largest is served as the largest; `next` tells that there is more.

    With `cursor`, empty at first, the list is walked from one end to the other in the order of what its rows
    are: `next` leads on, nothing is counted, and what is there all the while is told once, however much
    changes beside it.
    """

    page_query_param = PAGE
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000
    questions: ClassVar[tuple[str, ...]] = ("page", "page_size", CURSOR)
    is_walked = False
    following: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self.is_walked = CURSOR in request.query_params
        if not self.is_walked:
            self.django_paginator_class = partial(_Paginator, columns=view.columns)  # type: ignore[assignment]  # it is only called
            return super().paginate_queryset(queryset, request, view)
        if PAGE in request.query_params:
            raise ValidationError({PAGE: ["A walk by cursor has no pages: leave this out."]})
        size = self.get_page_size(request)
        found = list(view.columns(piece(queryset, _position(request, queryset), size)))
        if len(found) == size:
            here = request.build_absolute_uri()
            text = signing.dumps(position_of(found[-1], columns_of(queryset)), salt=_salt(queryset))
            self.following = replace_query_param(here, CURSOR, text)
        return found

    def get_paginated_response(self, data: Any) -> Response:
        if not self.is_walked:
            return super().get_paginated_response(data)
        return Response({"count": None, "next": self.following, "previous": None, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        told = super().get_paginated_response_schema(schema)
        properties = told["properties"]
        properties["count"] |= {"nullable": True, "description": "Null where a cursor is walked."}
        for each in properties.values():
            if each.pop("nullable", False):  # the framework speaks OpenAPI 3.0 here
                each["type"] = [each["type"], "null"]
        return told

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        words = "Walk the whole list while it may change: empty at first, then as `next` has it."
        walk = {"name": CURSOR, "in": "query", "required": False, "description": words}
        return [*super().get_schema_operation_parameters(view), {**walk, "schema": {"type": "string"}}]

    def get_page_size(self, request: Request) -> int:
        return min(number_asked(request, "page_size", self.page_size), self.max_page_size)

    def get_page_number(self, request: Request, paginator: "Paginator[Any]") -> int:
        return number_asked(request, PAGE, 1)


class _Paginator(Paginator):  # type: ignore[type-arg]  # not generic when it runs
    """Counts rows whatever is read of them, and reads those of a page."""

    def __init__(self, *args: Any, columns: Callable[[Any], Any]) -> None:
        super().__init__(*args)
        self.columns = columns

    def validate_number(self, number: Any) -> int:
        if number > self.num_pages:
            raise BeyondTheLast({PAGE: [f"There is no page {number}: the last is {self.num_pages}."]})
        return super().validate_number(number)

    def _get_page(self, object_list: Any, *args: Any) -> Any:
        return super()._get_page(self.columns(object_list), *args)  # type: ignore[misc]  # not in the stubs


def _position(request: Request, rows: Any) -> Position:
    """Where the walk goes on. Signed, so that nothing but what we gave comes near the database."""
    text = request.query_params[CURSOR]
    if not text:
        return ()
    try:
        position = tuple(signing.loads(text, salt=_salt(rows)))
    except signing.BadSignature:
        position = ()
    if len(position) != len(columns_of(rows)):
        told = "This is no cursor of this list. Begin with an empty one, and follow `next`."
        raise ValidationError({CURSOR: [told]})
    return position


def _salt(rows: Any) -> str:
    return f"cursor of {rows.model.__name__}"
