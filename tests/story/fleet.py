"""The small fleet of tests/data/fleet as objects, and the servers that play its clusters."""

import base64
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.apiserver import ADMIN

FLEET = Path(__file__).parent.parent / "data" / "fleet"

Object = dict[str, Any]


class Server(Protocol):
    """What a story needs of an API server, real or fake."""

    def kubeconfig(self, token: str = ADMIN) -> str: ...

    def create(self, objects: Iterable[Object]) -> None: ...

    def patch(self, of: Object, body: Object) -> None: ...

    def delete(self, of: Object) -> None: ...

    def stop(self) -> None: ...


def objects_of(name: str) -> list[Object]:
    """All objects of one file, without YAML's shared parts."""
    text = (FLEET / f"{name}.yaml").read_text()
    return [copy.deepcopy(each) for each in yaml.safe_load_all(text) if each]


def load_fleet(
    servers: Mapping[str, Server], management: str, workload: Iterable[str], *, token: str = ADMIN
) -> None:
    """Create the management cluster's objects and those of the workload clusters that have a server.

    Clusters without a server are left out, with what belongs to them, and each kubeconfig Secret gets the
    kubeconfig of the server that plays its cluster, for whoever has the token.
    """
    played = set(workload)
    for name in played:
        servers[name].create(objects_of(f"wc-{name}"))
    kept = [
        each for each in objects_of(f"mc-{management}") if _belongs(each, {management, "epsilon", *played})
    ]
    for each in kept:
        if each["kind"] == "Secret":
            cluster = each["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"]
            each["data"]["value"] = base64.b64encode(servers[cluster].kubeconfig(token).encode()).decode()
    servers[management].create(kept)


def find(name: str, kind: str, namespace: str, called: str) -> Object:
    """One object of a file by kind, namespace and name."""
    for each in objects_of(name):
        metadata = each["metadata"]
        if (each["kind"], metadata.get("namespace", ""), metadata["name"]) == (kind, namespace, called):
            return each
    raise LookupError(f"{kind} {namespace}/{called} in {name}")


def _belongs(of: Object, clusters: set[str]) -> bool:
    """Claims and addresses stay in any case: IPAM does not ask whether a cluster lives."""
    labels = of["metadata"].get("labels", {})
    cluster = labels.get("cluster.x-k8s.io/cluster-name") or labels.get("giantswarm.io/cluster")
    return cluster is None or cluster in clusters or of["kind"] in {"IPAddressClaim", "IPAddress"}
