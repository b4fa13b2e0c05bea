"""The YAML to paste: what it asks for is what is read of it."""

from typing import Any

import msgspec
import pytest

from ipviz.domain.seen import SeenService
from ipviz.kube.records import READINGS
from ipviz.planning.manifests import wanted_by
from ipviz.planning.writing import dumped, service_manifest
from tests.builders import AT, BETA, GMC, estate_seen, seen_config_map, seen_provider
from tests.verdicts import said

CONFIG = seen_config_map(data={"cidr-global": "192.0.2.180/30"})


def seen(manifest: dict[str, Any]) -> SeenService:
    """As it would be seen, were it applied now."""
    reading = READINGS["Service"]
    applied = {
        **manifest,
        "metadata": {**manifest["metadata"], "creationTimestamp": f"{AT:%Y-%m-%dT%H:%M:%SZ}"},
    }
    record = reading.record("Service", msgspec.convert(applied, reading.struct))
    assert isinstance(record, SeenService)
    return record


@pytest.mark.parametrize("address", ["192.0.2.181", "2001:db8::b5"])
def test_a_service_asks_for_its_address_in_every_place_that_is_read(address: str) -> None:
    manifest = service_manifest(address, "shop", "store")
    (span,) = wanted_by(dumped(manifest)).spans
    assert str(span) == address
    asked = seen(manifest)
    assert (asked.annotation, asked.spec_ip) == (address, address)
    assert str(asked.ref).endswith("store/shop")


def test_the_cloud_provider_counts_it() -> None:
    manifest = service_manifest("192.0.2.181")
    assert said(estate_seen({GMC: [], BETA: [seen_provider(), CONFIG, seen(manifest)]})) == []
    del manifest["metadata"]["labels"]
    unlabelled = said(estate_seen({GMC: [], BETA: [seen_provider(), CONFIG, seen(manifest)]}))
    assert [rule for rule, *_ in unlabelled] == ["H8"], "the label is what it counts by"


def test_a_service_of_the_other_family_says_so() -> None:
    assert service_manifest("2001:db8::b5")["spec"]["ipFamilies"] == ["IPv6"]
    assert "ipFamilies" not in service_manifest("192.0.2.181")["spec"]
