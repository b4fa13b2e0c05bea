"""The JSON as API servers spell it: lists, discovery, and what objects of every kind have.

The kinds themselves are in `ipviz.kube.objects`: of each the fields that we read, in any version that we
read. Fields that differ between versions stand side by side, each with the default of its absence. `null`
is as good as absent, since Go writes it for an empty list or pointer.
"""

from typing import Annotated, Generic, TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType, field
from msgspec import Meta as Limits

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
    metadata: ListMeta | None = None


class Typed(Shape):
    """What an object of a dump says of itself; in a typed list, only the list says it."""

    kind: str | None = None
    api_version: str | None = None


class DumpFile(Typed):
    """A whole file: a list where it has items, and else one object."""

    metadata: ListMeta | None = None
    items: list[Raw] | UnsetType | None = UNSET


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
    interface: str | None = field(default=None, name="kube-vip.io/serviceInterface")
    vlan: str | None = field(default=None, name="kube-vip.io/serviceVLAN")
    lease: str | None = field(default=None, name="kube-vip.io/leaseName")


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


class SecretData(Shape):
    value: str | None = None


class Secret(Shape):
    """A kubeconfig Secret; the value is base64."""

    data: SecretData | None = None
