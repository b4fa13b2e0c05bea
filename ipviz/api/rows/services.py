"""LoadBalancer Services: what each wants, and what it has."""

from collections.abc import Sequence
from typing import cast

from ipviz.api.rows.row import Row, place_of, sighting, sights_of
from ipviz.domain.kubevip import occupied_addresses
from ipviz.domain.seen import SeenService
from ipviz.inventory.models import Version
from ipviz.inventory.reading import Sight
from ipviz.inventory.records import decode


def service_rows(versions: Sequence[Version]) -> list[Row]:
    sights = sights_of(versions)
    return [_service(version, sights.by_id[version.cluster_id]) for version in versions]


def _service(version: Version, sight: Sight) -> Row:
    service = cast(SeenService, decode(version.kind, version.record))
    return {
        **place_of(version.cluster.path),
        "segment": version.cluster.segment.name,
        "namespace": version.namespace,
        "name": version.name,
        "desired": _desired(service),
        "advertised": [each.ip for each in service.ingress],
        "addresses": [str(span) for span in occupied_addresses(service)],
        "holder": service.holder or None,
        "ports": [str(port) for port in service.ports],
        "load_balancer_class": service.load_balancer_class or None,
        **sighting(sight, version),
    }


def _desired(service: SeenService) -> list[str]:
    """What kube-vip looks at: the annotation where there is one, even an empty one, else the spec."""
    if service.annotation is None:
        return [service.spec_ip] if service.spec_ip else []
    return [text for entry in service.annotation.split(",") if (text := entry.strip())]
