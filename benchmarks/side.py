"""One side of a comparison, in a process of its own: python -m benchmarks.side WHO KIND URL

It prints as JSON how many seconds reading took, and how many bytes of memory at its peak, over what the
process had with everything imported and a first small answer read. What was read is still held then.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Reading = Callable[[], object]

_STATUS = Path("/proc/self/status")


def ipviz(kind: str, url: str) -> Reading:
    """Fetch and parse, as a poll does."""
    from ipviz.domain.seen import Observation, Read
    from ipviz.kube.connection import Connection
    from ipviz.kube.fetch import LiveSource
    from ipviz.kube.kinds import kinds_named
    from ipviz.kube.parse import parse

    source = LiveSource(Connection(url, "the benchmark"))
    parse(source.listing(kinds_named("Namespace")))

    def read() -> Observation:
        found = parse(source.listing(kinds_named(kind)))
        whole = found.kinds[kind]
        assert isinstance(whole, Read), whole
        assert not whole.unreadable, whole.unreadable
        return found

    return read


def client(kind: str, url: str) -> Reading:
    """The official client's call that lists a kind as objects; for a custom kind, the dynamic client's."""
    from kubernetes.client import ApiClient, Configuration, CoreV1Api
    from kubernetes.dynamic import DynamicClient

    api = ApiClient(Configuration(host=url))
    core = CoreV1Api(api)
    core.read_namespace("kube-system")
    if kind == "Service":
        return lambda: core.list_service_for_all_namespaces()
    dynamic = DynamicClient(api)  # type: ignore[no-untyped-call]
    resource = dynamic.resources.get(api_version="ipam.cluster.x-k8s.io/v1beta2", kind=kind)
    return lambda: resource.get()


def dictionaries(kind: str, url: str) -> Reading:
    """The official client's call that hands on what `json.loads` makes of a custom kind."""
    from kubernetes.client import ApiClient, Configuration, CoreV1Api, CustomObjectsApi

    client = ApiClient(Configuration(host=url))
    CoreV1Api(client).read_namespace("kube-system")
    api = CustomObjectsApi(client)
    return lambda: api.list_cluster_custom_object("ipam.cluster.x-k8s.io", "v1beta2", "ipaddresses")


def peak() -> int:
    """Bytes of memory, at the most until now."""
    if _STATUS.exists():
        # Linux: what `getrusage` says may be of the process that has started this one.
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(who: str, kind: str, url: str) -> None:
    sides = {"ipviz": ipviz, "client": client, "dictionaries": dictionaries}
    read = sides[who](kind, url)
    gc.collect()  # what the imports have left is nobody's cost
    before, begun = peak(), time.perf_counter()
    held = read()
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "bytes": peak() - before}))
    del held


if __name__ == "__main__":
    main(*sys.argv[1:])
