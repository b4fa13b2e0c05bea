"""Looking back: the map, the address and the subnets as they were, and the way from moment to moment."""

import re
from typing import Any
from urllib.parse import quote, unquote

import pytest

from ipviz.clusters.models import Cluster
from ipviz.inventory.store import forget
from tests.builders import seen_node, seen_pool, seen_service
from tests.factories import minutes, see
from tests.web.budgets import BUDGETS
from tests.web.conftest import BETA, MANAGEMENT, MAP, Estate, PageText

THEN = "2026-01-15T09:05:00Z"
ADDRESS = "/addresses/192.0.2.236/"
TIMED = ("/subnets/", MAP, ADDRESS, "/addresses/198.51.100.7/")


@pytest.fixture
def moved(estate: Estate) -> Estate:
    """A minute ago beta's ingress moved from .236 to .238, and its node from .31 to .32."""
    ingress = seen_service(
        "ingress", namespace="kube-system", annotation="192.0.2.238", status=["192.0.2.238"]
    )
    see(estate.beta, *BETA[:2], ingress, seen_node("beta-0", "192.0.2.32"), at=minutes(9.9))
    estate.judged(9.92)
    estate.judged(9.94)
    return estate


def step(html: str, name: str) -> str:
    found = re.search(rf'href="([^"]*)" data-step="{name}"', html)
    return unquote(found[1].replace("&amp;", "&")) if found else ""


@pytest.mark.parametrize("url", TIMED)
def test_a_past_moment_is_said_plainly_and_now_is_a_click_away(
    url: str, read: PageText, moved: Estate
) -> None:
    html = read(f"{url}?at={THEN}")
    assert "As of 2026-01-15 09:05:00 UTC" in html
    assert "is-past" in html
    assert 'data-step="now"' in html
    assert "at=" not in step(html, "now")
    assert "As of now" in read(url)


@pytest.mark.parametrize("url", TIMED)
@pytest.mark.parametrize("at", ["tuesday night", "2026-01-16", "2026-99-99T00:00:00Z"])
def test_what_is_no_moment_is_told_and_the_page_is_as_of_now(
    url: str, at: str, read: PageText, moved: Estate
) -> None:
    html = read(f"{url}?at={quote(at)}")
    assert 'role="alert"' in html
    assert "This is as of now" in html


def test_the_map_of_then_shows_who_was_where_then(read: PageText, moved: Estate) -> None:
    then, now = read(f"{MAP}?at={THEN}"), read(MAP)
    assert "ingress" in row_of(then, "192.0.2.236")
    assert "ingress" not in row_of(now, "192.0.2.236")
    assert "ingress" in row_of(now, "192.0.2.238")
    assert "beta-0" in row_of(then, "192.0.2.31")


def row_of(html: str, address: str) -> str:
    """The row of the table that begins with the address."""
    found = re.search(
        rf'<tr[^>]*>\s*<td><a class="address"[^>]*>{re.escape(address)}[<-].*?</tr>', html, re.S
    )
    return found[0] if found else ""


def test_collisions_of_then_are_drawn_as_they_stood_then(read: PageText, estate: Estate) -> None:
    suspected, sure = (read(f"{MAP}?at=2026-01-15T09:0{at}Z") for at in ("1:00", "9:57"))
    assert "suspected collision" in row_of(suspected, "192.0.2.236")
    assert "suspected" not in row_of(sure, "192.0.2.236")
    assert "used by" in row_of(sure, "192.0.2.236")


def test_one_steps_from_change_to_change_and_back_to_now(read: PageText, moved: Estate) -> None:
    html = read(MAP)
    assert step(html, "next") == ""
    judged, moved_on = step(html, "previous"), "?at=2026-01-15T09:09:54Z"
    assert judged == "?at=2026-01-15T09:09:55.200000Z", "what was found is seen after what it was found in"
    assert step(read(MAP + judged), "previous") == moved_on
    at_the_change = read(MAP + moved_on)
    assert "ingress" in row_of(at_the_change, "192.0.2.238")
    found = step(at_the_change, "previous")
    assert found == "?at=2026-01-15T09:00:06Z"
    before = step(read(MAP + found), "previous")
    assert before == "?at=2026-01-15T09:00:00Z"
    first = read(MAP + before)
    assert "nothing changed before" in first
    assert step(first, "next") == found
    assert step(read(MAP + found), "next") == moved_on


def test_links_within_the_page_keep_the_moment(read: PageText, moved: Estate) -> None:
    html = read(f"{MAP}?at={THEN}")
    content = html.split("<main", 1)[1].split("</main>", 1)[0]
    addresses = re.findall(r'href="(/addresses/[^"]*)"', content)
    assert addresses
    assert all("at=2026-01-15T09:05:00Z" in each for each in addresses)
    (panel,) = re.findall(r'data-address-url="([^"]*)"', html)
    assert "at=2026-01-15T09:05:00Z" in panel
    assert "at=" not in read(MAP).split("<main", 1)[1].split("data-address-url")[1].split('"')[1]


