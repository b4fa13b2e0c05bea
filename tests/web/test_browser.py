"""The map in a real browser over rows made by hand."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import Visit, visiting
from tests.builders import seen_service
from tests.factories import minutes, see
from tests.web.conftest import BETA, MAP, Estate

pytestmark = [
    pytest.mark.browser,
    pytest.mark.requires("chromium"),
    pytest.mark.django_db(transaction=True),
]

HOSTILE = '<img src=x onerror=alert(1)><a href="javascript:alert(2)">\u202egnp.exe</a>'


def signed_in(visit: Visit, page: Client, live_server: LiveServer) -> Visit:
    cookie = page.cookies["sessionid"]
    visit.page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    return visit


def test_a_hostile_name_is_text_under_the_pointer(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    service = seen_service(HOSTILE, annotation="192.0.2.200", status=["192.0.2.200"])
    see(estate.beta, service, at=minutes(9.9))
    estate.judged(9.95)
    with visiting() as visit:
        signed_in(visit, page, live_server).open_map(live_server.url + MAP)
        visit.page.mouse.move(*visit.cell(200))
        expect(visit.page.locator("[data-map-tooltip]")).to_contain_text(HOSTILE)
        visit.page.mouse.click(*visit.cell(200))
        expect(visit.page.locator("[data-panel]")).to_contain_text(HOSTILE)
        assert visit.complaints == []


def test_a_list_refreshes_where_something_changed_and_only_there(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        visit.page.clock.install()
        signed_in(visit, page, live_server).page.goto(f"{live_server.url}/findings/")
        # What comes first is put in the place of what came with the page; the answer is there before it is.
        visit.page.evaluate("document.querySelector('[data-refresh] .title').dataset.first = ''")
        refreshed(visit)
        expect(visit.page.locator("[data-first]")).to_have_count(0)
        # The same again: what stands on the page is left alone, with what somebody marked in it.
        visit.page.evaluate("document.querySelector('[data-refresh] .title').dataset.mark = 'mine'")
        refreshed(visit)
        expect(visit.page.locator("[data-mark]")).to_have_count(1)
        assert visit.complaints == []


def test_a_page_that_stays_open_says_what_cannot_be_read_any_more(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        visit.page.clock.install()
        signed_in(visit, page, live_server).page.goto(f"{live_server.url}/changes/")
        expect(visit.page.get_by_text("is only partly readable")).to_have_count(0)
        before = visit.page.locator("#tally").inner_text()
        web = seen_service("web", annotation="192.0.2.200")
        elsewhere(lambda: estate.seen(9.85, web, beta_unread=("Node", "ConfigMap")))
        elsewhere(lambda: estate.judged(9.9))
        with visit.page.expect_response(lambda reply: reply.url.endswith("/frame/")):
            visit.page.clock.run_for(20_500)
        expect(visit.page.get_by_text("is only partly readable")).to_be_visible()
        expect(visit.page.locator("#tally")).not_to_have_text(before)
        assert visit.complaints == []


def test_a_page_that_stays_open_says_that_ipviz_does_not_answer_any_more(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        visit.page.clock.install()
        signed_in(visit, page, live_server).page.goto(f"{live_server.url}/findings/")
        line = visit.page.locator("[data-unanswered]")
        # Nothing answers: the frame, which asks every 20 seconds, would else be heard between.
        for path in ("**/findings/", "**/frame/"):
            visit.page.route(path, lambda route: route.abort())
        for _ in range(2):
            expect(line).to_be_hidden()
            with visit.page.expect_event("requestfailed"):
                visit.page.clock.run_for(10_500)
        expect(line).to_contain_text("ipviz has not answered since")
        visit.page.unroute_all()
        refreshed(visit)
        expect(line).to_be_hidden()


def refreshed(visit: Visit) -> None:
    with visit.page.expect_response(lambda reply: reply.url.endswith("/findings/")):
        visit.page.clock.run_for(10_500)
    visit.page.clock.run_for(500)


def test_one_steps_back_by_key_sees_who_was_there_and_comes_back_to_now(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    moved = seen_service("ingress", namespace="kube-system", annotation="192.0.2.238")
    see(estate.beta, *BETA[:2], moved, at=minutes(9.9))
    with visiting() as visit:
        signed_in(visit, page, live_server).open_map(live_server.url + MAP)
        band, panel = visit.page.locator(".as-of"), visit.page.locator("[data-panel]")
        for wanted in ("2026-01-15 09:09:54", "2026-01-15 09:00:06", "2026-01-15 09:00:00"):
            visit.page.keyboard.press("[")
            expect(band).to_contain_text(f"As of {wanted} UTC")
            visit.wait_for_map()
        visit.page.mouse.click(*visit.cell(236))
        expect(panel).to_contain_text("kube-system/ingress")
        assert "at=" in visit.page.url
        for wanted in ("2026-01-15 09:00:06", "2026-01-15 09:09:54"):
            visit.page.keyboard.press("]")
            expect(band).to_contain_text(f"As of {wanted} UTC")
        expect(panel).to_contain_text("192.0.2.236")  # what was opened is looked at in the other moment too
        visit.page.locator("[data-step=now]").click()
        expect(band).to_contain_text("As of now")
        assert "at=" not in visit.page.url
        assert visit.complaints == []


def test_a_map_and_its_tables_follow_what_changes(
    estate: Estate, page: Client, live_server: LiveServer
) -> None:
    with visiting() as visit:
        visit.page.clock.install()
        signed_in(visit, page, live_server).open_map(live_server.url + MAP)
        expect(visit.page.locator("#listed")).not_to_contain_text("192.0.2.158")
        visit.page.evaluate("document.querySelector('[data-map]').dataset.mark = 'mine'")
        elsewhere(lambda: estate.seen(9.9, seen_service("late", annotation="192.0.2.158")))
        elsewhere(lambda: estate.judged(9.95))
        with visit.page.expect_response(lambda reply: reply.url.endswith(MAP)):
            visit.page.clock.run_for(10_500)
        expect(visit.page.locator("#listed")).to_contain_text("192.0.2.158")
        visit.page.mouse.move(*visit.cell(158))
        visit.page.clock.run_for(500)
        expect(visit.page.locator("[data-map-tooltip]")).to_contain_text("late")
        expect(visit.page.locator("[data-mark]")).to_have_count(1)
        assert visit.complaints == []


@pytest.mark.parametrize(("kind", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_the_map_is_a_file(
    estate: Estate, page: Client, live_server: LiveServer, kind: str, begins: bytes
) -> None:
    with visiting() as visit:
        signed_in(visit, page, live_server).open_map(live_server.url + MAP)
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"192.0.2.0-24.{kind.lower()}"
        assert Path(download.value.path()).read_bytes().startswith(begins)
        assert visit.complaints == []


def elsewhere(do: Callable[[], None]) -> None:
    """In a thread of its own: beside a browser, Django takes this one for asynchronous."""

    def work() -> None:
        do()
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
