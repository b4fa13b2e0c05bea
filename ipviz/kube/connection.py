"""Where an API server is and as whom we speak to it: plain values, without the client library."""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ipviz.kube.errors import BadKubeconfig
from ipviz.kube.trust import Address, Trust

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
FILE_LIMIT = 1 << 20

_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Connection:
    """One API server and one identity. Credentials are kept out of `repr`.

    `ca_data`, `client_cert` and `client_key` are PEM; without `ca_data` the system's authorities count.
    """

    server: str
    origin: str
    """What it was read from, to name in errors: `kubeconfig FILE`, `Secret NAMESPACE/NAME`."""
    ca_data: bytes | None = field(default=None, repr=False)
    client_cert: bytes | None = field(default=None, repr=False)
    client_key: bytes | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    tls_server_name: str = ""
    insecure: bool = False
    trust: Trust | None = None
    """How far its words go, where a cluster has said them; without it the operator has, and they count."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may hold."""
        key = self.client_key.decode(errors="replace") if self.client_key else ""
        return tuple(each for each in (self.token, key) if each)


def runs_in_cluster(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether we are a pod, which has a service account."""
    return bool(environ.get("KUBERNETES_SERVICE_HOST"))


def in_cluster_connection(
    folder: Path = SERVICE_ACCOUNT, environ: Mapping[str, str] = os.environ
) -> Connection:
    """Speak to the API server of the cluster in which we run, as our pod's service account.

    Raises:
        BadKubeconfig: we do not run in a cluster, or the service account is not mounted.
    """
    origin = f"service account {folder}"
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise BadKubeconfig("not in a cluster: KUBERNETES_SERVICE_HOST is not set; give a kubeconfig instead")
    bracketed = f"[{host}]" if ":" in host else host
    server = checked_server(f"https://{bracketed}:{port}", origin)
    token = read_limited(folder / "token", origin).decode(errors="replace").strip()
    ca_data = read_limited(folder / "ca.crt", origin)
    return Connection(server, origin, ca_data=ca_data, token=checked_token(token, origin))


def read_limited(path: Path, origin: str) -> bytes:
    """Read a small file.

    Raises:
        BadKubeconfig: not there, not a file, not readable, or over 1 MiB; the text names it.
    """
    try:
        if not path.is_file():
            raise BadKubeconfig(f"{origin}: {path} is {'not a file' if path.exists() else 'not there'}")
        with path.open("rb") as opened:
            content = opened.read(FILE_LIMIT + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise BadKubeconfig(f"{origin}: {path} cannot be read: {why}") from error
    if len(content) > FILE_LIMIT:
        raise BadKubeconfig(f"{origin}: {path} is larger than 1 MiB")
    return content


def checked_token(token: str, origin: str) -> str:
    """Refuse what cannot stand in a header, since the HTTP library would quote it in its error.

    Raises:
        BadKubeconfig: the text does not hold the token.
    """
    if not _TOKEN.fullmatch(token):
        raise BadKubeconfig(f"{origin}: token is empty, or holds characters that no token has")
    return token


def checked_server(server: str, origin: str, trust: Trust | None = None) -> str:
    """The server's URL without a slash at its end.

    Args:
        trust: how far to go for what comes from a cluster; for the operator's own word none is needed.
            Where a name leads is known only when we connect (`ipviz.kube.dial`).

    Raises:
        BadKubeconfig: not a usable URL; user information is refused, as the URL is shown in messages.
    """
    url = _split(server, origin)
    host = url.hostname or ""
    if url.scheme not in {"https", "http"} or not host:
        raise BadKubeconfig(f"{origin}: server is not an https:// URL")
    if url.username is not None or url.password is not None or url.query or url.fragment:
        raise BadKubeconfig(f"{origin}: server may be a host, port and path only")
    if trust:
        _refuse_unsafe(url.scheme, host, origin, trust)
    return server.rstrip("/")


def _split(server: str, origin: str) -> SplitResult:
    try:
        url = urlsplit(server)
        _ = url.port
    except ValueError as error:
        raise BadKubeconfig(f"{origin}: server is not a URL") from error
    if not server.isascii() or not server.isprintable() or " " in server:
        raise BadKubeconfig(f"{origin}: server is not a URL")
    return url


def _refuse_unsafe(scheme: str, host: str, origin: str, trust: Trust) -> None:
    address = address_of(host)
    if address and (why := trust.objection(address)):
        raise BadKubeconfig(f"{origin}: server {host} {why}")
    is_loopback = address.is_loopback if address else host == "localhost"
    if scheme != "https" and not (is_loopback and trust.loopback):
        raise BadKubeconfig(f"{origin}: server must be an https:// URL")


def address_of(host: str) -> Address | None:
    """The address that a host part stands for, in the old spellings too (`2852039166`, `0xa9.254.1`)."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
