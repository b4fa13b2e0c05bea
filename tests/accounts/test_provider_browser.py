"""Sign-in through the page of a provider, in a real browser under the real policy."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.accounts.provider import Provider
from tests.browser import visiting
from tests.web.test_accessible import shown_wrong

pytestmark = [
    pytest.mark.browser,
    pytest.mark.requires("chromium"),
    pytest.mark.django_db(transaction=True),
]


def test_one_signs_in_at_the_provider_and_is_led_on_and_may_think_better_of_it(
    provider: Provider, live_server: LiveServer
) -> None:
    provider.person("u1", "platform", name="bert")
    with visiting() as visit:
        page = visit.page
        # The stand-in's page wants a style from elsewhere.
        page.route("**/*.jsdelivr.net/**", lambda route: route.fulfill(body="", content_type="text/css"))
        page.goto(f"{live_server.url}/findings/?q=a")
        assert shown_wrong(visit) == []
        page.get_by_role("link", name="Sign in with Dex").click()
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_role("alert")).to_have_text(
            "You are not signed in: Dex was told not to, or refused."
        )
        page.get_by_role("link", name="Sign in with Dex").click()
        page.get_by_placeholder("sub").fill("u1")
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{live_server.url}/findings/?q=a")
        page.locator("details.person summary").click()
        expect(page.locator("details.person")).to_contain_text("bert")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in with Dex")).to_be_visible()
        assert visit.complaints == []
