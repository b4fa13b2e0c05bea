"""Objects of every kind as nobody expects them: with anything in any place, or anything that a schema allows.

The schemas are small ones, made from the examples; and those of the real definitions where
`IPVIZ_TEST_CRDS` names a folder of them.
"""

import copy
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ipviz.kube.kinds import KINDS, Kind
from tests.kube.samples import IPAM, Object, cloud_provider, ip_address, load_balancer, meta

_OWNED = {
    "labels": {"cluster.x-k8s.io/cluster-name": "blue", "giantswarm.io/cluster": "blue"},
    "annotations": {"cluster.x-k8s.io/paused": "true", "kube-vip.io/loadbalancerIPs": "192.0.2.7"},
    "ownerReferences": [{"kind": "VSphereVM", "name": "blue-1"}],
    "creationTimestamp": "2026-01-15T08:00:00Z",
    "deletionTimestamp": "2026-01-16T08:00:00Z",
}
_POOL = {"kind": "GlobalInClusterIPPool", "name": "pool", "apiGroup": IPAM}
_COUNTS = {"ipAddresses": {"total": 3, "used": 1, "free": 2, "outOfRange": 0}}
_HOSTS = [{"type": "InternalIP", "address": "192.0.2.8"}]
_CARDS = {
    "network": [{"networkName": "vlan-7", "ipAddrs": ["192.0.2.8/24"]}],
    "addresses": ["192.0.2.8", "fe80::1%eth0"],
}
_DEVICES = {"devices": [{"networkName": "vlan-7", "ipAddrs": ["192.0.2.8/24"], "gateway4": "192.0.2.1"}]}


def _of(of: Object, **more: Any) -> Object:
    return {**of, "metadata": {**_OWNED, **of.get("metadata", meta("blue", "org-acme"))}, **more}


_ADDRESSES = _of(
    {},
    spec={
        "addresses": ["192.0.2.0/28", "192.0.2.32-192.0.2.40", "2001:db8::1"],
        "excludedAddresses": ["192.0.2.3"],
        "prefix": 24,
        "gateway": "192.0.2.1",
        "allocateReservedIPAddresses": True,
    },
    status=_COUNTS,
)
_PREFIXES = _of(
    {},
    spec={
        "prefixes": ["2001:db8::/48"],
        "excludedPrefixes": ["2001:db8::/64"],
        "allocationPrefixLength": 64,
        "gateway": "2001:db8::1",
    },
    status=_COUNTS,
)
_CONTAINER = {
    "name": "kube-vip",
    "image": "ghcr.io/kube-vip/kube-vip:v0.8.0",
    "command": ["/kube-vip"],
    "env": [
        {"name": "address", "value": "192.0.2.9"},
        {"name": "cp_enable", "value": "true"},
        {"name": "svc_enable", "value": "true"},
    ],
}
_PROVIDER = _of(cloud_provider({"KUBEVIP_NAMESPACE": "kube-system", "KUBEVIP_CONFIG_MAP": "kubevip"}))

EXAMPLES: dict[str, Object] = {
    "Namespace": _of({"metadata": meta("kube-system")}),
    "GlobalInClusterIPPool": _ADDRESSES,
    "InClusterIPPool": _ADDRESSES,
    "GlobalInClusterPrefixPool": _PREFIXES,
    "InClusterPrefixPool": _PREFIXES,
    "IPAddressClaim": _of(
        {}, spec={"poolRef": _POOL, "clusterName": "blue"}, status={"addressRef": {"name": "blue"}}
    ),
    "IPAddress": _of(ip_address()),
    "Cluster": _of(
        {},
        spec={
            "controlPlaneEndpoint": {"host": "192.0.2.9", "port": 6443},
            "infrastructureRef": {"kind": "VSphereCluster", "name": "blue"},
            "paused": True,
        },
        status={"phase": "Provisioned", "initialization": {"controlPlaneInitialized": True}},
    ),
    "VSphereCluster": _of(
        {}, spec={"controlPlaneEndpoint": {"host": "192.0.2.9", "port": 6443}, "server": "vc.example.org"}
    ),
    "Machine": _of(
        {},
        spec={"clusterName": "blue", "providerID": "vsphere://1", "infrastructureRef": {"name": "blue-1"}},
        status={"nodeRef": {"name": "blue-1"}, "addresses": _HOSTS},
    ),
    "VSphereMachine": _of(
        {},
        spec={"providerID": "vsphere://1", "network": _DEVICES},
        status={"addresses": _HOSTS, "network": _CARDS["network"]},
    ),
    "VSphereVM": _of({}, spec={"biosUUID": "1", "network": _DEVICES}, status=_CARDS),
    "Node": _of({}, spec={"providerID": "vsphere://1"}, status={"addresses": _HOSTS}),
    "Service": _of(
        load_balancer(
            spec={"loadBalancerIP": "192.0.2.7", "externalIPs": ["192.0.2.6"], "loadBalancerClass": "x/y"},
            status={"loadBalancer": {"ingress": [{"ip": "192.0.2.7", "ipMode": "VIP"}, {"hostname": "x"}]}},
        )
    ),
    "Pod": _of({}, spec={"nodeName": "blue-1", "containers": [_CONTAINER]}),
    "Lease": _of(
        {"metadata": meta("plndr-cp-lock", "kube-system")},
        spec={
            "holderIdentity": "blue-1",
            "leaseDurationSeconds": 5,
            "renewTime": "2026-01-15T08:00:00.000000Z",
        },
    ),
    "Deployment": _PROVIDER,
    "DaemonSet": _PROVIDER,
    "ConfigMap": _of(
        {"metadata": meta("kubevip", "kube-system")},
        data={"cidr-global": "192.0.2.0/28", "range-shop": "192.0.2.32-192.0.2.40", "skip-end-ips": "true"},
    ),
}

