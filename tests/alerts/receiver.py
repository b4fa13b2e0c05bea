"""A real HTTP server on this machine that is called as a hook, and answers as it is told to."""

import ssl
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

PATH = "/services/T024/wDcXk3pQz81LmN?token=f00dcafe1234"
"""What nobody is to read who may not call it."""


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Says:
    """An answer; `raw` is all of it, instead of what HTTP would have."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    hangs: bool = False
    dribbles: bool = False
    stalls: bool = False
    """The body does not end."""


class Receiver:
    """Its calls, in order, and its next answers; when they are used up it says 200."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.calls: list[Call] = []
        self.answers: list[Says] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._scheme = "https" if certificate else "http"
        self._http = _Server(("127.0.0.1", 0), _handler_for(self))
        self._http.receiver = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return self._http.server_port

    @property
    def where(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.where + PATH

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def process_request(self, request: Any, client_address: Any) -> None:
        self.receiver.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up, or that does not trust us, is part of the tests."""


def _handler_for(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        called = receiver

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    called: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._take(body)

    def do_GET(self) -> None:
        """As some follow a redirect."""
        self._take(b"")

    def _take(self, body: bytes) -> None:
        self.called.calls.append(Call(self.path, self.headers, body))
        says = self.called.answers.pop(0) if self.called.answers else Says()
        self.close_connection = True
        if says.hangs:
            self.called.stopping.wait(30)
        elif says.dribbles:
            self._dribble()
        elif says.raw:
            self.wfile.write(says.raw)
        else:
            self._answer(says)

    def _dribble(self) -> None:
        """A byte now and then: often enough for a timeout that each byte sets back."""
        self.wfile.write(b"HTTP/1.1 200 ")
        while not self.called.stopping.wait(0.05):
            self.wfile.write(b"O")

    def _answer(self, says: Says) -> None:
        self.send_response(says.status)
        for name, value in says.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(says.body) + says.stalls))
        self.end_headers()
        self.wfile.write(says.body)
        if says.stalls:
            self.called.stopping.wait(30)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at `calls` instead."""
