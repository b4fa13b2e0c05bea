"""Clusters and their endpoints (docs/domain.md, "Endpoints")."""

from ipviz.domain import seen
from ipviz.kube.objects.fields import (
    cluster_label,
    created_at,
    is_paused,
    is_terminating,
    owner_of,
    ref_of,
)
from ipviz.kube.wire import Host, Identified, NameRef, PortNumber, Shape


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


class Namespace(Identified):
    pass


def cluster(kind: str, of: Cluster) -> seen.SeenCluster:
    spec, status = of.spec or ClusterSpec(), of.status or ClusterStatus()
    endpoint = spec.control_plane_endpoint or Endpoint()
    infrastructure = spec.infrastructure_ref
    initialization = status.initialization or Initialization()
    return seen.SeenCluster(
        ref=ref_of(kind, of.metadata),
        host=endpoint.host or "",
        port=endpoint.port or 0,
        infrastructure=infrastructure.name
        if infrastructure and infrastructure.kind == "VSphereCluster"
        else "",
        initialized=bool(status.control_plane_ready or initialization.control_plane_initialized),
        paused=bool(spec.paused) or is_paused(of.metadata),
        terminating=is_terminating(of.metadata),
        phase=status.phase or "",
        created_at=created_at(of.metadata),
    )


def vsphere_cluster(kind: str, of: VSphereCluster) -> seen.SeenVSphereCluster:
    meta, spec = of.metadata, of.spec or VSphereClusterSpec()
    endpoint = spec.control_plane_endpoint or Endpoint()
    return seen.SeenVSphereCluster(
        ref=ref_of(kind, meta),
        cluster_name=cluster_label(meta) or owner_of(meta, "Cluster"),
        host=endpoint.host or "",
        port=endpoint.port or 0,
        server=spec.server or "",
        paused=is_paused(meta),
        terminating=is_terminating(meta),
    )


def namespace(kind: str, of: Namespace) -> seen.SeenNamespace:
    return seen.SeenNamespace(ref=ref_of(kind, of.metadata))
