"""What is made of each kind, in the spellings of old and new versions."""

from typing import Any

import pytest

from ipviz.domain.seen import (
    Ingress,
    PoolCounts,
    PoolRef,
    Port,
    Ref,
    SeenAddress,
    SeenClaim,
    SeenCloudProvider,
    SeenCluster,
    SeenConfigMap,
    SeenPool,
    SeenPrefixPool,
    SeenService,
    SeenVSphereCluster,
)
from tests.kube.samples import (
    IPAM,
    Object,
    cloud_provider,
    ip_address,
    load_balancer,
    meta,
    read,
    record,
    unreadable,
)

PAUSED = {"cluster.x-k8s.io/paused": ""}


def test_a_pool_keeps_its_entries_as_they_are_written() -> None:
    of = {
        "metadata": meta("pool", annotations=PAUSED),
        "spec": {
            "addresses": ["192.0.2.5/30", "192.0.2.16-192.0.2.31", "192.0.2.99"],
            "excludedAddresses": ["192.0.2.17"],
            "prefix": 24,
            "gateway": "192.0.2.1",
            "allocateReservedIPAddresses": True,
        },
        "status": {"ipAddresses": {"total": 21, "used": 23, "free": -2, "outOfRange": 2}},
    }
    assert record("GlobalInClusterIPPool", of) == SeenPool(
        ref=Ref("GlobalInClusterIPPool", "", "pool", "uid-of-pool"),
        addresses=("192.0.2.5/30", "192.0.2.16-192.0.2.31", "192.0.2.99"),
        prefix=24,
        gateway="192.0.2.1",
        excluded=("192.0.2.17",),
        allocates_reserved=True,
        paused=True,
        reported=PoolCounts(total=21, used=23, free=-2, out_of_range=2),
    )


def test_a_pool_of_prefixes_keeps_its_entries_and_what_it_hands_out() -> None:
    of = {
        "metadata": meta("pods", annotations=PAUSED, deletionTimestamp="2026-01-16T08:00:00Z"),
        "spec": {
            "prefixes": ["2001:db8::/56"],
            "allocationPrefixLength": 60,
            "excludedPrefixes": ["2001:db8::/60", "2001:db8:0:10::1"],
            "gateway": "2001:db8::1",
        },
        "status": {"ipAddresses": {"total": 15, "used": 1, "free": 14, "outOfRange": 0}},
    }
    for kind in ("GlobalInClusterPrefixPool", "InClusterPrefixPool"):
        assert record(kind, of) == SeenPrefixPool(
            ref=Ref(kind, "", "pods", "uid-of-pods"),
            prefixes=("2001:db8::/56",),
            allocation_prefix=60,
            gateway="2001:db8::1",
            excluded=("2001:db8::/60", "2001:db8:0:10::1"),
            paused=True,
            terminating=True,
            reported=PoolCounts(total=15, used=1, free=14, out_of_range=0),
        )


@pytest.mark.parametrize("length", [{}, {"allocationPrefixLength": 0}, {"allocationPrefixLength": None}])
def test_a_pool_of_prefixes_hands_out_64s_where_it_says_no_length(length: Object) -> None:
    of = {"metadata": meta("pods"), "spec": {"prefixes": ["2001:db8::/56"], **length}}
    assert record("InClusterPrefixPool", of).allocation_prefix == 64


@pytest.mark.parametrize("entry", ["2001:db8::", "2001:db8::/129", "2001:db8::1-2001:db8::2", "green"])
def test_a_pool_of_prefixes_with_an_entry_that_is_none_is_reported(entry: str) -> None:
    of = {"metadata": meta("pods"), "spec": {"prefixes": [entry]}}
    assert unreadable("InClusterPrefixPool", of).reason == f"{entry!r}: not a CIDR"


@pytest.mark.parametrize("version", ["v1alpha1", "v1beta1", "v1beta2"])
def test_a_claim_reads_alike_in_all_versions(version: str) -> None:
    pool_ref = {"kind": "InClusterIPPool", "name": "pool"}
    spec: Object = {"poolRef": {"apiGroup": IPAM, **pool_ref} if version == "v1beta2" else pool_ref}
    if version != "v1alpha1":
        spec["clusterName"] = "blue"
    labels = {"cluster.x-k8s.io/cluster-name": "blue"}
    of = {
        "apiVersion": f"{IPAM}/{version}",
        "metadata": meta("blue", "org-acme", labels=labels),
        "spec": spec,
    }
    found = record("IPAddressClaim", of)
    assert (found.pool, found.cluster_name, found.address_name) == (
        PoolRef("InClusterIPPool", "pool"),
        "blue",
        "",
    )


