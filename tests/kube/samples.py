"""Objects as API servers of different ages spell them, and the smallest listing around them."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from ipviz.domain.seen import Read, Seen, Unread, Unreadable
from ipviz.kube.kinds import Name
from ipviz.kube.listing import Listing, Page, Pages
from ipviz.kube.parse import parse

Object = dict[str, Any]

IPAM = "ipam.cluster.x-k8s.io"


def meta(name: str, namespace: str = "", **more: Any) -> Object:
    found = {"name": name, "uid": f"uid-of-{name}", **more}
    return {**found, "namespace": namespace} if namespace else found


def ip_address(name: str = "blue", address: Any = "192.0.2.7", **spec: Any) -> Object:
    return {
        "metadata": meta(name, "org-acme"),
        "spec": {
            "address": address,
            "prefix": 24,
            "gateway": "0.0.0.0",
            "poolRef": {"apiGroup": IPAM, "kind": "GlobalInClusterIPPool", "name": "pool"},
            "claimRef": {"name": name},
            **spec,
        },
    }


def load_balancer(name: str = "web", **more: Any) -> Object:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80, "protocol": "TCP"}], **more.pop("spec", {})}
    return {"metadata": {**meta(name, "shop"), **more.pop("metadata", {})}, "spec": spec, **more}


def cloud_provider(env: Object, **container: Any) -> Object:
    made = {
        "image": "registry.example:5000/kube-vip/kube-vip-cloud-provider:v0.0.10",
        "command": ["/kube-vip-cloud-provider"],
        "env": [{"name": name, "value": value} for name, value in env.items()],
        **container,
    }
    return {
        "metadata": meta("kvcp", "kube-system"),
        "spec": {"template": {"spec": {"containers": [{"image": "sidecar:1"}, made]}}},
    }


def page(*objects: Any) -> bytes:
    return json.dumps({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": objects}).encode()


def pages(*bodies: bytes | Exception) -> Pages:
    """The same pages at each call; an exception among them is raised in its place."""

    def read(names: Collection[Name]) -> Iterator[Page]:
        for body in bodies:
            if isinstance(body, Exception):
                raise body
            yield Page(body)

    return read


def listing(**kinds: bytes | Exception) -> Listing:
    return {kind: pages(body) for kind, body in kinds.items()}


def read(kind: str, *objects: Any) -> Read:
    """Parse objects of one kind, of which the list itself is sound."""
    found = parse({kind: pages(page(*objects))}).kinds[kind]
    assert isinstance(found, Read), found
    return found


def record(kind: str, of: Any) -> Any:
    """The record of the only object."""
    found = read(kind, of)
    assert not found.unreadable, found.unreadable
    (only,) = found.records
    return only


def unreadable(kind: str, of: Any) -> Unreadable:
    """What is said of the only object, which is a bad one."""
    found = read(kind, of)
    assert not found.records, found.records
    (only,) = found.unreadable
    return only


def unread(kind: str, body: bytes | Exception) -> str:
    """Why a kind could not be read."""
    found = parse({kind: pages(body)}).kinds[kind]
    assert isinstance(found, Unread), found
    return found.reason


def names_of(found: Read | Unread) -> list[str]:
    assert isinstance(found, Read), found
    records: tuple[Seen, ...] = found.records
    return [each.ref.name for each in records]
