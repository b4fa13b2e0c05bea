"""What is wrong with a cloud provider's configuration, read as the provider reads it.

Sources: docs/domain.md, "kube-vip cloud provider ranges"; upstream kube-vip-cloud-provider
pkg/config/config.go and pkg/provider/loadBalancer.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ipviz.domain.kubevip import counted_addresses, lookup_key, parse_value
from ipviz.domain.seen import SeenConfigMap, SeenService
from ipviz.domain.spans import Span, parse_address, parse_network

_FORMS = ("cidr-", "range-")


class Trouble(StrEnum):
    SHADOWED = "shadowed"
    """Another key is found first, so this one is never looked at."""
    HIDDEN_BY_EMPTY = "hidden by an empty key"
    """The key that is found first is empty, so no Service gets an address."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ConfigFault:
    key: str
    trouble: Trouble
    detail: str
    """The key that is found instead, or what the parser says."""


def config_faults(config_map: SeenConfigMap, version: str = "") -> Iterable[ConfigFault]:
    """What is wrong key by key; an empty key alone is not: charts write them where nothing is configured."""
    data = dict(config_map.data)
    for key in range_keys(config_map):
        found = lookup_key(data, key.partition("-")[2])
        if not data[key]:
            continue
        if found is not None and found != key:
            empty = not data[found]
            yield ConfigFault(key, Trouble.HIDDEN_BY_EMPTY if empty else Trouble.SHADOWED, found)
        elif error := parse_value(data[key], version=version).error:
            yield ConfigFault(key, Trouble.UNREADABLE, error)


def range_keys(config_map: SeenConfigMap) -> tuple[str, ...]:
    """The keys that hold ranges, in order."""
    return tuple(key for key, _ in config_map.data if key.startswith(_FORMS) and key.partition("-")[2])


def unaligned_entries(text: str) -> Iterable[tuple[str, Span]]:
    """The CIDRs of a list that have host bits set, each with the network that it is read as."""
    for entry in text.split(","):
        if "/" in entry and (network := _network(entry)):
            yield entry, network


def _network(entry: str) -> Span | None:
    """The network that a CIDR is read as, where that is not what is written."""
    try:
        network, address = parse_network(entry), parse_address(entry.partition("/")[0])
    except ValueError:
        return None
    return None if address.first == network.first else network


def unreadable_annotation(service: SeenService) -> str:
    """Why the provider cannot read a Service's annotation, which it does without trimming; else empty."""
    try:
        if service.labelled:
            counted_addresses(service)
    except ValueError as error:
        return str(error)
    return ""
