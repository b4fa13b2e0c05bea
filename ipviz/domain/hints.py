"""Hints of a cluster's network: its vCenter server and its port groups (docs/domain.md, "Segments").

They are no proof: one network can have two names, and a stretched one two vCenters. So they make a clash
milder where they are sure to differ, and say nothing wherever they could mean one network.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from ipviz.domain.consumers import Consumers, Name, name_of
from ipviz.domain.seen import Seen, SeenCluster, SeenVSphereCluster, SeenVSphereMachine
from ipviz.domain.spans import address_or_none
from ipviz.domain.words import listed

_MACHINES = ("VSphereMachine", "VSphereVM")
_MANAGED_OBJECT_ID = re.compile(r"(dvportgroup|network|opaquenetwork)-[0-9]+")


@dataclass(frozen=True, slots=True)
class Network:
    """What is said of one cluster's network.

    None is a hint that was not read: what was known of it stays so. Empty is one that was read and names
    nothing.
    """

    vcenter: str | None = None
    port_groups: tuple[str, ...] | None = None

    def __str__(self) -> str:
        names = self.port_groups or ()
        groups = f"port group{'s' if len(names) > 1 else ''} {listed(names)}" if names else ""
        server = f"vCenter {self.vcenter}" if self.vcenter else ""
        return " of ".join(filter(None, (groups, server))) or "an unknown network"

    def updated(self, read: "Network") -> "Network":
        """What is known now that `read` was read: an unread hint stays as it was."""
        return Network(
            self.vcenter if read.vcenter is None else read.vcenter,
            self.port_groups if read.port_groups is None else read.port_groups,
        )


def networks_of(records: Mapping[str, tuple[Seen, ...]]) -> Mapping[Name, Network]:
    """The network of each Cluster that a management cluster lists, itself among them, by namespace and name.

    Args:
        records: what was read whole, by kind; a kind that was not must be absent. Port groups need both
            VSphereMachines and VSphereVMs, for half of them could seem to be another cluster's than they are.
    """
    clusters = {
        (each.ref.namespace, each.ref.name): each
        for each in records.get("Cluster", ())
        if isinstance(each, SeenCluster)
    }
    servers = _servers(records, clusters) if "VSphereCluster" in records else None
    groups = _port_groups(records) if all(kind in records for kind in _MACHINES) else None
    return {
        name: Network(
            None if servers is None else servers.get(name, ""),
            None if groups is None else tuple(sorted(groups.get(name, ()))),
        )
        for name in sorted(clusters)
    }


def are_apart(one: Network | None, other: Network | None) -> bool:
    """Say whether both are known, and surely bear different names."""
    if one is None or other is None or not (one.vcenter and other.vcenter):
        return False
    ours, theirs = _host(one.vcenter), _host(other.vcenter)
    if ours == theirs:
        return _are_disjoint(_names(one.port_groups), _names(other.port_groups))
    return _differ(ours, theirs)


def by_network(networks: Mapping[str, Network]) -> dict[Network, list[str]]:
    """Who is on which network, of those whose vCenter is known."""
    members: dict[Network, list[str]] = {}
    for path, network in sorted(networks.items()):
        if network.vcenter:
            members.setdefault(network, []).append(path)
    return members


def are_parted(networks: Iterable[Network]) -> bool:
    """Say whether at least two of them are surely two."""
    return any(are_apart(one, other) for one, other in combinations(networks, 2))


def _servers(
    records: Mapping[str, tuple[Seen, ...]], clusters: Mapping[Name, SeenCluster]
) -> dict[Name, str]:
    """Each Cluster's vCenter, by its VSphereCluster."""
    consumers = Consumers("", clusters)
    found: dict[Name, str] = {}
    for seen in records["VSphereCluster"]:
        if isinstance(seen, SeenVSphereCluster) and seen.server:
            name = name_of(consumers.of_vsphere_cluster(seen).cluster)
            if name:
                found.setdefault(name, seen.server)
    return found


def _port_groups(records: Mapping[str, tuple[Seen, ...]]) -> dict[Name, set[str]]:
    found: dict[Name, set[str]] = {}
    for kind in _MACHINES:
        for seen in records[kind]:
            if isinstance(seen, SeenVSphereMachine) and seen.cluster_name:
                name = (seen.ref.namespace, seen.cluster_name)
                found.setdefault(name, set()).update(filter(None, seen.networks))
    return found


def _host(server: str) -> str:
    """The host of a server as people write one: without scheme, port, path and a closing dot."""
    host = server.strip().lower().rpartition("://")[2].partition("/")[0]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rstrip(".") if host.count(":") > 1 else host.partition(":")[0].rstrip(".")


def _differ(ours: str, theirs: str) -> bool:
    """Say whether two hosts are surely not one: a name and an address, or a short name, may well be."""
    numbers = address_or_none(ours), address_or_none(theirs)
    if any(numbers):
        return all(numbers) and numbers[0] != numbers[1]
    short = "." not in ours or "." not in theirs
    return ours.partition(".")[0] != theirs.partition(".")[0] if short else ours != theirs


def _names(port_groups: tuple[str, ...] | None) -> frozenset[str]:
    """Port groups by the last part of their path; none where a managed object's id may be any of them."""
    names = frozenset(each.rstrip("/").rpartition("/")[2] for each in port_groups or ())
    return frozenset() if any(_MANAGED_OBJECT_ID.fullmatch(name) for name in names) else names


def _are_disjoint(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return bool(ours and theirs) and ours.isdisjoint(theirs)
