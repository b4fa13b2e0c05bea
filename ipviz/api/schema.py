"""What the OpenAPI document says beyond shapes: how one signs in, and that errors are problems."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer

from ipviz.api.examples import show_examples
from ipviz.api.ordering import ORDERING, in_words
from ipviz.api.permissions import ReadOrOperate
from ipviz.api.problems import MEDIA_TYPE
from ipviz.api.rendering import CsvRenderer, LinesRenderer, NdjsonRenderer
from ipviz.api.serializers import ProblemSerializer

PROBLEMS = {
    400: "Something that was asked for is wrong, and named.",
    401: "Nobody is signed in, or the token is not known.",
    403: "The role does not allow it.",
    404: "There is no such thing, or the token does not see it.",
    406: "It is not told in a format that is accepted.",
    429: "The token asked too often: `Retry-After` says in how many seconds it may again.",
}
LINES = {
    NdjsonRenderer.media_type: "The whole list as filtered and ordered, a row a line as JSON; no pages.",
    CsvRenderer.media_type: "The whole list as filtered and ordered, a row a line below the names of the"
    " fields; what is no single value is JSON; no pages.",
}
LOCATION = {"description": "The path of what was made.", "schema": {"type": "string"}}
OF_BODIES = {413: "The body is too large.", 415: "The body is no JSON by its type."}


AT = OpenApiParameter(
    "at",
    OpenApiTypes.DATETIME,
    description="As it was at that moment, ISO 8601; now where it is left out. What has no history is told"
    " as of now: which subnets are declared, on which segment a cluster lives, when it is polled next and how"
    " often it failed, and of a finding all but its status.",
)


CONTAINS = OpenApiParameter(
    "contains", description="An address: what holds it, or lies around it. The same as `within` of it alone."
)


FIELDS = OpenApiParameter(
    "fields",
    description="Only these fields of each row: their names, joined by commas. The others are then left out,"
    " also those that its shape calls required.",
)


# drf-spectacular registers each subclass in a hook that has no types.
class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    """Found by being imported."""

    target_class = "ipviz.api.authentication.BearerTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


# As above.
class SentExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # it has no types
    """What a writer may send is all that may be sent."""

    target_class = "ipviz.api.sending.Sent"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        # The documented way to extend what the library makes has no types either.
        told: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]  # it has no types
            self.target, direction, bypass_extensions=True
        )
        return told | {"additionalProperties": False} if direction == "request" else told


class Described(AutoSchema):
    """A view's answers, the moment where it can be asked for, and the problems that any view may answer."""

    def get_override_parameters(self) -> list[Any]:
        asked = {"is_timed": AT, "is_sparse": FIELDS}
        told = [each for name, each in asked.items() if getattr(self.view, name, False)]
        orders = getattr(getattr(self.view, "filterset_class", None), "orders", {})
        if orders and self.method == "GET":
            told.append(OpenApiParameter(ORDERING, description=in_words(orders)))
        filters = getattr(getattr(self.view, "filterset_class", None), "base_filters", {})
        return [*told, CONTAINS] if "within" in filters and self.method == "GET" else told

    def map_renderers(self, attribute: str) -> list[Any]:
        """Whole lists as lines have another shape than pages, and are described with `LINES`."""
        lines = {getattr(each, attribute) for each in (NdjsonRenderer, CsvRenderer)}
        return [each for each in super().map_renderers(attribute) if each not in lines]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            for each in operation.get("parameters", ()):
                if each["in"] == "query" and each["name"] != AT.name:
                    each["allowEmptyValue"] = True  # a form leaves out nothing: it is as if it were not there
            shape = self.resolve_serializer(ProblemSerializer, "response").ref
            told_of = PROBLEMS | OF_BODIES if "requestBody" in operation else PROBLEMS
            for status, words in told_of.items():
                told = {"content": {MEDIA_TYPE: {"schema": shape}}, "description": words}
                operation["responses"].setdefault(str(status), told)
            show_examples(operation)
            _show_lines(operation, self.view.get_renderers())
            if made := operation["responses"].get("201"):
                made["headers"] = {"Location": LOCATION}
        return operation


def _show_lines(operation: dict[str, Any], renderers: Sequence[BaseRenderer]) -> None:
    """The media types by which `Accept` has a whole list, beside its pages."""
    for each in renderers:
        if isinstance(each, LinesRenderer):
            told = {"type": "string", "description": LINES[each.media_type]}
            operation["responses"]["200"]["content"][each.media_type] = {"schema": told}


def refused(words: str) -> OpenApiResponse:
    """A problem that only one view answers."""
    return OpenApiResponse(ProblemSerializer, description=words)


class SchemaView(SpectacularAPIView):
    """The document, as JSON unless YAML is asked for."""

    permission_classes = [ReadOrOperate]
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2]
