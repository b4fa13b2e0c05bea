"""Objects as API servers list them, with all that nobody reads: owners, finalizers, managed fields."""

import json
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

Object = dict[str, Any]

IPAM = "ipam.cluster.x-k8s.io"
CAPI = "cluster.x-k8s.io"
CAPV = "infrastructure.cluster.x-k8s.io"
POOL = "nodes"


def namespace(name: str, uid: str) -> Object:
    labels = {"kubernetes.io/metadata.name": name}
    made = {"metadata": _meta(name, "", uid, labels=labels), "spec": {"finalizers": ["kubernetes"]}}
    return _written("v1", "Namespace", made, "kube-apiserver")


def pool(network: str, used: int, uid: str) -> Object:
    made = {
        "metadata": _meta(POOL, "", uid, finalizers=[f"{IPAM}/ProtectPool"]),
        "spec": {"addresses": [network], "gateway": "198.18.0.1", "prefix": 15},
        "status": {"ipAddresses": {"free": 0, "outOfRange": 0, "total": used, "used": used}},
    }
    return _written(f"{IPAM}/v1alpha2", "GlobalInClusterIPPool", made, "flux")


def cluster(name: str, host: str, uid: str) -> Object:
    made = {
        "metadata": _meta(name, "org-acme", uid, finalizers=[f"cluster.{CAPI}"]),
        "spec": {
            "controlPlaneEndpoint": {"host": host, "port": 6443},
            "infrastructureRef": {"apiGroup": CAPV, "kind": "VSphereCluster", "name": name},
        },
        "status": {"initialization": {"controlPlaneInitialized": True}, "phase": "Provisioned"},
    }
    return _written(f"{CAPI}/v1beta2", "Cluster", made, "helm-controller")


def claim(name: str, cluster: str, uid: str, owner_uid: str) -> Object:
    owners = [_owner(f"{CAPV}/v1beta1", "VSphereVM", name.removesuffix("-0-0"), owner_uid)]
    labels = {f"{CAPI}/cluster-name": cluster}
    made = {
        "metadata": _meta(
            name, "org-acme", uid, labels=labels, owners=owners, finalizers=[f"{IPAM}/ReleaseAddress"]
        ),
        "spec": {"clusterName": cluster, "poolRef": _pool_ref()},
        "status": {"addressRef": {"name": name}},
    }
    return _written(f"{IPAM}/v1beta2", "IPAddressClaim", made, "manager")


def ip_address(name: str, cluster: str, uid: str, claim_uid: str, pool_uid: str, number: int) -> Object:
    owners = [
        _owner(f"{IPAM}/v1beta2", "IPAddressClaim", name, claim_uid),
        {**_owner(f"{IPAM}/v1alpha2", "GlobalInClusterIPPool", POOL, pool_uid), "controller": False},
    ]
    labels = {f"{CAPI}/cluster-name": cluster}
    made = {
        "metadata": _meta(
            name, "org-acme", uid, labels=labels, owners=owners, finalizers=[f"{IPAM}/ProtectAddress"]
        ),
        "spec": {
            "address": str(IPv4Address(number)),
            "claimRef": {"name": name},
            "gateway": "198.18.0.1",
            "poolRef": _pool_ref(),
            "prefix": 15,
        },
    }
    return _written(f"{IPAM}/v1beta2", "IPAddress", made, "manager")


def cluster_ip(name: str, namespace: str, uid: str, number: int) -> Object:
    """A Service that is reached from within its cluster only."""
    return _written("v1", "Service", _service(name, namespace, uid, number), "helm")


