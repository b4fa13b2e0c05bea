"""The report of a subnet, to be printed."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from ipviz.clusters.subnets import declare
from tests.browser import visiting
from tests.web.conftest import MAP, Estate, PageText
from tests.web.test_browser import signed_in

REPORT = f"{MAP}report/"


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_it_says_when_and_how_full_and_every_address(read: PageText, estate: Estate) -> None:
    words = words_of(read(REPORT))
    assert "As of 2026-01-15 09:10:00 UTC, on segment default , gateway 192.0.2.1 : 2 % used" in words
    assert estate.collision.title in words
    for address in ("192.0.2.1", "192.0.2.21", "192.0.2.233", "192.0.2.236"):
        assert f" {address} " in words


def test_each_cell_is_drawn_once_without_a_script_in_the_colour_and_letter_of_its_state(
    read: PageText, estate: Estate
) -> None:
    html = read(REPORT)
    assert len(re.findall(r'<rect class="[a-z-]+" x="\d+" y="\d+" width="24" height="24"/>', html)) == 256
    assert re.search(r'<text class="collision"[^>]*>X236</text>', html)
    assert re.search(r'<text class="tracked"[^>]*>T233</text>', html)


def test_a_large_one_is_drawn_in_strips_of_what_looks_alike(read: PageText, estate: Estate) -> None:
    declare(estate.subnet.segment, "192.0.0.0/16")
    html = read("/subnets/192.0.0.0-16/report/")
    strips = re.findall(r'<rect class="[a-z-]+" x="\d+" y="\d+" width="(\d+)" height="2"/>', html)
    assert sum(map(int, strips)) == 65536 * 2
    assert len(strips) < 300


def test_it_is_of_the_moment_that_is_asked_for(read: PageText, estate: Estate) -> None:
    assert "As of 2026-01-15 09:05:00 UTC" in read(f"{REPORT}?at=2026-01-15T09:05:00Z")
    assert "Nothing is known of that moment" in read(f"{REPORT}?at=2025-01-15T09:05:00Z")


def test_what_is_no_subnet_has_none(read: PageText, estate: Estate) -> None:
    read("/subnets/198.51.100.0-24/report/", 404)
    read("/subnets/nonsense/report/", 404)


@pytest.mark.browser
@pytest.mark.requires("chromium")
@pytest.mark.django_db(transaction=True)
def test_it_is_a_few_pages_of_paper(
    estate: Estate, page: Client, viewer: User, live_server: LiveServer
) -> None:
    with visiting() as visit:
        signed_in(visit, page, live_server).page.goto(live_server.url + REPORT)
        expect(visit.page.get_by_role("button", name="Print")).to_be_visible()
        paper = visit.page.pdf(format="A4")
        assert 1 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 4
        visit.page.emulate_media(media="print")
        expect(visit.page.get_by_role("navigation", name="Pages")).to_be_hidden()
        assert visit.complaints == []
