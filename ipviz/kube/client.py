"""The official client library, used for transport and authentication only.

Its models, its retries, its proxies from the environment, its own way to connect and its own error texts
stay outside: a request gives bytes, or one of our errors.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from socket import socket
from typing import Any, TypeVar

import msgspec
import urllib3
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException
from urllib3.connection import HTTPConnection, HTTPSConnection

from ipviz.kube import errors, wire
from ipviz.kube.connection import Connection
from ipviz.kube.dial import Dial, Line
from ipviz.kube.limits import Limits
from ipviz.kube.redact import without_secrets
from ipviz.kube.tls import context_for, fault_of
from ipviz.version import VERSION

USER_AGENT = f"ipviz/{VERSION}"
# Larger than most answers, so that these need not be put together.
_PIECE = 4 << 20
_ERROR_BODY = 1 << 14

Query = Sequence[tuple[str, str]]
T = TypeVar("T")

_status = msgspec.json.Decoder(wire.Status)


@contextlib.contextmanager
def client_for(connection: Connection, line: Line) -> Iterator[ApiClient]:
    """An authenticated client that connects through the line.

    Raises:
        BadKubeconfig: the authority, certificate or key is not usable.
    """
    configuration = Configuration(host=connection.server, proxy="", no_proxy="*")
    if connection.token:
        configuration.api_key = {"BearerToken": f"Bearer {connection.token}"}
    pools = _Pools(line.dial, connection)
    with contextlib.closing(line), ApiClient(configuration) as client:
        client.rest_client.pool_manager = pools
        client.user_agent = USER_AGENT
        yield client


class _Pools(urllib3.PoolManager):
    """Connections of the library's own making, but for how they connect and whom they trust."""

    def __init__(self, dial: Dial, connection: Connection) -> None:
        self._dial = dial
        if connection.insecure:
            # Said by the operator; a warning for each request would say no more.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        super().__init__(
            # One attempt, and its own error; a redirect is an answer and not a place to send our token to.
            retries=urllib3.Retry(False, raise_on_redirect=False),
            maxsize=1,
            # To load what this machine trusts takes longer than to read a small cluster.
            ssl_context=context_for(connection) if connection.server.startswith("https:") else None,
            server_hostname=connection.tls_server_name or None,
        )

    def _new_pool(self, *args: Any, **options: Any) -> urllib3.HTTPConnectionPool:
        pool = super()._new_pool(*args, **options)
        made = _Tls if pool.scheme == "https" else _Plain
        # The pool only calls it, and its type asks for a class.
        pool.ConnectionCls = partial(made, dial=self._dial)  # type: ignore[assignment]
        return pool


class _Plain(HTTPConnection):
    def __init__(self, *args: Any, dial: Dial, **options: Any) -> None:
        super().__init__(*args, **options)
        self._dial = dial

    def _new_conn(self) -> socket:
        return self._dial(self._dns_host, self.port)


class _Tls(HTTPSConnection):
    def __init__(self, *args: Any, dial: Dial, **options: Any) -> None:
        super().__init__(*args, **options)
        self._dial = dial

    def _new_conn(self) -> socket:
        return self._dial(self._dns_host, self.port)


class Api:
    """GET requests to one API server within limits; each answer is bytes, or a `KubeError`."""

    def __init__(self, client: ApiClient, connection: Connection, limits: Limits, line: Line) -> None:
        self.server = connection.server
        self._client = client
        self._secrets = connection.secrets
        self._limits = limits
        self._line = line
        self._bytes_left = limits.everything

    def get(self, path: str, query: Query = (), *, what: str, quotes: bool = True) -> bytes:
        """Read one answer whole.

        Args:
            what: what it is, to say in errors.
            quotes: whether an error may hold the server's words: not where they may hold a Secret.
        """
        response = self._send(path, query, what)
        try:
            if response.status != 200:
                raise self._refusal(response, what, quotes=quotes)
            return self._tried(lambda: self._body(response, what), what)
        finally:
            response.close()

    def _send(self, path: str, query: Query, what: str) -> urllib3.BaseHTTPResponse:
        left = self._line.seconds_left()
        request = self._client.param_serialize(
            "GET",
            path,
            query_params=list(query),
            header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        timeout = (min(self._limits.connect, left), min(self._limits.read, left))
        answer: urllib3.BaseHTTPResponse = self._tried(
            lambda: self._client.call_api(*request, _request_timeout=timeout).response, what
        )
        return answer

    def _body(self, response: urllib3.BaseHTTPResponse, what: str) -> bytes:
        parts: list[bytes] = []
        room = min(self._limits.page, self._bytes_left)
        while part := response.read(min(_PIECE, room + 1), decode_content=False):
            room -= len(part)
            if room < 0:
                raise errors.Malformed(f"the answer for {what} is too large")
            parts.append(part)
            self._line.seconds_left()
        # A line that was cut may look like the end of the answer.
        self._line.seconds_left()
        body = b"".join(parts)
        self._bytes_left -= len(body)
        return body

    def _refusal(self, response: urllib3.BaseHTTPResponse, what: str, *, quotes: bool) -> errors.KubeError:
        """What a status other than 200 means; its body is only for the reader's information."""
        body = b""
        with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
            while len(body) < _ERROR_BODY and (part := response.read1(_ERROR_BODY, decode_content=False)):
                body += part
        try:
            status = _status.decode(body)
        except (ValueError, RecursionError):
            status = wire.Status()
        said = status.message if status.message is not None else body.decode(errors="replace")
        return errors.from_status(
            response.status,
            what,
            server=self.server,
            said=without_secrets(errors.one_line(said), self._secrets) if quotes else "",
            is_no_object=status.kind == "Status" and status.reason == "NotFound",
            retry_after=response.headers.get("Retry-After", ""),
        )

    def _tried(self, ask: Callable[[], T], what: str) -> T:
        """The answer, or our own error in the place of the library's.

        Theirs is not chained, since it may quote what the server sent, and that our credentials.
        """
        try:
            return ask()
        except ApiException as error:
            # The library raises it in the place of one failure only, of TLS.
            fault = _fault(error.__context__ or error, what, self.server)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            fault = _fault(error, what, self.server)
        except ValueError:
            fault = errors.BadKubeconfig(f"no request can be made to {self.server} with its credentials")
        self._line.seconds_left()
        raise fault


def _fault(error: BaseException, what: str, server: str) -> errors.KubeError:
    """What went wrong on a line that stood, told apart by what the reader has to look at."""
    if isinstance(error, urllib3.exceptions.SSLError):
        return fault_of(error, server)
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return errors.TimedOut(f"{server} did not answer for {what} in time")
    if isinstance(error, urllib3.exceptions.LocationParseError):
        return errors.BadKubeconfig(f"{server}: not a host")
    causes = [each for each in errors.causes(error) if isinstance(each, OSError)]
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return fault_of(error, server)
    if causes:
        reason = next((each.strerror for each in causes if each.strerror), "no more came")
        return errors.Interrupted(f"{server}: the connection broke while reading {what}: {reason}")
    return errors.Malformed(f"the answer of {server} for {what} is cut off or not HTTP")
