"""`manage.py up` as somebody meets it: the printed link, the map of the demo, a red cell, its finding."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.requires("chromium")]

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "images"
READY_SECONDS = 90
ENDS_SECONDS = 20
MAP = "/subnets/10.10.222.0-24/"
COLLISION = 236


@dataclass
class Running:
    """A running ipviz; `cookies` are those of somebody who followed the printed link."""

    url: str
    link: str
    cookies: list[object]


@pytest.fixture(scope="module")
def ipviz(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("up")
    log = folder / "up.log"
    outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    port = str(free_port())
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={**outer, "PORT": port, "IPVIZ_DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Running(f"http://127.0.0.1:{port}", printed_link(process, log), [])
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(ENDS_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def printed_link(process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://\S+/sign-in/link/\?token=[^\s)]+", log.read_text()):
            return found[0]
        time.sleep(0.3)
    pytest.fail(f"no link was printed:\n{log.read_text()}")


def sign_in(visit: Visit, ipviz: Running) -> None:
    """Follow the printed link; it works once, so later windows take its cookies."""
    page = visit.page
    if ipviz.cookies:
        page.context.add_cookies(ipviz.cookies)  # type: ignore[arg-type]
        page.goto(ipviz.url)
    else:
        page.goto(ipviz.link)
        ipviz.cookies.extend(page.context.cookies())
    expect(page.get_by_role("link", name="Overview")).to_be_visible()


def open_map(visit: Visit, ipviz: Running) -> None:
    open_page_of_map(visit, ipviz)
    visit.wait_for_map()


def open_page_of_map(visit: Visit, ipviz: Running) -> None:
    """Open it once the demo is read and judged, which takes two looks."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        visit.page.goto(ipviz.url + MAP)
        if visit.page.locator(".legend .swatch.collision").count():
            break
        time.sleep(1)


def assert_quiet(visit: Visit, ipviz: Running) -> None:
    assert visit.complaints == []
    assert visit.hosts == {urlsplit(ipviz.url).netloc}


def test_from_the_printed_link_to_the_finding_of_a_red_cell(ipviz: Running) -> None:
    with visiting() as visit:
        page = visit.page
        sign_in(visit, ipviz)
        open_map(visit, ipviz)
        page.mouse.move(*visit.cell(COLLISION))
        tooltip = page.locator("[data-map-tooltip]")
        expect(tooltip).to_contain_text("10.10.222.236")
        expect(tooltip).to_contain_text("collision")
        expect(tooltip).to_contain_text("for ")
        page.mouse.click(*visit.cell(COLLISION))
        panel = page.locator("[data-panel]")
        expect(panel.get_by_role("heading")).to_have_text("10.10.222.236")
        assert page.url.endswith(f"{MAP}?address=10.10.222.236")
        title = panel.locator(".alarm a").first.inner_text()
        panel.locator(".alarm a").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("heading", name="What to do")).to_be_visible()
        page.get_by_role("link", name=re.compile("on the map of")).click()
        visit.wait_for_map()
        expect(page.locator("[data-panel]").get_by_role("heading")).to_have_text("10.10.222.236")
        assert_quiet(visit, ipviz)


def test_the_map_is_walked_by_keyboard_and_speaks(ipviz: Running) -> None:
    with visiting(color_scheme="dark") as visit:
        page = visit.page
        sign_in(visit, ipviz)
        open_map(visit, ipviz)
        page.locator("[data-map]").focus()
        page.keyboard.press("n")
        spoken = page.locator("[data-map-spoken]")
        expect(spoken).to_contain_text("collision")
        page.keyboard.press("Control+Home")
        page.keyboard.press("ArrowRight")
        expect(spoken).to_contain_text("10.10.222.1, reserved")
        page.keyboard.press("Enter")
        expect(page.locator("[data-panel]").get_by_role("heading")).to_have_text("10.10.222.1")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        assert_quiet(visit, ipviz)


