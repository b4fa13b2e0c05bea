"""Every error as problem details (RFC 9457), with the wrong fields named."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from ipviz.api.reading import TooLarge
from ipviz.audit.actor import request_id

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "Something went wrong here, and not with the request. It is in the log, under this request_id."


class NotSo(APIException):
    """What was asked for can't be done with the thing as it is; the text says why."""

    status_code = 409
    default_code = "not_so"


class Gone(APIException):
    """It was there and is no longer kept; the text says what to do instead."""

    status_code = 410
    default_code = "gone"


class Unavailable(APIException):
    """What it takes can't be reached now."""

    status_code = 503
    default_code = "unavailable"


class DatabaseAway(Unavailable):
    """It is being restarted, or its disk is full."""

    default_detail = "The database can't be used just now. Ask again in a moment; the log says why."
    wait = 10


class Busy(Unavailable):
    """As much of it is done already as can be at a time."""

    wait = 15  # seconds, which the framework's own handler tells as Retry-After


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an error that a view raised; the framework's own handler chooses status and headers."""
    error = _as_the_framework_has_it(error)
    if is_away(error, getattr(context.get("request"), "path", "")):
        error = DatabaseAway()
    answered = exception_handler(error, dict(context))
    if answered is None:
        return _unexpected(error, context)
    fields = _by_field(answered.data) if isinstance(error, ValidationError) else {}
    detail = in_one_line(fields) or str(answered.data.get("detail", ""))
    headers = {name: value for name, value in answered.items() if name.lower() != "content-type"}
    return _response(answered.status_code, detail, fields, headers)


def is_away(error: BaseException | None, path: str) -> bool:
    """Say whether an error means that the database can't be used now, and log it."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    log.error("database.away", path=path, error=" ".join(str(error).split()))
    return True


def _as_the_framework_has_it(error: Exception) -> Exception:
    """What Django finds wrong with a request while it is read; outside of views it answers with a page."""
    if isinstance(error, RequestDataTooBig):
        return TooLarge(str(error))
    if isinstance(error, SuspiciousOperation | BadRequest):
        return ParseError(str(error))
    return error


def _unexpected(error: Exception, context: Mapping[str, Any]) -> Response:
    """Tell whoever listens for crashes, as Django does where nobody handles one."""
    request = context.get("request")
    log.error("api.failed", path=getattr(request, "path", ""), exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return Response(broken(), status=HTTPStatus.INTERNAL_SERVER_ERROR, content_type=MEDIA_TYPE)


def broken() -> dict[str, Any]:
    """Of what went wrong here; the lines of the log that tell of it have the same id."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED, {}) | {"request_id": request_id()}


def problem(status: int, detail: str, errors: Mapping[str, Any]) -> dict[str, Any]:
    """The body of what is answered as `MEDIA_TYPE`."""
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        told["errors"] = errors
    return told


def _response(status: int, detail: str, errors: Mapping[str, Any], headers: dict[str, str]) -> Response:
    told = problem(status, detail, errors)
    return Response(told, status=status, headers=headers, content_type=MEDIA_TYPE)


def _by_field(told: Any) -> dict[str, list[str]]:
    """Reasons by field, whose item they are about is said before them."""
    named = told if isinstance(told, Mapping) else {"non_field_errors": told}
    return {str(name): list(_reasons("", reasons)) for name, reasons in named.items()}


def _reasons(where: str, told: Any) -> Iterator[str]:
    if isinstance(told, Mapping):
        for item, reasons in told.items():
            yield from _reasons(f"{where}[{item}] ", reasons)
    elif isinstance(told, Sequence) and not isinstance(told, str):
        for reason in told:
            yield from _reasons(where, reason)
    else:
        yield f"{where}{told}"


def in_one_line(fields: Mapping[str, Sequence[str]]) -> str:
    return " ".join(f"{name}: {' '.join(reasons)}" for name, reasons in fields.items())
