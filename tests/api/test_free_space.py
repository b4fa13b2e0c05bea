"""What can be had of a subnet."""

from typing import Any

import pytest

from ipviz.clusters.models import Subnet
from ipviz.clusters.subnets import declare
from ipviz.domain.spans import parse_network
from ipviz.findings.surveys import keep_surveys
from ipviz.inventory.reading import estate_of
from tests.api.asking import Api
from tests.api.conftest import Estate
from tests.builders import seen_service
from tests.factories import minutes, segment


def free(api: Api, subnet: Subnet, **asked: Any) -> dict[str, Any]:
    answer = api.get(f"subnets/{subnet.pk}/free/", **asked)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def first(body: dict[str, Any]) -> list[str]:
    return [each["first"] for each in body["blocks"]]


def test_the_next_addresses_are_told(api: Api, estate: Estate) -> None:
    told = free(api, estate.subnet, count=3)
    assert first(told) == ["192.0.2.2", "192.0.2.3", "192.0.2.4"]
    assert (told["subnet"], told["segment"], told["largest"]) == ("192.0.2.0/24", "default", "192.0.2.160/27")
    assert told["blocks"][0] == {"first": "192.0.2.2", "last": "192.0.2.2", "cidr": "192.0.2.2/32"}


def test_what_is_passed_over_says_why(api: Api, estate: Estate) -> None:
    told = free(api, estate.subnet, prefix=29, count=30)
    why = {each["cidr"]: each["words"] for each in told["passed_over"]}
    assert why["192.0.2.0/29"] == "192.0.2.0 is the network address of 192.0.2.0/24"
    assert "DHCP range" in why["192.0.2.16/29"]
    assert "pool wc-cp-ips" in why["192.0.2.232/29"]
    assert (told["all_passed_over"], len(why), len(told["blocks"])) == (True, 19, 12)


@pytest.mark.parametrize("prefix", [24, 26, 28, 29, 30, 31, 32])
def test_nothing_is_free_that_a_check_calls_taken(api: Api, estate: Estate, prefix: int) -> None:
    told = free(api, estate.subnet, prefix=prefix, count=256)
    spans = [each["cidr"] for each in told["blocks"]]
    for some in (spans[n : n + 64] for n in range(0, len(spans), 64)):
        assert api.post("check/", spans=some).body["free"], some
    for each in told["passed_over"]:
        assert not api.post("check/", spans=[each["cidr"]]).body["free"], each


def test_what_was_given_up_lately_is_held_still(api: Api, estate: Estate) -> None:
    estate.seen(9.3, seen_service("web", annotation="192.0.2.2"))
    estate.seen(9.5)
    told = free(api, estate.subnet)
    assert first(told) == ["192.0.2.3"]
    why = {each["first"]: each["words"] for each in told["passed_over"]}
    assert why["192.0.2.2"].startswith("192.0.2.2 was given up at 2026-01-15 09:09 UTC by Service ")
    assert first(free(api, estate.subnet, days=0)) == ["192.0.2.2"]


def test_what_was_taken_since_the_subnet_was_surveyed_is_not_free(api: Api, estate: Estate) -> None:
    keep_surveys(segment(), estate_of("default"), at=minutes(9.2))
    estate.seen(9.3, seen_service("web", annotation="192.0.2.2"))
    assert first(free(api, estate.subnet)) == ["192.0.2.3"]
    estate.seen(9.4, *(seen_service(f"web-{n}", annotation=f"192.0.2.{n}") for n in range(2, 12)))
    assert first(free(api, estate.subnet)) == ["192.0.2.12"]


def test_where_nothing_fits_that_is_said_with_the_reasons(api: Api, estate: Estate) -> None:
    told = free(api, estate.subnet, prefix=25)
    assert told["blocks"] == []
    assert [each["cidr"] for each in told["passed_over"]] == ["192.0.2.0/25", "192.0.2.128/25"]


def test_a_prefix_of_ipv6_and_a_whole_8_are_looked_at_by_runs(api: Api, estate: Estate) -> None:
    for cidr, prefix, expected in (
        ("2001:db8::/32", 64, "2001:db8:0:1::"),
        ("10.0.0.0/8", 30, "10.0.0.4"),
    ):
        subnet = declare(segment(), cidr)
        assert first(free(api, subnet, prefix=prefix)) == [expected]
        assert parse_network(cidr).size // 4 <= parse_network(free(api, subnet)["largest"]).size


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"prefix": "23"}, "from 24 to 32"),
        ({"prefix": "33"}, "from 24 to 32"),
        ({"count": "0"}, "from 1 to 256"),
        ({"count": "two"}, "from 1 to 256"),
        ({"days": "-1"}, "from 0 to"),
    ],
)
def test_what_cannot_be_is_refused(api: Api, estate: Estate, asked: dict[str, str], why: str) -> None:
    (name,) = asked
    assert why in api.refused(f"subnets/{estate.subnet.pk}/free/", **asked)[name][0]


def test_its_queries_do_not_grow(api: Api, estate: Estate, django_assert_max_num_queries: Any) -> None:
    estate.seen(9.9, *(seen_service(f"web-{n}", annotation=f"192.0.2.{160 + n}") for n in range(40)))
    keep_surveys(segment(), estate_of("default"), at=minutes(9.95))
    with django_assert_max_num_queries(6):
        free(api, estate.subnet, prefix=30, count=50)


def test_a_subnet_inside_keeps_what_it_declares(api: Api, estate: Estate) -> None:
    declare(segment(), "192.0.2.0/28", gateway="192.0.2.3", dhcp=["192.0.2.4-192.0.2.9"])
    told = free(api, estate.subnet, count=3)
    assert first(told) == ["192.0.2.2", "192.0.2.10", "192.0.2.11"]
    assert api.post("check/", spans=first(told)).body["conflicts"] == []
