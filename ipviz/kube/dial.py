"""Connecting: to an address that was checked, in a time that ends, on a line that can be cut.

The HTTP library would resolve a name, and connect to whatever it then means. Here the addresses are checked
that the name has at this moment, and exactly these are connected to. And since the library's timeouts begin
anew with each byte, a timer cuts the line when the time for the whole cluster is over.
"""

import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from ipviz.kube.connection import Connection, address_of
from ipviz.kube.errors import BadKubeconfig, OutOfTime, Unreachable
from ipviz.kube.limits import Deadline, Limits

AddressInfo = tuple[int, int, int, str, Any]
"""As `socket.getaddrinfo` gives it."""

Dial = Callable[[str, int], socket.socket]


class Line:
    """The way to one API server, of which at most one connection is in use at a time."""

    def __init__(self, connection: Connection, limits: Limits, deadline: Deadline) -> None:
        self.server = connection.server
        self._trust, self._origin = connection.trust, connection.origin
        self._limits, self._deadline = limits, deadline
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._is_cut = False

    def seconds_left(self) -> float:
        """How long may still be read.

        Raises:
            OutOfTime: no longer.
        """
        left = self._deadline.left()
        if self._is_cut or left <= 0:
            raise OutOfTime(f"reading {self.server} took longer than {self._deadline.seconds:g} s in all")
        return left

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect to the first address of a host that answers.

        Raises:
            Unreachable: none did, or the host has none.
            BadKubeconfig: it leads to where a cluster's kubeconfig may not.
            OutOfTime: see `seconds_left`.
        """
        reason = "it has no address"
        for family, kind, protocol, _, where in self._checked(host, port):
            made = socket.socket(family, kind, protocol)
            made.settimeout(min(self._limits.connect, self.seconds_left()))
            try:
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                made.connect(where)
            except TimeoutError:
                made.close()
                reason = "no connection in time"
            except OSError as error:
                made.close()
                reason = f"no connection: {error.strerror or error}"
            else:
                self._watch(made)
                return made
        raise Unreachable(f"{self.server}: {reason}")

    def close(self) -> None:
        """Stop the timer, and leave the connection to who uses it."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            self._let_go()

    def _checked(self, host: str, port: int) -> list[AddressInfo]:
        """The addresses of a host, each allowed by the trust that its kubeconfig has."""
        found = _resolve(host, port, min(self._limits.connect, self.seconds_left()))
        if found is None:
            raise Unreachable(f"{self.server}: its host name was not resolved in time")
        if not found:
            raise Unreachable(f"{self.server}: no such host name")
        for each in found:
            address = ipaddress.ip_address(str(each[4][0]).partition("%")[0])
            if self._trust and (why := self._trust.objection(address)):
                raise BadKubeconfig(f"{self._origin}: server {host} leads to {address}, which {why}")
        return found

    def _watch(self, made: socket.socket) -> None:
        """Cut this connection at the deadline, through a second handle that TLS does not take away."""
        with self._lock:
            self._let_go()
            self._watched = socket.socket(fileno=os.dup(made.fileno()))
            if self._timer is None:
                self._timer = threading.Timer(max(self._deadline.left(), 0), self._cut)
                self._timer.daemon = True
                self._timer.start()
            if self._is_cut:
                self._shut()

    def _cut(self) -> None:
        with self._lock:
            self._is_cut = True
            self._shut()

    def _shut(self) -> None:
        """End what is being sent and received now, whoever waits for it."""
        if self._watched:
            with contextlib.suppress(OSError):
                self._watched.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._watched:
            self._watched.close()
            self._watched = None


def _resolve(host: str, port: int, seconds: float) -> list[AddressInfo] | None:
    """All addresses of a host; None where that took too long: the resolver knows no deadline of ours.

    A thread that waits for it longer than we do is left alone, and ends with it or with the process.
    """
    if address_of(host):
        return _ask(host, port)
    answers: list[list[AddressInfo]] = []
    asking = threading.Thread(target=lambda: answers.append(_ask(host, port)), daemon=True, name="resolve")
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else None


def _ask(host: str, port: int) -> list[AddressInfo]:
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return []
