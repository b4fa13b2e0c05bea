"""Addresses in use, Services, and what is told of each."""

from dataclasses import replace

import pytest

from ipviz.clusters.models import Subnet
from ipviz.clusters.subnets import declare
from tests.api.asking import Api
from tests.api.conftest import BETA, MANAGEMENT, Estate
from tests.builders import seen_address, seen_kube_vip, seen_lease, seen_service, seen_vm
from tests.factories import minutes, see, segment

HOSTILE = "<script>alert('1')</script>\u202e\u0000\"; DROP TABLE"


def held(api: Api, **asked: str) -> list[tuple[str, str, str, str]]:
    return [
        (row["address"], row["cluster"], row["role"], row["name"]) for row in api.rows("addresses/", **asked)
    ]


def test_there_is_a_row_for_each_object_that_states_an_address(api: Api) -> None:
    assert held(api) == [
        ("192.0.2.31", "beta", "NODE", "beta-0"),
        ("192.0.2.233", "gmc", "ALLOC", "alpha"),
        ("192.0.2.233", "gmc", "CPE", "alpha"),
        ("192.0.2.233", "hmc", "CPE", "delta"),
        ("192.0.2.236", "gmc", "CPE", "gamma"),
        ("192.0.2.236", "beta", "SVC", "ingress"),
        ("2001:db8::31", "beta", "NODE", "beta-0"),
    ]


def test_an_allocation_in_full(api: Api) -> None:
    assert api.rows("addresses/", role="ALLOC") == [
        {
            "address": "192.0.2.233",
            "prefix": 25,
            "segment": "default",
            "subnet": "192.0.2.0/24",
            "role": "ALLOC",
            "tracked": True,
            "consumer": "gmc/org-acme/alpha cp",
            "cluster": "gmc",
            "cluster_path": "gmc",
            "kind": "IPAddress",
            "namespace": "org-acme",
            "name": "alpha",
            "first_seen": "2026-01-15T09:00:00Z",
            "last_seen": "2026-01-15T09:09:00Z",
            "stale": False,
        }
    ]


def test_what_lies_in_no_subnet_and_serves_nobody_says_so(api: Api, estate: Estate) -> None:
    see(estate.gmc, seen_address("198.51.100.7", "hand-made"), at=minutes(9.5))
    row = api.rows("addresses/", within="198.51.100.0/24")[0]
    assert (row["subnet"], row["consumer"], row["prefix"]) == (None, None, 24)
    assert api.rows("addresses/", within="2001:db8::/64")[0]["prefix"] is None


def test_the_smallest_subnet_of_its_own_segment_counts(api: Api) -> None:
    for name, cidr in (("default", "192.0.2.128/25"), ("default", "192.0.0.0/16"), ("lab", "192.0.2.233/32")):
        declare(segment(name), cidr)
    assert Subnet.objects.count() == 5
    subnets = {(row["segment"], row["address"]): row["subnet"] for row in api.rows("addresses/")}
    assert subnets[("default", "192.0.2.31")] == "192.0.2.0/24"
    assert subnets[("default", "192.0.2.233")] == "192.0.2.128/25"
    assert subnets[("lab", "192.0.2.233")] == "192.0.2.233/32"


def test_tracked_is_what_an_ipaddress_of_the_same_segment_has(api: Api) -> None:
    tracked = {(r["cluster"], r["role"], r["address"]): r["tracked"] for r in api.rows("addresses/")}
    assert tracked[("gmc", "CPE", "192.0.2.233")] is True
    assert tracked[("hmc", "CPE", "192.0.2.233")] is False
    assert tracked[("gmc", "CPE", "192.0.2.236")] is False
    for wanted in (True, False):
        listed = api.rows("addresses/", tracked=str(wanted))
        assert len(listed) == list(tracked.values()).count(wanted)
        assert {row["tracked"] for row in listed} == {wanted}