def load_balancer(name: str, namespace: str, uid: str, number: int, address: str) -> Object:
    """A Service to which the cloud provider has given an address that kube-vip announces."""
    made = _service(name, namespace, uid, number)
    meta, spec = made["metadata"], made["spec"]
    meta["labels"] |= {"implementation": "kube-vip"}
    meta["annotations"] |= {"kube-vip.io/loadbalancerIPs": address, "kube-vip.io/vipHost": "blue-worker-1"}
    meta["finalizers"] = ["service.kubernetes.io/load-balancer-cleanup"]
    spec |= {
        "allocateLoadBalancerNodePorts": True,
        "externalTrafficPolicy": "Cluster",
        "loadBalancerIP": address,
        "ports": [{**port, "nodePort": 30000 + port["port"]} for port in spec["ports"]],
        "type": "LoadBalancer",
    }
    made["status"] = {"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}
    return _written("v1", "Service", made, "helm")


def _service(name: str, namespace: str, uid: str, number: int) -> Object:
    """As a chart makes it."""
    address = str(IPv4Address(number))
    labels = {
        "app.kubernetes.io/component": "controller",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": "ingress-nginx",
        "helm.sh/chart": "ingress-nginx-4.11.2",
    }
    notes = {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}
    return {
        "metadata": _meta(name, namespace, uid, labels=labels, annotations=notes),
        "spec": {
            "clusterIP": address,
            "clusterIPs": [address],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [_port("http", 80), _port("https", 443)],
            "selector": {key: labels[key] for key in labels if key.startswith("app.kubernetes.io/")},
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }


def _port(name: str, number: int) -> Object:
    return {"name": name, "port": number, "protocol": "TCP", "targetPort": name}


def _pool_ref() -> Object:
    return {"apiGroup": IPAM, "kind": "GlobalInClusterIPPool", "name": POOL}


def _owner(api_version: str, kind: str, name: str, uid: str) -> Object:
    return {
        "apiVersion": api_version,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": kind,
        "name": name,
        "uid": uid,
    }


def _meta(
    name: str,
    namespace: str,
    uid: str,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owners: list[Object] | None = None,
    finalizers: list[str] | None = None,
) -> Object:
    made = {
        "annotations": annotations,
        "creationTimestamp": _time(uid),
        "finalizers": finalizers,
        "generation": 1,
        "labels": labels,
        "name": name,
        "namespace": namespace,
        "ownerReferences": owners,
        "resourceVersion": str(int(uid[:8], 16)),
        "uid": uid,
    }
    return {key: value for key, value in made.items() if value}


def _time(uid: str) -> str:
    """Any second of January 2026, the same for the same object."""
    minutes, seconds = divmod(int(uid[:8], 16) % (31 * 24 * 3600), 60)
    hours, minutes = divmod(minutes, 60)
    return f"2026-01-{hours // 24 + 1:02}T{hours % 24:02}:{minutes:02}:{seconds:02}Z"


def _written(api_version: str, kind: str, of: Object, manager: str) -> Object:
    """The object with what the API server notes of who wrote which of its fields."""
    own = {"creationTimestamp", "generation", "name", "namespace", "resourceVersion", "uid"}
    meta = {key: value for key, value in of["metadata"].items() if key not in own}
    written = {"metadata": meta, **{key: of[key] for key in ("spec",) if key in of}}
    time = of["metadata"]["creationTimestamp"]
    entries = [_entry(api_version, manager, time, written)]
    if of.get("status"):
        status = _entry(api_version, "manager", time, {"status": of["status"]})
        entries.append({**status, "subresource": "status"})
    return {
        "apiVersion": api_version,
        "kind": kind,
        **of,
        "metadata": {**of["metadata"], "managedFields": entries},
    }


def _entry(api_version: str, manager: str, time: str, fields: Object) -> Object:
    return {
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": _fields(fields),
        "manager": manager,
        "operation": "Update",
        "time": time,
    }


def _fields(of: Any) -> Object:
    if isinstance(of, Mapping):
        return {f"f:{key}": _fields(value) for key, value in of.items()}
    if isinstance(of, list):
        # Of an owner only the whole is written.
        return {".": {}, **{_key_of(each): {} if "uid" in each else _fields(each) for each in of}}
    return {}


def _key_of(item: Any) -> str:
    """How an item of a list is told from the others: by its uid, or port, or value."""
    if not isinstance(item, Mapping):
        return f"v:{json.dumps(item)}"
    for names in (("uid",), ("port", "protocol"), ("ip",)):
        if names[0] in item:
            return f"k:{json.dumps({name: item[name] for name in names}, separators=(',', ':'))}"
    return "."
