"""Plain values for tests, without Django: a word where a test cares, a default where it does not."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from ipviz.domain.estate import ClusterFacts, DeclaredSubnet, Estate, PendingClaim, Records
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.seen import (
    Fault,
    Ingress,
    PoolCounts,
    PoolRef,
    Port,
    Ref,
    Seen,
    SeenAddress,
    SeenClaim,
    SeenCloudProvider,
    SeenCluster,
    SeenConfigMap,
    SeenKubeVip,
    SeenLease,
    SeenMachine,
    SeenNode,
    SeenPool,
    SeenPrefixPool,
    SeenService,
    SeenVSphereCluster,
    SeenVSphereMachine,
)
from ipviz.domain.spans import Span, parse_address, parse_network, parse_range
from ipviz.domain.statements import pending_claims, statements_of

AT = datetime(2026, 2, 1, 10, 0, tzinfo=UTC)
"""The moment at which every list was read."""

GMC = "gmc"
HMC = "hmc"
ALPHA = "gmc/org-acme/alpha"
BETA = "gmc/org-acme/beta"
GAMMA = "gmc/org-acme/gamma"
POOL_KEY = "GlobalInClusterIPPool//wc-cp-ips"
PREFIX_POOL_KEY = "GlobalInClusterPrefixPool//pods"
KINDS = (
    "Cluster", "ConfigMap", "DaemonSet", "Deployment", "GlobalInClusterIPPool", "GlobalInClusterPrefixPool",
    "IPAddress", "IPAddressClaim", "InClusterIPPool", "InClusterPrefixPool", "Lease", "Machine", "Node",
    "Pod", "Service", "VSphereCluster", "VSphereMachine", "VSphereVM",
)  # fmt: skip


def span(text: str) -> Span:
    """`192.0.2.1`, `192.0.2.1-192.0.2.9` or `192.0.2.0/24`."""
    if "/" in text:
        return parse_network(text)
    return parse_range(text) if "-" in text else parse_address(text)


def spans(*texts: str) -> tuple[Span, ...]:
    return tuple(span(text) for text in texts)


def ref(kind: str, name: str, namespace: str = "", uid: str = "") -> Ref:
    return Ref(kind, namespace, name, uid or f"uid-of-{kind}-{namespace}-{name}")


def seen_pool(
    *addresses: str,
    name: str = "wc-cp-ips",
    namespace: str = "",
    prefix: int = 24,
    gateway: str = "",
    excluded: Iterable[str] = (),
    allocates_reserved: bool = False,
    paused: bool = False,
    terminating: bool = False,
    reported: PoolCounts | None = None,
) -> SeenPool:
    kind = "InClusterIPPool" if namespace else "GlobalInClusterIPPool"
    return SeenPool(
        ref(kind, name, namespace),
        addresses,
        prefix,
        gateway,
        tuple(excluded),
        allocates_reserved,
        paused,
        terminating,
        reported,
    )


def seen_prefix_pool(
    *prefixes: str, name: str = "pods", namespace: str = "", length: int = 64, excluded: Iterable[str] = ()
) -> SeenPrefixPool:
    kind = "InClusterPrefixPool" if namespace else "GlobalInClusterPrefixPool"
    return SeenPrefixPool(ref(kind, name, namespace), prefixes, length, excluded=tuple(excluded))


def seen_claim(
    name: str,
    *,
    namespace: str = "org-acme",
    pool: str = "wc-cp-ips",
    cluster_name: str = "",
    giantswarm_cluster: str = "",
    machine: str = "",
    address_name: str = "",
    created_at: str = "",
    paused: bool = False,
    terminating: bool = False,
) -> SeenClaim:
    return SeenClaim(
        ref("IPAddressClaim", name, namespace),
        PoolRef("GlobalInClusterIPPool", pool),
        cluster_name,
        giantswarm_cluster,
        machine,
        address_name,
        created_at,
        paused=paused,
        terminating=terminating,
    )


def seen_address(
    address: str,
    name: str,
    *,
    namespace: str = "org-acme",
    pool: str = "wc-cp-ips",
    pool_kind: str = "GlobalInClusterIPPool",
    prefix: int = 24,
    claim: str | None = None,
    cluster_name: str = "",
    terminating: bool = False,
) -> SeenAddress:
    return SeenAddress(
        ref("IPAddress", name, namespace),
        address,
        prefix,
        PoolRef(pool_kind, pool),
        name if claim is None else claim,
        cluster_name,
        terminating=terminating,
    )


def seen_cluster(
    name: str,
    host: str = "",
    *,
    namespace: str = "org-acme",
    port: int = 6443,
    infrastructure: str = "",
    paused: bool = False,
    terminating: bool = False,
) -> SeenCluster:
    return SeenCluster(
        ref("Cluster", name, namespace),
        host,
        port if host else 0,
        infrastructure or name,
        paused=paused,
        terminating=terminating,
    )


def seen_vsphere_cluster(
    name: str, host: str = "", *, namespace: str = "org-acme", cluster_name: str = ""
) -> SeenVSphereCluster:
    return SeenVSphereCluster(ref("VSphereCluster", name, namespace), cluster_name, host, 6443 if host else 0)


def seen_node(name: str, *addresses: str, provider_id: str = "", terminating: bool = False) -> SeenNode:
    return SeenNode(ref("Node", name), provider_id, addresses, terminating)


def seen_machine(
    name: str,
    *addresses: str,
    namespace: str = "org-acme",
    cluster: str = "beta",
    provider_id: str = "",
    node: str = "",
    infrastructure: str = "",
) -> SeenMachine:
    return SeenMachine(ref("Machine", name, namespace), cluster, provider_id, node, infrastructure, addresses)


def seen_vm(
    name: str,
    *addresses: str,
    kind: str = "VSphereVM",
    namespace: str = "org-acme",
    cluster: str = "beta",
    owner: str = "",
    provider_id: str = "",
    macs: tuple[str, ...] = (),
    terminating: bool = False,
) -> SeenVSphereMachine:
    """A VSphereVM, or a VSphereMachine."""
    of = ref(kind, name, namespace)
    return SeenVSphereMachine(of, cluster, owner, provider_id, addresses, macs=macs, terminating=terminating)


def seen_kube_vip(
    name: str = "kube-vip-cp-0",
    *addresses: str,
    serves: bool = False,
    elects: bool = False,
    arp: bool = True,
    bgp: bool = False,
    classes: Iterable[str] = ("", "kube-vip.io/kube-vip-class"),
    interfaces: Iterable[str] = ("ens192",),
    terminating: bool = False,
) -> SeenKubeVip:
    """A Pod of kube-vip; one with addresses is a control plane's."""
    return SeenKubeVip(
        ref("Pod", name, "kube-system"),
        name.removeprefix("kube-vip-"),
        addresses,
        is_control_plane=bool(addresses),
        serves_services=serves,
        elects_per_service=elects,
        arp=arp,
        bgp=bgp,
        classes=tuple(classes) if serves else (),
        interfaces=tuple(interfaces),
        control_plane_lease="kube-system/plndr-cp-lock",
        services_lease="kube-system/plndr-svcs-lock",
        terminating=terminating,
    )


