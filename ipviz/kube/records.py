"""From the JSON's structs to the domain's records: how each kind is read.

A function takes one object and gives its record, or None for an object that says nothing about addresses,
and raises ValueError for one that cannot be true: the reason, fit to be shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ipviz.domain.seen import Seen
from ipviz.kube import wire
from ipviz.kube.objects import clusters, ipam, kubevip, machines, services


@dataclass(frozen=True, slots=True)
class Reading:
    """How objects of one kind are read: into which struct, and on into which record."""

    struct: type[wire.Identified]
    record: Callable[[str, Any], Seen | None]


READINGS: Mapping[str, Reading] = {
    "GlobalInClusterIPPool": Reading(ipam.Pool, ipam.pool),
    "InClusterIPPool": Reading(ipam.Pool, ipam.pool),
    "GlobalInClusterPrefixPool": Reading(ipam.PrefixPool, ipam.prefix_pool),
    "InClusterPrefixPool": Reading(ipam.PrefixPool, ipam.prefix_pool),
    "IPAddressClaim": Reading(ipam.Claim, ipam.claim),
    "IPAddress": Reading(ipam.Address, ipam.address),
    "Cluster": Reading(clusters.Cluster, clusters.cluster),
    "VSphereCluster": Reading(clusters.VSphereCluster, clusters.vsphere_cluster),
    "Namespace": Reading(clusters.Namespace, clusters.namespace),
    "Machine": Reading(machines.Machine, machines.machine),
    "VSphereMachine": Reading(machines.VSphereMachine, machines.vsphere_machine),
    "VSphereVM": Reading(machines.VSphereVM, machines.vsphere_vm),
    "Node": Reading(machines.Node, machines.node),
    "Service": Reading(services.Service, services.service),
    "Pod": Reading(kubevip.Pod, kubevip.kube_vip),
    "Lease": Reading(kubevip.Lease, kubevip.lease),
    "Deployment": Reading(kubevip.Workload, kubevip.cloud_provider),
    "DaemonSet": Reading(kubevip.Workload, kubevip.cloud_provider),
    "ConfigMap": Reading(kubevip.ConfigMap, kubevip.config_map),
}
