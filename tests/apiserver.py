"""A fake Kubernetes API server over real HTTP on loopback, for every suite that reads a cluster.

    with FakeApiServer("gmc") as server:
        server.create(objects)                        # plain dicts, as a person would apply them
        server.fail("Service", status=403)            # until heal()
        path = server.write_kubeconfig(tmp_path / "kubeconfig")

It serves discovery, lists in pages of one moment, and single objects; it checks the bearer token; it can
fail for one kind in most ways in which servers fail. It only reads: objects are changed from the test.
`requests` holds the path and query of each request, in order.
"""

import base64
import copy
import json
import ssl
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, Literal, Self
from urllib.parse import parse_qs, urlsplit

import yaml

ADMIN = "admin-token"
READER = "reader-token"

IPAM = "ipam.cluster.x-k8s.io"
CAPI = "cluster.x-k8s.io"
CAPV = "infrastructure.cluster.x-k8s.io"

Object = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    group: str
    plural: str
    versions: tuple[str, ...] = ("v1",)
    namespaced: bool = True


_NEW = ("v1beta2", "v1beta1", "v1alpha1")
_BETA = ("v1beta2", "v1beta1")

RESOURCES: Mapping[str, Resource] = {
    "Namespace": Resource("", "namespaces", namespaced=False),
    "Node": Resource("", "nodes", namespaced=False),
    "Service": Resource("", "services"),
    "ConfigMap": Resource("", "configmaps"),
    "Secret": Resource("", "secrets"),
    "Pod": Resource("", "pods"),
    "Deployment": Resource("apps", "deployments"),
    "DaemonSet": Resource("apps", "daemonsets"),
    "Lease": Resource("coordination.k8s.io", "leases"),
    "GlobalInClusterIPPool": Resource(IPAM, "globalinclusterippools", ("v1alpha2", "v1alpha1"), False),
    "InClusterIPPool": Resource(IPAM, "inclusterippools", ("v1alpha2", "v1alpha1")),
    "GlobalInClusterPrefixPool": Resource(IPAM, "globalinclusterprefixpools", ("v1alpha2",), False),
    "InClusterPrefixPool": Resource(IPAM, "inclusterprefixpools", ("v1alpha2",)),
    "IPAddressClaim": Resource(IPAM, "ipaddressclaims", _NEW),
    "IPAddress": Resource(IPAM, "ipaddresses", _NEW),
    "Cluster": Resource(CAPI, "clusters", _BETA),
    "Machine": Resource(CAPI, "machines", _BETA),
    "VSphereCluster": Resource(CAPV, "vsphereclusters", _BETA),
    "VSphereMachine": Resource(CAPV, "vspheremachines", _BETA),
    "VSphereVM": Resource(CAPV, "vspherevms", _BETA),
}


@dataclass(slots=True)
class Failure:
    """What happens to requests for one kind; `times` counts down, None is forever."""

    status: int = 0
    message: str = "made to fail by the test"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: bool = False
    endless: bool = False
    dribbles: Literal["", "headers", "body"] = ""
    hang_seconds: float = 0.0
    after_pages: int = 0
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    endless: bool = False
    dribbles: Literal["", "headers", "body"] = ""
    """A byte at a time from there on: often enough for any timeout that each byte sets back."""


