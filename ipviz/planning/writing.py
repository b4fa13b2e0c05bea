"""The YAML that makes a plan true, to be pasted: pools, values of charts, ConfigMaps, and DHCP in words.

Sources: docs/domain.md, "Pools", "Values of the chart", "Services" and "kube-vip cloud provider ranges".
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import yaml

from ipviz.domain.division import Division
from ipviz.domain.needs import Needs
from ipviz.domain.plans import Part, Use
from ipviz.domain.seen import Ref, SeenPool
from ipviz.domain.spans import (
    Span,
    intersected,
    merged,
    network_text,
    networks_of,
    parse_entry,
    prefix_length,
    subtracted,
)

_POOL = "GlobalInClusterIPPool"
_TODAY = "0.51.0 and newer"


@dataclass(frozen=True, slots=True)
class File:
    """One text to paste; `about` says where, in one line."""

    name: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Site:
    """What files say beside a division.

    Args:
        pools: those of the management cluster that are there, by name: they are added to.
        strange: what lies in them and is not IPAM's to give.
        elsewhere: the names of pools that are not to be touched.
        name: what the subnet is called.
    """

    cidr: str
    segment: str
    gateway: str
    pools: Mapping[str, SeenPool]
    strange: tuple[Span, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    name: str = ""

    @property
    def prefix(self) -> int:
        return int(self.cidr.rpartition("/")[2])


def files_of(division: Division, needs: Needs, site: Site) -> tuple[File, ...]:
    """Every file, the first to be applied first."""
    found = [
        *_dhcp(division, site),
        *_management(division),
        *_pools(division, site),
        *_values(division, needs),
    ]
    return tuple(found)


def in_one(files: Iterable[File], cidr: str) -> str:
    """All of them as one stream of YAML, each with its name above it; what is no YAML as comments."""
    parts = [f"# The plan of {cidr}, as ipviz wrote it.\n"]
    for file in files:
        head = f"# {file.name}: {file.about}\n"
        parts.append(head + (file.text if file.name.endswith(".yaml") else _as_comment(file.text)))
    return "---\n".join(parts)


def pool_manifest(name: str, spans: Iterable[Span], site: Site) -> dict[str, Any]:
    """A pool of these addresses; one that is there already with its own and with what must be excluded."""
    known = site.pools.get(name) or SeenPool(Ref(_POOL, "", name, ""), (), site.prefix, site.gateway)
    had, out = (merged(map(parse_entry, texts)) for texts in (known.addresses, known.excluded))
    spec: dict[str, Any] = {
        "addresses": [*known.addresses, *map(entry, subtracted(spans, had))],
        "prefix": known.prefix,
    }
    if known.gateway:
        spec["gateway"] = known.gateway
    if excluded := [*known.excluded, *map(entry, subtracted(intersected(had, site.strange), out))]:
        spec["excludedAddresses"] = excluded
    if known.allocates_reserved:
        spec["allocateReservedIPAddresses"] = True
    return {
        "apiVersion": "ipam.cluster.x-k8s.io/v1alpha2",
        "kind": _POOL,
        "metadata": {"name": name},
        "spec": spec,
    }


def entry(span: Span) -> str:
    """As pools and ranges are written: one address, a CIDR where it is one, else both ends."""
    return str(span) if span.is_single or prefix_length(span) is None else network_text(span)


def cidrs(span: Span) -> list[str]:
    """As charts take a block: more than one CIDR, where it is none."""
    return [network_text(each) for each in networks_of([span])]


@dataclass(frozen=True, slots=True)
class Values:
    """What the values of one cluster's chart say of its addresses."""

    cluster: str
    organization: str
    control_plane: Mapping[str, Any]
    balancers: Mapping[str, Any]

    @property
    def today(self) -> dict[str, Any]:
        return {"global": self._with(self.balancers)}

    @property
    def before(self) -> dict[str, Any]:
        """Without `global`; before 0.58.2 the chart would claim from the pool beside blocks."""
        no_claim = {"ipPoolName": ""} if self.balancers.get("cidrBlocks") else {}
        return self._with({**self.balancers, **no_claim})

    def _with(self, balancers: Mapping[str, Any]) -> dict[str, Any]:
        network: dict[str, Any] = {}
        if self.control_plane:
            network["controlPlaneEndpoint"] = dict(self.control_plane)
        network["loadBalancers"] = dict(balancers)
        return {
            "metadata": {"name": self.cluster, "organization": self.organization or "ORGANIZATION"},
            "connectivity": {"network": network},
        }


