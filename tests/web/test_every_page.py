"""Every page has the same tests: anonymous, shut out, each role; nothing there; something unread.

A page without a row here fails the suite.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.roles import give_role
from ipviz.alerts.models import Delivery, Silence, Subscription
from ipviz.clusters.models import Subnet
from ipviz.findings.models import Finding
from tests.alerts.stories import subscribed
from tests.web.conftest import NOW, Estate, text_of

Arguments = Callable[[], list[Any]]
VIEWER, OPERATOR, ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN


@dataclass(frozen=True)
class Row:
    """Who may look at a page, who may post to it (nobody where it is None), and what it is about."""

    looks: Role | None = VIEWER
    posts: Role | None = None
    arguments: Arguments = list
    tells_stale: bool = False


def first(rows: Any) -> Arguments:
    return lambda: [rows.objects.earliest("pk").pk]


def values(*told: Any) -> Arguments:
    return lambda: [*told]


PAGES = {
    "overview": Row(tells_stale=True),
    "frame": Row(),
    "subnets": Row(),
    "subnet": Row(arguments=values("192.0.2.0-24"), tells_stale=True),
    "map": Row(arguments=values("192.0.2.0-24")),
    "notes": Row(arguments=values("192.0.2.0-24")),
    "report": Row(arguments=values("192.0.2.0-24"), tells_stale=True),
    "address": Row(arguments=values("192.0.2.236"), tells_stale=True),
    "findings": Row(tells_stale=True),
    "handle-findings": Row(None, OPERATOR),
    "finding": Row(arguments=first(Finding), tells_stale=True),
    "handle": Row(None, OPERATOR, first(Finding)),
    "rules": Row(),
    "releases": Row(),
    "clusters": Row(),
    "cluster": Row(arguments=values("gmc/org-acme/beta"), tells_stale=True),
    "poll": Row(None, OPERATOR),
    "changes": Row(),
    "alerts": Row(),
    "mail": Row(arguments=first(Delivery)),
    "subscriptions": Row(VIEWER, OPERATOR),
    "subscription": Row(VIEWER, OPERATOR, first(Subscription)),
    "handle-subscription": Row(None, OPERATOR, first(Subscription)),
    "silences": Row(VIEWER, OPERATOR),
    "end-silence": Row(None, OPERATOR, first(Silence)),
    "search": Row(),
    "addresses": Row(tells_stale=True),
    "pools": Row(),
    "claims": Row(),
    "services": Row(tells_stale=True),
    "file": Row(arguments=values("pools", "csv")),
    "plan": Row(),
    "divide": Row(),
    "keep-plan": Row(None, OPERATOR),
    "forget-plan": Row(None, OPERATOR),
    "plan-file": Row(),
    "pick-address": Row(),
    "set-range": Row(),
    "new-cluster": Row(),
    "settings": Row(),
    "settings-segments": Row(VIEWER, OPERATOR),
    "settings-move": Row(None, OPERATOR),
    "settings-remove-segment": Row(OPERATOR, OPERATOR, values("default")),
    "settings-subnets": Row(VIEWER, OPERATOR),
    "settings-subnet": Row(VIEWER, OPERATOR, first(Subnet)),
    "settings-remove-subnet": Row(OPERATOR, OPERATOR, first(Subnet)),
    "settings-clusters": Row(VIEWER, ADMIN),
    "settings-remove-cluster": Row(ADMIN, ADMIN, values("gmc")),
    "settings-tokens": Row(ADMIN, ADMIN),
    "settings-revoke": Row(ADMIN, ADMIN, first(ApiToken)),
    "settings-people": Row(ADMIN, ADMIN),
    "settings-person": Row(ADMIN, ADMIN, first(User)),
    "settings-audit": Row(ADMIN),
    "settings-running": Row(OPERATOR),
    "settings-password": Row(VIEWER, VIEWER),
}
OPEN = {"mail-handle", "mail-stop", "mail-confirm"}
"""What a mail opens: each has its own permission in it (test_mail_links.py)."""
RANKS = (VIEWER, OPERATOR, ADMIN)
LOOKED_AT = [name for name, row in PAGES.items() if row.looks]
POSTED_TO = [name for name, row in PAGES.items() if row.posts]
PARTS = {"frame", "plan-file"}
"""What is no page by itself."""
WITHOUT_ARGUMENTS = [name for name in LOOKED_AT if PAGES[name].arguments is list and name not in PARTS]


def names_of(patterns: list[Any]) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from names_of(each.url_patterns)
        elif isinstance(each, URLPattern):
            yield str(each.name)


def url_of(name: str) -> str:
    return reverse(f"web:{name}", args=PAGES[name].arguments())


def of_role(role: Role) -> Client:
    person = User.objects.create_user(f"some-{role}")
    give_role(person, role)
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def filled(estate: Estate) -> Estate:
    subscribed(created_at=NOW)
    Delivery.objects.create(at=NOW, subject="used twice", text="", html="", message_id="<1@ipviz>")
    Silence.objects.create(
        rules=["C4"], starts_at=NOW, ends_at=NOW.replace(hour=20), reason="upgrade", by="anna", created_at=NOW
    )
    User.objects.create_user("bert")
    ApiToken.objects.create(name="pipelines", digest="x", created_at=NOW)
    return estate


def test_every_page_has_its_row() -> None:
    (web,) = (each for each in get_resolver().url_patterns if getattr(each, "app_name", "") == "web")
    assert isinstance(web, URLResolver)
    assert set(names_of(web.url_patterns)) == PAGES.keys() | OPEN


@pytest.mark.parametrize("name", PAGES)
def test_who_is_not_signed_in_or_shut_out_is_asked_to_sign_in(name: str, filled: Estate) -> None:
    url, shut_out = url_of(name), of_role(VIEWER)
    User.objects.filter(username="some-viewer").update(is_active=False)
    for browser in (Client(), shut_out):
        for answer in (browser.get(url), browser.post(url)):
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("role", RANKS)
@pytest.mark.parametrize("name", PAGES)
def test_who_may_look_does_and_nobody_else(name: str, role: Role, filled: Estate) -> None:
    url, least = url_of(name), PAGES[name].looks
    answer = of_role(role).get(url)
    if least is None:
        assert answer.status_code == 405
    elif RANKS.index(role) >= RANKS.index(least):
        assert answer.status_code in (200, 405), "405 where a button has no page of its own"
    else:
        assert answer.status_code in (403, 405)


@pytest.mark.parametrize("name", POSTED_TO)
def test_who_may_not_post_is_told_which_role_it_takes(name: str, filled: Estate) -> None:
    url, least = url_of(name), PAGES[name].posts
    assert least
    for role in RANKS[: RANKS.index(least)]:
        answer = of_role(role).post(url)
        assert answer.status_code == 403
        assert f"the role {least.value}" in answer.content.decode()


@pytest.mark.parametrize("name", [name for name in LOOKED_AT if name not in POSTED_TO])
def test_what_is_only_looked_at_takes_no_post(name: str, filled: Estate) -> None:
    assert of_role(ADMIN).post(url_of(name)).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("name", WITHOUT_ARGUMENTS)
def test_a_page_of_nothing_says_so(name: str) -> None:
    html = text_of(of_role(ADMIN), url_of(name))
    assert "<h1" in html
    assert ">None<" not in html


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row.tells_stale])
def test_what_cannot_be_read_now_is_marked(name: str, filled: Estate) -> None:
    filled.seen(9.85, beta_unread=("Service", "Node", "ConfigMap"))
    filled.judged(9.9)
    html = text_of(of_role(VIEWER), url_of(name))
    assert "is only partly readable" in html, "in the frame"
    assert any(
        word in html for word in ('class="tag stale"', "no: as last seen", "not readable: as last known")
    )
