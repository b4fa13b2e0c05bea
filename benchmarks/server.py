"""The process that serves a fleet: python -m benchmarks.server ADDRESSES SERVICES SEED

It speaks discovery and lists, in pages or at once, and spells them as API servers do. Each object is
written once, at the first question for its kind: who measures asks once before. It prints its URL when it
listens, and ends with its standard input.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import msgspec

from benchmarks.fleet import KINDS, Fleet
from benchmarks.objects import CAPI, IPAM, Object

MOMENT = "4711"
VERSIONS = {
    "Namespace": "v1",
    "Service": "v1",
    "GlobalInClusterIPPool": f"{IPAM}/v1alpha2",
    "IPAddressClaim": f"{IPAM}/v1beta2",
    "IPAddress": f"{IPAM}/v1beta2",
    "Cluster": f"{CAPI}/v1beta2",
}


@contextlib.contextmanager
def serving(fleet: Fleet) -> Iterator[str]:
    """Serve a fleet in a process of its own; gives the URL."""
    command = [sys.executable, "-m", __name__, str(fleet.addresses), str(fleet.services), str(fleet.seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


class Lists:
    """What is answered, by path."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.items = cache(self._items)
        self.body = cache(self._body)

    def answer(self, target: str) -> bytes | None:
        url = urlsplit(target)
        query = parse_qs(url.query)
        for kind in VERSIONS:
            if url.path == path_of(kind):
                start = int(query.get("continue", ["0"])[0])
                return self.body(kind, start, int(query.get("limit", ["0"])[0]))
            if url.path == f"{path_of(kind)}/kube-system":
                return self.items(kind)[0]
        found = _discovery(url.path)
        return msgspec.json.encode(found) if found else None

    def _items(self, kind: str) -> tuple[bytes, ...]:
        # In a list of a built-in kind, only the list says of which kind they are.
        bare = "/" not in VERSIONS[kind]
        return tuple(
            msgspec.json.encode(
                {key: value for key, value in each.items() if not bare or key not in ("apiVersion", "kind")}
            )
            for each in self.fleet.objects(kind)
        )

    def _body(self, kind: str, start: int, limit: int) -> bytes:
        items = self.items(kind)
        end = min(start + limit, len(items)) if limit else len(items)
        meta: Object = {"resourceVersion": MOMENT}
        if end < len(items):
            meta = {"continue": str(end), "remainingItemCount": len(items) - end, **meta}
        parts = {
            "apiVersion": msgspec.json.encode(VERSIONS[kind]),
            "items": b"[%s]" % b",".join(items[start:end]),
            "kind": msgspec.json.encode(f"{kind}List"),
            "metadata": msgspec.json.encode(meta),
        }
        # Built-in kinds are written in the order of their fields, others in that of the alphabet.
        order = sorted(parts) if "/" in VERSIONS[kind] else ("kind", "apiVersion", "metadata", "items")
        return b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), parts[name]) for name in order)


def path_of(kind: str) -> str:
    return f"{_root(VERSIONS[kind])}/{KINDS[kind]}"


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _discovery(path: str) -> Mapping[str, object] | None:
    groups = dict.fromkeys(version.split("/")[0] for version in VERSIONS.values() if "/" in version)
    found: dict[str, Mapping[str, object]] = {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "groups": [_group(name) for name in groups]},
        **{f"/apis/{name}": {"kind": "APIGroup", **_group(name)} for name in groups},
    }
    for version in dict.fromkeys(VERSIONS.values()):
        found[_root(version)] = {
            "kind": "APIResourceList",
            "groupVersion": version,
            "resources": _resources(version),
        }
    return found.get(path)


def _group(name: str) -> Object:
    versions = dict.fromkeys(each for each in VERSIONS.values() if each.startswith(f"{name}/"))
    listed = [{"groupVersion": each, "version": each.split("/")[1]} for each in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _resources(version: str) -> list[Object]:
    return [
        {
            "name": plural,
            "singularName": kind.lower(),
            "kind": kind,
            "namespaced": kind not in ("Namespace", "GlobalInClusterIPPool"),
            "verbs": ["get", "list"],
        }
        for kind, plural in KINDS.items()
        if VERSIONS[kind] == version
    ]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def __init__(self, *args: object, lists: Lists) -> None:
        self.lists = lists
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        body = self.lists.answer(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Nothing: who measures prints."""


def main(addresses: str, services: str, seed: str) -> None:
    lists = Lists(Fleet(int(addresses), int(services), int(seed)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, lists=lists))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
