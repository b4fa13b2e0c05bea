"""What happens to findings, as server-sent events, for those who would otherwise ask again and again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.db import close_old_connections, connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from ipviz.api.answers import Answers
from ipviz.api.filtering import filters_of
from ipviz.api.following import AFTER, LATEST, position_in, read_after
from ipviz.api.handling import name_of
from ipviz.api.problems import MEDIA_TYPE, Busy
from ipviz.api.rendering import EventsRenderer, JSONRenderer
from ipviz.api.schema import refused
from ipviz.api.streams import MOST_EACH, Streams, TooMany
from ipviz.domain.lifecycle import Happening
from ipviz.findings.filtersets import TransitionFilterSet
from ipviz.findings.models import Transition
from ipviz.inventory.models import Feed
from ipviz.rows.feed import Read, latest
from ipviz.rows.findings import transition_row

PIECE = 100
"""Events that are read and written at once."""
LAST_EVENT = "Last-Event-ID"
"""What a client sends that was cut off: it is newer than what its address says."""
renderer = EventsRenderer()


@contextmanager
def briefly_connected() -> Iterator[None]:
    """For a thread that mostly sleeps: it keeps no connection from those who have something to ask."""
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            close_old_connections()


@briefly_connected()
def latest_finding() -> int:
    return latest(Feed.Name.FINDINGS)


def written(read: Read) -> bytes:
    return b"".join(renderer.event(each.pk, each.happening, transition_row(each)) for each in read.rows)


class Events(Answers, GenericAPIView[Transition]):
    queryset = Transition.objects.whole()
    filterset_class = TransitionFilterSet
    pagination_class = None
    http_method_names = ["get", "options"]  # a HEAD would be kept as long as a stream
    asks = (AFTER,)
    streams: ClassVar[Streams] = Streams(latest_finding)

    def questions(self) -> Iterable[str]:
        return {*super().questions(), *filters_of(self)}

    def get_renderers(self) -> list[BaseRenderer]:
        """What is told about the path is no stream."""
        return [renderer if self.request.method == "GET" else JSONRenderer()]

    @extend_schema(
        filters=True,
        parameters=[
            OpenApiParameter(
                AFTER, description=f"Go on after this event's id; without one from `{LATEST}` on."
            ),
            OpenApiParameter(LAST_EVENT, location="header", description="The same, and goes before it."),
        ],
        responses={
            (200, EventsRenderer.media_type): OpenApiResponse(
                OpenApiTypes.STR,
                description=f"Events, named {', '.join(Happening)}. The `data` of each is a line of JSON: the"
                " `finding` as findings/ tells it, and the `transition` that it went through, with `at`,"
                " `before`, `after`, `reason` and `by`.",
            ),
            (410, MEDIA_TYPE): refused("There is nothing up to that position: read anew."),
            (503, MEDIA_TYPE): refused("As many are told already as can be; Retry-After says when to come."),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """What happens to findings from now on, for some minutes; then come again with the last id."""
        found = self.filter_queryset(self.get_queryset())

        def read(position: int) -> Read:
            return read_after(position, found, Feed.Name.FINDINGS, PIECE)

        def read_on(position: int) -> tuple[bytes, int]:
            with briefly_connected():
                more = read(position)
                return written(more), more.position

        first = read(self._position(request))
        try:
            stream = self.streams.begin(name_of(request), read_on, written(first), first.position)
        except TooMany as error:
            told = (
                f"As many streams are told as can be: {MOST_EACH} to one client, {self.streams.most} in all."
                " Come again soon."
            )
            raise Busy(told) from error
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(stream, content_type=EventsRenderer.media_type, headers=headers)

    def _position(self, request: Request) -> int:
        if last := request.headers.get(LAST_EVENT):
            return position_in(Feed.Name.FINDINGS, last, asked_as=LAST_EVENT)
        return position_in(Feed.Name.FINDINGS, request.query_params.get(AFTER, LATEST), asked_as=AFTER)
