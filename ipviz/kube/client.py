"""The official client library, used for transport and authentication only.

Its models, its retries, its proxies from the environment and its own error texts stay outside: a request
gives bytes, or one of our errors.
"""

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import urllib3
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException

from ipviz.kube import errors, wire
from ipviz.kube.connection import Connection

USER_AGENT = "ipviz"
_CHUNK = 1 << 16
_ERROR_BODY = 1 << 14

Query = Sequence[tuple[str, str]]
Clock = Callable[[], float]

_status = msgspec.json.Decoder(wire.Status)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much we read from one cluster before we give up. Times in seconds, sizes in bytes."""

    connect: float = 5.0
    read: float = 15.0
    """Between two pieces of an answer."""
    total: float = 60.0
    """From the first request to the last byte."""
    page: int = 64 << 20
    everything: int = 1 << 30


@contextlib.contextmanager
def client_for(connection: Connection) -> Iterator[ApiClient]:
    """An authenticated client; key material that must be files lies in a private folder until it is closed.

    Raises:
        BadKubeconfig: the authority, certificate or key is not usable.
    """
    with TemporaryDirectory(prefix="ipviz-") as folder:
        configuration = _configuration(connection, Path(folder))
        with ApiClient(configuration) as client:
            client.user_agent = USER_AGENT
            yield client


def _configuration(connection: Connection, folder: Path) -> Configuration:
    configuration = Configuration(
        host=connection.server,
        verify_ssl=not connection.insecure,
        ca_cert_data=connection.ca_data.decode(errors="replace") if connection.ca_data else None,
        tls_server_name=connection.tls_server_name or None,
        # One attempt, and its own error; a redirect is an answer and not a place to send our token to.
        retries=urllib3.Retry(False, raise_on_redirect=False),
        proxy="",
        no_proxy="*",
        connection_pool_maxsize=2,
    )
    if connection.insecure:
        # Said by the operator in the kubeconfig; a warning for each request would say no more.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if connection.token:
        configuration.api_key = {"BearerToken": f"Bearer {connection.token}"}
    if connection.client_cert and connection.client_key:
        cert, key = folder / "client.crt", folder / "client.key"
        for path, content in ((cert, connection.client_cert), (key, connection.client_key)):
            path.touch(mode=0o600)
            path.write_bytes(content)
        configuration.cert_file, configuration.key_file = str(cert), str(key)
    _check_material(configuration, connection.origin)
    return configuration


def _check_material(configuration: Configuration, origin: str) -> None:
    """Load what the library would load on the first connection, to say then which part is wrong."""
    context = ssl.create_default_context()
    if configuration.ca_cert_data:
        try:
            context.load_verify_locations(cadata=configuration.ca_cert_data)
        except (ssl.SSLError, ValueError) as error:
            raise errors.BadKubeconfig(f"{origin}: certificate-authority holds no certificate") from error
    if configuration.cert_file:
        try:
            # A callback, since OpenSSL would else ask the terminal for the password of an encrypted key.
            context.load_cert_chain(configuration.cert_file, configuration.key_file, password=lambda: b"")
        except (ssl.SSLError, ValueError, OSError) as error:
            raise errors.BadKubeconfig(
                f"{origin}: client-certificate and client-key are not a certificate and its key, unencrypted"
            ) from error


class Api:
    """GET requests to one API server within limits; each answer is bytes, or a `KubeError`."""

    def __init__(
        self, client: ApiClient, connection: Connection, limits: Limits, clock: Clock = time.monotonic
    ) -> None:
        self.server = connection.server
        self._client = client
        self._secret = connection.token
        self._limits = limits
        self._clock = clock
        self._deadline: float | None = None
        self._bytes_left = limits.everything

    def get(self, path: str, query: Query = (), *, what: str) -> bytes:
        """Read one answer whole.

        Args:
            what: what it is, to say in errors.
        """
        response = self._send(path, query, what)
        try:
            if response.status != 200:
                raise self._refusal(response, what)
            return self._body(response, what)
        finally:
            response.close()

    def _send(self, path: str, query: Query, what: str) -> urllib3.BaseHTTPResponse:
        left = self._seconds_left(what)
        request = self._client.param_serialize(
            "GET",
            path,
            query_params=list(query),
            header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        timeout = (min(self._limits.connect, left), min(self._limits.read, left))
        with self._our_errors(what):
            answer: urllib3.BaseHTTPResponse = self._client.call_api(
                *request, _request_timeout=timeout
            ).response
            return answer

    def _body(self, response: urllib3.BaseHTTPResponse, what: str) -> bytes:
        parts: list[bytes] = []
        room = min(self._limits.page, self._bytes_left)
        with self._our_errors(what):
            while part := response.read1(_CHUNK, decode_content=False):
                room -= len(part)
                if room < 0:
                    raise errors.Malformed(f"the answer for {what} is too large")
                parts.append(part)
                self._seconds_left(what)
        body = b"".join(parts)
        self._bytes_left -= len(body)
        return body

    def _refusal(self, response: urllib3.BaseHTTPResponse, what: str) -> errors.KubeError:
        """What a status other than 200 means; its body is only for the reader's information."""
        body = b""
        with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
            body = response.read(_ERROR_BODY) or b""
        try:
            status = _status.decode(body)
        except (ValueError, RecursionError):
            status = wire.Status()
        said = status.message if status.message is not None else body.decode(errors="replace")
        if self._secret:
            said = said.replace(self._secret, "(token)")
        return errors.from_status(
            response.status,
            what,
            server=self.server,
            said=said,
            is_no_object=status.kind == "Status" and status.reason == "NotFound",
            retry_after=response.headers.get("Retry-After", ""),
        )

    def _seconds_left(self, what: str) -> float:
        now = self._clock()
        if self._deadline is None:
            self._deadline = now + self._limits.total
        if now >= self._deadline:
            raise errors.TimedOut(
                f"{what} not read: reading from {self.server} took longer than {self._limits.total:g} s"
            )
        return self._deadline - now

    @contextlib.contextmanager
    def _our_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            # The library raises it in the place of one failure only, of TLS.
            raise _fault(error.__context__ or error, what, self.server) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _fault(error, what, self.server) from error
        except ValueError:
            # http.client quotes the header that it refuses, so it is not chained.
            raise errors.BadKubeconfig(
                f"no request can be made to {self.server} with its credentials"
            ) from None