def claimed(pool: str) -> dict[str, Any]:
    """An endpoint that the chart claims from a pool."""
    return {"host": "", "ipPoolName": pool, "port": 6443}


def claims(pool: str, number: int) -> dict[str, Any]:
    """Load balancers' addresses that the chart claims from a pool."""
    return {"cidrBlocks": [], "ipPoolName": pool, "numberOfIps": number}


def values_files(stem: str, about: str, values: Sequence[Values]) -> tuple[File, File]:
    """For today's chart, and for the older ones."""
    return (
        File(f"{stem}.yaml", f"{about}, {_TODAY}", dumped(*(each.today for each in values))),
        File(
            f"{stem}-before-0.51.yaml",
            f"{about}, before 0.51.0",
            dumped(*(each.before for each in values)),
        ),
    )


def files_of_range(cluster: str, span: Span) -> tuple[File, ...]:
    """For the cluster of that path or name: values of its chart, and what its cloud provider reads."""
    name, organization = named(cluster)
    values = Values(name, organization, {}, {"cidrBlocks": cidrs(span)})
    about = f"for kube-vip's cloud provider in {name}, where no chart writes it"
    return (
        *values_files(f"{name}-values", "values of its chart", [values]),
        File(f"{name}-kube-vip.yaml", about, dumped(config_map(span))),
    )


def files_of_address(span: Span) -> tuple[File, ...]:
    """What takes an address, or the first of a block: a Service, or the API of a cluster."""
    address = span.first_text
    endpoint = {"controlPlaneEndpoint": {"host": address, "port": 6443}}
    found = [
        File("service.yaml", "a Service that asks kube-vip for it", dumped(service_manifest(address))),
        File(
            "api-values.yaml",
            f"values of a chart, for the API of a cluster, {_TODAY}",
            dumped({"global": {"connectivity": {"network": endpoint}}}),
        ),
    ]
    if not span.is_single:
        about = f"values of a chart, for the load balancers of a cluster, {_TODAY}"
        balancers = {"loadBalancers": {"cidrBlocks": cidrs(span)}}
        values = {"global": {"connectivity": {"network": balancers}}}
        found.insert(0, File("range-values.yaml", about, dumped(values)))
    return tuple(found)


def config_map(span: Span) -> dict[str, Any]:
    """What kube-vip's cloud provider of a cluster hands out from, where its chart does not write it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kubevip", "namespace": "kube-system"},
        "data": {"cidr-global": ",".join(cidrs(span))},
    }


def service_manifest(address: str, name: str = "web", namespace: str = "default") -> dict[str, Any]:
    """A Service that asks kube-vip for one address.

    The label is there because the cloud provider counts a choice of an address of its range by it alone (H8).

    Args:
        address: as parsed addresses are written.
    """
    spec: dict[str, Any] = {
        "type": "LoadBalancer",
        "loadBalancerIP": address,
        "selector": {"app.kubernetes.io/name": name},
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
    }
    if ":" in address:  # else it would be of the cluster's first family, and nothing would serve the address
        spec |= {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6"]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"implementation": "kube-vip"},
            "annotations": {"kube-vip.io/loadbalancerIPs": address},
        },
        "spec": spec,
    }


def in_one_line(text: str) -> str:
    """Fit for a comment: a name comes from a cluster, or from whoever typed it."""
    return " ".join(text.split())


def dumped(*documents: Mapping[str, Any]) -> str:
    texts = (yaml.safe_dump(dict(each), sort_keys=False, default_flow_style=False) for each in documents)
    return "---\n".join(texts)


def named(path: str) -> tuple[str, str]:
    """A cluster's name and organisation, by its path; empty where only a name is known."""
    *_, namespace, name = ["", *path.split("/")]
    return name, namespace.removeprefix("org-")


