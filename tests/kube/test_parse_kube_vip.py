"""What is made of kube-vip's own Pods and of leases."""

from typing import Any

import pytest

from ipviz.domain.seen import Ref, SeenKubeVip, SeenLease
from tests.kube.samples import Object, meta, read, record, unreadable

KUBE_VIP_CLASS = "kube-vip.io/kube-vip-class"


def pod(env: Object, **container: Any) -> Object:
    made = {
        "name": "kube-vip",
        "image": "registry.example/kube-vip:v1.0.1",
        "args": ["manager"],
        "env": [{"name": key, "value": value} for key, value in env.items()],
        **container,
    }
    return {
        "metadata": meta("kube-vip-cp-0", "kube-system"),
        "spec": {"nodeName": "cp-0", "containers": [{"name": "sidecar", "image": "sidecar:1"}, made]},
        "status": {"phase": "Running"},
    }


def seen(env: Object) -> SeenKubeVip:
    found: SeenKubeVip = record("Pod", pod(env))
    return found


def test_a_pod_of_a_control_plane_tells_its_address_and_its_lease() -> None:
    env = {
        "cp_enable": "true",
        "svc_enable": "false",
        "vip_arp": "true",
        "vip_address": "192.0.2.10",
        "vip_interface": "ens192",
        "svc_election": "true",
    }
    assert seen(env) == SeenKubeVip(
        ref=Ref("Pod", "kube-system", "kube-vip-cp-0", "uid-of-kube-vip-cp-0"),
        node="cp-0",
        addresses=("192.0.2.10",),
        is_control_plane=True,
        arp=True,
        interfaces=("ens192",),
        control_plane_lease="kube-system/plndr-cp-lock",
        services_lease="kube-system/plndr-svcs-lock",
        version="v1.0.1",
    )


def test_a_pod_that_serves_services_tells_how() -> None:
    env = {
        "svc_enable": "true",
        "svc_election": "true",
        "bgp_enable": "1",
        "vip_interface": "ens192",
        "vip_servicesinterface": "ens224",
        "svc_leasename": "ours",
        "vip_leasename": "theirs",
        "cp_namespace": "lb",
    }
    found = seen(env)
    assert (found.serves_services, found.elects_per_service) == (True, True)
    assert (found.arp, found.bgp, found.is_control_plane) == (False, True, False)
    assert found.interfaces == ("ens192", "ens224")
    assert (found.services_lease, found.control_plane_lease) == ("kube-system/ours", "lb/theirs")


@pytest.mark.parametrize(
    ("env", "addresses"),
    [
        ({"address": "192.0.2.10", "vip_address": "192.0.2.11"}, ("192.0.2.10",)),
        ({"address": "", "vip_address": "192.0.2.11"}, ("192.0.2.11",)),
        ({"address": "192.0.2.10, 2001:db8::10"}, ("192.0.2.10", "2001:db8::10")),
        ({"address": "api.example.org"}, ("api.example.org",)),
        ({}, ()),
    ],
)
def test_the_address_goes_before_its_older_name(env: Object, addresses: tuple[str, ...]) -> None:
    assert seen(env).addresses == addresses


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_what_go_takes_for_true_is_true(text: str) -> None:
    assert seen({"cp_enable": text}).is_control_plane


@pytest.mark.parametrize("text", ["", "0", "false", "yes", "tRUE", " true"])
def test_anything_else_is_not(text: str) -> None:
    assert not seen({"cp_enable": text}).is_control_plane


def test_a_variable_whose_value_stands_elsewhere_counts_as_empty() -> None:
    of = pod({})
    of["spec"]["containers"][1]["env"] = [
        {"name": "address", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    ]
    assert record("Pod", of).addresses == ()


@pytest.mark.parametrize(
    ("env", "classes"),
    [
        ({}, ("", KUBE_VIP_CLASS)),
        ({"lb_class_only": "true"}, (KUBE_VIP_CLASS,)),
        ({"lb_class_name": "example.org/vip"}, ("", "example.org/vip")),
        ({"lb_class_name": "example.org/vip", "lb_class_only": "true"}, ("example.org/vip",)),
        (
            {"lb_class_name": "example.org/vip", "lb_class_legacy_handling": "false"},
            ("example.org/vip",),
        ),
        ({"lb_class_name": "", "lb_class_legacy_handling": "false"}, ("",)),
    ],
)
def test_a_pod_tells_which_classes_it_serves(env: Object, classes: tuple[str, ...]) -> None:
    assert seen({"svc_enable": "true", **env}).classes == classes


def test_a_pod_that_serves_no_services_serves_no_class() -> None:
    assert seen({"lb_class_name": "example.org/vip"}).classes == ()


@pytest.mark.parametrize(
    "container",
    [
        {"name": "kube-vip", "image": "registry.example:5000/mirror/kv:v1"},
        {"name": "manager", "image": "ghcr.io/kube-vip/kube-vip:v0.8.4@sha256:0123"},
    ],
)
def test_a_pod_is_told_by_its_container_or_its_image(container: Object) -> None:
    assert len(read("Pod", pod({}, **container)).records) == 1


@pytest.mark.parametrize(
    "image", ["kube-vip-cloud-provider:v0.0.10", "coredns:1", "registry.example/kube-vip/other:v1"]
)
def test_other_pods_are_not_kept(image: str) -> None:
    assert read("Pod", pod({"cp_enable": "true"}, name="kvcp", image=image)).records == ()


def lease(name: str = "plndr-cp-lock", namespace: str = "kube-system", **spec: Any) -> Object:
    return {
        "metadata": meta(name, namespace),
        "spec": {"holderIdentity": "cp-0", "leaseDurationSeconds": 15, "leaseTransitions": 3, **spec},
    }


def test_a_lease_tells_its_holder_and_when_it_was_renewed() -> None:
    assert record("Lease", lease(renewTime="2026-02-01T10:00:00.123456Z")) == SeenLease(
        Ref("Lease", "kube-system", "plndr-cp-lock", "uid-of-plndr-cp-lock"),
        "cp-0",
        15,
        "2026-02-01T10:00:00.123456Z",
    )


def test_a_lease_that_nobody_has_taken_yet_is_empty() -> None:
    found = record("Lease", {"metadata": meta("new", "kube-system"), "spec": None})
    assert (found.holder, found.duration_seconds, found.renewed_at) == ("", 0, "")


def test_the_leases_of_nodes_are_not_kept() -> None:
    assert read("Lease", lease("cp-0", "kube-node-lease")).records == ()


def test_a_lease_that_was_renewed_at_no_time_is_reported() -> None:
    reason = unreadable("Lease", lease(renewTime="yesterday")).reason
    assert reason == "'yesterday': spec.renewTime is not a UTC time"
