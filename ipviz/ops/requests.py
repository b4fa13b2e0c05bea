"""What is told of each request: an id, who asked and from where in each line of the log; a line of its own.

Who made a change is taken from the same for the audit (`ipviz.audit.actor`).
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast
from uuid import uuid4

import structlog
from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

from ipviz.accounts.origin import origin_of
from ipviz.audit.actor import ORIGIN, REQUEST_ID, acts
from ipviz.domain.origins import is_trusted

log = structlog.stdlib.get_logger(__name__)

HEADER = "X-Request-ID"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = "ops"
"""What is asked by machines, again and again: told to who wants to know everything."""

Answer = Callable[[HttpRequest], HttpResponse]


class Told:
    """The outermost middleware: whatever is said inside is said of this request."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, request_id = time.monotonic(), id_of(request)
        clear_contextvars()  # of whatever the thread did before
        bind_contextvars(**{REQUEST_ID: request_id, ORIGIN: str(origin_of(request) or "")})
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            tell = partial(_tell, request, response.status_code, began)
            if response.has_header("Content-Length"):
                tell(int(response["Content-Length"]))
            elif response.streaming:
                stream = cast(StreamingHttpResponse, response)
                pieces = cast(Iterable[bytes], stream.streaming_content)
                stream.streaming_content = _streamed(pieces, get_contextvars(), tell)
            else:
                tell(len(response.content))
            return response
        finally:
            clear_contextvars()


class Named:
    """After authentication: a person is named from when on they are known, and loaded for nothing else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = cast(User, SimpleLazyObject(partial(_person, request)))
        return self.get_response(request)


def id_of(request: HttpRequest) -> str:
    """The one that a trusted proxy gave it, where it can be quoted anywhere; else a new one."""
    given = request.headers.get(HEADER, "")
    is_believed = is_trusted(request.META.get("REMOTE_ADDR", ""), settings.TRUSTED_PROXIES)
    return given if is_believed and SANE_ID.fullmatch(given) else uuid4().hex


def _person(request: HttpRequest) -> Any:
    person = get_user(request)
    if person.is_authenticated:
        acts(person.get_username())
    return person


def _tell(request: HttpRequest, status: int, began: float, size: int) -> None:
    """Never with the query string: what is asked for is nobody's business, and may be a secret."""
    match = request.resolver_match
    say = log.debug if match and match.app_name == QUIET else log.info
    say(
        "request.answered",
        method=request.method,
        path=request.path,
        status=status,
        seconds=round(time.monotonic() - began, 3),
        bytes=size,
    )


def _streamed(
    pieces: Iterable[bytes], bound: Mapping[str, Any], tell: Callable[[int], None]
) -> Iterator[bytes]:
    """Told when it has ended; what is said meanwhile is said of the request too."""
    size, left = 0, iter(pieces)
    try:
        while True:
            with bound_contextvars(**bound):
                piece = next(left, None)
            if piece is None:
                break
            size += len(piece)
            yield piece
    finally:
        with bound_contextvars(**bound):
            tell(size)