def test_a_pool_that_was_never_reconciled_reports_nothing() -> None:
    of = {"metadata": meta("pool", "org-acme"), "spec": {"addresses": ["2001:db8::/120"], "prefix": 120}}
    found = record("InClusterIPPool", of)
    assert (found.reported, found.gateway, found.paused) == (None, "", False)


@pytest.mark.parametrize(
    "pool_ref",
    [
        pytest.param({"apiGroup": IPAM, "kind": "InClusterIPPool", "name": "pool"}, id="v1beta2"),
        pytest.param({"kind": "InClusterIPPool", "name": "pool"}, id="without a group, as before v1beta2"),
    ],
)
def test_a_claim_says_whom_it_serves(pool_ref: Object) -> None:
    of = {
        "metadata": meta(
            "blue-0-0-0",
            "org-acme",
            labels={"cluster.x-k8s.io/cluster-name": "blue", "giantswarm.io/cluster": "blue", "app": "x"},
            ownerReferences=[
                {
                    "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1",
                    "kind": "VSphereVM",
                    "name": "blue-0",
                }
            ],
            creationTimestamp="2026-01-15T08:00:00Z",
            deletionTimestamp="2026-01-16T08:00:00Z",
        ),
        "spec": {"poolRef": pool_ref},
        "status": {"addressRef": {"name": "blue-0-0-0"}},
    }
    assert record("IPAddressClaim", of) == SeenClaim(
        ref=Ref("IPAddressClaim", "org-acme", "blue-0-0-0", "uid-of-blue-0-0-0"),
        pool=PoolRef("InClusterIPPool", "pool"),
        cluster_name="blue",
        giantswarm_cluster="blue",
        machine="blue-0",
        address_name="blue-0-0-0",
        created_at="2026-01-15T08:00:00Z",
        terminating=True,
    )


@pytest.mark.parametrize("status", [{}, {"status": {}}, {"status": {"addressRef": {}}}, {"status": None}])
def test_a_claim_without_an_address_is_pending(status: Object) -> None:
    of = {"metadata": meta("blue"), "spec": {"poolRef": {"kind": "InClusterIPPool", "name": "p"}}, **status}
    assert record("IPAddressClaim", of).address_name == ""


def test_a_claims_own_word_on_its_cluster_goes_before_its_label() -> None:
    of = {
        "metadata": meta("blue", labels={"cluster.x-k8s.io/cluster-name": "label"}),
        "spec": {"clusterName": "spec", "poolRef": {"kind": "InClusterIPPool", "name": "p"}},
    }
    assert record("IPAddressClaim", of).cluster_name == "spec"


def test_an_address_keeps_its_text() -> None:
    assert record("IPAddress", ip_address("blue", "2001:DB8::7")) == SeenAddress(
        ref=Ref("IPAddress", "org-acme", "blue", "uid-of-blue"),
        address="2001:DB8::7",
        prefix=24,
        pool=PoolRef("GlobalInClusterIPPool", "pool"),
        claim="blue",
    )


OLD_CLUSTER = {
    "metadata": meta("blue", "org-acme"),
    "spec": {
        "paused": True,
        "controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443},
        "infrastructureRef": {"apiVersion": "x/v1beta1", "kind": "VSphereCluster", "name": "blue-infra"},
    },
    "status": {"phase": "Provisioned", "controlPlaneReady": True},
}
NEW_CLUSTER = {
    "metadata": meta("blue", "org-acme", annotations=PAUSED),
    "spec": {
        "controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443},
        "infrastructureRef": {"apiGroup": "x", "kind": "VSphereCluster", "name": "blue-infra"},
    },
    "status": {"phase": "Provisioned", "initialization": {"controlPlaneInitialized": True}},
}


@pytest.mark.parametrize(
    "of", [pytest.param(OLD_CLUSTER, id="v1beta1"), pytest.param(NEW_CLUSTER, id="v1beta2")]
)
def test_a_cluster_reads_alike_in_both_versions(of: Object) -> None:
    assert record("Cluster", of) == SeenCluster(
        ref=Ref("Cluster", "org-acme", "blue", "uid-of-blue"),
        host="192.0.2.7",
        port=6443,
        infrastructure="blue-infra",
        initialized=True,
        paused=True,
        phase="Provisioned",
    )


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"controlPlaneEndpoint": {"host": "", "port": 0}}, id="v1beta1"),
        pytest.param({}, id="v1beta2"),
    ],
)
def test_a_cluster_without_an_endpoint_has_no_host(spec: Object) -> None:
    found = record("Cluster", {"metadata": meta("blue"), "spec": spec})
    assert (found.host, found.port, found.initialized) == ("", 0, False)


