"""What the OpenAPI document says beyond shapes: how one signs in, and that errors are problems."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView

from ipviz.api.permissions import ReadOrOperate
from ipviz.api.problems import MEDIA_TYPE
from ipviz.api.serializers import ProblemSerializer

PROBLEMS = {
    400: "Something that was asked for is wrong, and named.",
    401: "Nobody is signed in, or the token is not known.",
    403: "The role does not allow it.",
    404: "There is no such thing.",
}


AT = OpenApiParameter(
    "at",
    OpenApiTypes.DATETIME,
    description="As it was at that moment, ISO 8601; now where it is left out. What has no history is told"
    " as of now: which subnets are declared, on which segment a cluster lives, when it is polled next and how"
    " often it failed, and of a finding all but its status.",
)


# drf-spectacular registers each subclass in a hook that has no types.
class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Found by being imported."""

    target_class = "ipviz.api.authentication.BearerTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Described(AutoSchema):
    """A view's answers, the moment where it can be asked for, and the problems that any view may answer."""

    def get_override_parameters(self) -> list[Any]:
        return [AT] if getattr(self.view, "is_timed", False) else []

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            shape = self.resolve_serializer(ProblemSerializer, "response").ref
            for status, words in PROBLEMS.items():
                told = {"content": {MEDIA_TYPE: {"schema": shape}}, "description": words}
                operation["responses"].setdefault(str(status), told)
        return operation


def refused(words: str) -> OpenApiResponse:
    """A problem that only one view answers."""
    return OpenApiResponse(ProblemSerializer, description=words)


class SchemaView(SpectacularAPIView):
    """The document, as JSON unless YAML is asked for."""

    permission_classes = [ReadOrOperate]
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2]
