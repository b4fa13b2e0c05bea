"""Writes demo/gmc: the fleet that ipviz shows while no cluster is registered.

    python -m demo.make_demo

The files are as `kubectl get KIND -A -o json` writes them, and are committed; a test compares them with
what is written here. The network is made up around one page of documentation (README.md): pool
`wc-cp-ips` 10.10.222.232-10.10.222.239 with one claim, `pssss`, on 10.10.222.233. All other clusters have
an endpoint that somebody typed in. What there is to find, by rule:

    C8, H1  edge was given 10.10.222.236 as its endpoint by hand; lab's ingress has it from lab's range
    H2      lab's range is 10.10.222.238/30, which begins at .236, inside the pool
    H1      lab's second Service, on .237, which the pool does not know to be taken
    H3, C4  the ranges of billing and orders overlap, and both have handed out .188
    C5      two Services of plant listen on .201, port 443
    B1      edge cannot be read: it has no dump

and what only looks like one: a DNS Service on TCP and one on UDP share .181, two Services of orders share
.189 on different ports, pssss' endpoint is its claimed address, and gmc lists itself as a Cluster.
"""

import json
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "gmc"
BORN = "2026-01-15T08:00:00Z"
IPAM = "ipam.cluster.x-k8s.io"
PLURALS = {
    "Cluster": "clusters",
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "GlobalInClusterIPPool": "globalinclusterippools",
    "IPAddress": "ipaddresses",
    "IPAddressClaim": "ipaddressclaims",
    "InClusterIPPool": "inclusterippools",
    "Machine": "machines",
    "Namespace": "namespaces",
    "Node": "nodes",
    "Service": "services",
    "VSphereCluster": "vsphereclusters",
}
WEB = ("TCP/80", "TCP/443")
IN_EVERY_CLUSTER = ("ConfigMap", "Deployment", "Namespace", "Node", "Service")

Object = dict[str, Any]


@dataclass(frozen=True)
class LoadBalancer:
    """A Service of type LoadBalancer; a static one was given its address by hand and so has no label."""

    namespace: str
    name: str
    address: str
    ports: tuple[str, ...] = WEB
    static: bool = False
    silent: bool = False  # has its address, and is not advertised: no pod is ready


@dataclass(frozen=True)
class Fleet:
    """One cluster: `nodes` are the last numbers of its nodes' addresses, the first is the control plane's."""

    name: str
    namespace: str
    endpoint: str
    nodes: tuple[int, ...]
    range_key: str = "cidr-global"
    range_value: str = ""
    config_map: str = "kube-vip-cloud-provider"
    services: tuple[LoadBalancer, ...] = ()
    is_dumped: bool = True


INGRESS = ("kube-system", "nginx-ingress-controller")
GMC = Fleet(
    "gmc", "org-giantswarm", "10.10.222.10", (21, 22, 23),
    range_value="10.10.222.11/32",
    services=(LoadBalancer(*INGRESS, "10.10.222.11"),),
)  # fmt: skip
WORKLOAD = (
    Fleet(
        "pssss", "org-giantswarm", "10.10.222.233", (31, 32, 33, 34),
        range_value="10.10.222.180/30",
        services=(
            LoadBalancer(*INGRESS, "10.10.222.180"),
            LoadBalancer("dns", "resolver-tcp", "10.10.222.181", ("TCP/53",)),
            LoadBalancer("dns", "resolver-udp", "10.10.222.181", ("UDP/53",)),
        ),
    ),
    Fleet(
        "billing", "org-acme", "10.10.222.161", (41, 42, 43, 44, 45),
        range_value="10.10.222.184/29",
        services=(
            LoadBalancer(*INGRESS, "10.10.222.184"),
            LoadBalancer("invoices", "gateway", "10.10.222.185"),
            LoadBalancer("invoices", "intake", "10.10.222.186", ("TCP/8443",)),
            LoadBalancer("queue", "kafka", "10.10.222.187", ("TCP/9094",)),
            LoadBalancer("storefront", "web", "10.10.222.188"),
        ),
    ),
    Fleet(
        "orders", "org-acme", "10.10.222.162", (51, 52, 53, 54),
        range_key="range-global", range_value="10.10.222.188-10.10.222.195",
        services=(
            LoadBalancer(*INGRESS, "10.10.222.188"),
            LoadBalancer("orders", "api", "10.10.222.189", ("TCP/443",)),
            LoadBalancer("orders", "metrics", "10.10.222.189", ("TCP/9090",)),
        ),
    ),
    Fleet(
        "lab", "org-research", "10.10.222.163", (61, 62, 63),
        range_value="10.10.222.238/30", config_map="kubevip",
        services=(
            LoadBalancer(*INGRESS, "10.10.222.236"),
            LoadBalancer("notebooks", "hub", "10.10.222.237", ("TCP/443",), silent=True),
        ),
    ),
    Fleet(
        "plant", "org-research", "10.10.222.164", (71, 72, 73, 74),
        range_value="10.10.222.200/29",
        services=(
            LoadBalancer(*INGRESS, "10.10.222.200"),
            LoadBalancer("machines", "gateway", "10.10.222.201", ("TCP/443",)),
            LoadBalancer("machines", "gateway-old", "10.10.222.201", ("TCP/443", "TCP/1883"), static=True),
        ),
    ),
    Fleet("edge", "org-research", "10.10.222.236", (81, 82, 83), is_dumped=False),
)  # fmt: skip