def seen_lease(name: str, holder: str, *, namespace: str = "kube-system", lapsed: bool = False) -> SeenLease:
    return SeenLease(ref("Lease", name, namespace), holder, 15, lapsed=lapsed)


def seen_service(
    name: str,
    *,
    namespace: str = "shop",
    annotation: str | None = None,
    spec_ip: str = "",
    status: Iterable[str] = (),
    mode: str = "VIP",
    ports: Iterable[Port] = (Port("TCP", 443),),
    load_balancer_class: str = "",
    requested_ip: str = "",
    ignored: bool = False,
    labelled: bool = False,
    holder: str = "",
    is_load_balancer: bool = True,
    external_ips: Iterable[str] = (),
    interface: str = "",
    vlan: str = "",
    lease: str = "",
    created_at: str = "",
    terminating: bool = False,
) -> SeenService:
    return SeenService(
        ref("Service", name, namespace),
        annotation,
        spec_ip,
        tuple(Ingress(ip, mode) for ip in status),
        tuple(ports),
        load_balancer_class,
        holder,
        requested_ip=requested_ip,
        ignored=ignored,
        labelled=labelled,
        is_load_balancer=is_load_balancer,
        external_ips=tuple(external_ips),
        interface=interface,
        vlan=vlan,
        lease=lease,
        created_at=created_at,
        terminating=terminating,
    )


