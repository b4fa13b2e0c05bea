"""kube-vip and its cloud provider, by the cases of tests/data/vectors.json."""

from typing import Any

import pytest

from ipviz.domain.kubevip import (
    KUBE_VIP_CLASS,
    KubeVip,
    LiveRange,
    choose_config_map,
    effective_addresses,
    external_addresses,
    is_foreign,
    live_ranges,
    lookup_key,
    next_address,
    occupied_addresses,
    parse_value,
    provider_version,
)
from ipviz.domain.seen import Ingress, SeenCloudProvider, SeenKubeVip, SeenService
from ipviz.domain.spans import count
from tests.builders import seen_config_map, seen_kube_vip, seen_provider, seen_service, span, spans
from tests.vectors import VECTORS

READINGS = {
    "v0.0.10+": [("v0.0.10", False), ("v0.0.12", False), ("", False), ("0.0.11-gs1", False)],
    "v0.0.10+ skip-end-ips": [("v0.0.10", True), ("", True)],
    "v0.0.4-v0.0.5": [("v0.0.4", False), ("0.0.5", False), ("v0.0.5", True)],
}
CASES = [
    pytest.param(vector["value"], version, skips, vector[column], id=f"{vector['value']} {version} {skips}")
    for vector in VECTORS["kvcp_values"]
    for column, readings in READINGS.items()
    for version, skips in readings
    if column in vector
]


@pytest.mark.parametrize(("value", "version", "skips", "expected"), CASES)
def test_a_value_is_read_as_its_version_reads_it(
    value: str, version: str, skips: bool, expected: list[str] | str
) -> None:
    read = parse_value(value, version=version, skips_ends=skips)
    if expected == "dhcp":
        assert read.dhcp
        assert not read.spans
    elif isinstance(expected, str):
        assert read.error
        assert not read.spans
    else:
        assert [str(each) for each in read.spans] == expected


def test_skipping_ends_is_unknown_before_v0_0_10() -> None:
    assert parse_value("10.0.0.8/29", version="v0.0.9", skips_ends=True).spans == spans("10.0.0.8-10.0.0.15")


def test_a_range_too_wide_to_cut_stays_whole() -> None:
    assert parse_value("10.0.0.0/8").spans == spans("10.0.0.0/8")
    assert len(parse_value("10.0.0.0/16").spans) == 256


def test_ipv6_knows_no_ends_of_24s() -> None:
    assert count(parse_value("fd00::/120,10.0.0.0/30", skips_ends=True).spans) == 256 + 2


@pytest.mark.parametrize("vector", VECTORS["kvcp_pool_lookup"], ids=lambda v: str(sorted(v["data"])))
def test_a_namespace_is_served_by_the_first_key_of_the_search(vector: dict[str, Any]) -> None:
    key = lookup_key(vector["data"], vector["ns"])
    assert key == vector["uses"]
    live = {each.key: each for each in live_ranges(seen_config_map(data=vector["data"]))}
    if key and "error" not in vector:
        assert live[key].namespace == (vector["ns"] if vector["scope"] == "namespace" else "")
    else:
        assert not live


def test_a_shadowed_key_is_no_live_range() -> None:
    data = {
        "cidr-dev": "10.0.0.0/30",
        "range-dev": "10.0.1.1-10.0.1.2",
        "range-shop": "10.0.2.1-10.0.2.2",
        "cidr-global": "10.0.3.8/30",
        "range-global": "10.0.4.1-10.0.4.2",
        "allow-share-dev": "true",
        "skip-end-ips-in-cidr": "true",
    }
    assert [each.key for each in live_ranges(seen_config_map(data=data))] == ["cidr-dev", "cidr-global"]
    assert [each.spans for each in live_ranges(seen_config_map(data=data))] == [
        spans("10.0.0.1-10.0.0.2"),
        spans("10.0.3.9-10.0.3.10"),
    ]


def test_a_value_that_serves_nobody_makes_no_range() -> None:
    data = {"cidr-dev": "0.0.0.0/32", "cidr-shop": "nonsense", "range-db": "", "cidr-": "10.0.0.1/32"}
    assert live_ranges(seen_config_map(data=data)) == ()


