"""A list in the order that is asked for."""

import json
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from ipviz.api.urls import urlpatterns
from ipviz.domain.spans import first_key, parse_address, parse_network
from ipviz.domain.verdicts import Severity
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from tests.api.asking import V1, Api
from tests.api.conftest import BETA, Estate
from tests.builders import seen_pool, seen_service
from tests.factories import minutes, see, segment

LISTS: dict[str, Any] = {
    f"{each.name}/": each.callback.view_class.filterset_class  # type: ignore[attr-defined]
    for each in urlpatterns
    if getattr(getattr(each.callback, "view_class", None), "filterset_class", None)
    and each.name not in ("events", "audit")
}
ORDERS = [(path, name) for path, filterset in LISTS.items() for name in filterset.orders]
VALUES: dict[str, Callable[[Any], Any]] = {
    "address": lambda text: first_key(parse_address(text)),
    "first_address": lambda text: first_key(parse_address(text)) if text else "",
    "cidr": lambda text: first_key(parse_network(text)),
    "severity": lambda text: Severity(text).rank,
}
"""What a field is ordered by, where that is not what it says."""


@pytest.fixture
def much(api: Api, estate: Estate) -> Api:
    """Several of everything, and some that are alike."""
    services = [seen_service(f"web-{n}", annotation=f"192.0.2.{160 + n % 2}") for n in range(4)]
    for at in (9.2, 9.3):
        see(estate.beta, *BETA, *services, at=minutes(at))
        sample(segment(), estate_of("default"), at=minutes(at))
        services.pop()
    see(estate.hmc, seen_pool("192.0.2.240", name="other"), seen_pool("192.0.2.241"), at=minutes(9.3))
    estate.judged(9.4)
    return api


def test_every_list_with_filters_has_orders() -> None:
    assert len(LISTS) == 10
    assert all(each.orders for each in LISTS.values())


@pytest.mark.parametrize(("path", "name"), ORDERS)
def test_a_list_is_ordered_by_a_field_and_backwards(much: Api, path: str, name: str) -> None:
    def told(ordering: str) -> list[Any]:
        rows = much.rows(path, ordering=ordering, page_size=1000)
        return [
            value for value, _ in groupby(VALUES.get(name, lambda value: value)(row[name]) for row in rows)
        ]

    forwards = told(name)
    assert len(forwards) == len(set(forwards)), "what is alike stands together"
    assert told(f"-{name}") == forwards[::-1]
    # What is no name is ordered alike everywhere; of names each database has its own idea.
    if not isinstance(forwards[0], str) or name in VALUES or name.endswith(("at", "seen")):
        assert forwards == sorted(forwards)


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_an_order_are_stable_though_much_is_alike(much: Api, path: str) -> None:
    ordering = list(LISTS[path].orders)[-1]
    whole = much.rows(path, ordering=ordering, page_size=1000)
    paged, url = [], f"{V1}{path}?ordering={ordering}&page_size=1"
    while url:
        page = much.client.get(url).json()
        paged += page["results"]
        url = page["next"]
    assert len(whole) > 1
    assert paged == whole


def test_several_fields_order_one_after_the_other(much: Api) -> None:
    rows = much.rows("addresses/", ordering="-address,name", page_size=1000)
    pairs = [(first_key(parse_address(row["address"])), row["name"]) for row in rows]
    assert [key for key, _ in pairs] == sorted((key for key, _ in pairs), reverse=True)
    for _, alike in groupby(pairs, lambda pair: pair[0]):
        names = [name for _, name in alike]
        assert names == sorted(names)


def test_an_order_goes_with_filters_and_moments(much: Api) -> None:
    rows = much.rows("services/", ordering="-name", cluster="beta", at="2026-01-15T09:09:15Z")
    assert [row["name"] for row in rows] == ["web-3", "web-2", "web-1", "web-0", "ingress"]


def test_an_empty_order_is_that_of_the_list(much: Api) -> None:
    assert much.rows("findings/", ordering="") == much.rows("findings/")


@pytest.mark.parametrize(
    "ordering", ["colour", "--name", "name,+role", "cluster__segment__id", "?", "first_key"]
)
def test_an_order_that_is_not_there_is_refused_with_those_that_are(api: Api, ordering: str) -> None:
    (told,) = api.refused("addresses/", ordering=ordering)["ordering"]
    assert "there are: address, role, kind, cluster" in told


@pytest.mark.parametrize("path", ["segments/", "silences/", "subscriptions/"])
def test_a_list_with_one_order_says_so(api: Api, path: str) -> None:
    assert "order of its own" in api.refused(path, ordering="name")["ordering"][0]


def test_what_is_walked_has_its_own_order(api: Api) -> None:
    assert "order of its own" in api.refused("addresses/", ordering="address", cursor="")["ordering"][0]


def test_lines_come_in_the_order_that_is_asked_for(api: Api) -> None:
    asked = {"ordering": "-address"}
    lines = api.client.get(f"{V1}addresses/", asked, headers={"Accept": "application/x-ndjson"})
    told = [json.loads(line) for line in b"".join(lines).splitlines()]
    assert told == api.rows("addresses/", page_size=1000, **asked)


def test_the_document_names_the_orders(viewer: Api) -> None:
    asked = viewer.get("schema/").body["paths"]["/api/v1/subnets/"]
    (told,) = [each for each in asked["get"]["parameters"] if each["name"] == "ordering"]
    assert "cidr, name, segment" in told["description"]
    assert "ordering" not in {each["name"] for each in asked["post"].get("parameters", ())}
