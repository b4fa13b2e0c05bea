"""From the JSON's structs to the domain's records: one function for each kind.

Each takes one object and gives its record, or None for an object that says nothing about addresses, and
raises ValueError for one that cannot be true: the reason, fit to be shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ipviz.domain import seen
from ipviz.domain.spans import parse_address, parse_entry
from ipviz.kube import wire
from ipviz.kube.errors import one_line
from ipviz.kube.kinds import NAME_LIMIT

T = TypeVar("T")

CLOUD_PROVIDER = "kube-vip-cloud-provider"
_DRAWN_NODE_ADDRESSES = frozenset({"InternalIP", "ExternalIP"})

_NOT_IN_NAMES = re.compile(r"[\x00-\x1f/]")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")

_NO_LABELS = wire.Labels()
_NO_ANNOTATIONS = wire.Annotations()


@dataclass(frozen=True, slots=True)
class Reading:
    """How objects of one kind are read: into which struct, and on into which record."""

    struct: type[wire.Identified]
    record: Callable[[str, Any], seen.Seen | None]


def pool(kind: str, of: wire.Pool) -> seen.SeenPool:
    spec, counts = of.spec, of.status.ip_addresses if of.status else None
    reported = (
        seen.PoolCounts(counts.total, counts.used, counts.free, counts.out_of_range) if counts else None
    )
    excluded = spec.excluded_addresses or []
    for entry in (*spec.addresses, *excluded):
        _checked(entry, parse_entry, "not an address, range or CIDR")
    return seen.SeenPool(
        ref=_ref(kind, of.metadata),
        addresses=tuple(spec.addresses),
        prefix=spec.prefix,
        gateway=spec.gateway or "",
        excluded=tuple(excluded),
        allocates_reserved=bool(spec.allocate_reserved),
        paused=_is_paused(of.metadata),
        terminating=_is_terminating(of.metadata),
        reported=reported,
    )


def claim(kind: str, of: wire.Claim) -> seen.SeenClaim:
    meta, spec = of.metadata, of.spec
    labels = meta.labels or _NO_LABELS
    address = of.status.address_ref if of.status else None
    return seen.SeenClaim(
        ref=_ref(kind, meta),
        pool=seen.PoolRef(spec.pool_ref.kind, spec.pool_ref.name),
        cluster_name=spec.cluster_name or labels.cluster_name or "",
        giantswarm_cluster=labels.giantswarm_cluster or "",
        machine=_owner(meta, "VSphereVM"),
        address_name=address.name if address else "",
        created_at=_created_at(meta),
        paused=_is_paused(meta),
        terminating=_is_terminating(meta),
    )


def address(kind: str, of: wire.Address) -> seen.SeenAddress:
    meta, spec = of.metadata, of.spec
    # Most are plain IPv4, which a pattern tells thirty times faster than parsing does.
    if not _IPV4.fullmatch(spec.address):
        _checked(spec.address, parse_address, "not an IP address")
    return seen.SeenAddress(
        ref=_ref(kind, meta),
        address=spec.address,
        prefix=spec.prefix,
        pool=seen.PoolRef(spec.pool_ref.kind, spec.pool_ref.name),
        claim=spec.claim_ref.name if spec.claim_ref else "",
        cluster_name=(meta.labels or _NO_LABELS).cluster_name or "",
        created_at=_created_at(meta),
        terminating=_is_terminating(meta),
    )


def cluster(kind: str, of: wire.Cluster) -> seen.SeenCluster:
    spec, status = of.spec or wire.ClusterSpec(), of.status or wire.ClusterStatus()
    endpoint = spec.control_plane_endpoint or wire.Endpoint()
    infrastructure = spec.infrastructure_ref
    initialization = status.initialization or wire.Initialization()
    return seen.SeenCluster(
        ref=_ref(kind, of.metadata),
        host=endpoint.host or "",
        port=endpoint.port or 0,
        infrastructure=infrastructure.name
        if infrastructure and infrastructure.kind == "VSphereCluster"
        else "",
        initialized=bool(status.control_plane_ready or initialization.control_plane_initialized),
        paused=bool(spec.paused) or _is_paused(of.metadata),
        terminating=_is_terminating(of.metadata),
        phase=status.phase or "",
        created_at=_created_at(of.metadata),
    )


def vsphere_cluster(kind: str, of: wire.VSphereCluster) -> seen.SeenVSphereCluster:
    meta, spec = of.metadata, of.spec or wire.VSphereClusterSpec()
    endpoint = spec.control_plane_endpoint or wire.Endpoint()
    return seen.SeenVSphereCluster(
        ref=_ref(kind, meta),
        cluster_name=(meta.labels or _NO_LABELS).cluster_name or _owner(meta, "Cluster"),
        host=endpoint.host or "",
        port=endpoint.port or 0,
        server=spec.server or "",
        paused=_is_paused(meta),
        terminating=_is_terminating(meta),
    )


def machine(kind: str, of: wire.Machine) -> seen.SeenMachine:
    spec, node_ref = of.spec or wire.MachineSpec(), of.status.node_ref if of.status else None
    return seen.SeenMachine(
        ref=_ref(kind, of.metadata),
        cluster_name=spec.cluster_name or (of.metadata.labels or _NO_LABELS).cluster_name or "",
        provider_id=spec.provider_id or "",
        node=node_ref.name if node_ref else "",
    )


def node(kind: str, of: wire.Node) -> seen.SeenNode:
    listed = (of.status.addresses if of.status else None) or []
    drawn = (each.address for each in listed if each.type in _DRAWN_NODE_ADDRESSES)
    return seen.SeenNode(
        ref=_ref(kind, of.metadata),
        provider_id=(of.spec.provider_id if of.spec else None) or "",
        addresses=tuple(dict.fromkeys(map(_canonical, drawn))),
        terminating=_is_terminating(of.metadata),
    )


def service(kind: str, of: wire.Service) -> seen.SeenService | None:
    meta, spec = of.metadata, of.spec
    if spec.type != "LoadBalancer":
        return None
    notes = meta.annotations or _NO_ANNOTATIONS
    balancer = of.status.load_balancer if of.status else None
    return seen.SeenService(
        ref=_ref(kind, meta),
        annotation=notes.load_balancer_ips,
        spec_ip=spec.load_balancer_ip or "",
        ingress=tuple(_ingress((balancer.ingress if balancer else None) or ())),
        ports=tuple(seen.Port(each.protocol or "TCP", each.port) for each in spec.ports or ()),
        load_balancer_class=spec.load_balancer_class or "",
        holder=(notes.vip_host or "")[:NAME_LIMIT],
        requested_ip=notes.requested_ip or "",
        ignored=notes.ignore == "true",
        labelled=(meta.labels or _NO_LABELS).implementation == "kube-vip",
        created_at=_created_at(meta),
        terminating=_is_terminating(meta),
    )


def cloud_provider(kind: str, of: wire.Deployment) -> seen.SeenCloudProvider | None:
    """Read the Deployment if it runs the kube-vip cloud provider; its defaults are those of upstream.

    Source: kube-vip-cloud-provider, pkg/provider/provider.go.
    """
    for container in of.spec.template.spec.containers:
        if _is_cloud_provider(container):
            env = {each.name: each.value or "" for each in container.env or ()}
            return seen.SeenCloudProvider(
                ref=_ref(kind, of.metadata),
                config_namespace=env.get("KUBEVIP_NAMESPACE") or "kube-system",
                config_map=env.get("KUBEVIP_CONFIG_MAP") or "kubevip",
                version=_image_parts(container.image or "")[1],
            )
    return None


def config_map(kind: str, of: wire.ConfigMap) -> seen.SeenConfigMap:
    return seen.SeenConfigMap(ref=_ref(kind, of.metadata), data=tuple(sorted((of.data or {}).items())))


def namespace(kind: str, of: wire.Namespace) -> seen.SeenNamespace:
    return seen.SeenNamespace(ref=_ref(kind, of.metadata))


READINGS: Mapping[str, Reading] = {
    "GlobalInClusterIPPool": Reading(wire.Pool, pool),
    "InClusterIPPool": Reading(wire.Pool, pool),
    "IPAddressClaim": Reading(wire.Claim, claim),
    "IPAddress": Reading(wire.Address, address),
    "Cluster": Reading(wire.Cluster, cluster),
    "VSphereCluster": Reading(wire.VSphereCluster, vsphere_cluster),
    "Machine": Reading(wire.Machine, machine),
    "Node": Reading(wire.Node, node),
    "Service": Reading(wire.Service, service),
    "Deployment": Reading(wire.Deployment, cloud_provider),
    "ConfigMap": Reading(wire.ConfigMap, config_map),
    "Namespace": Reading(wire.Namespace, namespace),
}


def _ref(kind: str, meta: wire.Meta) -> seen.Ref:
    namespace = meta.namespace or ""
    for part in (meta.name, namespace):
        if _NOT_IN_NAMES.search(part):
            raise ValueError(f"metadata: {one_line(repr(part), 80)} is no name")
    if not meta.name:
        raise ValueError("metadata.name is empty")
    return seen.Ref(kind, namespace, meta.name, meta.uid or f"{namespace}/{meta.name}")


def _is_paused(meta: wire.Meta) -> bool:
    """The annotation's presence counts, whatever its value."""
    return meta.annotations is not None and meta.annotations.paused is not None