def test_the_deployment_says_which_config_map_is_live() -> None:
    maps = [
        seen_config_map("kubevip"),
        seen_config_map("kube-vip-cloud-provider"),
        seen_config_map("ours", namespace="net"),
    ]
    assert choose_config_map([seen_provider("ours", namespace="net")], maps) == maps[2]
    assert choose_config_map([seen_provider("kubevip")], maps) == maps[0]


def test_without_a_deployment_the_usual_names_are_tried() -> None:
    upstream, app = seen_config_map("kubevip"), seen_config_map("kube-vip-cloud-provider")
    elsewhere = seen_config_map("kubevip", namespace="default")
    assert choose_config_map([], [elsewhere, upstream, app]) == app
    assert choose_config_map([], [elsewhere, upstream]) == upstream
    assert choose_config_map([], [elsewhere]) is None


def test_a_config_map_that_is_named_and_missing_is_replaced_by_no_other() -> None:
    assert choose_config_map([seen_provider("ours")], [seen_config_map("kubevip")]) is None


def test_the_version_is_that_of_the_provider_that_reads_the_map() -> None:
    providers = [seen_provider("ours", version="v0.0.5"), seen_provider("kubevip", version="v0.0.10")]
    assert provider_version(providers, seen_config_map("kubevip")) == "v0.0.10"
    assert provider_version(providers, seen_config_map("theirs")) == ""


@pytest.mark.parametrize("vector", VECTORS["kube_vip_effective_ips"], ids=lambda v: str(v["note"]))
def test_a_service_has_the_addresses_that_kube_vip_resolves(vector: dict[str, Any]) -> None:
    service = seen_service("web", annotation=vector["ann"], spec_ip=vector["spec"], status=vector["status"])
    effective = effective_addresses(service)
    assert [str(each) for each in effective.ips] == vector["ips"]
    assert list(effective.hostnames) == vector.get("hostnames", [])
    assert effective.dhcp == ("0.0.0.0" in vector["ips"])


@pytest.mark.parametrize(
    ("service", "occupied"),
    [
        pytest.param(
            seen_service("a", annotation="10.0.0.5", status=["10.0.0.7"]), ["10.0.0.5"], id="annotated"
        ),
        pytest.param(
            seen_service("a", annotation="10.0.0.5,fd00::5"), ["10.0.0.5", "fd00::5"], id="dual stack"
        ),
        pytest.param(
            seen_service("a", annotation="0.0.0.0", status=["10.0.0.77"], requested_ip="10.0.0.70"),
            ["10.0.0.77"],
            id="a lease counts as advertised",
        ),
        pytest.param(
            seen_service("a", annotation="0.0.0.0", requested_ip="10.0.0.70"),
            ["10.0.0.70"],
            id="a lease without status counts as asked for",
        ),
        pytest.param(
            seen_service("a", annotation="0.0.0.0", status=["0.0.0.0"], requested_ip="10.0.0.70"),
            ["10.0.0.70"],
            id="a placeholder is no status",
        ),
        pytest.param(seen_service("a", annotation="0.0.0.0"), [], id="a lease to come is nothing"),
        pytest.param(
            seen_service("a", annotation="lb.example.com", status=["10.0.0.9"]),
            ["10.0.0.9"],
            id="a host name counts as advertised",
        ),
        pytest.param(
            seen_service("a", annotation="10.0.0.5,lb.example.com", status=["10.0.0.5", "10.0.0.9"]),
            ["10.0.0.5", "10.0.0.9"],
            id="an address beside a host name",
        ),
        pytest.param(
            seen_service("a", annotation="", status=["10.0.0.7"]), ["10.0.0.7"], id="empty annotation"
        ),
        pytest.param(seen_service("a", spec_ip="10.0.0.6"), ["10.0.0.6"], id="spec alone"),
        pytest.param(seen_service("a", spec_ip="lb.example.com"), [], id="a spec that is no address"),
        pytest.param(seen_service("a"), [], id="pending"),
        pytest.param(
            seen_service("a", status=["10.0.0.7", "8.8.4.4"]),
            ["10.0.0.7"],
            id="the router's public address, which UPnP adds, is not the Service's",
        ),
        pytest.param(seen_service("a", status=["8.8.4.4"]), ["8.8.4.4"], id="a public address alone is"),
    ],
)
def test_a_service_occupies_what_it_really_holds(service: SeenService, occupied: list[str]) -> None:
    assert [str(each) for each in occupied_addresses(service)] == occupied


