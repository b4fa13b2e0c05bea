"""The process behind `tests.story.crowd`: python -m tests.story.crowd_server FOLDER

It reads the members from FOLDER/members, and when it listens it writes a kubeconfig for each management
cluster and FOLDER/url.
"""

import base64
import itertools
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.apiserver import IPAM, READER, Answer, FakeApiServer
from tests.certificates import self_signed
from tests.story.crowd import AFTER_THE_FIRST, NAMESPACE, WELL, shares

POOL = "wc-cp-ips"
NODES = 3
NEVER = threading.Event()
ENDLESS = b" " * (1 << 20)

Object = dict[str, Any]


class Member(FakeApiServer):
    """One cluster; it listens nowhere, since one server speaks for all under a path each."""

    def __init__(self, name: str, how: str, url: str) -> None:
        super().__init__(name)
        self.how = how
        self.address = url

    @property
    def url(self) -> str:
        return self.address


class Play:
    """All members, and the places at which they can be reached."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gate = Gate()
        self.http = Server(("127.0.0.1", 0), Handler)
        self.http.play = self
        self.tls = Server(("127.0.0.1", 0), Handler)
        self.tls.play = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(folder, "ours"))
        self.tls.socket = context.wrap_socket(
            self.tls.socket, server_side=True, do_handshake_on_connect=False
        )
        self.theirs = self_signed(folder, "theirs")
        # Bound and not listening: refused, and the port is taken. Listening and not accepting: silent.
        self.refusing, self.silent = socket.socket(), socket.socket()
        for each in (self.refusing, self.silent):
            each.bind(("127.0.0.1", 0))
        self.silent.listen(512)
        members, self.managements = json.loads((folder / "members").read_text())
        self.management_of = shares(members, self.managements)
        hows = members | dict.fromkeys(self.managements, WELL)
        self.members = {name: Member(name, how, self.url_of(name, how)) for name, how in hows.items()}
        self.populate()

    def url_of(self, name: str, how: str) -> str:
        places = {
            "refused": self.refusing,
            "silent": self.silent,
            "silent TLS": self.silent,
            "unknown authority": self.tls.socket,
        }
        port = places.get(how, self.http.socket).getsockname()[1]
        scheme = "https" if how in {"unknown authority", "plain HTTP", "silent TLS"} else "http"
        return f"{scheme}://127.0.0.1:{port}/clusters/{name}"

    def populate(self) -> None:
        for number, (name, management) in enumerate(self.management_of.items()):
            self.members[name].create(objects_of_workload(number))
            self.members[management].create(self.objects_in_management(number, name))
        for number, management in enumerate(self.managements):
            self.members[management].create([pool(number)])

    def collide(self, name: str, other: str) -> str:
        number = list(self.management_of).index(other)
        self.members[name].create([service("collides", host(number, 2))])
        return host(number, 2)

    def objects_in_management(self, number: int, name: str) -> Iterable[Object]:
        yield cluster(number, name)
        how = self.members[name].how
        if how != "no Secret":
            yield secret(name, self.kubeconfig_of(name, how))

    def kubeconfig_of(self, name: str, how: str) -> str:
        config = self.members[name].kubeconfig("nobody's" if how == "wrong token" else READER)
        if how == "runs a program":
            return config.replace("token: reader-token", "exec: {command: id}")
        if how == "unknown authority":
            theirs = base64.b64encode(self.theirs.read_bytes()).decode()
            return config.replace("server:", f"certificate-authority-data: {theirs}\n    server:")
        return config

    def serve(self) -> None:
        threading.Thread(target=self.tls.serve_forever, daemon=True).start()
        for each in self.managements:
            (self.folder / each).write_text(self.members[each].kubeconfig(READER))
        draft = self.folder / "draft"
        draft.write_text(f"http://127.0.0.1:{self.http.server_address[1]}")
        draft.rename(self.folder / "url")
        self.http.serve_forever()


class Gate:
    """Where requests wait while it is closed for their cluster."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.waiting: list[str] = []
        self.changed = threading.Condition()

    def close(self, names: Iterable[str]) -> None:
        with self.changed:
            self.closed = set(names)

    def open(self, beginning: str) -> None:
        with self.changed:
            self.closed = {name for name in self.closed if not name.startswith(beginning)}
            self.changed.notify_all()

    def pass_through(self, name: str) -> None:
        with self.changed:
            self.waiting.append(name)
            self.changed.wait_for(lambda: name not in self.closed)
            self.waiting.remove(name)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    play: Play

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gives up is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        """The gate, and what goes wrong in the fleet."""
        play = self.server.play
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        _, of, what, *rest = self.path.split("/")
        if of == "collide":
            self.answer(Answer(200, json.dumps(play.collide(what, *rest)).encode()))
            return
        if what == "close":
            play.gate.close(play.management_of)
        elif what == "open":
            play.gate.open("".join(rest))
        self.answer(Answer(200, json.dumps(sorted(play.gate.waiting)).encode()))

    def do_GET(self) -> None:
        _, _, name, *rest = self.path.split("/", 3)
        play = self.server.play
        member = play.members[name]
        target = "/" + "".join(rest)
        is_first = target.startswith("/api/v1/namespaces/kube-system") and target.count("/") == 4
        if member.how != WELL and not (is_first and member.how in AFTER_THE_FIRST):
            self.fail(member.how)
            return
        if target.startswith("/api/v1/nodes") and name in play.management_of:
            play.gate.pass_through(name)
        self.answer(member.answer(target, self.headers.get("Authorization", "")))

    def fail(self, how: str) -> None:
        """Answer as this way of being dead has it."""
        if how.isdigit():
            headers = {"Retry-After": "1"} if how == "429" else {}
            self.answer(Answer(int(how), b'{"kind": "Status", "message": "not today"}', headers))
        elif how == "wrong token":
            self.answer(Answer(401, b"{}"))
        elif how == "redirect":
            self.answer(Answer(302, b"", {"Location": "http://127.0.0.1:1/"}))
        elif how == "not JSON":
            self.answer(Answer(200, b"<html>Welcome</html>"))
        elif how == "endless pages":
            NEVER.wait(0.2)
            page = {"metadata": {"resourceVersion": "1", "continue": str(time.monotonic_ns())}, "items": []}
            self.answer(Answer(200, json.dumps(page).encode()))
        else:
            self.close_connection = True
            self.drag(how)

    def drag(self, how: str) -> None:
        """The rest never comes, or never ends, or comes a little a second."""
        if how == "hangs up":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif how == "stops after its first answer":
            NEVER.wait()
        elif how == "one header a second":
            self.send_response(200)
            for number in itertools.count():
                self.send_header(f"X-{number}", "more")
                self.flush_headers()
                self.wfile.flush()
                NEVER.wait(1)
        else:
            self.begin_a_list(how)

    def begin_a_list(self, how: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        self.wfile.write(b'{"kind": "NodeList", "items": [')
        self.wfile.flush()
        while how == "endless body":
            self.wfile.write(ENDLESS)
        while how == "one byte a second":
            self.wfile.write(b" ")
            self.wfile.flush()
            NEVER.wait(1)
        if how == "stops in a list":
            NEVER.wait()

    def answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at what was stored instead."""


def host(number: int, last: int) -> str:
    """An address of the networks for benchmarks, 198.18.0.0/15: a block of 16 for each cluster."""
    value = (198 << 24) + (18 << 16) + number * 16 + last
    return socket.inet_ntoa(value.to_bytes(4))


def pool(number: int) -> Object:
    """A block of its own for each management cluster, from the end of the network down."""
    block = f"198.19.{255 - number}"
    return {
        "apiVersion": f"{IPAM}/v1alpha2",
        "kind": "GlobalInClusterIPPool",
        "metadata": {"name": POOL},
        "spec": {"addresses": [f"{block}.0-{block}.255"], "prefix": 15, "gateway": "198.18.0.1"},
    }


def cluster(number: int, name: str) -> Object:
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta1",
        "kind": "Cluster",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"controlPlaneEndpoint": {"host": host(number, 1), "port": 6443}},
    }


def secret(name: str, kubeconfig: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{name}-kubeconfig", "namespace": NAMESPACE},
        "data": {"value": base64.b64encode(kubeconfig.encode()).decode()},
    }


def objects_of_workload(number: int) -> Iterable[Object]:
    for index in range(NODES):
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": f"node-{index}"},
            "status": {"addresses": [{"type": "InternalIP", "address": host(number, 2 + index)}]},
        }
    yield service("ingress", host(number, 9))


def service(name: str, address: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 443, "protocol": "TCP"}]},
        "status": {"loadBalancer": {"ingress": [{"ip": address}]}},
    }


if __name__ == "__main__":
    Play(Path(sys.argv[1])).serve()
