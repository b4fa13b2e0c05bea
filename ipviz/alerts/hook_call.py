"""One call of a hook: to where a hook may be, in a time that ends, and telling nothing secret of it.

A hook's path and query may be all that keeps strangers out of it. So no HTTP library that logs them has a
part in this, nor one that quotes them in its errors.
"""

import re
import ssl
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTP_PORT, HTTPS_PORT, HTTPConnection, HTTPException, HTTPResponse
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from ipviz.kube.connection import Connection, address_of
from ipviz.kube.dial import Dial, Line
from ipviz.kube.errors import KubeError
from ipviz.kube.limits import Deadline, Limits
from ipviz.kube.redact import without_secrets
from ipviz.kube.trust import Trust

LIMITS: Final = Limits(connect=10.0, read=20.0, total=60.0)
ANSWER_LENGTH = 4096
"""Bytes of a refusal that are looked at."""
SECRET_LENGTH = 8
"""A part of a path that is shorter is a word: `hooks`, `v1`."""
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
_METADATA = {"metadata", "metadata.goog", "metadata.google.internal"}
_PORTS = {"http": HTTP_PORT, "https": HTTPS_PORT}


@dataclass(frozen=True, slots=True)
class Target:
    """A hook's URL, taken apart; `path` has the query too."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def where(self) -> str:
        """All of it that is said in errors."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port != _PORTS[self.scheme] else "")

    @property
    def names_loopback(self) -> bool:
        address = address_of(self.host)
        return address.is_loopback if address else _is_localhost(self.host)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no words of ours may hold: the path as a whole, and its parts."""
        path, _, query = self.path.partition("?")
        parts = [*path.split("/"), query, *(value for _, value in parse_qsl(query))]
        return tuple(each for each in (self.path.strip("/"), *parts) if len(each) >= SECRET_LENGTH)

    def objection(self, *, allow_loopback: bool) -> str:
        """Why a hook may not be there, as the end of a sentence; where a name leads is known only later."""
        address = address_of(self.host)
        if address:
            return Trust(loopback=allow_loopback).objection(address)
        if self.host.rstrip(".") in _METADATA:
            return "is where clouds hand out credentials"
        if _is_localhost(self.host) and not allow_loopback:
            return "is this machine itself, which only IPVIZ_ALLOW_LOOPBACK allows"
        return ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    said: str = ""
    """Its words, where it is a refusal."""


class Unanswered(Exception):
    """A call without an answer; the text says why, and has no more of the URL than `Target.where`.

    `is_down`: whoever calls the same host now will have no answer either.
    """

    def __init__(self, words: str, *, is_down: bool) -> None:
        super().__init__(words)
        self.is_down = is_down


def target_of(url: str) -> Target:
    """Raises ValueError: in words for who gave the URL, and without it."""
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise ValueError("A hook's URL has printable ASCII characters only, and no space or backslash.")
    parts, port = _split(url)
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host:
        raise ValueError("A hook's URL begins with https:// or http:// and a host.")
    if not _HOST.fullmatch(host):
        raise ValueError("The host of a hook's URL is neither a name nor an address.")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("A hook's URL has neither a user nor a fragment: its calls are signed.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, path)


def call(
    target: Target,
    body: bytes,
    headers: dict[str, str],
    *,
    limits: Limits = LIMITS,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """POST once. A redirect is an answer; who took the call need not have said so to the end.

    Args:
        context: whom to trust in the place of the system's authorities.

    Raises:
        Unanswered: no answer came.
    """
    # A name that leads to this machine was never said to; an address that is this machine was allowed.
    trust = Trust(loopback=target.names_loopback)
    line = Line(Connection(target.where, "the hook", trust=trust), limits, Deadline(limits.total))
    with closing(line), closing(_Connection(target, line.dial, context)) as connection:
        try:
            connection.connect()
            connection.sock.settimeout(limits.read)
            connection.request("POST", target.path, body=body, headers=headers)
            with closing(connection.getresponse()) as reply:
                line.seconds_left()  # a line that was cut may look like the end of what was said
                said = "" if 200 <= reply.status < 300 else without_secrets(_said(reply), target.secrets)
                return Answer(reply.status, said)
        except (KubeError, OSError, HTTPException) as error:
            fault = _fault(error, line)
    raise fault


class _Connection(HTTPConnection):
    """Connects as clusters are connected to: to an address that was looked at."""

    def __init__(self, target: Target, dial: Dial, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port)
        self.default_port = _PORTS[target.scheme]
        self._dial = dial
        self._context = (context or ssl.create_default_context()) if target.scheme == "https" else None

    def connect(self) -> None:
        self.sock = self._dial(self.host, self.port)
        if self._context:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host.rstrip("."))


def _said(reply: HTTPResponse) -> str:
    body = b""
    try:
        while len(body) < ANSWER_LENGTH and (part := reply.read1(ANSWER_LENGTH - len(body))):
            body += part
    except (OSError, HTTPException):
        pass  # the status says enough
    return body.decode(errors="replace")


def _fault(error: Exception, line: Line) -> Unanswered:
    """In our own words: those of the libraries may hold what was sent."""
    try:
        line.seconds_left()  # a line that was cut ends in any of these errors
    except KubeError as out_of_time:
        error = out_of_time
    if isinstance(error, KubeError):
        return Unanswered(str(error), is_down=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"its TLS certificate can't be accepted: {error.verify_message}"
    elif isinstance(error, ssl.SSLError):
        why = f"it does not speak TLS as expected: {error.reason or type(error).__name__}"
    elif isinstance(error, TimeoutError):
        why = "no answer in time"
    elif isinstance(error, HTTPException) and not isinstance(error, ConnectionError):
        return Unanswered(f"{line.server}: its answer is not HTTP", is_down=False)
    else:
        reason = getattr(error, "strerror", None) or "no more came"
        return Unanswered(f"{line.server}: the connection broke: {reason}", is_down=False)
    return Unanswered(f"{line.server}: {why}", is_down=True)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("A hook's URL is none: look at its host and its port.") from None
    if port == 0:
        raise ValueError("A hook has a port from 1 to 65535.")
    return parts, port


def _is_localhost(host: str) -> bool:
    name = host.rstrip(".")
    return name in {"localhost", "localhost.localdomain"} or name.endswith(".localhost")