def test_an_address_behind_a_proxy_is_left_out_where_another_is_a_vip() -> None:
    service = SeenService(
        seen_service("a").ref, ingress=(Ingress("10.0.0.8", "Proxy"), Ingress("10.0.0.7", "VIP"))
    )
    assert occupied_addresses(service) == (span("10.0.0.7"),)
    assert not is_foreign(service)


def test_a_service_of_another_load_balancer_or_behind_a_proxy_is_foreign() -> None:
    assert is_foreign(seen_service("a", load_balancer_class="metallb.io/metallb"))
    assert is_foreign(seen_service("a", status=["10.0.0.7"], mode="Proxy"))
    assert not is_foreign(seen_service("a", status=["10.0.0.7"]))


def test_a_namespaces_own_range_comes_before_the_range_for_all() -> None:
    data = {"range-dev": "10.0.0.1-10.0.0.5", "range-global": "10.0.1.1-10.0.1.5"}
    assert [lookup_key(data, namespace) for namespace in ("dev", "shop")] == ["range-dev", "range-global"]
    assert [each.namespace for each in live_ranges(seen_config_map(data=data))] == ["dev", ""]


OURS = "example.org/vip"
ONLY = seen_kube_vip(serves=True, classes=[OURS])
LEGACY = seen_kube_vip(serves=True)


@pytest.mark.parametrize(
    ("pods", "providers", "served"),
    [
        pytest.param([], [], {"", KUBE_VIP_CLASS}, id="where nothing is known, the defaults"),
        pytest.param([], [seen_provider()], {"", KUBE_VIP_CLASS}, id="a provider as ever"),
        pytest.param(
            [], [seen_provider(load_balancer_class=OURS)], {"", KUBE_VIP_CLASS, OURS}, id="a provider's class"
        ),
        pytest.param([LEGACY], [], {"", KUBE_VIP_CLASS}, id="pods as ever"),
        pytest.param([ONLY], [], {KUBE_VIP_CLASS, OURS}, id="pods that keep to a class"),
        pytest.param(
            [ONLY], [seen_provider()], {"", KUBE_VIP_CLASS, OURS}, id="the provider hands out to more"
        ),
        pytest.param([ONLY, LEGACY], [], {"", KUBE_VIP_CLASS, OURS}, id="pods of two kinds"),
        pytest.param([seen_kube_vip("a", "10.0.0.1")], [], {"", KUBE_VIP_CLASS}, id="control plane only"),
    ],
)
def test_a_class_is_ours_where_kube_vip_or_its_provider_serves_it(
    pods: list[SeenKubeVip], providers: list[SeenCloudProvider], served: set[str]
) -> None:
    ours = KubeVip.of(pods, providers)
    classes = {"", KUBE_VIP_CLASS, OURS, "metallb.io/metallb"}
    found = {each for each in classes if not is_foreign(seen_service("a", load_balancer_class=each), ours)}
    assert found == served


def test_a_service_on_another_vlan_is_foreign() -> None:
    assert is_foreign(seen_service("a", annotation="10.0.0.7", vlan="12"))


def test_a_service_on_another_interface_is_foreign_where_kube_vips_own_is_known() -> None:
    ours = KubeVip.of([seen_kube_vip(serves=True, interfaces=["ens192", "ens224"])], [])
    assert is_foreign(seen_service("a", interface="ens256"), ours)
    for interface in ("", "ens192", "ens224"):
        assert not is_foreign(seen_service("a", interface=interface), ours)
    assert not is_foreign(seen_service("a", interface="ens256"))


def test_a_service_of_another_type_holds_no_address_whatever_it_carries() -> None:
    ghost = seen_service("a", annotation="10.0.0.7", labelled=True, is_load_balancer=False)
    assert occupied_addresses(ghost) == ()


def test_an_external_address_counts_once_and_not_beside_its_own() -> None:
    service = seen_service(
        "a", annotation="10.0.0.7", external_ips=["10.0.0.7", "10.0.0.8", "::ffff:10.0.0.8", "fd00::8"]
    )
    assert external_addresses(service) == spans("10.0.0.8", "fd00::8")
    plain = seen_service("a", annotation="10.0.0.7", external_ips=["10.0.0.7"], is_load_balancer=False)
    assert external_addresses(plain) == spans("10.0.0.7")


