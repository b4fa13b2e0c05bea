"""Which addresses kube-vip answers for, and which its cloud provider may hand out.

Sources: docs/domain.md, "Services", "kube-vip itself" and "kube-vip cloud provider ranges"; upstream kube-vip
pkg/instance/instance.go (FetchServiceAddresses), pkg/services/watch_services.go and kube-vip-cloud-provider
pkg/config/config.go, pkg/provider/loadBalancer.go, pkg/ipam/ipam.go.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ipviz.domain.seen import SeenCloudProvider, SeenConfigMap, SeenKubeVip, SeenService
from ipviz.domain.spans import (
    Span,
    address_or_none,
    address_text,
    merged,
    networks_of,
    parse_address,
    parse_network,
    parse_range,
    single,
    subtracted,
)

KUBE_VIP_CLASS = "kube-vip.io/kube-vip-class"
PROVIDER_KINDS = ("Deployment", "DaemonSet")
"""What its cloud provider runs as."""

_CONFIG_NAMESPACE = "kube-system"
_CONFIG_NAMES = ("kube-vip-cloud-provider", "kubevip")
_GO_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_DHCP_VALUE = "0.0.0.0/32"
_KEEPS_CIDR_ENDS = (0, 0, 7)
_KNOWS_SEARCH_ORDER = (0, 0, 9)
_SKIPS_ENDS_ON_REQUEST = (0, 0, 10)
_SHARES_ON_REQUEST = (0, 0, 10)
_WIDEST_CUT = 1 << 16
"""A span wider than this keeps its .0 and .255 addresses: cutting them out would make thousands of spans."""


@dataclass(frozen=True, slots=True)
class RangeValue:
    """One value as the cloud provider reads it; `error` says why no Service can get an address from it."""

    spans: tuple[Span, ...] = ()
    dhcp: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class LiveRange:
    """A key that Services can be served from; `namespace` is empty where it serves all."""

    key: str
    namespace: str
    spans: tuple[Span, ...]
    is_descending: bool = False
    """The highest address is handed out first."""
    is_shared: bool = False
    """A Service may get an IPv4 address that others have, where their ports leave room."""


@dataclass(frozen=True, slots=True)
class KubeVip:
    """What kube-vip and its cloud provider serve in one cluster, as far as they are known there."""

    classes: frozenset[str] = frozenset({"", KUBE_VIP_CLASS})
    """Those of their Services; the empty one stands for none, which they serve where nothing else is said."""
    interfaces: frozenset[str] = frozenset()
    """Where Services are announced unless they name another interface; empty where that is not known."""

    @classmethod
    def of(cls, pods: Iterable[SeenKubeVip], providers: Iterable[SeenCloudProvider]) -> "KubeVip":
        """What either of them takes for its own, for each reserves or announces without the other.

        A Service without a class is another's only where running Pods say that they keep to a class.
        """
        serving = [pod for pod in pods if pod.serves_services]
        classes = {KUBE_VIP_CLASS, *(each.load_balancer_class for each in providers)}
        classes |= {name for pod in serving for name in pod.classes} if serving else {""}
        interfaces = (name for pod in serving for name in pod.interfaces)
        return cls(frozenset(classes), frozenset(interfaces))


@dataclass(frozen=True, slots=True)
class EffectiveAddresses:
    """What kube-vip takes a Service's addresses to be; `dhcp` where one of them is still to be leased."""

    ips: tuple[Span, ...] = ()
    hostnames: tuple[str, ...] = ()
    dhcp: bool = False


def choose_config_map(
    providers: Iterable[SeenCloudProvider], config_maps: Iterable[SeenConfigMap]
) -> SeenConfigMap | None:
    """The config map that the cloud provider reads: the one that it is told, else one of the usual names.

    Where it is told one that does not exist, there are no ranges: the provider will make it empty.
    """
    by_name = {(each.ref.namespace, each.ref.name): each for each in config_maps}
    named = [(each.config_namespace, each.config_map) for each in sorted(providers, key=lambda p: p.ref)]
    wanted = named or [(_CONFIG_NAMESPACE, name) for name in _CONFIG_NAMES]
    return next((by_name[name] for name in wanted if name in by_name), None)


def provider_version(providers: Iterable[SeenCloudProvider], config_map: SeenConfigMap) -> str:
    """The version of the provider that reads this config map, or empty where it is not known."""
    for each in sorted(providers, key=lambda p: p.ref):
        if (each.config_namespace, each.config_map) == (config_map.ref.namespace, config_map.ref.name):
            return each.version
    return ""


def lookup_key(data: Mapping[str, str], namespace: str) -> str | None:
    """The key that serves a namespace; an empty value is found too, and ends the search."""
    order = (f"cidr-{namespace}", "cidr-global", f"range-{namespace}", "range-global")
    return next((key for key in order if key in data), None)


