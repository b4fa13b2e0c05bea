"""One address: who has it, who had it, who could give it out, and what is wrong."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from ipviz.domain.seen import PoolRef, Ref, SeenAddress
from tests.api.asking import Api
from tests.api.conftest import BETA, MANAGEMENT, Estate
from tests.builders import seen_config_map, seen_node, seen_service
from tests.factories import minutes, see


def lookup(api: Api, address: str, **asked: str) -> dict[str, Any]:
    answer = api.get(f"lookup/{address}/", **asked)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def without_findings(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "findings"} for row in rows]


def test_a_held_address(api: Api) -> None:
    told = lookup(api, "192.0.2.236")
    assert (told["address"], told["segment"], told["subnet"]) == ("192.0.2.236", None, None)
    told = lookup(api, "192.0.2.236", segment="default")
    assert (told["segment"], told["segments"], told["subnet"]) == ("default", ["default"], "192.0.2.0/24")
    assert [(row["cluster"], row["role"]) for row in told["holders"]] == [("gmc", "CPE"), ("beta", "SVC")]
    assert without_findings(told["holders"]) == api.rows("addresses/", within="192.0.2.236/32")
    assert [(each["type"], each["cluster"], each["range"]) for each in told["offered_by"]] == [
        ("pool", "gmc", "192.0.2.232-192.0.2.239"),
        ("load-balancer range", "beta", "192.0.2.236-192.0.2.239"),
    ]
    assert told["findings"] == api.rows("findings/", within="192.0.2.236/32")
    assert told["earlier"] == []


def test_only_the_fields_that_are_asked_for_are_told(api: Api) -> None:
    whole = lookup(api, "192.0.2.236", segment="default")
    told = lookup(api, "192.0.2.236", segment="default", fields="subnet,holders")
    assert told == {name: whole[name] for name in ("subnet", "holders")}
    wrong = api.refused("lookup/192.0.2.236/", fields="holders,owner")
    assert wrong["fields"][0].startswith("There is no field 'owner'; there are: address, segment, ")


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
        "planned": [],
        "findings": [],
        "changes": [],
    }


def test_the_offers_say_what_comes_next_and_whether_this_is_it(api: Api) -> None:
    for address, is_next in (("192.0.2.232", True), ("192.0.2.234", False)):
        (offer,) = lookup(api, address, segment="default")["offered_by"]
        assert (offer["next_address"], offer["is_next"]) == ("192.0.2.232", is_next)


def test_a_load_balancer_range_offers_what_its_next_service_gets(api: Api, estate: Estate) -> None:
    config = seen_config_map(data={"cidr-global": "192.0.2.160/30"})
    held = seen_service("first", annotation="192.0.2.160", labelled=True, status=["192.0.2.160"])
    see(estate.beta, config, held, at=minutes(9.5))
    for address, is_next in (("192.0.2.161", True), ("192.0.2.162", False)):
        (offer,) = lookup(api, address, segment="default")["offered_by"]
        assert (offer["type"], offer["next_address"], offer["is_next"]) == (
            "load-balancer range",
            "192.0.2.161",
            is_next,
        )


def test_each_holder_names_the_findings_that_it_is_part_of(api: Api, estate: Estate) -> None:
    told = lookup(api, "192.0.2.236", segment="default")
    titles = {each["id"]: each["rule"] for each in told["findings"]}
    assert {row["name"]: sorted(titles[each] for each in row["findings"]) for row in told["holders"]} == {
        "gamma": ["C8", "H1", "H6"],
        "ingress": ["C8", "H1"],
    }
    see(estate.beta, *BETA[:2], at=minutes(9.5))
    (before,) = lookup(api, "192.0.2.236", segment="default")["earlier"]
    assert (before["name"], [titles[each] for each in before["findings"]]) == ("ingress", ["C8", "H1"])


def test_an_address_as_it_was_then(api: Api, estate: Estate) -> None:
    see(estate.beta, seen_node("beta-0", "192.0.2.32"), at=minutes(9.5))
    now = lookup(api, "192.0.2.31", segment="default")
    then = lookup(api, "192.0.2.31", segment="default", at="2026-01-15T09:05:00Z")
    assert [row["name"] for row in now["earlier"]] == ["beta-0"]
    assert [row["name"] for row in then["holders"]] == ["beta-0"]
    assert (now["holders"], then["earlier"]) == ([], [])
    assert [(row["what"], row["name"]) for row in now["changes"]] == [("changed", "beta-0")]
    assert then["changes"] == []


def test_its_findings_are_those_that_were_found_by_then(api: Api, estate: Estate) -> None:
    see(estate.beta, *BETA[:2], at=minutes(9.2))
    for at in (9.3, 9.4):
        estate.judged(at)

    def told(**asked: str) -> tuple[dict[str, str], set[str]]:
        row = lookup(api, "192.0.2.236", segment="default", **asked)
        rules = {each["id"]: each["rule"] for each in row["findings"]}
        named = {rules[each] for holder in row["holders"] + row["earlier"] for each in holder["findings"]}
        return {each["rule"]: each["status"] for each in row["findings"]}, named

    assert told(at="2026-01-15T09:00:03Z") == ({}, set())
    statuses, named = told(at="2026-01-15T09:01:00Z")
    assert (set(statuses.values()), named) == ({"suspected"}, {"C8", "H1", "H6"})
    for asked in ({}, {"at": "2026-01-15T09:09:30Z"}):
        statuses, named = told(**asked)
        assert (statuses["C8"], named) == ("resolved", {"C8", "H1", "H6"})


def test_an_address_within_a_prefix_that_was_handed_out(api: Api, estate: Estate) -> None:
    pool = PoolRef("GlobalInClusterPrefixPool", "nets")
    given = SeenAddress(Ref("IPAddress", "org-acme", "net", "uid-net"), "2001:db8:0:7::", 64, pool)
    see(estate.gmc, *MANAGEMENT, given, at=minutes(9.4))
    see(estate.gmc, *MANAGEMENT, at=minutes(9.6))
    now = lookup(api, "2001:db8:0:7::99")
    then = lookup(api, "2001:db8:0:7::99", at="2026-01-15T09:09:30Z")
    assert [(row["name"], row["role"]) for row in then["holders"]] == [("net", "ALLOC")]
    assert [row["name"] for row in now["earlier"]] == ["net"]
    assert lookup(api, "2001:db8:0:8::99")["earlier"] == []


def test_a_lookup_takes_ten_queries_at_most_whatever_the_history(
    api: Api, estate: Estate, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        address = "192.0.2.233" if number % 2 else "192.0.2.60"
        see(estate.beta, *BETA[:2], seen_service("web", annotation=address), at=minutes(9.1 + number / 100))
    for asked in ({}, {"segment": "default"}, {"at": "2026-01-15T09:09:30Z"}):
        with django_assert_max_num_queries(10):
            told = lookup(api, "192.0.2.233", **asked)
        assert told["earlier"]


@pytest.mark.parametrize("written", ["2001:db8::31", "2001:0DB8:0:0::0031", "2001:db8::0.0.0.49"])
def test_ipv6_in_any_form(api: Api, written: str) -> None:
    told = lookup(api, written)
    assert told["address"] == "2001:db8::31"
    assert [row["name"] for row in told["holders"]] == ["beta-0"]


def test_a_mapped_address_is_its_ipv4_address(api: Api) -> None:
    assert lookup(api, "::ffff:192.0.2.31")["address"] == "192.0.2.31"


def test_a_segment_that_no_database_stores_is_refused(api: Api) -> None:
    assert list(api.refused("lookup/192.0.2.1/", segment="a\0b")) == ["segment"]
