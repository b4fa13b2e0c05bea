"""Requests that reach no view: below /api/ they are answered with problems too, and not with pages."""

import sys
from collections.abc import Mapping, Sequence

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.views import defaults
from rest_framework.permissions import SAFE_METHODS

from ipviz.api.problems import MEDIA_TYPE, DatabaseAway, broken, in_one_line, is_away, problem
from ipviz.api.rendering import JSONRenderer
from ipviz.audit.actor import request_id

BELOW = "/api/"


class Slashes(CommonMiddleware):
    """Who reads without the slash is sent to what was meant; who sends something would lose it on the way."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        is_lost = _is_of_api(request) and request.method not in SAFE_METHODS
        return not is_lost and super().should_redirect_with_slash(request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_of_api(request):
        return defaults.page_not_found(request, exception)
    remedy = f"GET {reverse('api:schema')} tells what there is."
    if _is_something(f"{request.path_info}/"):
        remedy = f"Send it to {request.path}/, with a slash at the end."
    return _answer(404, f"There is nothing at {request.path}. {remedy}")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_of_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        errors = {"Host": [str(exception)]}
        return _answer(400, in_one_line(errors), errors)
    return _answer(400, str(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that is away is no fault of the program's: 503, and a line in the log without a traceback.

    Neither page asks for anything that may be what failed.
    """
    if not is_away(sys.exc_info()[1], request.path):
        if _is_of_api(request):
            body = JSONRenderer().render(broken())
            return HttpResponse(body, status=500, content_type=MEDIA_TYPE)
        return HttpResponse(render_to_string("500.html", {"request_id": request_id()}), status=500)
    if _is_of_api(request):
        response = _answer(503, str(DatabaseAway.default_detail))
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(DatabaseAway.wait)
    response._has_been_logged = True  # type: ignore[attr-defined]  # as Django marks it itself
    return response


def _is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(BELOW)


def _is_something(path: str) -> bool:
    try:
        return resolve(path).view_name != "api:nothing"
    except Resolver404:
        return False


def _answer(status: int, detail: str, errors: Mapping[str, Sequence[str]] | None = None) -> HttpResponse:
    body = JSONRenderer().render(problem(status, detail, errors or {}))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)