def test_the_panel_tells_the_holder_of_then(read: PageText, moved: Estate) -> None:
    panel = read(f"{ADDRESS}?at={THEN}", **{"HX-Request": "true"})
    assert "ingress" in panel
    assert ">Before<" not in panel
    held, before = read(ADDRESS, **{"HX-Request": "true"}).split(">Before<")
    assert "ingress" not in held
    assert "Service kube-system/ingress" in before


def test_times_of_a_past_page_are_told_exactly_and_are_not_renewed(read: PageText, moved: Estate) -> None:
    content = read(f"{MAP}?at={THEN}").split("<main", 1)[1].split("</main>", 1)[0]
    band, rest = content.split('<ul class="legend"', 1)
    assert band.count("data-form=") == 1, "how long ago that is"
    assert "data-form=" not in rest
    assert ">2026-01-15 09:00</time>" in rest


def test_an_address_says_who_held_it_before_as_part_of_which_findings(read: PageText, moved: Estate) -> None:
    html = read(ADDRESS)
    before = html.split('id="before"', 1)[1].split("</section>", 1)[0]
    assert "2026-01-15 09:00:00" in before
    assert "2026-01-15 09:09:54" in before
    assert "9 min" in before
    assert "kube-system/ingress" in before
    assert f"/findings/{moved.collision.pk}/" in before


def test_an_address_tells_what_happened_to_what_held_it(read: PageText, moved: Estate) -> None:
    html = read(ADDRESS)
    happened = html.split('id="changes"', 1)[1].split("</section>", 1)[0]
    assert "annotation" in happened
    assert "192.0.2.238" in happened
    assert "within=192.0.2.236/32" in happened
    assert 'id="changes"' not in read(f"{ADDRESS}?at={THEN}")


def test_an_address_that_nobody_holds_says_what_comes_next_and_what_lies_beside(
    read: PageText, moved: Estate
) -> None:
    html = read("/addresses/192.0.2.235/")
    assert "Nobody that we can see holds it" in html
    assert re.search(
        r'pool wc-cp-ips</span>.*next is <a class="address" href="[^"]*">192.0.2.232</a>', html, re.S
    )
    beside = html.split('id="neighbours"', 1)[1].split("</section>", 1)[0]
    assert [f"192.0.2.{each}" in beside for each in (231, 232, 235, 239, 240)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert "this is the next" in read("/addresses/192.0.2.232/")


def test_the_next_address_may_lie_in_another_range_of_the_pool(read: PageText, estate: Estate) -> None:
    see(
        estate.gmc,
        *MANAGEMENT[1:],
        seen_pool("192.0.2.160-192.0.2.162", "192.0.2.232-192.0.2.239"),
        at=minutes(9.9),
    )
    estate.judged(9.9)
    for url in ("/addresses/192.0.2.235/", f"{MAP}?address=192.0.2.235"):
        assert re.search(r'next is <a class="address" href="[^"]*">192.0.2.160</a>', read(url)), url


def test_a_finding_of_then_is_not_called_resolved(read: PageText, moved: Estate) -> None:
    for url in (ADDRESS, MAP):
        html = read(f"{url}?at=2026-01-15T09:09:53Z").split("<main", 1)[1]
        assert f"/findings/{moved.collision.pk}/" in html
        assert ">resolved<" not in html
        assert "Findings that are resolved" not in html
    assert "Findings that are resolved" in read(ADDRESS)


def test_a_subnets_numbers_are_those_of_then(read: PageText, estate: Estate) -> None:
    see(estate.beta, *BETA, seen_service("web", annotation="192.0.2.99"), at=minutes(9.9))
    estate.judged(9.95)

    def numbers(html: str) -> list[str]:
        return re.findall(r'<td class="number">([^<]*)</td>', html)

    assert numbers(read(f"/subnets/?at={THEN}")) != numbers(read("/subnets/"))


@pytest.mark.parametrize("url", [MAP, ADDRESS, "/subnets/"])
def test_the_past_costs_no_more_queries(
    url: str, read: PageText, moved: Estate, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        web = seen_service("web", annotation=f"192.0.2.{160 + number}")
        see(moved.beta, *BETA, web, at=minutes(9.95 + number / 1000))
    with django_assert_max_num_queries(BUDGETS[f"{url}?at={THEN}"]):
        assert "is-past" in read(f"{url}?at=2026-01-15T09:09:58Z")


def test_a_cluster_that_is_gone_is_on_the_map_of_its_time(read: PageText, estate: Estate) -> None:
    forget(estate.beta, at=minutes(9.9), why="its Cluster is gone")
    Cluster.objects.filter(pk=estate.beta.pk).update(retired_at=minutes(9.9))
    assert "Service kube-system/ingress</span>" in row_of(read(f"{MAP}?at={THEN}"), "192.0.2.236")
    assert "Service kube-system/ingress</span>" not in row_of(read(MAP), "192.0.2.236")


@pytest.mark.parametrize("url", TIMED)
def test_of_the_time_before_anything_was_seen_it_says_that_nothing_is_known(
    url: str, read: PageText, moved: Estate
) -> None:
    html = read(f"{url}?at=2026-01-15T08:59:59Z")
    assert "ipviz remembers from 2026-01-15 09:00:00 UTC on" in html
    assert "may have been in use" in html
    assert "may have been in use" not in read(f"{url}?at={THEN}")