def parse_value(value: str, *, version: str = "", skips_ends: bool = False) -> RangeValue:
    """Read a `cidr-` or `range-` value; its form decides, not its key, and white space is never trimmed.

    Args:
        version: the cloud provider's; unknown is taken as the newest.
        skips_ends: `skip-end-ips-in-cidr` is "true"; versions before v0.0.10 do not know it.
    """
    if not value:
        return RangeValue(error="pool is not specified")
    if value == _DHCP_VALUE:
        return RangeValue(dhcp=True)
    entries = value.split(",")
    try:
        if "/" in value:
            return RangeValue(_spans_of_cidrs([parse_network(each) for each in entries], version, skips_ends))
        return RangeValue(_without_ends_of_24s(merged(parse_range(each) for each in entries), version))
    except ValueError as error:
        return RangeValue(error=str(error))


def live_ranges(config_map: SeenConfigMap, version: str = "") -> tuple[LiveRange, ...]:
    """The ranges that Services can be served from, in order of their keys; shadowed keys are left out."""
    data = dict(config_map.data)
    skips_ends = data.get("skip-end-ips-in-cidr") == "true"
    is_descending = data.get("search-order") == "desc" and not _is_before(version, _KNOWS_SEARCH_ORDER)
    live = []
    for key in sorted(data):
        form, _, namespace = key.partition("-")
        if form in ("cidr", "range") and namespace and lookup_key(data, namespace) == key:
            spans = parse_value(data[key], version=version, skips_ends=skips_ends).spans
            is_shared = _is_shared(data, namespace, version)
            where = "" if namespace == "global" else namespace
            live.append(LiveRange(key, where, spans, is_descending, is_shared))
    return tuple(each for each in live if each.spans)


def next_address(live: LiveRange, services: Iterable[SeenService], version: int = 4) -> Span | None:
    """The address of a family that the next Service gets which asks for none.

    None where the range is used up, where one unreadable annotation makes every allocation fail, and where
    addresses are shared: which of those in use is taken is then left to chance.

    Args:
        services: all of the cluster. The provider knows those with its label only, whatever their type; for
            a namespace's range only those of that namespace.
        version: 4 or 6.
    """
    try:
        held = [span for each in counted_in(live, services) for span in counted_addresses(each)]
    except ValueError:
        return None
    if live.is_shared and version == 4 and any(each.version == 4 for each in held):
        return None
    free = [span for span in subtracted(live.spans, held) if span.version == version]
    if not free:
        return None
    return single(version, free[-1].last if live.is_descending else free[0].first)


def counted_in(live: LiveRange, services: Iterable[SeenService]) -> Iterable[SeenService]:
    """The Services that the provider asks when it looks for a free address of the range."""
    return (each for each in services if each.labelled and live.namespace in ("", each.ref.namespace))


def counted_addresses(service: SeenService) -> tuple[Span, ...]:
    """What the provider counts as held by a Service.

    Raises:
        ValueError: the annotation cannot be read, and so no Service gets an address. White space is not
            trimmed, nor an empty annotation passed over: the provider fails as we do here.
    """
    return tuple(map(parse_address, service.annotation.split(","))) if service.annotation is not None else ()


def is_foreign(service: SeenService, ours: KubeVip = KubeVip()) -> bool:
    """Say whether no node answers for the Service's address on this segment.

    Another load balancer serves it, or kube-vip announces it on another interface or VLAN.
    """
    proxied = bool(service.ingress) and all(each.mode == "Proxy" for each in service.ingress)
    elsewhere = bool(ours.interfaces) and service.interface not in ("", *ours.interfaces)
    return proxied or elsewhere or bool(service.vlan) or service.load_balancer_class not in ours.classes


def effective_addresses(service: SeenService) -> EffectiveAddresses:
    """Resolve the addresses: annotation, else spec that status denies, else status, else spec."""
    if service.annotation is not None:
        return _effective(entry.strip() for entry in service.annotation.split(","))
    status = advertised_addresses(service)
    wanted = address_or_none(service.spec_ip)
    if wanted and any(each.version == wanted.version and each != wanted for each in status):
        return _effective([service.spec_ip])
    if status:
        return EffectiveAddresses(status)
    return _effective([service.spec_ip] if service.spec_ip else [])


