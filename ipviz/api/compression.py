"""Answers compressed, where whoever asks can read that."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from ipviz.api.rendering import EventsRenderer


class Compression(GZipMiddleware):
    """Of all but events, which a compressor would hold back until there are enough of them."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith(EventsRenderer.media_type):
            return response
        return super().process_response(request, response)