def test_a_host_name_is_kept_as_an_endpoint() -> None:
    spec = {"controlPlaneEndpoint": {"host": "api.example.test", "port": 443}}
    assert record("Cluster", {"metadata": meta("blue"), "spec": spec}).host == "api.example.test"


def test_a_vsphere_cluster_tells_its_endpoint_and_its_vcenter() -> None:
    of = {
        "metadata": meta("blue", "org-acme", ownerReferences=[{"kind": "Cluster", "name": "blue"}]),
        "spec": {
            "controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443},
            "server": "vcenter.example.test",
        },
    }
    assert record("VSphereCluster", of) == SeenVSphereCluster(
        ref=Ref("VSphereCluster", "org-acme", "blue", "uid-of-blue"),
        cluster_name="blue",
        host="192.0.2.7",
        port=6443,
        server="vcenter.example.test",
    )


def test_a_service_tells_what_it_wants_what_it_has_and_who_holds_it() -> None:
    of = load_balancer(
        metadata={
            "annotations": {
                "kube-vip.io/loadbalancerIPs": "192.0.2.180, 2001:db8::7",
                "kube-vip.io/vipHost": "node-0",
                "kube-vip.io/requestedIP": "192.0.2.97",
                "kube-vip.io/ignore": "true",
            },
            "labels": {"implementation": "kube-vip"},
        },
        spec={
            "loadBalancerIP": "192.0.2.180",
            "loadBalancerClass": "kube-vip.io/kube-vip-class",
            "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53}],
        },
        status={
            "loadBalancer": {
                "ingress": [{"ip": "192.0.2.180"}, {"hostname": "x"}, {"ip": "192.0.2.9", "ipMode": "Proxy"}]
            }
        },
    )
    assert record("Service", of) == SeenService(
        ref=Ref("Service", "shop", "web", "uid-of-web"),
        annotation="192.0.2.180, 2001:db8::7",
        spec_ip="192.0.2.180",
        ingress=(Ingress("192.0.2.180"), Ingress("192.0.2.9", "Proxy")),
        ports=(Port("UDP", 53), Port("TCP", 53)),
        load_balancer_class="kube-vip.io/kube-vip-class",
        holder="node-0",
        requested_ip="192.0.2.97",
        ignored=True,
        labelled=True,
        hostnames=("x",),
    )


def test_a_service_tells_where_and_under_which_lease_it_is_announced() -> None:
    notes = {
        "kube-vip.io/serviceInterface": "ens224",
        "kube-vip.io/serviceVLAN": "12",
        "kube-vip.io/leaseName": "shop/common",
    }
    found = record("Service", load_balancer(metadata={"annotations": notes}))
    assert (found.interface, found.vlan, found.lease) == ("ens224", "12", "shop/common")


def test_an_empty_annotation_is_not_an_absent_one() -> None:
    empty = {"annotations": {"kube-vip.io/loadbalancerIPs": ""}}
    assert record("Service", load_balancer(metadata=empty)).annotation == ""
    assert record("Service", load_balancer()).annotation is None


def test_of_services_of_other_types_only_those_are_kept_that_say_something_of_addresses() -> None:
    others = [
        load_balancer(kind, spec={"type": kind}, metadata={"labels": {"implementation": "kube-vip"}})
        for kind in ("ClusterIP", "NodePort", "ExternalName")
    ]
    assert read("Service", *others).records == ()


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_a_service_of_any_type_may_have_external_addresses(kind: str) -> None:
    spec = {"type": kind, "externalIPs": ["192.0.2.9", "2001:DB8::9", "192.0.2.9"]}
    found = record("Service", load_balancer(spec=spec))
    assert found.external_ips == ("192.0.2.9", "2001:db8::9")
    assert found.is_load_balancer is (kind == "LoadBalancer")


def test_an_external_name_has_no_external_addresses() -> None:
    spec = {"type": "ExternalName", "externalIPs": ["192.0.2.9"]}
    assert read("Service", load_balancer(spec=spec)).records == ()


def test_an_external_address_that_is_none_is_reported() -> None:
    of = load_balancer(spec={"externalIPs": ["192.0.2.256"]})
    assert unreadable("Service", of).reason == "'192.0.2.256': not an IP address"