def only_range(data: dict[str, str], version: str = "v0.0.10") -> LiveRange:
    (live,) = live_ranges(seen_config_map(data=data), version)
    return live


RANGE = {"range-global": "10.0.0.1-10.0.0.3"}


def held(name: str, annotation: str | None, *, namespace: str = "shop", labelled: bool = True) -> SeenService:
    return seen_service(name, namespace=namespace, annotation=annotation, labelled=labelled)


def test_the_next_service_gets_the_lowest_free_address() -> None:
    live = only_range(RANGE)
    assert next_address(live, []) == span("10.0.0.1")
    assert next_address(live, [held("a", "10.0.0.1"), held("b", "10.0.0.3")]) == span("10.0.0.2")
    assert next_address(live, [held("a", "10.0.0.1,10.0.0.2"), held("b", "10.0.0.3")]) is None


@pytest.mark.parametrize(
    ("version", "following"), [("v0.0.8", "10.0.0.1"), ("v0.0.9", "10.0.0.3"), ("", "10.0.0.3")]
)
def test_or_the_highest_where_it_is_told_so_and_knows_of_it(version: str, following: str) -> None:
    assert next_address(only_range(RANGE | {"search-order": "desc"}, version), []) == span(following)
    assert next_address(only_range(RANGE | {"search-order": "down"}, version), []) == span("10.0.0.1")


def test_the_provider_does_not_know_of_a_service_without_its_label() -> None:
    assert next_address(only_range(RANGE), [held("a", "10.0.0.1", labelled=False)]) == span("10.0.0.1")


def test_a_service_of_another_type_still_keeps_its_address() -> None:
    ghost = seen_service("a", annotation="10.0.0.1", labelled=True, is_load_balancer=False)
    assert next_address(only_range(RANGE), [ghost]) == span("10.0.0.2")


def test_for_a_namespaces_range_the_services_of_others_do_not_count() -> None:
    live = only_range({"range-shop": "10.0.0.1-10.0.0.3"})
    assert next_address(live, [held("a", "10.0.0.1", namespace="db")]) == span("10.0.0.1")
    assert next_address(live, [held("a", "10.0.0.1")]) == span("10.0.0.2")


@pytest.mark.parametrize("annotation", ["lb.example.org", "10.0.0.1, 10.0.0.2", ""])
def test_one_annotation_that_cannot_be_read_stops_the_provider(annotation: str) -> None:
    assert next_address(only_range(RANGE), [held("a", annotation)]) is None
    assert next_address(only_range(RANGE), [held("a", None)]) == span("10.0.0.1")


def test_each_family_has_its_own_next_address() -> None:
    live = only_range({"range-global": "10.0.0.1-10.0.0.3,fd00::1-fd00::3"})
    assert next_address(live, [held("a", "fd00::1")], 6) == span("fd00::2")
    assert next_address(live, [held("a", "fd00::1")], 4) == span("10.0.0.1")


@pytest.mark.parametrize(
    ("key", "value", "version", "is_shared"),
    [
        ("allow-share-global", "true", "v0.0.10", True),
        ("allow-share-global", "1", "", True),
        ("allow-share-global", "yes", "v0.0.10", False),
        ("allow-share-global", "true", "v0.0.9", False),
        ("allow-share-db", "true", "v0.0.10", False),
    ],
)
def test_where_addresses_are_shared_chance_has_a_say(
    key: str, value: str, version: str, is_shared: bool
) -> None:
    live = only_range(RANGE | {key: value}, version)
    assert live.is_shared is is_shared
    assert next_address(live, []) == span("10.0.0.1")
    assert next_address(live, [held("a", "10.0.0.1")]) == (None if is_shared else span("10.0.0.2"))


def test_a_namespaces_own_word_on_sharing_goes_before_that_for_all() -> None:
    data = {
        "range-shop": "10.0.0.1-10.0.0.3", "allow-share-shop": "false", "allow-share-global": "true"
    }  # fmt: skip
    assert not only_range(data).is_shared


def test_a_daemon_set_of_the_provider_names_its_config_map_too() -> None:
    provider = seen_provider("ranges", kind="DaemonSet")
    maps = [seen_config_map("kubevip"), seen_config_map("ranges")]
    assert choose_config_map([provider], maps) == maps[1]