_TEXTS = [
    "", " ", "\x00", "\u202e", "/", "a/b", "kube-system", "blue", "uid-of-blue", "true", "LoadBalancer",
    "192.0.2.1", "192.0.2.1,2001:db8::1", "192.0.2.1/24", "192.0.2.9-192.0.2.1", "192.0.2.0-192.0.2.255",
    "0.0.0.0", "0.0.0.0/0", "255.255.255.255", "::", "::/0", "::ffff:192.0.2.1", "fe80::1%eth0", "x" * 600,
    "2026-01-15T08:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2026-01-15",
]  # fmt: skip
_NUMBERS = [0, -1, 1, 32, 33, 129, 65536, 2**31, 2**63, -(2**64), 10**400, 1e300, 0.5]

texts: SearchStrategy[str] = st.sampled_from(_TEXTS) | st.text(max_size=6)
numbers: SearchStrategy[Any] = st.sampled_from(_NUMBERS) | st.integers()
anything: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def odd(draw: DrawFn, example: Any) -> Any:
    """The example, with something else in some of its places, or nothing."""
    changed = {"": copy.deepcopy(example)}
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(changed))))
        if isinstance(holder, dict) and key and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(anything)
    return changed[""]


def _places(of: Any) -> Iterator[tuple[Any, Any]]:
    """Where something stands: what holds it, and under which key."""
    keys = list(of) if isinstance(of, dict) else range(len(of)) if isinstance(of, list) else []
    for key in keys:
        yield of, key
        yield from _places(of[key])


def kinds_with_schemas() -> list[str]:
    return [kind.kind for kind in KINDS if not kind.is_builtin]


@cache
def schemas(name: str) -> list[Object]:
    """All that is known of how objects of a kind are defined."""
    (kind,) = (each for each in KINDS if each.kind == name)
    folder = os.environ.get("IPVIZ_TEST_CRDS")
    real = [each for path in Path(folder).rglob("*.yaml") for each in _in(path, kind)] if folder else []
    return [_schema_of(EXAMPLES[name]), *real]


def _in(path: Path, kind: Kind) -> Iterator[Object]:
    if path.stem == f"{kind.group}_{kind.plural}":
        for version in yaml.safe_load(path.read_text())["spec"]["versions"]:
            if version["name"] in kind.versions:
                yield version["schema"]["openAPIV3Schema"]


def _schema_of(value: Any) -> Object:
    if isinstance(value, dict):
        return {"type": "object", "properties": {key: _schema_of(each) for key, each in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": _schema_of(value[0])}
    names = {bool: "boolean", int: "integer", str: "string"}
    return {"type": names[type(value)]}


@st.composite
def allowed(draw: DrawFn, schema: Object) -> Any:
    """An object that a schema allows, with metadata as the API server would have it."""
    made = draw(_valid(schema))
    return {**made, "metadata": draw(st.just(_of({})["metadata"]) | odd(_of({})["metadata"]))}


def _valid(schema: Object, depth: int = 0) -> SearchStrategy[Any]:
    if schema.get("x-kubernetes-int-or-string") or depth > 7:
        return numbers | texts
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _valid_object(schema, depth)
        case "array":
            return st.lists(_valid(schema["items"], depth + 1), max_size=2)
        case "string":
            return texts
        case "integer" | "number":
            return numbers
        case "boolean":
            return st.booleans()
    return anything


def _valid_object(schema: Object, depth: int) -> SearchStrategy[Any]:
    known = schema.get("properties", {})
    if not known:
        rest = schema.get("additionalProperties")
        inner = _valid(rest, depth + 1) if isinstance(rest, dict) else anything
        return st.dictionaries(texts, inner, max_size=2)
    required = set(schema.get("required", ())) | ({"spec"} & set(known) if depth == 0 else set())
    made = {key: _valid(each, depth + 1) for key, each in known.items() if key != "metadata"}
    return st.fixed_dictionaries(
        {key: each for key, each in made.items() if key in required},
        optional={key: each for key, each in made.items() if key not in required},
    )