@pytest.mark.parametrize("annotation", ["192.0.2.180", ""])
def test_a_service_that_was_a_load_balancer_is_kept_while_it_keeps_its_address(annotation: str) -> None:
    metadata = {
        "labels": {"implementation": "kube-vip"},
        "annotations": {"kube-vip.io/loadbalancerIPs": annotation},
    }
    found = record("Service", load_balancer(metadata=metadata, spec={"type": "ClusterIP"}))
    assert (found.is_load_balancer, found.labelled, found.annotation) == (False, True, annotation)
    metadata["labels"] = {}
    assert read("Service", load_balancer(metadata=metadata, spec={"type": "ClusterIP"})).records == ()


@pytest.mark.parametrize(
    ("env", "where"),
    [
        ({}, ("kube-system", "kubevip")),
        ({"KUBEVIP_CONFIG_MAP": "kube-vip-cloud-provider"}, ("kube-system", "kube-vip-cloud-provider")),
        ({"KUBEVIP_NAMESPACE": "lb", "KUBEVIP_CONFIG_MAP": "ranges"}, ("lb", "ranges")),
        ({"KUBEVIP_NAMESPACE": "", "KUBEVIP_CONFIG_MAP": ""}, ("kube-system", "kubevip")),
    ],
)
def test_the_cloud_provider_says_where_its_ranges_stand(env: Object, where: tuple[str, str]) -> None:
    for kind in ("Deployment", "DaemonSet"):
        assert record(kind, cloud_provider(env)) == SeenCloudProvider(
            Ref(kind, "kube-system", "kvcp", "uid-of-kvcp"), *where, version="v0.0.10"
        )


@pytest.mark.parametrize(
    ("env", "load_balancer_class"),
    [
        ({}, ""),
        ({"KUBEVIP_ENABLE_LOADBALANCERCLASS": "true"}, "kube-vip.io/kube-vip-class"),
        (
            {
                "KUBEVIP_ENABLE_LOADBALANCERCLASS": "true",
                "KUBEVIP_CUSTOM_LOADBALANCERCLASS_NAME": "example.org/vip",
            },
            "example.org/vip",
        ),
        ({"KUBEVIP_ENABLE_LOADBALANCERCLASS": "1"}, ""),
        ({"KUBEVIP_CUSTOM_LOADBALANCERCLASS_NAME": "example.org/vip"}, ""),
    ],
)
def test_the_cloud_provider_says_which_class_it_serves(env: Object, load_balancer_class: str) -> None:
    assert record("Deployment", cloud_provider(env)).load_balancer_class == load_balancer_class


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("kube-vip-cloud-provider", ""),
        ("localhost:5000/kube-vip-cloud-provider", ""),
        ("ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.4", "v0.0.4"),
        ("ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.12@sha256:0123", "v0.0.12"),
    ],
)
def test_its_version_is_the_tag_of_its_image(image: str, version: str) -> None:
    assert record("Deployment", cloud_provider({}, image=image, command=None)).version == version


def test_other_deployments_are_not_kept() -> None:
    assert read("Deployment", cloud_provider({}, image="coredns:1", command=["/coredns"])).records == ()


def test_a_config_map_is_sorted_by_key() -> None:
    of = {
        "metadata": meta("kubevip", "kube-system"),
        "data": {"range-global": "", "cidr-global": "192.0.2.0/28"},
    }
    assert record("ConfigMap", of) == SeenConfigMap(
        Ref("ConfigMap", "kube-system", "kubevip", "uid-of-kubevip"),
        (("cidr-global", "192.0.2.0/28"), ("range-global", "")),
    )


def test_a_config_map_that_its_provider_has_just_made_is_empty() -> None:
    assert record("ConfigMap", {"metadata": meta("kubevip", "kube-system")}).data == ()


@pytest.mark.parametrize("uid", [{}, {"uid": ""}, {"uid": None}])
def test_an_export_without_uids_names_objects_by_their_place(uid: dict[str, Any]) -> None:
    of = ip_address()
    of["metadata"] = {"name": "blue", "namespace": "org-acme", **uid}
    assert record("IPAddress", of).ref.uid == "org-acme/blue"


def test_fields_that_we_do_not_read_may_be_anything() -> None:
    of = ip_address(gateway={"not": "a string"}, novelty=[1, {"x": None}])
    of["status"], of["metadata"]["managedFields"] = "odd", 5
    of["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": '{"a":"\\u0000"}'}
    assert record("IPAddress", of).address == "192.0.2.7"
