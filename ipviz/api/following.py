"""Following what happens: positions in a feed, and changes from one of them on."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from ipviz.api import serializers as shapes
from ipviz.api.answers import Listing
from ipviz.api.ordering import ORDERING
from ipviz.api.pagination import CURSOR, Pages
from ipviz.api.problems import MEDIA_TYPE, Gone
from ipviz.api.rendering import LinesRenderer
from ipviz.api.schema import refused
from ipviz.inventory.filtersets import ChangeFilterSet
from ipviz.inventory.models import Change, Feed
from ipviz.rows.changes import change_rows
from ipviz.rows.feed import Forgotten, NotYet, Read, earliest, latest, read_on

AFTER, LATEST = "after", "latest"
ALONE = ("page", CURSOR, ORDERING, "at")
"""Each says in which order, or until when, a list is told; so does `after`."""
ANEW = "Read the lists that you follow anew, and go on from `after=latest`, asked for before you do."


def position_in(feed: Feed.Name, text: str, *, asked_as: str) -> int:
    """Where somebody wants to read on. Plain: a row's id is the position after it."""
    if not text:
        return earliest(feed)
    if text == LATEST:
        return latest(feed)
    # Digits of other scripts are digits to str.isdigit, and no feed has more of them.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        told = f"{text!r} is no position: that is what `next` has, or the id of a row; `{LATEST}` is now."
        raise ValidationError({asked_as: [told]})
    return int(text)


def read_after(position: int, rows: QuerySet[Any], feed: Feed.Name, size: int) -> Read:
    try:
        return read_on(rows, feed, position, size)
    except Forgotten as error:
        raise Gone(f"Not all that came after {position} is kept any longer. {ANEW}") from error
    except NotYet as error:
        # The database is older than what was read of it, as where a backup was put back.
        raise Gone(f"There is nothing up to {position} here. {ANEW}") from error


class FeedPages(Pages):
    """With `after` also as a feed: `next` is never null, and asked again later tells what happened since."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        if AFTER not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        size, text = self.get_page_size(request), request.query_params[AFTER]
        position = position_in(Feed.Name.CHANGES, text, asked_as=AFTER)
        read = (
            Read((), position) if text == LATEST else read_after(position, queryset, Feed.Name.CHANGES, size)
        )
        self.is_walked = True
        self.following = replace_query_param(request.build_absolute_uri(), AFTER, read.position)
        return list(read.rows)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        words = (
            "Follow what happens, the oldest first, in the order in which it was stored: after the row with"
            f" this id. Empty begins with the first that is kept, `{LATEST}` tells no row and where to go on."
        )
        follow = {"name": AFTER, "in": "query", "required": False, "description": words}
        empty = {"allowEmptyValue": True, "schema": {"type": "string"}}
        return [*super().get_schema_operation_parameters(view), {**follow, **empty}]


@extend_schema_view(
    get=extend_schema(
        responses={
            200: shapes.ChangeSerializer(many=True),
            (410, MEDIA_TYPE): refused("What came after that position is no longer kept: read anew."),
        }
    )
)
class Changes(Listing[Change]):
    """What appeared, changed and went, and which clusters could not be read: the latest first, or a feed."""

    queryset = Change.objects.whole()
    filterset_class = ChangeFilterSet
    serializer_class = shapes.ChangeSerializer
    pagination_class = FeedPages
    asks = (AFTER,)
    tell = staticmethod(change_rows)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if AFTER in request.query_params:
            self._refuse_company(request)

    def _refuse_company(self, request: Request) -> None:
        told = [f"It goes without `{name}`." for name in ALONE if name in request.query_params]
        if isinstance(request.accepted_renderer, LinesRenderer):
            told.append(
                "A feed is told in pages of JSON, whose `next` leads on; leave `Accept` and `format`."
            )
        if told:
            raise ValidationError({AFTER: told})
