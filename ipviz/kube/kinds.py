"""The table of what is read: which kinds, in which versions, in which clusters, and how little of them.

A new kind is a row here, a struct and a function in `objects`, a line in `records`, and a record in
`domain.seen`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

IPAM = "ipam.cluster.x-k8s.io"
CAPI = "cluster.x-k8s.io"
CAPV = "infrastructure.cluster.x-k8s.io"
COORDINATION = "coordination.k8s.io"

Name = tuple[str, str]
"""Namespace and name; the namespace is empty for what has none."""

NAME_LIMIT = 253
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: how it is listed, and where. `versions` are those we understand, newest first."""

    kind: str
    plural: str
    group: str = ""
    versions: tuple[str, ...] = ("v1",)
    namespace: str = ""
    """The one namespace in which it is listed; all where empty."""
    names: tuple[Name, ...] = ()
    """Read object by object, these at least, rather than listed: so that a narrow Role is enough."""
    in_workload: bool = False
    """Read in workload clusters too; management clusters have all kinds."""
    is_optional: bool = False
    """Only newer versions of what serves it have it: where it is missing, nothing is wrong."""

    @property
    def resource(self) -> str:
        """As kubectl and RBAC write it in full: `ipaddresses.ipam.cluster.x-k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def is_builtin(self) -> bool:
        """Every Kubernetes API server has it, so one that does not know it is none."""
        return self.group in ("", "apps", COORDINATION)


_V1BETA = ("v1beta2", "v1beta1")

# The first is small and always there, so it tells first whether a cluster answers at all; Deployments and
# DaemonSets come before the ConfigMaps that they name.
KINDS: tuple[Kind, ...] = (
    Kind("Namespace", "namespaces", names=(("", "kube-system"),), in_workload=True),
    Kind("GlobalInClusterIPPool", "globalinclusterippools", IPAM, ("v1alpha2",)),
    Kind("InClusterIPPool", "inclusterippools", IPAM, ("v1alpha2",)),
    Kind("GlobalInClusterPrefixPool", "globalinclusterprefixpools", IPAM, ("v1alpha2",), is_optional=True),
    Kind("InClusterPrefixPool", "inclusterprefixpools", IPAM, ("v1alpha2",), is_optional=True),
    Kind("IPAddressClaim", "ipaddressclaims", IPAM, (*_V1BETA, "v1alpha1")),
    Kind("IPAddress", "ipaddresses", IPAM, (*_V1BETA, "v1alpha1")),
    Kind("Cluster", "clusters", CAPI, _V1BETA),
    Kind("VSphereCluster", "vsphereclusters", CAPV, _V1BETA),
    Kind("Machine", "machines", CAPI, _V1BETA),
    Kind("VSphereMachine", "vspheremachines", CAPV, _V1BETA),
    Kind("VSphereVM", "vspherevms", CAPV, _V1BETA),
    Kind("Node", "nodes", in_workload=True),
    Kind("Service", "services", in_workload=True),
    Kind("Pod", "pods", namespace="kube-system", in_workload=True),
    Kind("Lease", "leases", COORDINATION, in_workload=True),
    Kind("Deployment", "deployments", "apps", namespace="kube-system", in_workload=True),
    Kind("DaemonSet", "daemonsets", "apps", namespace="kube-system", in_workload=True),
    Kind(
        "ConfigMap",
        "configmaps",
        names=(("kube-system", "kube-vip-cloud-provider"), ("kube-system", "kubevip")),
        in_workload=True,
    ),
)


def kinds_for(*, is_management: bool) -> tuple[Kind, ...]:
    """What is read in a cluster of that sort, in the order in which to read it."""
    return tuple(kind for kind in KINDS if is_management or kind.in_workload)


def kinds_named(*names: str) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS if kind.kind in names)


def needed_of(*, is_management: bool) -> tuple[str, ...]:
    """The kinds that a cluster of that sort must know; where one is missing, we see less than we should."""
    return tuple(each.kind for each in kinds_for(is_management=is_management) if not each.is_optional)


def is_plain_name(text: str) -> bool:
    """Say whether an API server would accept it as a name, so that it is safe in a URL and as a file name."""
    return len(text) <= NAME_LIMIT and _NAME.fullmatch(text) is not None


def wanted_names(kind: Kind, more: Collection[Name] = ()) -> tuple[Name, ...]:
    """Each name once, those of the table first."""
    return tuple(dict.fromkeys((*kind.names, *more)))
