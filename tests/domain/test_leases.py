"""When a lease has lapsed, and who answers for what."""

from datetime import timedelta

import pytest

from ipviz.domain.leases import Holders, settled
from ipviz.domain.seen import Observation, Read, SeenKubeVip, SeenLease, SeenService, Unread
from tests.builders import AT, ref, seen_kube_vip, seen_lease, seen_service

SHARED = seen_lease("plndr-svcs-lock", "node-0")


def renewed(seconds: float, *, duration: int = 15) -> SeenLease:
    at = (AT - timedelta(seconds=seconds)).isoformat()
    return SeenLease(ref("Lease", "plndr-cp-lock", "kube-system"), "cp-0", duration, at)


def after(lease: SeenLease, *others: SeenLease) -> SeenLease:
    """The lease as it is kept, beside one that was renewed just now unless others are given."""
    now = SeenLease(ref("Lease", "kube-scheduler", "kube-system"), "cp-1", 15, AT.isoformat())
    found = settled(Observation({"Lease": Read((lease, *(others or (now,))))}), AT).kinds["Lease"]
    assert isinstance(found, Read)
    first = found.records[0]
    assert isinstance(first, SeenLease)
    return first


@pytest.mark.parametrize(
    ("seconds", "lapsed"), [(0, False), (30, False), (30.1, True), (9e7, True), (-600, False)]
)
def test_a_lease_lapses_after_twice_its_duration(seconds: float, lapsed: bool) -> None:
    assert after(renewed(seconds)).lapsed is lapsed


def test_the_time_is_that_of_the_cluster_and_not_ours() -> None:
    """Of a dump, or where clocks differ, every lease is as old as the others."""
    assert not after(renewed(9e7), renewed(9e7 + 20)).lapsed
    assert after(renewed(9e7), renewed(9e7 - 40)).lapsed
    assert not after(renewed(0), renewed(-600)).lapsed


def test_a_heartbeat_changes_nothing() -> None:
    assert after(renewed(3)) == after(renewed(12))
    assert after(renewed(3)).renewed_at == ""


@pytest.mark.parametrize("duration", [0, -1, 2**63 - 1])
def test_a_lease_of_no_or_endless_duration_does_not_lapse(duration: int) -> None:
    assert not after(renewed(9e7, duration=duration)).lapsed


def test_a_lease_that_is_settled_stays_as_it_is() -> None:
    for seconds in (3, 900):
        once = after(renewed(seconds))
        assert after(once) == once


def test_other_kinds_and_unread_leases_are_left_alone() -> None:
    service = Read((seen_service("web"),))
    seen = Observation({"Service": service, "Lease": Unread("403 Forbidden")}, retry_after=3)
    assert settled(seen, AT) == seen
    assert settled(Observation({"Service": service}), AT).kinds == {"Service": service}
    assert settled(Observation({"Service": service, "Lease": Read()}), AT).kinds["Service"] is service


def holder(
    service: SeenService, *leases: SeenLease, pods: tuple[SeenKubeVip, ...] = (seen_kube_vip(serves=True),)
) -> str:
    return Holders.of(leases, pods).of_service(service)


def advertised(*, holder: str = "", lease: str = "") -> SeenService:
    return seen_service("web", annotation="192.0.2.7", status=["192.0.2.7"], holder=holder, lease=lease)


def test_the_annotation_says_who_answers_for_a_service_whatever_leases_say() -> None:
    assert holder(advertised(holder="node-1"), SHARED) == "node-1"


def test_where_one_node_serves_all_services_its_lease_says_which() -> None:
    assert holder(advertised(), SHARED) == "node-0"


def test_where_each_service_has_a_leader_its_own_lease_says_which() -> None:
    pods = (seen_kube_vip(serves=True, elects=True),)
    own = seen_lease("kubevip-web", "node-2", namespace="shop")
    assert holder(advertised(), SHARED, own, pods=pods) == "node-2"
    assert holder(advertised(), SHARED, pods=pods) == ""


@pytest.mark.parametrize("name", ["common", "shop/common"])
def test_services_may_share_a_lease_by_name(name: str) -> None:
    common = seen_lease("common", "node-3", namespace="shop")
    pods = (seen_kube_vip(serves=True, elects=True),)
    assert holder(advertised(lease=name), common, pods=pods) == "node-3"


def test_a_lease_by_name_may_lie_in_another_namespace() -> None:
    common = seen_lease("common", "node-3", namespace="lb")
    pods = (seen_kube_vip(serves=True, elects=True),)
    assert holder(advertised(lease="lb/common"), common, pods=pods) == "node-3"


def test_a_lease_that_is_left_over_from_elections_for_each_service_says_nothing() -> None:
    left = seen_lease("kubevip-web", "node-2", namespace="shop")
    assert holder(advertised(), SHARED, left) == "node-0"


def test_where_no_pod_was_seen_a_services_own_lease_still_tells() -> None:
    own = seen_lease("kubevip-web", "node-2", namespace="shop")
    assert holder(advertised(), SHARED, own, pods=()) == "node-2"
    assert holder(advertised(), SHARED, pods=()) == ""


def test_pods_of_the_control_plane_alone_say_nothing_of_services() -> None:
    assert holder(advertised(), SHARED, pods=(seen_kube_vip("kube-vip-cp-0", "192.0.2.10"),)) == ""


@pytest.mark.parametrize(
    "service",
    [
        seen_service("web", annotation="192.0.2.7"),
        seen_service("web", annotation="192.0.2.7", status=["192.0.2.7"], ignored=True),
        seen_service("web", annotation="192.0.2.7", status=["192.0.2.7"], is_load_balancer=False),
    ],
)
def test_a_service_that_is_not_advertised_is_held_by_nobody(service: SeenService) -> None:
    assert holder(service, SHARED) == ""


def test_a_lapsed_lease_and_one_without_holder_tell_of_nobody() -> None:
    assert holder(advertised(), seen_lease("plndr-svcs-lock", "node-0", lapsed=True)) == ""
    assert holder(advertised(), seen_lease("plndr-svcs-lock", "")) == ""