def seen_provider(
    config_map: str = "kubevip",
    *,
    kind: str = "Deployment",
    namespace: str = "kube-system",
    version: str = "v0.0.10",
    load_balancer_class: str = "",
) -> SeenCloudProvider:
    of = ref(kind, "kube-vip-cloud-provider", "kube-system")
    return SeenCloudProvider(of, namespace, config_map, version, load_balancer_class)


def seen_config_map(
    name: str = "kubevip", data: Mapping[str, str] | None = None, *, namespace: str = "kube-system"
) -> SeenConfigMap:
    return SeenConfigMap(ref("ConfigMap", name, namespace), tuple(sorted((data or {}).items())))


def occupant(
    role: Role,
    where: str,
    *,
    cluster: str = GMC,
    of: Ref | None = None,
    consumer: Consumer | None = None,
    pool: str = "",
    ports: Iterable[Port] = (),
    terminating: bool = False,
    paused: bool = False,
    announced: bool = True,
    foreign: bool = False,
    allocation_prefix: int = 0,
    stale: bool = False,
) -> Occupant:
    return Occupant(
        span(where),
        role,
        cluster,
        of or ref("Service", "web", "shop"),
        consumer or Consumer(cluster, Purpose.SERVICE),
        pool,
        tuple(ports),
        terminating,
        paused,
        announced,
        foreign,
        allocation_prefix=allocation_prefix,
        stale=stale,
    )


def alloc(
    where: str,
    name: str = "alpha",
    *,
    cluster: str = GMC,
    namespace: str = "org-acme",
    serves: str | None = None,
    purpose: Purpose = Purpose.CONTROL_PLANE,
    weak: bool = False,
    machine: str = "",
    pool: str = POOL_KEY,
    terminating: bool = False,
    paused: bool = False,
    uid: str = "",
) -> Occupant:
    """An IPAddress; it serves the workload cluster of its own name unless told otherwise."""
    path = f"{cluster}/{namespace}/{name}" if serves is None else serves
    return occupant(
        Role.ALLOC,
        where,
        cluster=cluster,
        of=ref("IPAddress", name, namespace, uid),
        consumer=Consumer(path, purpose, weak=weak, machine=machine),
        pool=pool,
        terminating=terminating,
        paused=paused,
    )


def manual(where: str, name: str = "pssss", *, cluster: str = GMC) -> Occupant:
    """An IPAddress from which nobody can be told."""
    return alloc(where, name, cluster=cluster, serves="", purpose=Purpose.MANUAL)


def cpe(
    where: str,
    path: str = GAMMA,
    *,
    kind: str = "Cluster",
    terminating: bool = False,
    paused: bool = False,
    port: int = 6443,
    stale: bool = False,
) -> Occupant:
    """The endpoint of the workload cluster at that path, as its management cluster states it."""
    management, namespace, name = path.split("/", 2)
    return occupant(
        Role.CPE,
        where,
        cluster=management,
        of=ref(kind, name, namespace),
        consumer=Consumer(path, Purpose.CONTROL_PLANE),
        ports=[Port("TCP", port)],
        terminating=terminating,
        paused=paused,
        stale=stale,
    )


def svc(
    where: str,
    cluster: str = BETA,
    name: str = "web",
    *,
    namespace: str = "shop",
    ports: Iterable[Port] = (Port("TCP", 443),),
    serves: Consumer | None = None,
    announced: bool = True,
    foreign: bool = False,
    terminating: bool = False,
    stale: bool = False,
) -> Occupant:
    return occupant(
        Role.SVC,
        where,
        cluster=cluster,
        of=ref("Service", name, namespace),
        consumer=serves or Consumer(cluster, Purpose.SERVICE),
        ports=ports,
        announced=announced,
        foreign=foreign,
        terminating=terminating,
        stale=stale,
    )


def cpvip(where: str, cluster: str = GAMMA, *, announced: bool = True) -> Occupant:
    """The address of a cluster's API, as kube-vip's Pod in it states it."""
    return occupant(
        Role.CPVIP,
        where,
        cluster=cluster,
        of=ref("Pod", "kube-vip-cp-0", "kube-system"),
        consumer=Consumer(cluster, Purpose.CONTROL_PLANE),
        announced=announced,
    )