def _fault(error: BaseException, what: str, server: str) -> errors.KubeError:
    """What went wrong below HTTP, told apart by what the reader has to look at."""
    if isinstance(error, urllib3.exceptions.SSLError):
        return _tls_fault(error, server)
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return errors.Unreachable(f"{server}: no such host name")
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return errors.Unreachable(f"{server}: no connection: {_reason(error)}")
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return errors.Unreachable(f"{server}: no connection in time")
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return errors.TimedOut(f"{server} did not answer for {what} in time")
    if isinstance(error, urllib3.exceptions.LocationParseError):
        return errors.BadKubeconfig(f"{server}: not a host")
    if any(isinstance(each, OSError) for each in _causes(error)):
        return errors.Interrupted(f"{server}: the connection broke while reading {what}: {_reason(error)}")
    return errors.Malformed(f"the answer of {server} for {what} is cut off or not HTTP")


def _tls_fault(error: BaseException, server: str) -> errors.KubeError:
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return errors.Untrusted(f"{server}: its TLS certificate is not trusted: {each.verify_message}")
        if isinstance(each, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
            return errors.Unreachable(f"{server}: the connection broke before TLS was agreed on")
        if (
            isinstance(each, ssl.SSLError)
            and "ALERT" in (each.reason or "")
            and "CERT" in (each.reason or "")
        ):
            return errors.Unauthorized(f"{server} does not accept our client certificate: {each.reason}")
    return errors.Untrusted(f"{server}: it does not speak TLS as expected: {_reason(error)}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that it carries, as cause, as context or as an argument."""
    waiting: list[Any] = [error]
    known: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in known:
            known.add(id(each))
            yield each
            waiting += [*each.args, each.__cause__, each.__context__]


def _reason(error: BaseException) -> str:
    """The operating system's or OpenSSL's own words."""
    for each in _causes(error):
        if isinstance(each, OSError) and each.strerror:
            return each.strerror
    return errors.one_line(str(error), 120)
