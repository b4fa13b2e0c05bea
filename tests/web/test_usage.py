"""How full a subnet and its pools were, on the subnet's page."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from ipviz.inventory.models import UsageSample
from ipviz.web.pages.running_out import Shortage, urgency
from ipviz.web.pages.usage import points_of
from tests.browser import visiting
from tests.factories import minutes, segment
from tests.web.conftest import MAP, Estate, PageText
from tests.web.test_browser import signed_in

POOL = "GlobalInClusterIPPool//wc-cp-ips"


def sample(at: float, number: int, step: int = 60, **of: Any) -> UsageSample:
    """At so many minutes past nine."""
    return UsageSample(
        segment=segment(), at=minutes(at), step=step, total=8, used=number, most=number, free=8 - number, **of
    )


@pytest.fixture
def filling(estate: Estate) -> Estate:
    """The pool has been filling for eleven days: an address in two days; and the subnet with it."""
    hours = range(-24 * 11, 0, 2)
    UsageSample.objects.bulk_create(
        sample(60 * hour, 6 + hour // 48, 3600, **of)
        for hour in hours
        for of in ({"cluster": estate.gmc, "pool": POOL}, {"subnet": estate.subnet})
    )
    return estate


def drawn(html: str) -> list[dict[str, Any]]:
    found = re.search(r'<script id="usage-data" type="application/json">(.*?)</script>', html)
    lines: list[dict[str, Any]] = json.loads(found[1]) if found else []
    return lines


def test_the_subnet_and_its_pools_are_drawn_and_told_by_day(read: PageText, filling: Estate) -> None:
    html = read(MAP)
    assert [line["name"] for line in drawn(html)] == ["subnet", "wc-cp-ips of gmc"]
    assert html.count("data-chart=") == 2
    by_day = html.split("By day", 1)[1]
    assert "2026-01-14" in by_day


def test_a_pool_says_when_it_runs_out_and_how_sure_that_is(read: PageText, filling: Estate) -> None:
    html = read(MAP)
    assert re.search(r"7 left; at its present pace it is full about 2026-0\d-\d\d, between 2026", html)


@pytest.mark.parametrize("url", ["/", "/subnets/"])
def test_the_lists_of_subnets_say_what_runs_out_next(url: str, read: PageText, filling: Estate) -> None:
    html = " ".join(re.sub(r"<[^>]*>", " ", read(url)).split())
    assert re.search(r"wc-cp-ips : 7 left, about 6 days", html)


def test_the_past_does_not_say_what_runs_out(read: PageText, filling: Estate) -> None:
    assert "Next to run out" not in read("/subnets/?at=2026-01-15T09:05:00Z")


def test_what_is_used_up_comes_first_then_the_first_day_then_the_least_room() -> None:
    empty, soon = Shortage("a", "gmc", 0, 8, None), Shortage("b", "gmc", 7, 8, 9)
    later, tight = Shortage("c", "gmc", 1, 8, 90), Shortage("d", "gmc", 1, 8, None)
    assert sorted((tight, later, soon, empty), key=urgency) == [empty, soon, later, tight]
    assert [each.words for each in (empty, soon)] == ["nothing left", "7 left, about 9 days"]


def test_of_a_few_days_no_day_is_told(read: PageText, estate: Estate) -> None:
    UsageSample.objects.bulk_create(
        sample(-60 * hour, 1, 3600, **of)
        for hour in range(50)
        for of in ({"cluster": estate.gmc, "pool": POOL}, {"subnet": estate.subnet})
    )
    assert "7 left; too little is known: 3 of the 8 days that it takes" in read(MAP)


def test_where_nothing_is_kept_yet_it_says_so(read: PageText, estate: Estate) -> None:
    assert "It is kept from now on" in read(MAP)


def test_one_chooses_how_far_to_look_back(read: PageText, filling: Estate) -> None:
    lengths = {each: len(drawn(read(f"{MAP}?usage={each}"))[0]["at"]) for each in ("1", "30", "all")}
    assert lengths["1"] < lengths["30"] == lengths["all"]
    assert drawn(read(f"{MAP}?usage=nonsense")) == drawn(read(MAP))


def test_as_of_a_moment_it_ends_there(read: PageText, filling: Estate) -> None:
    subnet, *_ = drawn(read(f"{MAP}?at=2026-01-10T09:00:00Z"))
    assert max(subnet["at"]) <= "2026-01-10T09:00:00Z"


def test_where_nobody_looked_the_line_has_a_hole() -> None:
    rows = [
        UsageSample(at=minutes(at), step=60, total=8, used=used, most=used, free=8 - used)
        for at, used in ((0, 1), (60, 2), (300, 3))
    ]
    points = points_of(rows)
    assert points["used"] == [1, 2, None, 3]
    assert points["at"][2] == "2026-01-15T10:01:00Z"


@pytest.mark.browser
@pytest.mark.requires("chromium")
@pytest.mark.django_db(transaction=True)
def test_it_is_drawn_in_a_browser_without_complaint(
    filling: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        signed_in(visit, page, live_server).open_map(f"{live_server.url}{MAP}?usage=all")
        visit.page.locator("[data-chart]").last.scroll_into_view_if_needed()
        expect(visit.page.locator("[data-chart][data-drawn=true]")).to_have_count(2)
        expect(visit.page.locator("[data-chart] .scatterlayer .trace")).to_have_count(4)
        assert visit.complaints == []
