"""What axe finds wrong with the pages: nothing serious, in light and in dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.accounts.tokens import create_token
from tests.browser import Visit, visiting
from tests.web.budgets import BUDGETS, OF_ADMINS
from tests.web.conftest import NOW, Estate
from tests.web.test_browser import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.requires("chromium"),
    pytest.mark.django_db(transaction=True),
]

PAGES = [url for url in BUDGETS if "/map/" not in url and "/notes/" not in url]
BAD = ("serious", "critical")
Rules = dict[str, Any]
ONLY_COLOURS: Rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""All that dark changes."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(
    scheme: str, estate: Estate, page: Client, live_server: LiveServer
) -> None:
    viewer = User.objects.get(username="viewer")
    give_role(viewer, Role.ADMIN)  # who sees every button
    create_token("pipelines", Role.VIEWER, NOW)
    pages = [*PAGES, *OF_ADMINS, estate.collision.get_absolute_url(), "/subscriptions/", "/silences/"]
    pages += [f"/settings/people/{viewer.pk}/", f"/settings/subnets/{estate.subnet.pk}/"]
    with visiting(color_scheme=scheme) as visit:
        signed_in(visit, page, live_server)
        rules = ONLY_COLOURS if scheme == "dark" else None
        found = {url: wrong for url in pages if (wrong := wrong_with(visit, live_server.url + url, rules))}
    assert found == {}


def wrong_with(visit: Visit, url: str, rules: Rules | None) -> list[str]:
    visit.page.goto(url)
    if visit.page.locator("[data-map]").count():
        visit.wait_for_map()
    return shown_wrong(visit, rules)


def shown_wrong(visit: Visit, rules: Rules | None = None) -> list[str]:
    """What axe finds wrong with the page that is open; by all its rules, unless some are named."""
    violations: list[dict[str, Any]] = Axe().run(visit.page, options=rules).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in violations
        if each["impact"] in BAD
    ]
