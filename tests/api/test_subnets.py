"""Subnets in numbers, and their maps as data."""

import pytest

from ipviz.clusters.subnets import infer
from ipviz.domain.spans import parse_network
from tests.api.asking import Api
from tests.api.conftest import MANAGEMENT, Estate
from tests.builders import seen_pool, span
from tests.factories import minutes, see, segment


def test_a_subnets_numbers_add_up(api: Api, estate: Estate) -> None:
    subnet = api.rows("subnets/", segment="default")[0]
    assert subnet == {
        "id": estate.subnet.pk,
        "segment": "default",
        "name": "prod-a",
        "cidr": "192.0.2.0/24",
        "declared": True,
        "inferred_from": [],
        "gateway": "192.0.2.1",
        "dhcp": ["192.0.2.20-192.0.2.150"],
        "planned": False,
        "size": 256,
        "tracked": 1,
        "untracked": 2,
        "nodes": 1,
        "colliding": 1,
        "reserved": 3,
        "free": 250,
        "findings": len(api.rows("findings/", within="192.0.2.0/24", segment="default")),
    }
    parts = ("tracked", "untracked", "reserved", "free")
    assert sum(subnet[part] for part in parts) == subnet["size"]


def test_an_inferred_subnet_says_so_and_from_what(api: Api, estate: Estate) -> None:
    infer(segment(), [parse_network("198.51.100.0/24")])
    see(
        estate.gmc,
        *MANAGEMENT,
        seen_pool("198.51.100.8/29", name="other", gateway="198.51.100.1"),
        at=minutes(9.5),
    )
    (subnet,) = api.rows("subnets/", within="198.51.100.0/24")
    assert (subnet["declared"], subnet["inferred_from"]) == (False, ["other of gmc"])
    assert (subnet["gateway"], subnet["dhcp"]) == (None, [])


def test_the_same_numbers_on_another_segment_are_another_subnet(api: Api) -> None:
    lab = api.rows("subnets/", segment="lab")[0]
    assert (lab["cidr"], lab["tracked"], lab["untracked"], lab["colliding"]) == ("192.0.2.0/24", 0, 1, 0)


@pytest.mark.parametrize(
    ("asked", "segments"),
    [
        ({}, ["default", "lab"]),
        ({"segment": "lab"}, ["lab"]),
        ({"cluster": "beta"}, ["default"]),
        ({"within": "192.0.0.0/16"}, ["default", "lab"]),
        ({"within": "198.51.100.0/24"}, []),
        ({"q": "prod"}, ["default"]),
    ],
)
def test_they_are_filtered(api: Api, asked: dict[str, str], segments: list[str]) -> None:
    assert [row["segment"] for row in api.rows("subnets/", **asked)] == segments


def test_the_map_covers_the_subnet_once_and_in_order(api: Api, estate: Estate) -> None:
    intervals = api.get(f"subnets/{estate.subnet.pk}/map/").body
    at = estate.subnet.span.first
    for each in intervals:
        assert span(each["first"]).first == at
        at = span(each["last"]).first + 1
        assert each["size"] == at - span(each["first"]).first
    assert at == estate.subnet.span.last + 1


def test_the_map_says_who_is_where_and_what_is_wrong(api: Api, estate: Estate) -> None:
    intervals = {each["first"]: each for each in api.get(f"subnets/{estate.subnet.pk}/map/").body}
    collision = intervals["192.0.2.236"]
    assert (collision["state"], collision["suspected"]) == ("collision", False)
    assert {(each["cluster"], each["role"]) for each in collision["occupants"]} == {
        ("gmc", "CPE"),
        ("beta", "SVC"),
    }
    assert {(each["name"], each["role"], each["range"]) for each in collision["ranges"]} == {
        ("wc-cp-ips", "POOL", "192.0.2.232-192.0.2.239"),
        ("kubevip", "LBRANGE", "192.0.2.236-192.0.2.239"),
    }
    titles = {row["id"] for row in api.rows("findings/", within="192.0.2.236/32", segment="default")}
    assert set(collision["findings"]) == titles
    assert intervals["192.0.2.232"]["next"] is True
    assert intervals["192.0.2.20"]["state"] == "dhcp"
    tracked = intervals["192.0.2.233"]
    assert [(each["role"], each["tracked"]) for each in tracked["occupants"]] == [
        ("ALLOC", True),
        ("CPE", True),
    ]


def test_a_map_that_is_not_there(viewer: Api) -> None:
    assert viewer.get("subnets/1/map/").status == 404