def _dhcp(division: Division, site: Site) -> Iterator[File]:
    parts = [part for part in (*division.kept, *division.parts) if part.use is Use.DHCP]
    if not parts:
        return
    spans = merged(part.span for part in parts)
    ranges = "\n".join(f"  {span}  ({span.size} addresses)" for span in spans)
    flags = [word for span in spans for word in ("--dhcp", f"{span.first_text}-{_last(span)}")]
    gateway = ["--gateway", site.gateway] if site.gateway else []
    name = ["--name", site.name] if site.name else []
    command = shlex.join(["subnet", "add", site.cidr, "--segment", site.segment, *name, *gateway, *flags])
    text = (
        f"Let the DHCP server of {site.cidr} lease, and nothing else:\n{ranges}\n\n"
        "Then tell ipviz, which sees no DHCP server:\n"
        f"  python manage.py {command}\n"
    )
    yield File("dhcp.txt", "for whoever runs the DHCP server", text)


def _last(span: Span) -> str:
    return Span(span.version, span.last, span.last).first_text


def _management(division: Division) -> Iterator[File]:
    """Where both addresses were there, nothing has to be written."""
    parts = {part.use: part for part in division.kept if part.use.is_one_address}
    new = {part.use: part for part in division.parts if part.use.is_one_address}
    if new:
        parts |= new
        api, ingress = parts.get(Use.API), parts.get(Use.INGRESS)
        values = Values(
            next(iter(parts.values())).name or "management",
            "giantswarm",
            {"host": str(api.span), "ipPoolName": "", "port": 6443} if api else {},
            {"cidrBlocks": [network_text(ingress.span)]} if ingress else {},
        )
        yield File("management-values.yaml", "values of the management cluster's chart", dumped(values.today))


def _pools(division: Division, site: Site) -> Iterator[File]:
    every = [part for part in (*division.kept, *division.parts) if part.use.is_pool]
    for name in dict.fromkeys(part.name for part in every if part.name not in site.elsewhere):
        parts = [part for part in every if part.name == name]
        about = f"the {parts[0].use.words}, for the management cluster: kubectl apply -f {name}.yaml"
        text = dumped(pool_manifest(name, [part.span for part in parts], site))
        yield File(f"{name}.yaml", about, text)


def _values(division: Division, needs: Needs) -> Iterator[File]:
    stem, about = "cluster-values", "values of each cluster's chart"
    endpoint = claimed(needs.control_plane_pool)
    if not needs.in_blocks:
        balancers = claims(needs.balancer_pool, needs.balancers)
        yield from values_files(stem, about, [Values("NAME", "ORGANIZATION", endpoint, balancers)])
        return
    blocks = list(_named_blocks(division))
    if not blocks:
        return
    # A cluster that is there has the address of its API.
    endpoints = ({} if part.name in needs.names else endpoint for part in blocks)
    values = [
        Values(*named(part.name), each, {"cidrBlocks": cidrs(part.span)})
        for part, each in zip(blocks, endpoints, strict=True)
    ]
    yield from values_files(stem, about, values)
    maps = (f"# In {in_one_line(part.name)}\n{dumped(config_map(part.span))}" for part in blocks)
    about = "for kube-vip's cloud provider in each cluster, where no chart writes it"
    yield File("kube-vip.yaml", about, "---\n".join(maps))


def _named_blocks(division: Division) -> Iterator[Part]:
    """Those of later clusters by a number."""
    later = count(1)
    for part in division.parts:
        if part.use is Use.BLOCK:
            yield part if part.name else replace(part, name=f"later-{next(later)}")


def _as_comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())
