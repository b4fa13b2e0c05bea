"""Which addresses a manifest would use: the same reading of the same objects as of those in a cluster.

Pools, LoadBalancer Services, ConfigMaps of kube-vip's cloud provider and clusters say it themselves; the
values of a workload cluster's chart say it in `connectivity.network`, at the top or below `global`, alone or
in a ConfigMap's `data.values` (docs/domain.md, "Values of the chart").
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

from ipviz.domain.occupants import Role
from ipviz.domain.pools import pool_faults
from ipviz.domain.seen import Seen, SeenPool, SeenPrefixPool
from ipviz.domain.spans import Span, merged, parse_address, parse_network
from ipviz.domain.statements import statements_of
from ipviz.kube.plain_yaml import Alias, PlainLoader
from ipviz.kube.records import READINGS

LARGEST = 1 << 18
"""Characters of a manifest."""
_KINDS = (
    "GlobalInClusterIPPool",
    "InClusterIPPool",
    "GlobalInClusterPrefixPool",
    "InClusterPrefixPool",
    "Service",
    "ConfigMap",
    "Cluster",
    "VSphereCluster",
)


class WrongManifest(ValueError):
    """It cannot be read, or says nothing of addresses; the text says what and why, fit to be shown."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a manifest would use. `pools` are the keys of the pools that it makes or changes."""

    spans: tuple[Span, ...]
    pools: frozenset[str] = frozenset()


def wanted_by(text: str) -> Wanted:
    """Read a manifest, of one or more documents, as YAML or JSON.

    Raises:
        WrongManifest: it cannot be read, or nothing in it says which addresses it would use.
    """
    if len(text) > LARGEST:
        raise WrongManifest(f"a manifest is at most {LARGEST} characters long")
    records: dict[str, list[Seen]] = {}
    spans: list[Span] = []
    for document in _documents(text):
        kind = document.get("kind")
        if kind in _KINDS:
            records.setdefault(kind, []).extend(_record(kind, document))
        spans += _of_values(_values_in(document, kind))
    whole = {kind: tuple(each) for kind, each in records.items()}
    stated = [
        each for each in statements_of(whole, path="", is_management=True) if each.role is not Role.NODE
    ]
    spans += [each.span for each in stated]
    if not spans:
        raise WrongManifest("nothing in it says which addresses it would use; what is read: " + _READ)
    return Wanted(merged(spans), frozenset(each.pool for each in stated if each.role is Role.POOL))


_READ = f"{', '.join(_KINDS)}, and the connectivity.network values of a cluster's chart"


def _documents(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        found = list(yaml.load_all(text, Loader=PlainLoader))
    except Alias as error:
        raise WrongManifest("YAML aliases are not read: write it out") from error
    except Exception as error:  # of a stranger's text, the library raises nearly anything
        raise WrongManifest(f"it is not YAML: {' '.join(str(error).split())[:200]}") from error
    for each in found:
        if isinstance(each, dict):
            items = each.get("items")
            listed = (
                items if isinstance(items, list) and str(each.get("kind", "")).endswith("List") else [each]
            )
            yield from (item for item in listed if isinstance(item, dict))
        elif each is not None:
            raise WrongManifest("each document of a manifest is an object with fields")


def _record(kind: str, document: Mapping[str, Any]) -> Iterable[Seen]:
    """The object as it would be seen, were it applied.

    Raises:
        WrongManifest: its provider or the API server would refuse it.
    """
    reading = READINGS[kind]
    try:
        text = msgspec.json.encode(document, enc_hook=str)
        record = reading.record(kind, msgspec.json.decode(text, type=reading.struct))
    except (ValueError, TypeError, RecursionError) as error:
        raise WrongManifest(f"{kind} {_name(document)}: {error}") from error
    if isinstance(record, SeenPool | SeenPrefixPool) and (faults := pool_faults(record)):
        raise WrongManifest(f"{kind} {_name(document)} would be refused: {'; '.join(faults)}")
    return [record] if record else []


def _name(document: Mapping[str, Any]) -> str:
    meta = document.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    return str(name)[:253] if name else "(unnamed)"


def _values_in(document: Mapping[str, Any], kind: object) -> Mapping[str, Any]:
    """The values of a chart: the document itself, or those in a ConfigMap."""
    if kind is None:
        return document
    inner = _at(document, "data", "values")
    if kind != "ConfigMap" or not isinstance(inner, str):
        return {}
    return next(_documents(inner), {})


def _of_values(values: Mapping[str, Any]) -> Iterator[Span]:
    for network in (_at(values, "global", "connectivity", "network"), _at(values, "connectivity", "network")):
        host = _at(network, "controlPlaneEndpoint", "host")
        if isinstance(host, str) and host:
            yield _read(parse_address, host, "controlPlaneEndpoint.host")
        blocks = _at(network, "loadBalancers", "cidrBlocks")
        for block in blocks if isinstance(blocks, list) else ():
            yield _read(parse_network, str(block), "loadBalancers.cidrBlocks")


def _read(parse: Any, text: str, where: str) -> Span:
    try:
        span: Span = parse(text)
    except ValueError as error:
        raise WrongManifest(f"connectivity.network.{where}: {error}") from error
    return span


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
