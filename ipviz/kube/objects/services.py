"""Services (docs/domain.md, "Services")."""

from functools import lru_cache

from msgspec import field

from ipviz.domain import seen
from ipviz.kube.kinds import NAME_LIMIT
from ipviz.kube.objects.fields import (
    NO_ANNOTATIONS,
    NO_LABELS,
    canonical,
    checked_address,
    created_at,
    is_terminating,
    ref_of,
)
from ipviz.kube.wire import Identified, PortNumber, Shape

_LOAD_BALANCER = "LoadBalancer"
_OUTSIDE = "ExternalName"


class ServicePort(Shape):
    port: PortNumber
    protocol: str | None = None


class ServiceSpec(Shape):
    type: str | None = None
    load_balancer_ip: str | None = field(default=None, name="loadBalancerIP")
    load_balancer_class: str | None = None
    ports: list[ServicePort] | None = None
    external_ips: list[str] | None = field(default=None, name="externalIPs")


class Ingress(Shape):
    ip: str | None = None
    hostname: str | None = None
    ip_mode: str | None = None


class LoadBalancer(Shape):
    ingress: list[Ingress] | None = None


class ServiceStatus(Shape):
    load_balancer: LoadBalancer | None = None


class Service(Identified):
    spec: ServiceSpec
    status: ServiceStatus | None = None


def service(kind: str, of: Service) -> seen.SeenService | None:
    """Read what holds an address, or keeps one from being handed out."""
    meta, spec = of.metadata, of.spec
    notes = meta.annotations or NO_ANNOTATIONS
    labelled = (meta.labels or NO_LABELS).implementation == "kube-vip"
    is_ghost = labelled and notes.load_balancer_ips is not None
    external = (spec.external_ips or []) if spec.type != _OUTSIDE else []
    if spec.type != _LOAD_BALANCER and not (external or is_ghost):
        return None
    balancer = of.status.load_balancer if of.status else None
    ingress = (balancer.ingress if balancer else None) or []
    return seen.SeenService(
        ref=ref_of(kind, meta),
        annotation=notes.load_balancer_ips,
        spec_ip=spec.load_balancer_ip or "",
        ingress=tuple(
            [seen.Ingress(checked_address(each.ip), each.ip_mode or "VIP") for each in ingress if each.ip]
        ),
        ports=tuple([_port(each.protocol or "TCP", each.port) for each in spec.ports or ()]),
        load_balancer_class=spec.load_balancer_class or "",
        holder=(notes.vip_host or "")[:NAME_LIMIT],
        requested_ip=notes.requested_ip or "",
        ignored=notes.ignore == "true",
        labelled=labelled,
        created_at=created_at(meta),
        terminating=is_terminating(meta),
        is_load_balancer=spec.type == _LOAD_BALANCER,
        hostnames=tuple([each.hostname for each in ingress if each.hostname]),
        external_ips=canonical(external) if external else (),
        interface=notes.interface or "",
        vlan=notes.vlan or "",
        lease=notes.lease or "",
    )


@lru_cache(maxsize=1024)
def _port(protocol: str, number: int) -> seen.Port:
    """One value for the many that listen there."""
    return seen.Port(protocol, number)
