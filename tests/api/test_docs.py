"""The description of the API as a page: whole, linked, and tried out in a real browser."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.api.documents import Kind, document
from tests.api.conftest import NOW, Estate
from tests.browser import visiting
from tests.web.test_accessible import shown_wrong
from tests.web.test_browser import signed_in

DOCS = "/api/v1/docs/"
WIDTHS = [1280, 390]


@pytest.fixture(autouse=True)
def _now(request: pytest.FixtureRequest) -> Iterator[None]:
    """The clock stands still, but for a browser, which has its own."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


def browser_of(role: Role) -> Client:
    made, browser = User.objects.create_user(role.value), Client()
    give_role(made, role)
    browser.force_login(made)
    return browser


@pytest.fixture
def told(db: None) -> str:
    return browser_of(Role.VIEWER).get(DOCS).content.decode()


def test_a_stranger_signs_in_first(client: Client, db: None) -> None:
    reply = client.get(DOCS)
    assert (reply.status_code, reply["Location"]) == (302, f"/sign-in/?next={DOCS}")


def test_each_operation_is_told_with_its_fields_and_an_example(told: str) -> None:
    operations = [each for group in document().operations.values() for each in group]
    assert len(operations) >= 40
    for each in operations:
        assert f'id="{each.name}"' in told
        assert each.about, each
        is_told = each.method != "DELETE" and not each.path.endswith("/events/")  # which is a stream
        assert bool(each.answer_example) == is_told, each
        assert bool(each.sent) == bool(each.sent_example), each
    assert "&quot;spans&quot;" in told


def test_each_link_on_it_leads_somewhere_on_it(told: str) -> None:
    ids = set(re.findall(r'\sid="([^"]+)"', told))
    meant = set(re.findall(r'href="#([^"]+)"', told))
    assert {"check", "shapes", "Verdict", "Check", "Finding", "WholeFinding"} <= meant
    assert meant <= ids


def test_kinds_are_told_in_words(told: str) -> None:
    shapes = {shape.name: {field.name: field.kind for field in shape.fields} for shape in document().shapes}
    assert shapes["Check"]["spans"].words == "list of text"
    assert shapes["Verdict"]["conflicts"].shape == "Conflict"
    assert shapes["Cluster"]["reachable"] == Kind("true or false", null=True)
    assert shapes["Pool"]["last_seen"] == Kind("moment", null=True)
    assert shapes["Pool"]["reported"] == Kind("", "Counts", null=True)
    assert shapes["Pool"]["hands_out"] == Kind("addresses, prefixes")
    assert shapes["Finding"]["first_seen"].words == "moment"
    assert shapes["Snapshot"]["counts"].words == "by name, integer"
    assert not [name for name in shapes if name.startswith("Paginated")]


@pytest.mark.browser
@pytest.mark.requires("chromium")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_one_finds_check_and_asks_it(estate: Estate, live_server: LiveServer, width: int) -> None:
    viewer = browser_of(Role.VIEWER)
    with visiting(viewport={"width": width, "height": 900}) as visit:
        page = signed_in(visit, viewer, live_server).page
        page.goto(live_server.url + DOCS)
        page.get_by_label("Search", exact=True).fill("check_create")
        expect(page.locator("details.docs:visible")).to_have_count(1)
        page.locator("#check_create summary").click()
        body = page.locator("#check_create textarea")
        expect(body).to_have_value(re.compile(r'"192\.0\.2\.236/30"'))
        body.fill('{"spans": ["192.0.2.180/30"]}')
        page.get_by_role("button", name="POST", exact=True).click()
        expect(page.locator("#check_create [data-docs-status]")).to_have_text("200 OK")
        expect(page.locator("#check_create [data-docs-told]")).to_contain_text('"free": true')
        assert shown_wrong(visit) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("#check_create").get_by_role("link", name="Verdict").click()
        expect(page.locator("#Verdict")).to_contain_text("Nothing that we know stands against it.")
        assert (visit.complaints, len(visit.hosts)) == ([], 1)


@pytest.mark.browser
@pytest.mark.requires("chromium")
@pytest.mark.django_db(transaction=True)
def test_who_may_write_writes_there_as_they_are_signed_in(live_server: LiveServer) -> None:
    operator = browser_of(Role.OPERATOR)
    with visiting() as visit:
        page = signed_in(visit, operator, live_server).page
        page.goto(f"{live_server.url}{DOCS}#segments_create")
        page.locator("#segments_create textarea").fill('{"name": "site-b"}')
        page.get_by_role("button", name="POST", exact=True).click()
        expect(page.locator("#segments_create [data-docs-status]")).to_have_text("201 Created")
        page.locator("#segments_create summary").click()
        page.locator("#segments_retrieve summary").click()
        for name, status in (("site-b", "200 OK"), ("no/where", "404 Not Found")):
            page.locator("#segments_retrieve [name=name]").fill(name)
            page.get_by_role("button", name="GET", exact=True).click()
            expect(page.locator("#segments_retrieve [data-docs-status]")).to_have_text(status)
        assert [each for each in visit.complaints if "404" not in each] == []