def node(where: str, cluster: str = BETA, name: str = "worker-0") -> Occupant:
    consumer = Consumer(cluster, Purpose.MACHINE, machine=name)
    return occupant(Role.NODE, where, cluster=cluster, of=ref("Node", name), consumer=consumer)


def machine(
    where: str, serves: str = BETA, name: str = "worker-0", *, kind: str = "VSphereVM", cluster: str = GMC
) -> Occupant:
    """A machine of a workload cluster, as its management cluster states it."""
    consumer = Consumer(serves, Purpose.MACHINE, machine=name)
    return occupant(Role.NODE, where, cluster=cluster, of=ref(kind, name, "org-acme"), consumer=consumer)


def pool(where: str, name: str = "wc-cp-ips", *, cluster: str = GMC, namespace: str = "") -> Occupant:
    kind = "InClusterIPPool" if namespace else "GlobalInClusterIPPool"
    return occupant(
        Role.POOL,
        where,
        cluster=cluster,
        of=ref(kind, name, namespace),
        consumer=Consumer("", Purpose.MANUAL),
        pool=f"{kind}/{namespace}/{name}",
    )


def prefix_pool(where: str, name: str = "pods", *, cluster: str = GMC, length: int = 64) -> Occupant:
    return occupant(
        Role.POOL,
        where,
        cluster=cluster,
        of=ref("GlobalInClusterPrefixPool", name),
        consumer=Consumer("", Purpose.MANUAL),
        pool=f"GlobalInClusterPrefixPool//{name}",
        allocation_prefix=length,
    )


def lb_range(where: str, cluster: str = BETA, *, key: str = "cidr-global") -> Occupant:
    return occupant(
        Role.LBRANGE, where, cluster=cluster, of=ref("ConfigMap", "kubevip", "kube-system"), pool=key
    )


def facts(
    path: str,
    *,
    error: str = "",
    unread: Mapping[str, str] | None = None,
    missing: tuple[str, ...] = (),
    provisioned: bool = True,
    never: Iterable[str] = (),
    fault: Fault | None = None,
    unreadable: Mapping[str, tuple[str, ...]] | None = None,
    polled_at: datetime | None = None,
) -> ClusterFacts:
    """A cluster of which every kind but those of `never` was read once."""
    management, slash, _ = path.partition("/")
    return ClusterFacts(
        path,
        management if slash else "",
        provisioned=provisioned,
        error=error,
        unread=unread or {},
        read_at={kind: AT for kind in KINDS if kind not in set(never)},
        missing=missing,
        fault=fault,
        unreadable=unreadable or {},
        polled_at=polled_at,
    )


def estate(
    *occupants: Occupant,
    clusters: Iterable[ClusterFacts] = (),
    aliases: Mapping[str, str] | None = None,
    pending: Iterable[PendingClaim] = (),
    subnets: Iterable[DeclaredSubnet] = (),
    outdated_before: datetime | None = None,
) -> Estate:
    """One segment; clusters that are not given are read whole."""
    known = {path: facts(path) for each in occupants for path in (each.cluster, each.cluster.split("/")[0])}
    known |= {each.path: each for each in clusters}
    return Estate("default", occupants, known, aliases or {}, tuple(pending), tuple(subnets), outdated_before)


def estate_seen(
    seen: Mapping[str, Iterable[Seen]],
    *,
    clusters: Iterable[ClusterFacts] = (),
    aliases: Mapping[str, str] | None = None,
    subnets: Iterable[DeclaredSubnet] = (),
    judged_at: datetime = AT,
) -> Estate:
    """One segment from the objects of each cluster, by its path; all are read whole unless told otherwise."""
    known = {path: facts(path) for path in seen} | {each.path: each for each in clusters}
    records: dict[str, Records] = {}
    occupants: list[Occupant] = []
    pending: list[PendingClaim] = []
    for path, objects in seen.items():
        by_kind: dict[str, tuple[Seen, ...]] = {}
        for each in objects:
            by_kind[each.ref.kind] = (*by_kind.get(each.ref.kind, ()), each)
        records[path] = by_kind
        is_management = "/" not in path
        occupants += statements_of(by_kind, path=path, is_management=is_management)
        pending += pending_claims(by_kind, path=path) if is_management else ()
    return Estate(
        "default",
        tuple(occupants),
        known,
        aliases or {},
        tuple(pending),
        tuple(subnets),
        records=records,
        judged_at=judged_at,
    )