def test_a_phone_shows_every_page_without_sideways_scrolling(ipviz: Running) -> None:
    with visiting(viewport={"width": 390, "height": 844}, has_touch=True) as visit:
        sign_in(visit, ipviz)
        open_map(visit, ipviz)
        for path in (MAP, "/", "/subnets/", "/findings/", "/findings/1/", "/clusters/gmc/", "/alerts/"):
            visit.page.goto(ipviz.url + path)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert_quiet(visit, ipviz)


def test_without_javascript_the_table_says_the_same(ipviz: Running) -> None:
    with visiting(java_script_enabled=False) as visit:
        page = visit.page
        sign_in(visit, ipviz)
        open_page_of_map(visit, ipviz)
        page.get_by_role("link", name="State").click()  # the worst first
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="10.10.222.236", exact=True))
        expect(row.last).to_contain_text("collision")
        row.last.get_by_role("link", name="10.10.222.236", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("10.10.222.236")


def test_who_has_it_since_when_and_what_to_do_is_two_steps_away(ipviz: Running, tmp_path: Path) -> None:
    """The walk of docs/walk.md: an address is searched for, and its finding says the rest."""
    with visiting(viewport={"width": 1280, "height": 860}) as visit:
        page = visit.page
        sign_in(visit, ipviz)
        open_page_of_map(visit, ipviz)  # the demo is judged by now
        page.goto(ipviz.url)
        keep(visit, "walk-overview.png", tmp_path)
        page.keyboard.press("/")
        page.keyboard.type("10.10.222.236")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("10.10.222.236")
        expect(page.locator("main")).to_contain_text("nginx-ingress-controller")
        expect(page.locator("main time").first).to_be_visible()
        keep(visit, "walk-address.png", tmp_path)
        page.locator("main").get_by_role("link", name=re.compile("is used by lab")).first.click()
        expect(page.get_by_role("heading", name="What to do")).to_be_visible()
        keep(visit, "walk-finding.png", tmp_path, full_page=True)
        assert_quiet(visit, ipviz)


def keep(visit: Visit, name: str, tmp_path: Path, *, full_page: bool = False) -> None:
    """PICTURES=1 puts it in docs/images, with its headings beside it; else it must show what those say."""
    takes = "PICTURES" in os.environ
    folder = PICTURES if takes else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    visit.page.screenshot(path=folder / name, full_page=full_page)
    headings = visit.page.locator("main").get_by_role("heading").all_inner_texts()
    shown = (PICTURES / name).with_suffix(".txt")
    if takes:
        shown.write_text("\n".join(headings) + "\n")
    assert headings == shown.read_text().splitlines(), f"take {name} anew: PICTURES=1 make e2e"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_for_the_docs_can_be_taken(ipviz: Running, scheme: str, tmp_path: Path) -> None:
    with visiting(color_scheme=scheme, viewport={"width": 1280, "height": 990}) as visit:
        sign_in(visit, ipviz)
        open_map(visit, ipviz)
        visit.page.mouse.click(*visit.cell(COLLISION))
        expect(visit.page.locator("[data-panel]").get_by_role("heading")).to_have_text("10.10.222.236")
        visit.page.mouse.move(5, 5)
        visit.page.evaluate("scrollTo(0, 0)")
        visit.page.wait_for_timeout(500)
        keep(visit, "map.png" if scheme == "light" else "map-dark.png", tmp_path)


def test_the_demos_subnet_is_divided_as_a_person_would(ipviz: Running, tmp_path: Path) -> None:
    """The example of docs/questions/divide.md."""
    with visiting(viewport={"width": 1280, "height": 1000}) as visit:
        sign_in(visit, ipviz)
        open_page_of_map(visit, ipviz)  # the demo is judged by now
        page = visit.page
        page.goto(ipviz.url)
        page.get_by_role("link", name="Divide a subnet").click()
        new = page.locator(".parts tr", has=page.get_by_role("cell", name="new", exact=True))
        expect(new.locator("a.address")).to_have_text(
            [
                "10.10.222.208-10.10.222.211",
                *(f"10.10.222.{n}-10.10.222.{n + 3}" for n in (212, 216, 220, 224)),
                "10.10.222.231",
            ]
        )
        keep(visit, "divide.png", tmp_path)
        assert_quiet(visit, ipviz)
