"""A management cluster is added by the pages, in a real browser and without a script."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.apiserver import READER, FakeApiServer
from tests.browser import Visit, visiting
from tests.web.test_accessible import shown_wrong
from tests.web.test_browser import elsewhere, signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.requires("chromium"),
    pytest.mark.django_db(transaction=True),
]
PHONE = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False}


def test_who_adds_a_cluster_sees_which_right_is_missing_and_then_what_was_read(
    admin: Client, live_server: LiveServer, tmp_path: Path, settings: Settings
) -> None:
    settings.KUBECONFIG_DIR = tmp_path
    with FakeApiServer("gmc") as server, visiting() as visit:
        page = signed_in(visit, admin, live_server).page
        page.goto(f"{live_server.url}/settings/")
        page.get_by_role("link", name="Clusters", exact=True).last.click()
        expect(page.locator("main")).to_contain_text(f"Lay a kubeconfig file into {tmp_path}")
        server.write_kubeconfig(tmp_path / "gmc.kubeconfig", READER)
        server.fail("Service", status=403)
        page.reload()
        page.get_by_label("Name", exact=True).fill("gmc")
        page.get_by_role("button", name="Test the connection").click()
        tried = page.locator("#tried")
        expect(tried).to_contain_text("It answers, and 1 kind may not be read.")
        expect(tried).to_contain_text('- {apiGroups: [""], resources: [services], verbs: [list]}')
        assert shown_wrong(visit) == []
        server.heal()
        page.get_by_role("button", name="Test the connection").click()
        expect(tried).to_contain_text("It answers, and all of its kinds may be read.")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".messages")).to_contain_text("gmc is registered on segment default.")
        expect(page.locator("h1")).to_contain_text("gmc")
        elsewhere(read_it)
        page.goto(f"{live_server.url}/settings/clusters/")
        expect(page.get_by_role("row").filter(has_text="gmc")).to_contain_text("read whole")
        assert [each for each in visit.complaints if "400" not in each] == []


def test_settings_are_reached_and_used_on_a_phone_without_scripts(
    admin: Client, live_server: LiveServer
) -> None:
    with visiting(**PHONE) as visit:
        page = signed_in(visit, admin, live_server).page
        page.goto(live_server.url)
        page.locator("details.person summary").click()
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Segments").click()
        page.get_by_label("Name", exact=True).fill("site-b")
        page.get_by_role("button", name="Register").click()
        expect(page.locator(".messages")).to_contain_text("Segment site-b is registered.")
        for path in ("", "segments/", "subnets/", "clusters/", "tokens/", "people/", "audit/", "password/"):
            page.goto(f"{live_server.url}/settings/{path}")
            assert is_no_wider_than_the_phone(visit), path


def read_it() -> None:
    call_command("poll", "gmc")


def is_no_wider_than_the_phone(visit: Visit) -> bool:
    return bool(visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