def occupied_addresses(service: SeenService) -> tuple[Span, ...]:
    """The addresses that the Service really holds, each once.

    A lease or a host name is no address of its own: what was advertised for it counts, and for a lease
    without status the address that was asked for. A Service of another type holds none, whatever it carries.
    """
    if not service.is_load_balancer:
        return ()
    effective = effective_addresses(service)
    fixed = [each for each in effective.ips if not _is_unspecified(each)]
    if effective.dhcp or effective.hostnames:
        leased = [each for each in advertised_addresses(service) if not _is_unspecified(each)]
        asked = address_or_none(service.requested_ip) if effective.dhcp and not leased else None
        fixed += leased + ([asked] if asked else [])
    return tuple(dict.fromkeys(fixed))


def stated_addresses(service: SeenService) -> tuple[Span, ...]:
    """What its annotation names: all that the cloud provider counts, whatever the Service's type."""
    entries = (service.annotation or "").split(",")
    read = (address_or_none(entry.strip()) for entry in entries)
    return tuple(dict.fromkeys(span for span in read if span and not _is_unspecified(span)))


def is_advertised(service: SeenService) -> bool:
    """Say whether some node of the cluster answers for it now, as its status says."""
    return service.is_load_balancer and not service.ignored and bool(advertised_addresses(service))


def external_addresses(service: SeenService) -> tuple[Span, ...]:
    """The addresses of `spec.externalIPs` that it does not hold as a load balancer too."""
    listed = (span for text in service.external_ips if (span := address_or_none(text)))
    own = occupied_addresses(service)
    return tuple(dict.fromkeys(span for span in listed if span not in own))


def _effective(entries: Iterable[str]) -> EffectiveAddresses:
    read = [(entry, address_or_none(entry)) for entry in entries]
    ips = tuple(dict.fromkeys(span for _, span in read if span))
    return EffectiveAddresses(
        ips=ips,
        hostnames=tuple(entry for entry, span in read if span is None),
        dhcp=any(_is_unspecified(each) for each in ips),
    )


def advertised_addresses(service: SeenService) -> tuple[Span, ...]:
    """The status addresses that lie on our nodes.

    With UPnP, kube-vip also writes the router's public address, the same for all Services behind it: next
    to a private address of its family a public one is taken for that.
    """
    at_nodes = [each.ip for each in service.ingress if each.mode != "Proxy"] or [
        each.ip for each in service.ingress
    ]
    spans = [span for ip in at_nodes if (span := address_or_none(ip))]
    private = {span.version for span in spans if not _is_public(span)}
    return tuple(dict.fromkeys(each for each in spans if each.version not in private or not _is_public(each)))


def _spans_of_cidrs(cidrs: Sequence[Span], version: str, skips_ends: bool) -> tuple[Span, ...]:
    """The addresses of CIDRs by version: old providers drop the ends of each as written, a /31 whole."""
    if _is_before(version, _KEEPS_CIDR_ENDS):
        return merged(_without_ends(cidrs, lambda cidr: cidr.size > 1))
    spans = merged(cidrs)
    if skips_ends and not _is_before(version, _SKIPS_ENDS_ON_REQUEST):
        spans = merged(_without_ends(networks_of(spans), lambda cidr: cidr.version == 4 and cidr.size > 2))
    return _without_ends_of_24s(spans, version)


def _without_ends(cidrs: Iterable[Span], loses_them: Callable[[Span], bool]) -> Iterable[Span]:
    for cidr in cidrs:
        if not loses_them(cidr):
            yield cidr
        elif cidr.size > 2:
            yield Span(cidr.version, cidr.first + 1, cidr.last - 1)


def _without_ends_of_24s(spans: tuple[Span, ...], version: str) -> tuple[Span, ...]:
    """Take out x.x.x.0 and x.x.x.255, which the provider never hands out, whatever the real network is."""
    if _is_before(version, _KEEPS_CIDR_ENDS):
        return spans
    return subtracted(spans, (hole for span in spans for hole in _ends_of_24s(span)))


def _ends_of_24s(span: Span) -> Iterable[Span]:
    if span.version != 4 or span.size > _WIDEST_CUT:
        return
    for network in range(span.first >> 8, (span.last >> 8) + 1):
        yield Span(4, network << 8, network << 8)
        yield Span(4, network << 8 | 255, network << 8 | 255)


def _is_shared(data: Mapping[str, str], namespace: str, version: str) -> bool:
    asked = data.get(f"allow-share-{namespace}", data.get("allow-share-global", ""))
    return asked in _GO_TRUE and not _is_before(version, _SHARES_ON_REQUEST)


def _is_before(version: str, other: tuple[int, int, int]) -> bool:
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    return numbers is not None and tuple(int(number) for number in numbers.groups()) < other


def _is_unspecified(address: Span) -> bool:
    return address.first == 0


@lru_cache(1 << 16)
def _is_public(address: Span) -> bool:
    return ipaddress.ip_address(address_text(address.version, address.first)).is_global