def uid(*words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("ipviz-demo", *words))))


def thing(version: str, kind: str, namespace: str, name: str, **parts: Any) -> Object:
    """An object with the metadata that each one has; `where` names its cluster, `meta` is more metadata."""
    where, meta = parts.pop("where", "gmc"), parts.pop("meta", {})
    own = {"creationTimestamp": BORN, "name": name, "uid": uid(where, kind, namespace, name)}
    own |= {"resourceVersion": str(uuid.UUID(own["uid"]).int % 90_000 + 10_000)}
    own |= {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": own | meta, **parts}


def in_cluster(fleet: Fleet) -> list[Object]:
    """What a cluster's own API lists."""
    spaces = sorted({"default", "kube-system", *(service.namespace for service in fleet.services)})
    return [
        *(thing("v1", "Namespace", "", space, where=fleet.name) for space in spaces),
        *(node(fleet, position) for position in range(len(fleet.nodes))),
        *cloud_provider(fleet),
        *(load_balancer(fleet, service) for service in fleet.services),
    ]


def node_name(fleet: Fleet, position: int) -> str:
    return f"{fleet.name}-worker-{position - 1}" if position else f"{fleet.name}-control-plane-0"


def provider_id(fleet: Fleet, position: int) -> str:
    return f"vsphere://{uid(fleet.name, 'vm', node_name(fleet, position))}"


def node(fleet: Fleet, position: int) -> Object:
    name, address = node_name(fleet, position), f"10.10.222.{fleet.nodes[position]}"
    kinds = (("Hostname", name), ("InternalIP", address), ("ExternalIP", address))
    return thing(
        "v1", "Node", "", name,
        where=fleet.name,
        spec={"providerID": provider_id(fleet, position)},
        status={"addresses": [{"address": value, "type": kind} for kind, value in kinds]},
    )  # fmt: skip


def cloud_provider(fleet: Fleet) -> list[Object]:
    """The kube-vip cloud provider: the ConfigMap with its range, and the Deployment that names it."""
    name = "kube-vip-cloud-provider"
    container = {
        "command": ["/kube-vip-cloud-provider", "--leader-elect-resource-name=kube-vip-cloud-controller"],
        "env": [
            {"name": "KUBEVIP_NAMESPACE", "value": "kube-system"},
            {"name": "KUBEVIP_CONFIG_MAP", "value": fleet.config_map},
        ],
        "image": "ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.10",
        "name": name,
    }
    labels = {"app.kubernetes.io/name": name}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    return [
        thing("apps/v1", "Deployment", "kube-system", name, where=fleet.name, spec=spec),
        thing(
            "v1", "ConfigMap", "kube-system", fleet.config_map,
            where=fleet.name, data={fleet.range_key: fleet.range_value},
        ),
    ]  # fmt: skip


def load_balancer(fleet: Fleet, service: LoadBalancer) -> Object:
    notes = {"kube-vip.io/loadbalancerIPs": service.address}
    status: Object = {"loadBalancer": {}}
    if not service.silent:
        # One node answers for all Services of a cluster, as kube-vip does without a per-Service election.
        notes["kube-vip.io/vipHost"] = node_name(fleet, 1)
        status = {"loadBalancer": {"ingress": [{"ip": service.address, "ipMode": "VIP"}]}}
    labels = {"app.kubernetes.io/name": service.name}
    labels |= {} if service.static else {"implementation": "kube-vip"}
    split = [port.split("/") for port in service.ports]
    ports = [
        {"name": f"{p.lower()}-{n}", "port": int(n), "protocol": p, "targetPort": int(n)} for p, n in split
    ]
    return thing(
        "v1", "Service", service.namespace, service.name,
        where=fleet.name,
        meta={"annotations": notes, "labels": labels},
        spec={"loadBalancerIP": service.address, "ports": ports, "type": "LoadBalancer"},
        status=status,
    )  # fmt: skip


def in_management(fleet: Fleet) -> list[Object]:
    """What the management cluster knows of a cluster."""
    endpoint = {"host": fleet.endpoint, "port": 6443}
    meta = {"labels": {"cluster.x-k8s.io/cluster-name": fleet.name, "giantswarm.io/cluster": fleet.name}}
    infrastructure = {
        "apiGroup": "infrastructure.cluster.x-k8s.io",
        "kind": "VSphereCluster",
        "name": fleet.name,
    }
    return [
        thing(
            "cluster.x-k8s.io/v1beta2", "Cluster", fleet.namespace, fleet.name,
            meta={"labels": {"giantswarm.io/cluster": fleet.name}},
            spec={"controlPlaneEndpoint": endpoint, "infrastructureRef": infrastructure},
            status={
                "initialization": {"controlPlaneInitialized": True, "infrastructureProvisioned": True},
                "phase": "Provisioned",
            },
        ),
        thing(
            "infrastructure.cluster.x-k8s.io/v1beta1", "VSphereCluster", fleet.namespace, fleet.name,
            meta=meta,
            spec={"controlPlaneEndpoint": endpoint, "server": "vcenter.example.com"},
            status={"ready": True},
        ),
        *(machine(fleet, position, meta) for position in range(len(fleet.nodes))),
    ]  # fmt: skip


def machine(fleet: Fleet, position: int, meta: Object) -> Object:
    name = node_name(fleet, position)
    addresses = [("ExternalIP", f"10.10.222.{fleet.nodes[position]}"), ("InternalDNS", name)]
    return thing(
        "cluster.x-k8s.io/v1beta2", "Machine", fleet.namespace, name,
        meta=meta,
        spec={"clusterName": fleet.name, "providerID": provider_id(fleet, position)},
        status={
            "addresses": [{"address": value, "type": kind} for kind, value in addresses],
            "nodeRef": {"name": name},
            "phase": "Running",
        },
    )  # fmt: skip


def ipam() -> list[Object]:
    """The pool, and the one claim that is made of it."""
    pool = {"apiGroup": IPAM, "kind": "GlobalInClusterIPPool", "name": "wc-cp-ips"}
    owner = {"apiVersion": f"{IPAM}/v1beta2", "kind": "IPAddressClaim", "name": "pssss", "controller": True}
    owner["uid"] = uid("gmc", "IPAddressClaim", "org-giantswarm", "pssss")
    return [
        thing(
            f"{IPAM}/v1alpha2", "GlobalInClusterIPPool", "", "wc-cp-ips",
            spec={"addresses": ["10.10.222.232-10.10.222.239"], "gateway": "0.0.0.0", "prefix": 24},
            status={"ipAddresses": {"free": 7, "outOfRange": 0, "total": 8, "used": 1}},
        ),
        thing(
            f"{IPAM}/v1beta2", "IPAddressClaim", "org-giantswarm", "pssss",
            meta={"labels": {"giantswarm.io/cluster": "pssss", "giantswarm.io/organization": "giantswarm"}},
            spec={"poolRef": pool},
            status={"addressRef": {"name": "pssss"}},
        ),
        thing(
            f"{IPAM}/v1beta2", "IPAddress", "org-giantswarm", "pssss",
            meta={"ownerReferences": [owner]},
            spec={
                "address": "10.10.222.233",
                "claimRef": {"name": "pssss"},
                "gateway": "0.0.0.0",
                "poolRef": pool,
                "prefix": 24,
            },
        ),
    ]  # fmt: skip


def lists(folder: str, kinds: tuple[str, ...], objects: list[Object]) -> dict[str, str]:
    """One file for each kind, with an empty list where there is none of it."""
    return {
        f"{folder}{PLURALS[kind]}.json": json.dumps(
            {
                "apiVersion": "v1",
                "items": [each for each in objects if each["kind"] == kind],
                "kind": "List",
                "metadata": {"resourceVersion": ""},
            },
            indent=4,
            sort_keys=True,
        )
        + "\n"
        for kind in kinds
    }


def files() -> dict[str, str]:
    """Every file's path below `FOLDER`, and its text."""
    organizations = sorted({fleet.namespace for fleet in WORKLOAD})
    management = [
        *(thing("v1", "Namespace", "", name) for name in organizations),
        *in_cluster(GMC),
        *(each for fleet in (GMC, *WORKLOAD) for each in in_management(fleet)),
        *ipam(),
    ]
    written = lists("", tuple(PLURALS), management)
    for fleet in WORKLOAD:
        if fleet.is_dumped:
            folder = f"workload/{fleet.namespace}_{fleet.name}/"
            written |= lists(folder, IN_EVERY_CLUSTER, in_cluster(fleet))
    return written


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, text in files().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
