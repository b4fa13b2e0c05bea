"""LoadBalancer Services: what each wants, and what it has."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from ipviz.domain.kubevip import occupied_addresses
from ipviz.domain.occupants import Role
from ipviz.domain.seen import SeenService
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.reading import Sight
from ipviz.inventory.records import decode
from ipviz.rows.row import Row, place_of, sighting, sights_of


def service_rows(versions: Sequence[Version], at: datetime | None = None) -> list[Row]:
    sights, holders = sights_of(versions, at), _holders(versions, at)
    return [_service(version, sights.by_id[version.cluster_id], holders) for version in versions]


def _service(version: Version, sight: Sight, holders: Mapping[tuple[int, str], str]) -> Row:
    service = cast(SeenService, decode(version.kind, version.record))
    return {
        **place_of(version.cluster.path),
        "segment": version.cluster.segment.name,
        "namespace": version.namespace,
        "name": version.name,
        "desired": _desired(service),
        "advertised": [*(each.ip for each in service.ingress), *service.hostnames],
        "addresses": [str(span) for span in occupied_addresses(service)],
        "external_ips": list(service.external_ips),
        "holder": holders.get((version.cluster_id, version.uid)) or service.holder or None,
        "ports": [str(port) for port in service.ports],
        "load_balancer_class": service.load_balancer_class or None,
        "ip_mode": _ip_mode(service),
        "ignored": service.ignored,
        **sighting(sight, version),
    }


def _holders(versions: Sequence[Version], at: datetime | None) -> Mapping[tuple[int, str], str]:
    """Who answers for the Services' addresses, which leases may tell where annotations do not. One query."""
    rows = Occupancy.objects.as_seen(at).with_role(Role.SVC).stated_by(versions)
    return {
        (cluster, uid): facts["holder"]
        for cluster, uid, facts in rows.values_list("cluster_id", "uid", "facts")
        if "holder" in facts
    }


def _ip_mode(service: SeenService) -> str | None:
    """How the addresses of its status are reached: `Proxy` where all of them are elsewhere than on nodes."""
    modes = {each.mode for each in service.ingress}
    return None if not modes else "Proxy" if modes == {"Proxy"} else "VIP"


def _desired(service: SeenService) -> list[str]:
    """What kube-vip looks at: the annotation where there is one, even an empty one, else the spec."""
    if service.annotation is None:
        return [service.spec_ip] if service.spec_ip else []
    return [text for entry in service.annotation.split(",") if (text := entry.strip())]