def _is_terminating(meta: wire.Meta) -> bool:
    return bool(meta.deletion_timestamp)


def _created_at(meta: wire.Meta) -> str:
    text = meta.creation_timestamp or ""
    if text:
        _checked(text, _utc, "metadata.creationTimestamp is not a UTC time")
    return text


def _utc(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at


def _owner(meta: wire.Meta, kind: str) -> str:
    return next((each.name for each in meta.owner_references or () if each.kind == kind), "")


def _canonical(text: str) -> str:
    return str(_checked(text, parse_address, "not an IP address"))


def _checked(text: str, parse: Callable[[str], T], otherwise: str) -> T:
    """Parse, or raise ValueError with a reason that names the text."""
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{one_line(repr(text), 80)}: {otherwise}") from error


def _ingress(entries: Iterable[wire.Ingress]) -> Iterable[seen.Ingress]:
    for each in entries:
        if each.ip:
            _checked(each.ip, parse_address, "not an IP address")
            yield seen.Ingress(each.ip, each.ip_mode or "VIP")


def _is_cloud_provider(container: wire.Container) -> bool:
    by_command = any(part.endswith(f"/{CLOUD_PROVIDER}") for part in container.command or ())
    return by_command or _image_parts(container.image or "")[0].endswith(CLOUD_PROVIDER)


def _image_parts(image: str) -> tuple[str, str]:
    """Last part of an image's name, and its tag: `registry:5000/a/b:v1@sha256:…` gives `b` and `v1`."""
    last = image.partition("@")[0].rpartition("/")[2]
    name, _, tag = last.partition(":")
    return name, tag
