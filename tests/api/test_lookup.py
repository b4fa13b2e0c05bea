"""One address: who has it, who had it, who could give it out, and what is wrong."""

from typing import Any

import pytest

from tests.api.asking import Api
from tests.api.conftest import Estate
from tests.builders import seen_node, seen_service
from tests.factories import minutes, see


def lookup(api: Api, address: str, **asked: str) -> dict[str, Any]:
    answer = api.get(f"lookup/{address}/", **asked)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def test_a_held_address(api: Api) -> None:
    told = lookup(api, "192.0.2.236")
    assert (told["address"], told["segment"], told["subnet"]) == ("192.0.2.236", None, None)
    told = lookup(api, "192.0.2.236", segment="default")
    assert (told["segment"], told["segments"], told["subnet"]) == ("default", ["default"], "192.0.2.0/24")
    assert [(row["cluster"], row["role"]) for row in told["holders"]] == [("gmc", "CPE"), ("beta", "SVC")]
    assert told["holders"] == api.rows("addresses/", within="192.0.2.236/32")
    assert [(each["type"], each["cluster"], each["range"]) for each in told["offered_by"]] == [
        ("pool", "gmc", "192.0.2.232-192.0.2.239"),
        ("load-balancer range", "beta", "192.0.2.236-192.0.2.239"),
    ]
    assert told["findings"] == api.rows("findings/", within="192.0.2.236/32")
    assert told["earlier"] == []


def test_an_address_that_means_something_on_two_segments(api: Api) -> None:
    told = lookup(api, "192.0.2.233")
    assert (told["segment"], told["segments"]) == (None, ["default", "lab"])
    assert {(row["segment"], row["name"]) for row in told["holders"]} == {
        ("default", "alpha"),
        ("lab", "delta"),
    }
    assert [row["name"] for row in lookup(api, "192.0.2.233", segment="lab")["holders"]] == ["delta"]


def test_an_address_that_somebody_held(api: Api, estate: Estate) -> None:
    see(estate.beta, seen_node("beta-0", "192.0.2.32"), at=minutes(9.5))
    told = lookup(api, "192.0.2.31", segment="default")
    assert told["holders"] == []
    assert [(row["kind"], row["name"], row["seen_from"], row["seen_until"]) for row in told["earlier"]] == [
        ("Node", "beta-0", "2026-01-15T09:00:00Z", "2026-01-15T09:09:30Z")
    ]


def test_earlier_holders_come_latest_first(api: Api, estate: Estate) -> None:
    for at, name in ((9.2, "first"), (9.4, "second"), (9.6, "third")):
        see(estate.beta, seen_service(name, annotation="192.0.2.60"), at=minutes(at))
    told = lookup(api, "192.0.2.60")
    assert [row["name"] for row in told["holders"]] == ["third"]
    assert [row["name"] for row in told["earlier"]] == ["second", "first"]


def test_a_free_address_that_dhcp_may_give_out(api: Api) -> None:
    told = lookup(api, "192.0.2.21", segment="default")
    assert (told["holders"], told["earlier"], told["findings"]) == ([], [], [])
    assert [(each["type"], each["range"]) for each in told["offered_by"]] == [
        ("DHCP", "192.0.2.20-192.0.2.150")
    ]


@pytest.mark.parametrize(
    ("address", "reserved"),
    [("192.0.2.0", "network"), ("192.0.2.1", "gateway"), ("192.0.2.255", "broadcast"), ("192.0.2.2", None)],
)
def test_what_the_subnet_itself_needs(api: Api, address: str, reserved: str | None) -> None:
    assert lookup(api, address, segment="default")["reserved"] == reserved


def test_an_address_that_nothing_is_known_of(api: Api) -> None:
    assert lookup(api, "203.0.113.9") == {
        "address": "203.0.113.9",
        "segment": None,
        "segments": [],
        "subnet": None,
        "reserved": None,
        "holders": [],
        "earlier": [],
        "offered_by": [],
        "findings": [],
    }


@pytest.mark.parametrize("written", ["2001:db8::31", "2001:0DB8:0:0::0031", "2001:db8::0.0.0.49"])
def test_ipv6_in_any_form(api: Api, written: str) -> None:
    told = lookup(api, written)
    assert told["address"] == "2001:db8::31"
    assert [row["name"] for row in told["holders"]] == ["beta-0"]


def test_a_mapped_address_is_its_ipv4_address(api: Api) -> None:
    assert lookup(api, "::ffff:192.0.2.31")["address"] == "192.0.2.31"
