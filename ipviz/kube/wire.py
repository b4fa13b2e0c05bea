"""The JSON as API servers spell it: of each kind the fields that we read, in any version that we read.

Fields that differ between versions stand side by side, each with the default of its absence. `null` is as
good as absent, since Go writes it for an empty list or pointer.
"""

from typing import Annotated, Generic, TypeVar

from msgspec import Meta as Limits
from msgspec import Raw, Struct, field

T = TypeVar("T")

Int64 = Annotated[int, Limits(ge=-(2**63), le=2**63 - 1)]
PortNumber = Annotated[int, Limits(ge=0, le=65535)]
PrefixLength = Annotated[int, Limits(ge=0, le=128)]
# As long as an API server lets a name be; what is longer would not fit where it is stored.
NameText = Annotated[str, Limits(max_length=253)]
Host = Annotated[str, Limits(max_length=512)]


class Shape(Struct, rename="camel", gc=False):
    """Fields are camelCase in JSON unless they are named otherwise."""


class ListMeta(Shape):
    resource_version: str | None = None
    next_page: str | None = field(default=None, name="continue")


class PageHead(Shape):
    """A list without its items, or a single object."""

    metadata: ListMeta | None = None


class Page(Shape, Generic[T]):
    """A list; without `items` it is none, since a list that has no objects says so."""

    items: list[T] | None


class Typed(Shape):
    """What an object of a dump says of itself; in a typed list, only the list says it."""

    kind: str | None = None
    api_version: str | None = None


class DumpFile(Typed):
    """A whole file: a list where it has items, and else one object."""

    items: list[Raw] | None = None


class Status(Shape):
    """An API server's answer to what it does not do."""

    kind: str | None = None
    reason: str | None = None
    message: str | None = None


class GroupVersion(Shape):
    version: str


class GroupVersions(Shape):
    """`/apis/GROUP`."""

    versions: list[GroupVersion]


class Group(Shape):
    name: str


class GroupList(Shape):
    """`/apis`."""

    groups: list[Group]


class Resource(Shape):
    name: str


class ResourceList(Shape):
    """`/apis/GROUP/VERSION`."""

    resources: list[Resource]


class Labels(Shape):
    cluster_name: NameText | None = field(default=None, name="cluster.x-k8s.io/cluster-name")
    giantswarm_cluster: NameText | None = field(default=None, name="giantswarm.io/cluster")
    implementation: str | None = None


class Annotations(Shape):
    paused: str | None = field(default=None, name="cluster.x-k8s.io/paused")
    load_balancer_ips: str | None = field(default=None, name="kube-vip.io/loadbalancerIPs")
    vip_host: str | None = field(default=None, name="kube-vip.io/vipHost")
    requested_ip: str | None = field(default=None, name="kube-vip.io/requestedIP")
    ignore: str | None = field(default=None, name="kube-vip.io/ignore")


class Owner(Shape):
    kind: str = ""
    name: NameText = ""


class Meta(Shape):
    name: NameText
    namespace: NameText | None = None
    uid: NameText | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Labels | None = None
    annotations: Annotations | None = None
    owner_references: list[Owner] | None = None


class NameRef(Shape):
    name: NameText = ""
    kind: NameText = ""


class Identified(Shape):
    """The least that every object has."""

    metadata: Meta


class NamedMeta(Shape):
    name: str
    namespace: str | None = None


class Named(Shape):
    """Enough to tell whether an object is wanted, however odd the rest of it is."""

    metadata: NamedMeta


class PoolSpec(Shape):
    addresses: list[str]
    prefix: PrefixLength
    gateway: str | None = None
    excluded_addresses: list[str] | None = None
    allocate_reserved: bool | None = field(default=None, name="allocateReservedIPAddresses")


class PoolCounts(Shape):
    total: Int64
    used: Int64
    free: Int64
    out_of_range: Int64 = 0


class PoolStatus(Shape):
    ip_addresses: PoolCounts | None = field(default=None, name="ipAddresses")


class Pool(Identified):
    spec: PoolSpec
    status: PoolStatus | None = None


class PoolRef(Shape):
    kind: NameText
    name: NameText


class ClaimSpec(Shape):
    pool_ref: PoolRef
    cluster_name: NameText | None = None


class ClaimStatus(Shape):
    address_ref: NameRef | None = None


class Claim(Identified):
    spec: ClaimSpec
    status: ClaimStatus | None = None


class AddressSpec(Shape):
    address: str
    prefix: PrefixLength
    pool_ref: PoolRef
    claim_ref: NameRef | None = None


class Address(Identified):
    spec: AddressSpec


class Endpoint(Shape):
    host: Host | None = None
    port: PortNumber | None = None


class ClusterSpec(Shape):
    control_plane_endpoint: Endpoint | None = None
    infrastructure_ref: NameRef | None = None
    paused: bool | None = None


class Initialization(Shape):
    control_plane_initialized: bool | None = None


class ClusterStatus(Shape):
    phase: str | None = None
    control_plane_ready: bool | None = None  # v1beta1
    initialization: Initialization | None = None  # v1beta2


class Cluster(Identified):
    spec: ClusterSpec | None = None
    status: ClusterStatus | None = None


class VSphereClusterSpec(Shape):
    control_plane_endpoint: Endpoint | None = None
    server: str | None = None


class VSphereCluster(Identified):
    spec: VSphereClusterSpec | None = None


class MachineSpec(Shape):
    cluster_name: NameText | None = None
    provider_id: str | None = field(default=None, name="providerID")


class MachineStatus(Shape):
    node_ref: NameRef | None = None


class Machine(Identified):
    spec: MachineSpec | None = None
    status: MachineStatus | None = None


class NodeSpec(Shape):
    provider_id: str | None = field(default=None, name="providerID")


class NodeAddress(Shape):
    type: str = ""
    address: str = ""


class NodeStatus(Shape):
    addresses: list[NodeAddress] | None = None


class Node(Identified):
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class ServicePort(Shape):
    port: PortNumber
    protocol: str | None = None


class ServiceSpec(Shape):
    type: str | None = None
    load_balancer_ip: str | None = field(default=None, name="loadBalancerIP")
    load_balancer_class: str | None = None
    ports: list[ServicePort] | None = None


class Ingress(Shape):
    ip: str | None = None
    ip_mode: str | None = None


class LoadBalancer(Shape):
    ingress: list[Ingress] | None = None


class ServiceStatus(Shape):
    load_balancer: LoadBalancer | None = None


class Service(Identified):
    spec: ServiceSpec
    status: ServiceStatus | None = None


class EnvVar(Shape):
    name: str
    value: str | None = None


class Container(Shape):
    image: str | None = None
    command: list[str] | None = None
    env: list[EnvVar] | None = None


class PodSpec(Shape):
    containers: list[Container]


class PodTemplate(Shape):
    spec: PodSpec


class DeploymentSpec(Shape):
    template: PodTemplate


class Deployment(Identified):
    spec: DeploymentSpec


class ConfigMap(Identified):
    data: dict[str, str] | None = None


class Namespace(Identified):
    pass


class SecretData(Shape):
    value: str | None = None


class Secret(Shape):
    """A kubeconfig Secret; the value is base64."""

    data: SecretData | None = None
