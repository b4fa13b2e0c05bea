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
class SeenPrefixPool:
    """An InClusterPrefixPool or GlobalInClusterPrefixPool; its counts are of prefixes."""

    ref: Ref
    prefixes: tuple[str, ...]
    allocation_prefix: int = 64
    """The length of the prefixes that it hands out."""
    gateway: str = ""
    """Handed along; unlike that of other pools it keeps nothing from being handed out."""
    excluded: tuple[str, ...] = ()
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
    """A Machine; by the provider ids of its nodes a Cluster is recognised as the one that we are reading."""

    ref: Ref
    cluster_name: str = ""
    provider_id: str = ""
    node: str = ""
    infrastructure: str = ""
    """The name of its VSphereMachine."""
    addresses: tuple[str, ...] = ()
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class SeenVSphereMachine:
    """A VSphereMachine or VSphereVM: what vCenter says of a virtual machine, and what it was told to be."""

    ref: Ref
    cluster_name: str = ""
    owner: str = ""
    """A VSphereMachine's Machine, a VSphereVM's VSphereMachine."""
    provider_id: str = ""
    addresses: tuple[str, ...] = ()
    """Every address on its cards as VMware tools report it, kube-vip's too; and the static ones."""
    networks: tuple[str, ...] = ()
    """The port groups of its cards."""
    macs: tuple[str, ...] = ()
    """The hardware addresses of its cards."""
    terminating: bool = False


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
    """A LoadBalancer Service with its three statements: desired, advertised, holder.

    Another is kept for its `external_ips`, or because the cloud provider still counts its annotation.
    """

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
    is_load_balancer: bool = True
    hostnames: tuple[str, ...] = ()
    """The host names among its ingress, which kube-vip never writes."""
    external_ips: tuple[str, ...] = ()
    interface: str = ""
    """`kube-vip.io/serviceInterface`: announced there instead of on kube-vip's own interface."""
    vlan: str = ""
    """`kube-vip.io/serviceVLAN`: announced on that VLAN, which is another segment."""
    lease: str = ""
    """`kube-vip.io/leaseName`, as `name` or `namespace/name`."""


@dataclass(frozen=True, slots=True)
class SeenKubeVip:
    """A Pod of kube-vip, by its environment."""

    ref: Ref
    node: str = ""
    addresses: tuple[str, ...] = ()
    """The control plane's; host names too."""
    is_control_plane: bool = False
    serves_services: bool = False
    elects_per_service: bool = False
    arp: bool = False
    bgp: bool = False
    classes: tuple[str, ...] = ()
    """Those of the Services that it serves; the empty one stands for Services without."""
    interfaces: tuple[str, ...] = ()
    control_plane_lease: str = ""
    services_lease: str = ""
    """`namespace/name`, like the one before."""
    version: str = ""
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class SeenLease:
    """A Lease. `renewed_at` moves with each heartbeat and is not kept: see `ipviz.domain.leases`."""

    ref: Ref
    holder: str = ""
    duration_seconds: int = 0
    renewed_at: str = ""
    lapsed: bool = False
    """It was not renewed for twice its duration: who held it may be gone."""


@dataclass(frozen=True, slots=True)
class SeenCloudProvider:
    """A Deployment or DaemonSet of the kube-vip cloud provider: which ranges it reads, for which Services."""

    ref: Ref
    config_namespace: str
    config_map: str
    version: str = ""
    load_balancer_class: str = ""
    """The only class of Services that it serves; empty where it serves those without."""


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
    | SeenPrefixPool
    | SeenClaim
    | SeenAddress
    | SeenCluster
    | SeenVSphereCluster
    | SeenMachine
    | SeenVSphereMachine
    | SeenNode
    | SeenService
    | SeenKubeVip
    | SeenLease
    | SeenCloudProvider
    | SeenConfigMap
    | SeenNamespace
)

RECORD_OF_KIND: Mapping[str, type[Seen]] = {
    "GlobalInClusterIPPool": SeenPool,
    "InClusterIPPool": SeenPool,
    "GlobalInClusterPrefixPool": SeenPrefixPool,
    "InClusterPrefixPool": SeenPrefixPool,
    "IPAddressClaim": SeenClaim,
    "IPAddress": SeenAddress,
    "Cluster": SeenCluster,
    "VSphereCluster": SeenVSphereCluster,
    "Machine": SeenMachine,
    "VSphereMachine": SeenVSphereMachine,
    "VSphereVM": SeenVSphereMachine,
    "Node": SeenNode,
    "Service": SeenService,
    "Pod": SeenKubeVip,
    "Lease": SeenLease,
    "Deployment": SeenCloudProvider,
    "DaemonSet": SeenCloudProvider,
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
        records = namespaces.records if isinstance(namespaces, Read) else ()
        return next((each.ref.uid for each in records if each.ref.name == "kube-system"), "")
