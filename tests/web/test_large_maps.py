"""Large maps in a real browser: drawn, told of under the pointer, and opened by a click."""

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from benchmarks.showing import fill
from benchmarks.watching import NINE
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster
from ipviz.clusters.subnets import declare
from ipviz.polling.watch import watch
from tests.browser import Visit, visiting
from tests.builders import seen_service
from tests.factories import see, segment, workload_cluster
from tests.web.test_browser import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.requires("chromium"),
    pytest.mark.django_db(transaction=True),
]
POLICY = Policy("https://ipviz.example.org", "ipviz@example.org", mail_is_configured=False)
TWO_HUNDRED = "/subnets/10.30.0.0-24/"
SIXTEEN, EIGHT = "/subnets/10.20.0.0-16/", "/subnets/10.0.0.0-8/"


@pytest.fixture
def crowd(db: None) -> None:
    """20,000 addresses in a /16, 200 in a /24, and both in a /8."""
    for cidr in ("10.0.0.0/8", "10.20.0.0/16", "10.30.0.0/24"):
        declare(segment(), cidr)
    fill(segment())
    full = workload_cluster(Cluster.objects.get(path="mc"), "full")
    served = [f"10.30.0.{n}" for n in range(1, 201)]
    see(full, *(seen_service(f"s{n}", annotation=ip, status=[ip]) for n, ip in enumerate(served)), at=NINE)
    watch(segment(), policy=POLICY, at=NINE)


def pointed_at(visit: Visit, cell: int, *words: str) -> None:
    visit.page.mouse.move(*visit.cell(cell))
    for each in words:
        expect(visit.page.locator("[data-map-tooltip]")).to_contain_text(each)


def test_each_size_is_drawn_and_answers_a_hover_and_a_click(
    crowd: None, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        signed_in(visit, page, live_server).open_map(live_server.url + TWO_HUNDRED)
        pointed_at(visit, 200, "10.30.0.200", "untracked", "full")
        visit.page.mouse.click(*visit.cell(200))
        expect(visit.page.locator("[data-panel]").get_by_role("heading").first).to_have_text("10.30.0.200")

        visit.open_map(f"{live_server.url}{SIXTEEN}?state=untracked")
        shape = visit.page.evaluate("document.querySelector('[data-map-drawing]').data[0].z.shape")
        assert shape == "256, 256", "an address a cell"
        number = first_of(visit, "untracked")
        address = f"10.20.{number >> 8}.{number & 255}"
        pointed_at(visit, number, address, "untracked", "Service")
        visit.page.mouse.click(*visit.cell(number))
        expect(visit.page.locator("[data-panel]").get_by_role("heading").first).to_have_text(address)

        visit.open_map(live_server.url + EIGHT)
        block = 20 * 16
        pointed_at(visit, block, "10.20.0.0/20")
        visit.page.mouse.click(*visit.cell(block))
        visit.page.wait_for_url("**/subnets/10.20.0.0-20/**")
        visit.wait_for_map()
        assert visit.complaints == []


def first_of(visit: Visit, look: str) -> int:
    """The first address in the table that looks like this, as a cell of the /16."""
    row = visit.page.locator(f"#listed tr:has(.swatch.{look}) td a.address").first
    third, last = row.inner_text().split(".")[2:]
    return int(third) * 256 + int(last)