def test_what_cannot_be_read_now_stays_and_is_stale(api: Api, estate: Estate) -> None:
    estate.seen(9.5, unread=("Service",))
    row = api.rows("addresses/", role="SVC")[0]
    assert (row["stale"], row["last_seen"]) == (True, "2026-01-15T09:09:00Z")
    node = api.rows("addresses/", role="NODE")[0]
    assert (node["stale"], node["last_seen"]) == (False, "2026-01-15T09:09:30Z")


@pytest.mark.parametrize(
    ("asked", "addresses"),
    [
        ({"segment": "lab"}, ["192.0.2.233"]),
        ({"cluster": "beta"}, ["192.0.2.31", "192.0.2.236", "2001:db8::31"]),
        ({"cluster": "gmc/org-acme/beta", "role": "SVC"}, ["192.0.2.236"]),
        ({"within": "192.0.2.232/30", "segment": "default"}, ["192.0.2.233", "192.0.2.233"]),
        ({"within": "2001:0db8::/32"}, ["2001:db8::31"]),
        ({"within": "::ffff:192.0.2.31/128"}, ["192.0.2.31"]),
        ({"q": "BETA"}, ["192.0.2.31", "2001:db8::31"]),
        ({"role": "SVC,ALLOC"}, ["192.0.2.233", "192.0.2.236"]),
        ({"role": "CPVIP"}, []),
        ({"role": "", "within": "", "segment": "lab"}, ["192.0.2.233"]),
    ],
)
def test_they_are_filtered(api: Api, asked: dict[str, str], addresses: list[str]) -> None:
    assert [row["address"] for row in api.rows("addresses/", **asked)] == addresses


def test_a_service_wants_one_thing_and_has_another(api: Api) -> None:
    service = api.rows("services/")[0]
    assert service == {
        "cluster": "beta",
        "cluster_path": "gmc/org-acme/beta",
        "segment": "default",
        "namespace": "kube-system",
        "name": "ingress",
        "desired": ["192.0.2.236", "pending.example.org"],
        "advertised": ["192.0.2.236"],
        "addresses": ["192.0.2.236"],
        "external_ips": [],
        "holder": "beta-0",
        "ports": ["TCP/80", "UDP/53"],
        "load_balancer_class": None,
        "ip_mode": "VIP",
        "ignored": False,
        "first_seen": "2026-01-15T09:00:00Z",
        "last_seen": "2026-01-15T09:09:00Z",
        "stale": False,
    }


def test_a_service_without_annotation_wants_what_its_spec_says(api: Api, estate: Estate) -> None:
    services = (
        seen_service("by-spec", spec_ip="192.0.2.50"),
        seen_service("empty", annotation="", spec_ip="192.0.2.51"),
        seen_service("nothing"),
    )
    see(estate.beta, *services, at=minutes(9.5))
    desired = {row["name"]: row["desired"] for row in api.rows("services/")}
    assert desired == {"by-spec": ["192.0.2.50"], "empty": [], "nothing": []}


def test_who_answers_for_a_service_may_be_told_by_a_lease(api: Api, estate: Estate) -> None:
    service = seen_service("web", annotation="192.0.2.50", status=["192.0.2.50"], external_ips=["192.0.2.51"])
    records = (service, seen_kube_vip(serves=True), seen_lease("plndr-svcs-lock", "beta-1"))
    see(estate.beta, *records, at=minutes(9.5))
    (told,) = api.rows("services/")
    assert (told["holder"], told["external_ips"]) == ("beta-1", ["192.0.2.51"])


def test_a_service_behind_a_proxy_or_a_host_name_says_so(api: Api, estate: Estate) -> None:
    services = (
        seen_service("far", status=["192.0.2.50"], mode="Proxy", ignored=True),
        replace(seen_service("named"), hostnames=("lb.example.org",)),
    )
    see(estate.beta, *services, at=minutes(9.5))
    told = {row["name"]: (row["advertised"], row["ip_mode"], row["ignored"]) for row in api.rows("services/")}
    assert told == {"far": (["192.0.2.50"], "Proxy", True), "named": (["lb.example.org"], None, False)}


