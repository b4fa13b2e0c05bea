"""Dividing a subnet in a real browser: typed, dragged, moved by keyboard, and kept."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Locator, expect
from pytest_django.live_server_helper import LiveServer

from ipviz.clusters.models import Subnet
from tests.browser import Visit, visiting
from tests.factories import segment
from tests.web.conftest import Estate
from tests.web.test_accessible import shown_wrong
from tests.web.test_browser import elsewhere, signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.requires("chromium"),
    pytest.mark.django_db(transaction=True),
]
EMPTY = "/plan/divide/?cidr=198.51.100.0/24&gateway=198.51.100.1&nodes=64&clusters=2&later=2&style=blocks"


def opened(visit: Visit, browser: Client, live_server: LiveServer, url: str = EMPTY) -> None:
    signed_in(visit, browser, live_server).page.goto(live_server.url + url)
    expect(visit.page.locator("#division h2").first).to_contain_text("fits")


def part(visit: Visit, use: str) -> Locator:
    return visit.page.locator(f"[data-part][data-use={use}]").first


def dragged(visit: Visit, what: Locator, cells: int, rows: int = 0, at: float = 0.5) -> None:
    """By so many cells to the right and rows down, taken at a part of its width."""
    box = what.locator("rect").first.bounding_box()
    svg = visit.page.locator("[data-division]").bounding_box()
    assert box
    assert svg
    scale = svg["width"] / (132 + 64 * 16)
    x, y = box["x"] + box["width"] * at, box["y"] + box["height"] / 2
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + cells * 16 * scale, y + rows * 52 * scale, steps=4)
    visit.page.mouse.up()


def field(visit: Visit, name: str) -> Locator:
    return visit.page.locator(f"[data-divide] [name={name}]")


def test_what_is_typed_is_divided_as_one_types(estate: Estate, page: Client, live_server: LiveServer) -> None:
    with visiting() as visit:
        opened(visit, page, live_server)
        field(visit, "nodes").fill("900")
        expect(visit.page.locator("#division h2").first).to_have_text("It does not fit")
        expect(visit.page.locator("#division")).to_contain_text(
            "The smallest subnet that would do, were nothing there, is a /22."
        )
        assert "nodes=900" in visit.page.url, "the link says what was asked"
        for number, last in (("30", 61), ("31", 62)):
            field(visit, "nodes").fill(number)
            expect(part(visit, "dhcp")).to_have_attribute(
                "aria-valuetext", f"198.51.100.32-198.51.100.{last}"
            )
            expect(visit.page.locator(".files details").first).to_have_attribute("open", "")
        expect(visit.page.locator("#division h2").first).to_contain_text("It fits")
        assert shown_wrong(visit) == []


def test_a_part_is_dragged_and_all_else_goes_around_it(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server)
        expect(part(visit, "dhcp")).to_have_attribute("aria-valuetext", re.compile(r"^198\.51\.100\.32-"))
        dragged(visit, part(visit, "dhcp"), cells=0, rows=2, at=0.3)
        expect(field(visit, "dhcp")).to_have_value("198.51.100.160-198.51.100.223")
        expect(part(visit, "dhcp")).to_have_attribute("aria-valuetext", "198.51.100.160-198.51.100.223")
        expect(visit.page.locator("#division .tag")).to_have_text("chosen")
        dragged(visit, part(visit, "block"), cells=9)
        expect(field(visit, "blocks")).to_have_value(
            re.compile("^198.51.100.16/30|198.51.100.16-198.51.100.19")
        )


def test_a_part_is_moved_and_resized_by_keyboard(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server)
        part(visit, "control-planes").focus()
        visit.page.keyboard.press("ArrowRight")
        expect(field(visit, "control_planes")).to_have_value("198.51.100.5-198.51.100.8")
        expect(part(visit, "control-planes")).to_be_focused()
        visit.page.keyboard.press("Shift+ArrowRight")
        expect(field(visit, "control_planes")).to_have_value("198.51.100.5-198.51.100.9")
        visit.page.get_by_role("button", name="Let ipviz choose all of them").click()
        expect(field(visit, "control_planes")).to_have_value("")
        expect(part(visit, "control-planes")).to_have_attribute("aria-valuetext", "198.51.100.4-198.51.100.7")


def test_what_cannot_be_is_said_where_it_was_dragged_to(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server, "/plan/divide/?cidr=192.0.2.0/24&style=blocks&clusters=4")
        field(visit, "ingress").evaluate("(each) => { each.closest('details').open = true; }")
        field(visit, "ingress").fill("192.0.2.31")
        expect(visit.page.locator("#division")).to_contain_text("192.0.2.31 lies in the DHCP range")


def test_a_division_is_kept_and_its_files_are_copied(
    estate: Estate, operator: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(
            visit, operator, live_server, "/plan/divide/?cidr=192.0.2.0/24&style=blocks&clusters=4&later=1"
        )
        dragged(visit, part(visit, "ingress"), cells=3)
        expect(visit.page.locator("#division .tag")).to_have_text("chosen")
        visit.page.get_by_role("button", name="Keep this plan").click()
        expect(visit.page.locator(".messages")).to_contain_text("The plan of 192.0.2.0/24 is kept")
        expect(visit.page.locator("#division")).to_contain_text("This plan is kept.")
        elsewhere(is_planned)
        visit.page.locator("summary", has_text="wc-cp-ips.yaml").click()
        expect(visit.page.locator("details[open] pre")).to_contain_text("kind: GlobalInClusterIPPool")


def test_a_block_is_dragged_after_the_style_was_changed(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server, EMPTY.replace("blocks", "pool"))
        expect(part(visit, "balancers")).to_have_count(1)
        visit.page.locator("summary", has_text="Choose addresses").click()
        expect(field(visit, "blocks")).to_be_hidden()
        visit.page.get_by_label("an aligned block for each cluster").check()
        expect(part(visit, "block")).to_have_count(1)
        expect(field(visit, "blocks")).to_be_visible()
        expect(field(visit, "pool")).to_be_hidden()
        dragged(visit, part(visit, "block"), cells=12)
        expect(field(visit, "blocks")).to_have_value(re.compile(r"^198\.51\.100\.\d+-198\.51\.100\.\d+$"))
        expect(visit.page.locator("#division .tag")).to_have_count(1)


def test_a_block_moved_past_others_by_keyboard_stays_the_one_that_is_moved(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server)
        first = part(visit, "block")
        begin = int(first.get_attribute("data-first") or 0)
        first.focus()
        for moves in range(1, 5):
            visit.page.keyboard.press("ArrowRight")
            expect(field(visit, "blocks")).to_have_value(re.compile(r"^198\.51\.100\.\d+-198\.51\.100\.\d+$"))
            moved = visit.page.locator(f"[data-chosen][data-first='{begin + 4 * moves}']:focus")
            expect(moved).to_have_count(1)
            expect(visit.page.locator("#division .tag")).to_have_count(1)


def test_what_was_chosen_stays_and_what_was_not_makes_way(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server, f"{EMPTY}&blocks=198.51.100.240/30")
        expect(visit.page.locator("#division .tag")).to_have_count(1)
        blocks = visit.page.locator("[data-part][data-use=block]")
        expect(blocks).to_have_count(4)
        dragged(visit, part(visit, "block"), cells=4)
        expect(visit.page.locator("#division .tag")).to_have_count(2)
        expect(field(visit, "blocks")).to_have_value(
            re.compile(r"^[^,]+, 198\.51\.100\.240-198\.51\.100\.243$")
        )
        expect(visit.page.locator("#division h2").first).to_contain_text("It fits")


@pytest.mark.parametrize(
    ("number", "said"), [("", "This field is required"), ("-1", "greater than"), ("9999", "less than")]
)
def test_a_number_that_cannot_be_is_said(
    estate: Estate, page: Client, live_server: LiveServer, number: str, said: str
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server)
        field(visit, "clusters").fill(number)
        expect(visit.page.locator("#division .fault")).to_contain_text("Workload clusters now:")
        expect(visit.page.locator("#division .fault")).to_contain_text(said)


def test_a_part_of_one_cell_is_moved_wherever_it_is_taken(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        asked = "cidr=10.0.0.0/16&nodes=64&clusters=2&later=2&style=pool&pool=10.0.100.0-10.0.100.15"
        opened(visit, page, live_server, f"/plan/divide/?{asked}")
        for at, where in ((0.1, 102), (0.9, 104)):
            dragged(visit, part(visit, "balancers"), cells=2, at=at)
            there = f"10.0.{where}.0-10.0.{where}.15"
            expect(part(visit, "balancers")).to_have_attribute("aria-valuetext", there)


def test_escape_leaves_a_dragged_part_where_it_was(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        opened(visit, page, live_server)
        box = part(visit, "dhcp").locator("rect").first.bounding_box()
        assert box
        visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
        visit.page.mouse.down()
        visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 120, steps=3)
        expect(visit.page.locator(".ghost text")).to_contain_text("198.51.100.")
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator(".ghost")).to_have_count(0)
        visit.page.mouse.up()
        expect(field(visit, "dhcp")).to_have_value("")


def test_another_segment_has_numbers_of_its_own(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    segment("lab")
    with visiting() as visit:
        opened(visit, page, live_server)
        expect(field(visit, "nodes")).to_have_value("64")
        field(visit, "segment").select_option("lab")
        expect(field(visit, "nodes")).not_to_have_value("64")
        expect(field(visit, "of")).to_have_value("198.51.100.0/24 lab")
        assert "nodes" not in visit.page.url


def test_a_finger_drags_a_part(estate: Estate, page: Client, live_server: LiveServer) -> None:
    with visiting(viewport={"width": 390, "height": 800}, has_touch=True) as visit:
        opened(visit, page, live_server)
        rect = part(visit, "dhcp").locator("rect").first
        rect.scroll_into_view_if_needed()
        box = rect.bounding_box()
        assert box
        x, y = max(box["x"], 0) + 60, box["y"] + box["height"] / 2
        touch = visit.page.context.new_cdp_session(visit.page)
        for step in range(7):
            points = [{"x": x, "y": y + 10 * step}]
            kind = "touchMove" if step else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(field(visit, "dhcp")).not_to_have_value("")


def is_planned() -> None:
    assert Subnet.objects.get(cidr="192.0.2.0/24").planned


PAGES = (
    "/plan/",
    "/plan/divide/",
    "/plan/address/",
    "/plan/range/?cluster=beta",
    "/plan/cluster/?name=zeta&organization=acme",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_shows_all_of_it(estate: Estate, page: Client, live_server: LiveServer, path: str) -> None:
    with visiting(viewport={"width": 390, "height": 800}) as visit:
        signed_in(visit, page, live_server).page.goto(live_server.url + path)
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert shown_wrong(visit) == []
