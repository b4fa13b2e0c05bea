"""How a request is read: its body, which of the formats it wants, and what it asks with OPTIONS."""

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.urls import reverse
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

if TYPE_CHECKING:  # views themselves load what the settings name
    from rest_framework.views import APIView


class TooLarge(APIException):
    """Nobody sends that much to ask something; the text says how much may be sent."""

    status_code = 413
    default_code = "too_large"


class JSONParser(BaseParser):
    """By msgspec, which also refuses text that no database stores: halves of surrogate pairs."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        # Without a length nothing is read at all, and no more than it says.
        sent = stream.read(most + 1)
        if len(sent) > most:
            raise TooLarge(f"The body has more than {most:,} bytes.")
        try:
            return msgspec.json.decode(sent)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(f"The body is no JSON: {error}") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error


class Negotiation(DefaultContentNegotiation):
    """`format` chooses as the Accept header does, and is named where there is no such format."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:
        every = list(renderers)
        known = [each.format for each in every]
        if format not in known:
            raise ValidationError(
                {"format": [f"There is no format {format!r}; there are: {', '.join(known)}."]}
            )
        return [each for each in every if each.format == format]


class Methods(BaseMetadata):
    """What may be done here; how, the OpenAPI document says."""

    def determine_metadata(self, request: Request, view: "APIView") -> dict[str, Any]:
        return {"methods": view.allowed_methods, "described_at": reverse("api:schema")}