def test_a_prefix_that_was_handed_out_is_listed_by_its_first_address(api: Api, estate: Estate) -> None:
    kind = "GlobalInClusterPrefixPool"
    prefix = seen_address("2001:db8:0:1::", "one", pool="pods", pool_kind=kind, prefix=64)
    see(estate.gmc, *MANAGEMENT, prefix, at=minutes(9.5))
    (told,) = api.rows("addresses/", within="2001:db8:0:1::77/128")
    assert (told["address"], told["prefix"], told["role"]) == ("2001:db8:0:1::", 64, "ALLOC")


def test_only_load_balancers_are_listed_as_services(api: Api, estate: Estate) -> None:
    services = (
        seen_service("plain", external_ips=["192.0.2.51"], is_load_balancer=False),
        seen_service("ghost", annotation="192.0.2.52", labelled=True, is_load_balancer=False),
        seen_service("web", annotation="192.0.2.50"),
    )
    see(estate.beta, *services, at=minutes(9.5))
    assert api.names("services/") == ["web"]
    assert [(row["role"], row["name"]) for row in api.rows("addresses/", within="192.0.2.50/31")] == [
        ("SVC", "web"),
        ("EXTIP", "plain"),
    ]


def test_what_kube_vip_announces_and_what_a_management_cluster_sees_of_a_machine_are_addresses(
    api: Api, estate: Estate
) -> None:
    see(estate.beta, seen_kube_vip("kube-vip-beta-0", "192.0.2.40"), at=minutes(9.5))
    see(estate.gmc, *MANAGEMENT, seen_vm("beta-0", "192.0.2.41"), at=minutes(9.5))
    told = [
        (row["address"], row["cluster"], row["role"], row["consumer"], row["kind"])
        for row in api.rows("addresses/", within="192.0.2.40/31")
    ]
    assert told == [
        ("192.0.2.40", "beta", "CPVIP", "gmc/org-acme/beta cp", "Pod"),
        ("192.0.2.41", "gmc", "NODE", "gmc/org-acme/beta machine", "VSphereVM"),
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"within": "192.0.2.236/32"}, ["ingress"]),
        ({"within": "192.0.2.237/32"}, []),
        ({"cluster": "beta"}, ["ingress"]),
        ({"cluster": "gmc"}, []),
        ({"segment": "lab"}, []),
        ({"q": "gres"}, ["ingress"]),
    ],
)
def test_services_are_filtered(api: Api, asked: dict[str, str], names: list[str]) -> None:
    assert api.names("services/", **asked) == names


def test_an_object_of_the_same_uid_elsewhere_is_not_meant(api: Api, estate: Estate) -> None:
    """An export without uids leaves namespace and name, which two clusters may share."""
    twin = replace(seen_service("ingress", namespace="kube-system"), annotation="192.0.2.77")
    see(estate.gmc, *MANAGEMENT, twin, at=minutes(9.5))
    assert [row["cluster"] for row in api.rows("services/", within="192.0.2.77/32")] == ["gmc"]


def test_a_hostile_name_is_only_text(api: Api, estate: Estate) -> None:
    name = HOSTILE.replace("\u0000", "")
    see(estate.beta, *BETA, seen_service(name, annotation="192.0.2.99"), at=minutes(9.5))
    reply = api.client.get("/api/v1/services/", {"q": name})
    assert reply["Content-Type"] == "application/json"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply.json()["results"][0]["name"] == name
    assert api.get("lookup/192.0.2.99/").body["holders"][0]["name"] == name


@pytest.mark.parametrize("path", ["addresses/", "subnets/", "pools/", "findings/", "clusters/", "services/"])
@pytest.mark.parametrize("address", ["192.0.2.236", "2001:db8::31", "203.0.113.9"])
def test_what_contains_an_address_is_asked_for(api: Api, path: str, address: str) -> None:
    length = 128 if ":" in address else 32
    assert api.rows(path, contains=address) == api.rows(path, within=f"{address}/{length}")


def test_an_address_that_is_none_is_refused(api: Api) -> None:
    assert "is not an address" in api.refused("addresses/", contains="beta")["contains"][0]
    assert "without `within`" in api.refused("addresses/", contains="::1", within="::/0")["contains"][0]
