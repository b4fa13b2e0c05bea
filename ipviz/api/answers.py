"""What every view of the API has in common, and what those have that tell rows; `ipviz.rows` tells them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any, ClassVar, Protocol, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.exceptions import MethodNotAllowed, NotFound, ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from ipviz.accounts.scopes import scope_of
from ipviz.api.filtering import filters_of
from ipviz.api.pagination import Pages
from ipviz.api.permissions import Read
from ipviz.api.questions import NUL, SEGMENT, refuse_nul, refuse_unknown, refuse_unseen_segment
from ipviz.api.rendering import CsvRenderer, JSONRenderer, LinesRenderer, NdjsonRenderer
from ipviz.api.schema import Described
from ipviz.domain.moments import moment_text, read_past_moment
from ipviz.domain.scope import Scope
from ipviz.inventory.models import Snapshot
from ipviz.rows.row import Row
from ipviz.rows.walking import pieces

M = TypeVar("M", bound=Model)
PIECE = 2000
"""Rows that are held at once while a whole list is written."""


class Tell(Protocol):
    """Tells a page of rows at once, as of a moment."""

    def __call__(self, rows: Any, /, at: datetime | None) -> list[Row]: ...


Teller = Callable[[Sequence[Any]], list[Row]]


class Answers(APIView):
    """What every view of the API has in common."""

    schema = Described()
    is_timed = False
    """It can be asked as of a moment, with `at`."""
    moment: datetime | None = None
    asks: ClassVar[tuple[str, ...]] = ()
    """What can be asked in the query string, besides what every view of its kind is asked."""

    @property
    def scope(self) -> Scope:
        """What whoever asks may see."""
        return scope_of(self.request)

    def get_queryset(self) -> Any:
        """What is seen of what there is; rows that can't be told apart so are told to nobody."""
        # Asked only of views that have rows, which GenericAPIView brings.
        return super().get_queryset().in_scope(self.scope)  # type: ignore[misc]

    def get_object(self) -> Any:
        """No PostgreSQL takes the character NUL, so nothing is named by it."""
        if any(NUL in str(each) for each in self.kwargs.values()):
            raise NotFound
        return super().get_object()  # type: ignore[misc]  # as above

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_nul(request)
        refuse_unknown(request, self.questions())
        if SEGMENT in request.query_params:
            refuse_unseen_segment(request, self.scope)
        if "at" in request.query_params:
            self.moment = self._moment(request.query_params["at"])

    def questions(self) -> Iterable[str]:
        """All that can be asked here. Where there is no past, or no choice of formats, it is said so."""
        return {"at", "format", *self.asks}

    def check_permissions(self, request: Request) -> None:
        """Whoever is known hears that nobody may do this here, and not that a role is missing."""
        if Read().has_permission(request, self) and (request.method or "") not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        super().check_permissions(request)

    def _moment(self, text: str) -> datetime:
        if not self.is_timed:
            raise ValidationError({"at": ["This is not told as of a moment."]})
        try:
            moment = read_past_moment(text, now=timezone.now())
        except ValueError as error:
            raise ValidationError({"at": [str(error)]}) from error
        known = Snapshot.objects.in_scope(self.scope).known_since()
        if known is None or moment < known:
            since = f"before {moment_text(known)}" if known else "yet"
            raise ValidationError({"at": [f"Nothing is known {since}: that is not to say that nothing was."]})
        return moment


class Sparse(Answers, GenericAPIView[M]):
    """What is told whole, or as some of its fields."""

    is_timed = True
    is_sparse = True
    """Some fields can be asked for."""

    @cached_property
    def names(self) -> list[str]:
        """The fields that are asked for, in the order in which they are told."""
        known = list(cast(Serializer[Any], self.get_serializer()).fields)
        asked = [
            each for text in self.request.query_params.getlist("fields") for each in text.split(",") if each
        ]
        if wrong := [each for each in asked if each not in known]:
            told = f"There is no field {', '.join(map(repr, wrong))}; there are: {', '.join(known)}."
            raise ValidationError({"fields": [told]})
        return [each for each in known if each in asked] or known

    def questions(self) -> Iterable[str]:
        return {"fields", *super().questions()}

    def thinned(self, rows: list[Row]) -> list[Row]:
        """The rows, with no more fields than are asked for."""
        if "fields" not in self.request.query_params:
            return rows
        names = self.names
        return [{name: row[name] for name in names} for row in rows]


class Telling(Sparse[M]):
    """What tells rows that are stored."""

    tell: ClassVar[Tell]

    @cached_property
    def teller(self) -> Teller:
        """Tells the rows of this request, a piece after the other."""
        return partial(type(self).tell, at=self.moment)

    def told(self, rows: Sequence[Any]) -> list[Row]:
        return self.thinned(self.teller(rows))


class Listing(Telling[M], ListAPIView[M]):
    """In pages, or whole as lines: the latter are written while they are read, a piece at a time."""

    renderer_classes = [JSONRenderer, NdjsonRenderer, CsvRenderer]

    def get_renderers(self) -> list[BaseRenderer]:
        """What is made answers as itself, and not as a list."""
        every = super().get_renderers()
        return every if self.request.method in SAFE_METHODS else every[:1]

    def questions(self) -> Iterable[str]:
        return {*super().questions(), *filters_of(self), *Pages.questions}

    def columns(self, rows: QuerySet[Any]) -> Any:
        """What is read of rows that are told: all of each."""
        return rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        found = self.filter_queryset(self.get_queryset())
        renderer = request.accepted_renderer
        if isinstance(renderer, LinesRenderer):
            lines = renderer.lines(self.names, map(self.told, pieces(self.columns(found), PIECE)))
            return StreamingHttpResponse(lines, content_type=renderer.media_type)
        return self.get_paginated_response(self.told(self.paginate_queryset(found) or []))


class Detail(Telling[M], RetrieveAPIView[M]):
    filter_backends = ()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.told([self.get_object()])[0])