class FakeApiServer:
    """One cluster's API server. `name` names its contexts and tells its uids from those of others.

    Args:
        tokens: the bearer tokens that are accepted; all others get 401.
        certificate: a PEM file with a key and its certificate, to speak TLS (see `tests.certificates`).
        clients: a PEM file with the authority by which each client's certificate must be signed.
    """

    def __init__(
        self,
        name: str = "fake",
        *,
        tokens: Iterable[str] = (ADMIN, READER),
        certificate: Path | None = None,
        clients: Path | None = None,
    ) -> None:
        self.name = name
        self.tokens = set(tokens)
        self.certificate = certificate
        self.clients = clients
        self.requests: list[str] = []
        self.served: dict[str, Resource] = dict(RESOURCES)
        self._objects: dict[Key, Object] = {}
        self._failures: dict[str, Failure] = {}
        self._moments: dict[str, list[Object]] = {}
        self._version = 1000
        self._lock = threading.RLock()
        self.stopping = threading.Event()
        self._http: ThreadingHTTPServer | None = None
        self.set_objects([])

    # Its life

    def start(self) -> Self:
        self._http = _Server(("127.0.0.1", 0), _handler_for(self))
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            if self.clients:
                # A refusal is then part of the handshake, and not lost where the connection is reset.
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.clients)
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        if self._http:
            self._http.shutdown()
            self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        assert self._http, "the server is not started"
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self._http.server_address[1]}"

    # What it holds

    def set_objects(self, objects: Iterable[Object]) -> None:
        """Hold these and nothing else, but for the namespace kube-system, which every cluster has."""
        with self._lock:
            self._objects.clear()
            self.create([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}])
            self.create(objects)

    def create(self, objects: Iterable[Object]) -> None:
        """Add objects, or replace those of the same name; uid and times are filled in where absent."""
        with self._lock:
            for each in objects:
                made = copy.deepcopy(each)
                self._version += 1
                meta = made["metadata"]
                key = ":".join((self.name, *_key(made), str(self._version)))
                meta.setdefault("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, key)))
                meta.setdefault("creationTimestamp", "2026-01-15T08:00:00Z")
                meta["resourceVersion"] = str(self._version)
                self._objects[_key(made)] = made

    def load(self, *files: Path) -> None:
        """Add all objects of YAML files of several documents."""
        for file in files:
            self.create(each for each in yaml.safe_load_all(file.read_text()) if each)

    def patch(self, of: Object, body: Object) -> None:
        """Merge into an object as `kubectl patch --type merge` does, its status too."""
        with self._lock:
            self.create([_merged(self._objects[_key(of)], body)])

    def delete(self, of: Object) -> None:
        with self._lock:
            self._version += 1
            del self._objects[_key(of)]

    # How it behaves

    def serve(self, kind: str, *versions: str) -> None:
        """Serve a kind in these versions only; in none, it is not installed."""
        if versions:
            old = RESOURCES[kind]
            self.served[kind] = Resource(old.group, old.plural, versions, old.namespaced)
        else:
            self.served.pop(kind, None)

    def fail(self, kind: str, **how: Any) -> None:
        """Fail requests for a kind, or for all with `*`, as `Failure` says, until `heal`."""
        self._failures[kind] = Failure(**how)

    def heal(self) -> None:
        self._failures.clear()

    def forget_moments(self) -> None:
        """Make every continue token that is out expire."""
        self._moments.clear()

    def kubeconfig(self, token: str = ADMIN) -> str:
        cluster: Object = {"server": self.url}
        if self.certificate:
            cluster["certificate-authority-data"] = base64.b64encode(
                _certificate_in(self.certificate)
            ).decode()
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": self.name,
                "contexts": [{"name": self.name, "context": {"cluster": self.name, "user": self.name}}],
                "clusters": [{"name": self.name, "cluster": cluster}],
                "users": [{"name": self.name, "user": {"token": token}}],
            }
        )

    def write_kubeconfig(self, path: Path, token: str = ADMIN) -> Path:
        path.write_text(self.kubeconfig(token))
        return path

    # How it answers

    def answer(self, target: str, authorization: str) -> Answer:
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self._lock:
            self.requests.append(target)
        if authorization.removeprefix("Bearer ") not in self.tokens:
            return _status(401, "Unauthorized", "Unauthorized")
        parts = url.path.strip("/").split("/")
        if parts[0] == "api" and len(parts) > 2:
            return self._resource("", parts[1], parts[2:], query)
        if parts[0] == "apis" and len(parts) > 3:
            return self._resource(parts[1], parts[2], parts[3:], query)
        return self._discovery(parts)

    def _discovery(self, parts: list[str]) -> Answer:
        groups = sorted({each.group for each in self.served.values()} - {""})
        if parts == ["apis"]:
            return _json({"kind": "APIGroupList", "groups": [self._group(name) for name in groups]})
        if parts[0] == "apis" and len(parts) == 2 and parts[1] in groups:
            return _json({"kind": "APIGroup", **self._group(parts[1])})
        if parts[0] == "apis" and len(parts) == 3 and parts[1] in groups:
            resources = [
                {"name": each.plural, "kind": kind, "namespaced": each.namespaced}
                for kind, each in self.served.items()
                if each.group == parts[1] and parts[2] in each.versions
            ]
            return _json({"kind": "APIResourceList", "resources": resources})
        return Answer(404, b"404 page not found\n")

    def _group(self, name: str) -> Object:
        ours = [each for each in self.served.values() if each.group == name]
        versions = dict.fromkeys(version for each in ours for version in each.versions)
        listed = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
        return {"name": name, "versions": listed, "preferredVersion": listed[0]}

    def _resource(self, group: str, version: str, rest: list[str], query: Mapping[str, str]) -> Answer:
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        kind = self._kind(group, version, rest[0])
        if kind is None:
            return Answer(404, b"404 page not found\n")
        failure = self._failure_of(kind, query)
        if failure and failure.hang_seconds:
            self.stopping.wait(failure.hang_seconds)
        elif failure and failure.body is not None:
            made = Answer(failure.status or 200, failure.body, failure.headers)
            return replace(made, dribbles=failure.dribbles)
        elif failure and failure.status:
            made = _status(failure.status, "Failure", failure.message, failure.headers)
            return replace(made, dribbles=failure.dribbles)
        api_version = f"{group}/{version}" if group else version
        with self._lock:
            if len(rest) > 1:
                answer = self._one(kind, api_version, (kind, namespace, rest[1]))
            else:
                answer = self._list(kind, api_version, namespace, query)
        if failure is None:
            return answer
        return replace(answer, cut=failure.cut, endless=failure.endless, dribbles=failure.dribbles)

    def _kind(self, group: str, version: str, plural: str) -> str | None:
        for kind, each in self.served.items():
            if (each.group, each.plural) == (group, plural) and version in each.versions:
                return kind
        return None

    def _failure_of(self, kind: str, query: Mapping[str, str]) -> Failure | None:
        failure = self._failures.get(kind) or self._failures.get("*")
        page = int(query["continue"].split(".")[2]) if "continue" in query else 0
        if failure is None or page < failure.after_pages or failure.times == 0:
            return None
        if failure.times is not None:
            failure.times -= 1
        return failure

    def _one(self, kind: str, api_version: str, key: Key) -> Answer:
        if key not in self._objects:
            return _status(404, "NotFound", f'{RESOURCES[kind].plural} "{key[2]}" not found')
        return _json({**self._objects[key], "apiVersion": api_version})

    def _list(self, kind: str, api_version: str, namespace: str, query: Mapping[str, str]) -> Answer:
        """A page; the objects of one moment are kept, so that later pages are of the same one."""
        moment, start, page = str(self._version), 0, 0
        if token := query.get("continue"):
            moment, start, page = token.split(".")[0], int(token.split(".")[1]), int(token.split(".")[2])
            if f"{kind} {moment}" not in self._moments:
                return _status(410, "Expired", "The provided continue parameter is too old")
        else:
            self._moments[f"{kind} {moment}"] = [
                copy.deepcopy(each)
                for key, each in sorted(self._objects.items())
                if key[0] == kind and namespace in ("", key[1])
            ]
        found = self._moments[f"{kind} {moment}"]
        end = start + int(query.get("limit", 0)) if query.get("limit") else len(found)
        meta = {"resourceVersion": moment}
        if end < len(found):
            meta |= {"continue": f"{moment}.{end}.{page + 1}", "remainingItemCount": str(len(found) - end)}
        items = [{**each, "apiVersion": api_version} for each in found[start:end]]
        return _json({"kind": f"{kind}List", "apiVersion": api_version, "metadata": meta, "items": items})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or that does not trust us, is part of the tests."""


def _handler_for(server: FakeApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            answer = server.answer(self.path, self.headers.get("Authorization", ""))
            if answer.dribbles == "headers":
                self.wfile = _Dribble(self.wfile, server)  # type: ignore[assignment,arg-type]
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            if not answer.endless:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if answer.dribbles == "body":
                self.wfile = _Dribble(self.wfile, server)  # type: ignore[assignment,arg-type]
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
            while answer.endless and not server.stopping.is_set():
                self.wfile.write(b" " * (1 << 16))
            self.close_connection = answer.cut or self.close_connection

        def log_message(self, format: str, *args: Any) -> None:
            """Tests look at `requests` instead."""

    return Handler


class _Dribble:
    """Sends one byte, and after a while the next."""

    def __init__(self, out: BinaryIO, server: FakeApiServer) -> None:
        self.out, self.server = out, server

    def write(self, content: bytes) -> None:
        for byte in content:
            self.out.write(bytes((byte,)))
            self.out.flush()
            self.server.stopping.wait(0.05)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.out, name)


def _certificate_in(path: Path) -> bytes:
    content = path.read_bytes()
    return content[content.index(b"-----BEGIN CERTIFICATE") :]


def _key(of: Object) -> Key:
    return of["kind"], of["metadata"].get("namespace", ""), of["metadata"]["name"]


def _merged(old: Any, new: Any) -> Any:
    """RFC 7396."""
    if not isinstance(new, dict):
        return copy.deepcopy(new)
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _json(body: Object) -> Answer:
    return Answer(200, json.dumps(body).encode())


def _status(code: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return Answer(code, json.dumps(body).encode(), headers or {})
