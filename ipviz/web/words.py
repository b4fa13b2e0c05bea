"""How things are called on the pages: no code of ours is shown without its words."""

import shlex
from datetime import datetime, timedelta

ROLES = {
    "ALLOC": "address given out by IPAM",
    "CPE": "API endpoint of a cluster",
    "CPVIP": "API address announced by kube-vip",
    "SVC": "address of a LoadBalancer Service",
    "NODE": "address of a node",
    "POOL": "pool that IPAM gives out from",
    "LBRANGE": "load-balancer range",
    "GW": "gateway",
    "NET": "network address",
    "BCAST": "broadcast address",
    "DHCP": "DHCP range",
}
SEVERITY_GLYPHS = {"critical": "●", "high": "▲", "medium": "◆", "low": "◇", "info": "○"}
CLASSES = {"collision": "collision", "hazard": "hazard", "capacity": "capacity", "blind-spot": "blind spot"}
STATUSES = {
    "suspected": "suspected, waiting for a second look",
    "open": "open",
    "acknowledged": "acknowledged",
    "silenced": "silenced",
    "resolved": "resolved",
}
PURPOSES = {"cp": "API of", "svc-lb": "Services of", "machine": "a machine of", "manual": "claimed by hand in"}
RESOURCES = {
    "GlobalInClusterIPPool": "globalinclusterippools.ipam.cluster.x-k8s.io",
    "InClusterIPPool": "inclusterippools.ipam.cluster.x-k8s.io",
    "GlobalInClusterPrefixPool": "globalinclusterprefixpools.ipam.cluster.x-k8s.io",
    "InClusterPrefixPool": "inclusterprefixpools.ipam.cluster.x-k8s.io",
    "IPAddressClaim": "ipaddressclaims.ipam.cluster.x-k8s.io",
    "IPAddress": "ipaddresses.ipam.cluster.x-k8s.io",
    "Cluster": "clusters.cluster.x-k8s.io",
    "Machine": "machines.cluster.x-k8s.io",
    "VSphereCluster": "vsphereclusters.infrastructure.cluster.x-k8s.io",
}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def role(code: str) -> str:
    return ROLES.get(code, code)


def consumer(cluster: str, purpose: str, machine: str = "") -> str:
    """Whom an address serves in the end, in words; empty where nobody can be named."""
    if not cluster:
        return "claimed by hand" if purpose == "manual" else ""
    name = cluster.rsplit("/", 1)[-1]
    return f"machine {machine} of {name}" if machine else f"{PURPOSES.get(purpose, 'used by')} {name}"


def look_command(kind: str, namespace: str, name: str) -> str:
    """The `kubectl` line that shows the object; names are quoted, for they are somebody else's."""
    words = ["kubectl", *(["--namespace", namespace] if namespace else []), "get"]
    return shlex.join([*words, RESOURCES.get(kind, kind.lower()), name, "-o", "yaml"])


def duration(length: timedelta) -> str:
    """The length in its largest unit: `12 s`, `14 min`, `2 h`, `3 d`."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def ago(when: datetime, at: datetime) -> str:
    return "now" if when >= at else f"{duration(at - when)} ago"


def grouped(number: int) -> str:
    """`65536` as `65 536`, with spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


def counted(number: int, singular: str, plural: str = "") -> str:
    return f"{grouped(number)} {singular if number == 1 else plural or singular + 's'}"
