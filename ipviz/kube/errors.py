"""What can go wrong between us and a cluster, in our own words.

The client library's exceptions end here: every message is one line that a person can act on, says what
was asked for, and never holds a credential. What the server said is cut short, since a body can hold
anything.
"""

from collections.abc import Iterator
from typing import Any

from ipviz.domain.seen import Fault

BODY_LIMIT = 256
MESSAGE_LIMIT = 800
RETRY_LIMIT_SECONDS = 3600.0


def one_line(text: str, limit: int = BODY_LIMIT) -> str:
    """Make text from a cluster fit to be printed and stored: one line, no control or bidi characters."""
    words = "".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split()
    line = " ".join(words)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that it carries, as cause, as context or as an argument."""
    waiting: list[Any] = [error]
    known: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in known:
            known.add(id(each))
            yield each
            waiting += [*each.args, each.__cause__, each.__context__]


class KubeError(Exception):
    """A read failed; the text says what and why.

    `fault` says what a person has to look at, where nothing at all of a cluster could be read.
    """

    fault = Fault.OTHER

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(one_line(message, MESSAGE_LIMIT))
        self.retry_after = retry_after
        """Seconds that the server asked us to wait, where it did."""


class Disconnected(KubeError):
    """Nothing can be read from where this came from, so no other kind need be tried."""


class BadKubeconfig(Disconnected):
    """A kubeconfig cannot be used as it is; the text names the file or Secret, and the field."""

    fault = Fault.UNUSABLE


class NoKubeconfig(Disconnected):
    """The Secret with a workload cluster's kubeconfig could not be read, whatever the reason."""

    fault = Fault.UNUSABLE


class BadDump(Disconnected):
    """A dump folder cannot be used as it is; the text names it."""

    fault = Fault.UNUSABLE


class Unreachable(Disconnected):
    """Refused, no route, no such name, or no connection in time."""

    fault = Fault.UNREACHABLE


class Untrusted(Disconnected):
    """Another authority has signed its TLS certificate: perhaps another host answers in its place."""

    fault = Fault.UNTRUSTED


class ExpiredCertificate(Disconnected):
    """Its TLS certificate, or its authority's, is past its time or before it, by our clock."""

    fault = Fault.EXPIRED


class OtherHost(Disconnected):
    """Our authority has signed its TLS certificate, which does not name the host that we asked for."""


class BadTls(Disconnected):
    """It does not speak TLS, or not as it should."""


class Unauthorized(Disconnected):
    """401, or the client certificate was refused."""

    fault = Fault.REFUSED


class Interrupted(KubeError):
    """Connected, and then the connection broke."""

    fault = Fault.UNREACHABLE


class TimedOut(Interrupted):
    """Connected, and then no whole answer in time."""


class OutOfTime(TimedOut, Disconnected):
    """The time for the whole cluster is over, so no other kind need be tried."""


class Forbidden(KubeError):
    """403: RBAC does not let us read this; other kinds may be readable."""

    fault = Fault.REFUSED


class NotFound(KubeError):
    """404."""


class NoSuchObject(NotFound):
    """404, and said by a Kubernetes API server, of one object that is not there."""


class NotInstalled(KubeError):
    """The API server is one, and does not know this kind."""


class Unsupported(KubeError):
    """The kind is there, in no version that this program reads."""


class Expired(KubeError):
    """410, or pages of different moments: the list must be started again."""


class Throttled(KubeError):
    """429; see `retry_after`."""


class ServerFault(KubeError):
    """5xx."""


class Malformed(KubeError):
    """Not JSON, cut off, too large, or not what was asked for."""


class LeftOut(KubeError):
    """A dump was made without this kind, since it could not be read then."""


class UnexpectedStatus(KubeError):
    """A status that a Kubernetes API server does not give to a read: a redirect, say."""


def from_status(
    status: int, what: str, *, server: str, said: str = "", is_no_object: bool = False, retry_after: str = ""
) -> KubeError:
    """Say what a status means.

    Args:
        what: what was asked for, as the rest of a sentence: `services`, `Secret org-acme/beta-kubeconfig`.
        said: the server's own message.
        is_no_object: the body is a `Status` whose reason is `NotFound`.
        retry_after: the header of that name; only seconds are understood.
    """
    quoted = f": {one_line(said)}" if said.strip() else ""
    if status == 401:
        return Unauthorized(f"{server} does not accept our credentials (401){quoted}")
    if status == 403:
        return Forbidden(f"not allowed to read {what} (403){quoted}")
    if status == 404:
        return (NoSuchObject if is_no_object else NotFound)(f"{what} not found at {server} (404){quoted}")
    if status == 410:
        return Expired(f"the list of {what} expired while it was read (410){quoted}")
    wait = _seconds(retry_after)
    if status == 429:
        return Throttled(f"{server} is too busy to answer for {what} (429){quoted}", retry_after=wait)
    if 500 <= status <= 599:
        return ServerFault(f"{server} failed on {what} ({status}){quoted}", retry_after=wait)
    return UnexpectedStatus(f"{server} answered {status} for {what}, which no API server would{quoted}")


def _seconds(text: str) -> float | None:
    return min(float(text), RETRY_LIMIT_SECONDS) if text.isascii() and text.isdigit() else None
