"""Who legitimately uses an address in the end (docs/domain.md, "Consumers").

A cluster is named by its path: a management cluster by its name (`gmc`), a workload cluster by those of its
management cluster, namespace and Cluster (`gmc/org-acme/beta`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ipviz.domain.machines import VirtualMachine, machines_of
from ipviz.domain.occupants import Consumer, Purpose
from ipviz.domain.seen import (
    Seen,
    SeenAddress,
    SeenClaim,
    SeenCluster,
    SeenMachine,
    SeenNode,
    SeenService,
    SeenVSphereCluster,
)
from ipviz.domain.spans import Span, address_or_none

Name = tuple[str, str]
"""Namespace and name."""

_SERVICE_CLAIM = re.compile(r"(?P<cluster>.+)-svc-lb(-\d+)?")


def workload_path(management: str, namespace: str, name: str) -> str:
    return f"{management}/{namespace}/{name}"


def name_of(path: str) -> Name | None:
    """The namespace and name of a workload cluster's Cluster; None for a management cluster."""
    parts = path.split("/", 2)
    return (parts[1], parts[2]) if len(parts) == 3 else None


@dataclass(frozen=True)
class Consumers:
    """Names the consumers of what one cluster's objects state.

    Args:
        path: the cluster's own path.
        clusters: the Clusters that it manages; none in a workload cluster.
        own: its own Cluster among them, where it manages itself.
        machines: the virtual machines that it lists, its own among them.
    """

    path: str
    clusters: Mapping[Name, SeenCluster] = field(default_factory=dict)
    own: Name | None = None
    machines: tuple[VirtualMachine, ...] = ()

    @classmethod
    def of(cls, records: Mapping[str, tuple[Seen, ...]], *, path: str, is_management: bool) -> "Consumers":
        if not is_management:
            return cls(path, machines=machines_of({"Node": records.get("Node", ())}))
        clusters = [each for each in records.get("Cluster", ()) if isinstance(each, SeenCluster)]
        own = own_cluster(records)
        return cls(
            path,
            {(each.ref.namespace, each.ref.name): each for each in clusters},
            own,
            machines_of(records, own),
        )

    def cluster_path(self, namespace: str, name: str) -> str:
        """The path of a Cluster here; that of the cluster itself where it is its own.

        One that does not list itself is meant by its own name, where no Cluster here bears it: claims for a
        management cluster are often made in it.
        """
        if (namespace, name) == self.own:
            return self.path
        if self.own is None and name == self.path and name not in self._namespaces:
            return self.path
        return workload_path(self.path, namespace, name)

    def of_address(self, address: SeenAddress, claim: SeenClaim | None) -> Consumer:
        """Whom an IPAddress serves; without its claim, which had its name, the name still tells."""
        namespace = address.ref.namespace
        return self._machine(claim, namespace) or self._by_names(
            namespace,
            name=claim.ref.name if claim else address.claim or address.ref.name,
            labelled=claim.giantswarm_cluster if claim else "",
            linked=(claim.cluster_name if claim else "") or address.cluster_name,
            address=address_or_none(address.address),
        )

    def of_claim(self, claim: SeenClaim) -> Consumer:
        """Whom a claim will serve that has no address yet."""
        namespace = claim.ref.namespace
        return self._machine(claim, namespace) or self._by_names(
            namespace, name=claim.ref.name, labelled=claim.giantswarm_cluster, linked=claim.cluster_name
        )

    def of_cluster(self, cluster: SeenCluster) -> Consumer:
        path = self.cluster_path(cluster.ref.namespace, cluster.ref.name)
        return Consumer(path, Purpose.CONTROL_PLANE, "it is its endpoint")

    def of_vsphere_cluster(self, seen: SeenVSphereCluster) -> Consumer:
        namespace = seen.ref.namespace
        by_reference = (
            each.ref.name
            for each in self.clusters.values()
            if each.ref.namespace == namespace and each.infrastructure == seen.ref.name
        )
        name = seen.cluster_name or next(by_reference, seen.ref.name)
        return Consumer(self.cluster_path(namespace, name), Purpose.CONTROL_PLANE, "it is its endpoint")

    def of_service(self, service: SeenService) -> Consumer:
        """Kamaji serves a workload cluster's API by a Service of the Cluster's name in its namespace."""
        name = (service.ref.namespace, service.ref.name)
        if name in self.clusters and name != self.own:
            return Consumer(
                self.cluster_path(*name),
                Purpose.CONTROL_PLANE,
                "the Service bears the name of this Cluster (Kamaji)",
            )
        return Consumer(self.path, Purpose.SERVICE, "it is a Service of this cluster")

    def of_machine(self, machine: VirtualMachine) -> Consumer:
        if machine.is_own:
            return Consumer(self.path, Purpose.MACHINE, "it is a node of this cluster", machine=machine.name)
        path = self.cluster_path(machine.namespace, machine.cluster_name) if machine.cluster_name else ""
        return Consumer(path, Purpose.MACHINE, "it is a machine of this Cluster", machine=machine.name)

    def of_control_plane(self) -> Consumer:
        return Consumer(self.path, Purpose.CONTROL_PLANE, "kube-vip announces it for its API")

    def of_ranges(self) -> Consumer:
        return Consumer(self.path, Purpose.SERVICE, "its kube-vip cloud provider hands it out")

    def is_paused(self, consumer: Consumer) -> bool:
        """Say whether the consumer's Cluster, as it stands here, is paused."""
        name = self.own if consumer.cluster == self.path else name_of(consumer.cluster)
        cluster = self.clusters.get(name) if name else None
        return cluster is not None and cluster.paused

    def _machine(self, claim: SeenClaim | None, namespace: str) -> Consumer | None:
        if claim is None or not claim.machine:
            return None
        by = f"VSphereVM {claim.machine} owns the claim"
        name = claim.cluster_name or claim.giantswarm_cluster
        machine = self._by_vm.get((namespace, claim.machine))
        if machine and not name:
            return replace(self.of_machine(machine), by=by)
        path = self.cluster_path(namespace, name) if name else ""
        return Consumer(path, Purpose.MACHINE, by, machine=machine.name if machine else claim.machine)

    @cached_property
    def _by_vm(self) -> Mapping[Name, VirtualMachine]:
        return {
            (view.ref.namespace, view.ref.name): machine
            for machine in self.machines
            for view in machine.views
            if view.ref.kind == "VSphereVM"
        }

    def _by_names(
        self, namespace: str, *, name: str, labelled: str, linked: str, address: Span | None = None
    ) -> Consumer:
        """The first rule that names somebody; the order is that of docs/domain.md."""
        home = self._home(namespace, labelled)
        found = (
            self._named(home, labelled, name, "by its label giantswarm.io/cluster and its name")
            or self._linked(namespace, linked, name)
            or self._same_name(namespace, name)
            or self._same_endpoint(address)
        )
        if found:
            return found
        if labelled:
            path = self.cluster_path(home, labelled)
            return Consumer(
                path, Purpose.MANUAL, "by its label giantswarm.io/cluster; its name says no purpose"
            )
        return Consumer("", Purpose.MANUAL, "no cluster can be told from the claim")

    def _home(self, namespace: str, cluster: str) -> str:
        """The labelled Cluster's namespace: the claim's, unless the only one of that name lies elsewhere."""
        namespaces = self._namespaces.get(cluster, [])
        return namespaces[0] if len(namespaces) == 1 else namespace

    @cached_property
    def _namespaces(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for namespace, name in self.clusters:
            found.setdefault(name, []).append(namespace)
        return found

    def _named(self, namespace: str, cluster: str, claim: str, by: str) -> Consumer | None:
        purpose = _purpose(cluster, claim)
        return Consumer(self.cluster_path(namespace, cluster), purpose, by) if cluster and purpose else None

    def _linked(self, namespace: str, cluster: str, claim: str) -> Consumer | None:
        by = "by spec.clusterName or the label cluster.x-k8s.io/cluster-name"
        if not cluster:
            return None
        return self._named(namespace, cluster, claim, by) or Consumer(
            self.cluster_path(namespace, cluster), Purpose.MANUAL, f"{by}; its name says no purpose"
        )

    def _same_name(self, namespace: str, claim: str) -> Consumer | None:
        for cluster in _clusters_named_by(claim):
            if (namespace, cluster) in self.clusters:
                return self._named(
                    namespace, cluster, claim, "a Cluster of its namespace has the claim's name"
                )
        return None

    def _same_endpoint(self, address: Span | None) -> Consumer | None:
        name = self._endpoints.get(address) if address else None
        if name is None:
            return None
        return Consumer(
            self.cluster_path(*name), Purpose.CONTROL_PLANE, "a Cluster here has this endpoint", weak=True
        )

    @cached_property
    def _endpoints(self) -> Mapping[Span, Name]:
        """Each endpoint's first Cluster by name."""
        first: dict[Span, Name] = {}
        for name in sorted(self.clusters):
            if address := address_or_none(self.clusters[name].host):
                first.setdefault(address, name)
        return first


def own_cluster(records: Mapping[str, tuple[Seen, ...]]) -> Name | None:
    """The Cluster that a management cluster is itself: the one whose machines are its nodes.

    Compared by provider id, so it needs no second poll of the same cluster to be known.
    """
    nodes = {each.provider_id.lower() for each in records.get("Node", ()) if isinstance(each, SeenNode)} - {
        ""
    }
    machines = (each for each in records.get("Machine", ()) if isinstance(each, SeenMachine))
    own = {(each.ref.namespace, each.cluster_name) for each in machines if each.provider_id.lower() in nodes}
    return min((name for name in own if name[1]), default=None)


def _purpose(cluster: str, claim: str) -> Purpose | None:
    if claim == cluster:
        return Purpose.CONTROL_PLANE
    match = _SERVICE_CLAIM.fullmatch(claim)
    return Purpose.SERVICE if match and match["cluster"] == cluster else None


def _clusters_named_by(claim: str) -> Iterable[str]:
    yield claim
    if match := _SERVICE_CLAIM.fullmatch(claim):
        yield match["cluster"]
