"""What one poll of one cluster saw, as frozen records without any client library in them.

Kubernetes' own names for kinds are the keys. Addresses stay the text that the object holds, checked by
`ipviz.kube.parse`; ranges and pool entries stay unexpanded. Records are compared and stored whole, so
they carry only what says who uses an address, and nothing that changes with a heartbeat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Which object: `uid` is `metadata.uid`, or `namespace/name` where an export left it out."""

    kind: str
    namespace: str
    name: str
    uid: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class PoolRef:
    """A claim's or address's `spec.poolRef`; a namespaced pool lies in the referrer's namespace."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class PoolCounts:
    """`status.ipAddresses` of a pool as the provider reports it; `free` can be negative."""

    total: int
    used: int
    free: int
    out_of_range: int


@dataclass(frozen=True, slots=True)
class SeenPool:
    """An InClusterIPPool or GlobalInClusterIPPool."""

    ref: Ref
    addresses: tuple[str, ...]
    prefix: int
    gateway: str = ""
    excluded: tuple[str, ...] = ()
    allocates_reserved: bool = False
    paused: bool = False
    terminating: bool = False
    reported: PoolCounts | None = None


@dataclass(frozen=True, slots=True)
class SeenClaim:
    """An IPAddressClaim; `address_name` is empty while it is pending."""

    ref: Ref
    pool: PoolRef
    cluster_name: str = ""
    """`spec.clusterName`, or the label `cluster.x-k8s.io/cluster-name`."""
    giantswarm_cluster: str = ""
    """The label `giantswarm.io/cluster`."""
    machine: str = ""
    """The VSphereVM among its owners."""
    address_name: str = ""
    created_at: str = ""
    paused: bool = False
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """An IPAddress."""

    ref: Ref
    address: str
    prefix: int
    pool: PoolRef
    claim: str = ""
    cluster_name: str = ""
    created_at: str = ""
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class SeenCluster:
    """A Cluster; `host` is empty while it has no endpoint, and may be a DNS name."""

    ref: Ref
    host: str = ""
    port: int = 0
    infrastructure: str = ""
    """The name of its VSphereCluster."""
    initialized: bool = False
    """Its control plane has answered once."""
    paused: bool = False
    terminating: bool = False
    phase: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class SeenVSphereCluster:
    """A VSphereCluster: the other place in which an endpoint is written."""

    ref: Ref
    cluster_name: str = ""
    host: str = ""
    port: int = 0
    server: str = ""
    paused: bool = False
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class SeenMachine:
    """A Machine: how a Cluster is recognised as the one that we are reading (by its nodes' provider ids)."""

    ref: Ref
    cluster_name: str = ""
    provider_id: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class SeenNode:
    """A Node; `addresses` are its InternalIP and ExternalIP entries, each once, in order."""

    ref: Ref
    provider_id: str = ""
    addresses: tuple[str, ...] = ()
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class Ingress:
    """One entry of `status.loadBalancer.ingress` that has an ip."""

    ip: str
    mode: str = "VIP"


@dataclass(frozen=True, slots=True, order=True)
class Port:
    protocol: str
    number: int

    def __str__(self) -> str:
        return f"{self.protocol}/{self.number}"


@dataclass(frozen=True, slots=True)
class SeenService:
    """A Service of type LoadBalancer with its three statements: desired, advertised, holder."""

    ref: Ref
    annotation: str | None = None
    """`kube-vip.io/loadbalancerIPs` as written; None where it is absent, which is not the same as empty."""
    spec_ip: str = ""
    ingress: tuple[Ingress, ...] = ()
    ports: tuple[Port, ...] = ()
    load_balancer_class: str = ""
    holder: str = ""
    """`kube-vip.io/vipHost`: the node that advertises it."""
    requested_ip: str = ""
    ignored: bool = False
    """`kube-vip.io/ignore`: annotated, and yet not advertised."""
    labelled: bool = False
    """`implementation: kube-vip`: the kube-vip cloud provider knows of it."""
    created_at: str = ""
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class SeenCloudProvider:
    """A Deployment of the kube-vip cloud provider: where its ranges stand, and which version reads them."""

    ref: Ref
    config_namespace: str
    config_map: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class SeenConfigMap:
    """A ConfigMap that may hold the kube-vip cloud provider's ranges; `data` sorted by key."""

    ref: Ref
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SeenNamespace:
    """The Namespace `kube-system`, whose uid is the cluster's identity."""

    ref: Ref


Seen = (
    SeenPool
    | SeenClaim
    | SeenAddress
    | SeenCluster
    | SeenVSphereCluster
    | SeenMachine
    | SeenNode
    | SeenService
    | SeenCloudProvider
    | SeenConfigMap
    | SeenNamespace
)

RECORD_OF_KIND: Mapping[str, type[Seen]] = {
    "GlobalInClusterIPPool": SeenPool,
    "InClusterIPPool": SeenPool,
    "IPAddressClaim": SeenClaim,
    "IPAddress": SeenAddress,
    "Cluster": SeenCluster,
    "VSphereCluster": SeenVSphereCluster,
    "Machine": SeenMachine,
    "Node": SeenNode,
    "Service": SeenService,
    "Deployment": SeenCloudProvider,
    "ConfigMap": SeenConfigMap,
    "Namespace": SeenNamespace,
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One object that could not be understood; the others of its list were."""

    kind: str
    namespace: str
    name: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Read:
    """A whole list of one kind.

    `installed` is False where the API does not know the kind: that is zero, not blindness.
    """

    records: tuple[Seen, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    installed: bool = True


@dataclass(frozen=True, slots=True)
class Unread:
    """A kind that could not be listed whole: what was known of it stays known, and stale."""

    reason: str


class Fault(StrEnum):
    """Why nothing at all of a cluster could be read, by what a person has to look at."""

    UNREACHABLE = "unreachable"
    """No connection, no answer in time, or an answer that broke off."""
    UNTRUSTED = "untrusted"
    """Its certificate is signed by another authority than the kubeconfig names: perhaps another host's."""
    EXPIRED = "expired"
    """Its certificate is past its time."""
    REFUSED = "refused"
    """It does not accept our credentials."""
    UNUSABLE = "unusable"
    """The kubeconfig, its Secret or the dump can't be had or used."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Observation:
    """All that one poll saw, kind by kind. `error` and `fault` say why nothing at all could be read."""

    kinds: Mapping[str, Read | Unread] = field(default_factory=dict)
    error: str = ""
    fault: Fault | None = None
    retry_after: float | None = None
    """The seconds for which the server asked us to wait, where it did; the longest of several."""

    @property
    def cluster_uid(self) -> str:
        """The uid of `kube-system`, or empty where it was not seen."""
        namespaces = self.kinds.get("Namespace")
        if isinstance(namespaces, Read):
            for record in namespaces.records:
                if record.ref.name == "kube-system":
                    return record.ref.uid
        return ""
