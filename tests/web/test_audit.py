"""The page of what people changed."""

from html import unescape

import pytest
from django.test import Client

from ipviz.audit.models import Entry
from ipviz.clusters.segments import register, remove
from ipviz.clusters.subnets import declare, declare_anew
from tests.factories import segment
from tests.web.conftest import NOW, text_of

AUDIT = "/settings/audit/"


@pytest.fixture
def changed(admin: Client) -> None:
    subnet = declare(segment(), "192.0.2.0/24", name="prod-a", gateway="192.0.2.1")
    declare_anew(subnet, gateway="192.0.2.254")


def test_a_change_is_told_with_what_was_before_and_leads_to_the_thing(admin: Client, changed: None) -> None:
    html = text_of(admin, AUDIT)
    assert "192.0.2.1</span> → <span" in html
    assert 'href="/settings/subnets/' in html
    assert html.index("changed") < html.index("prod-a"), "the latest first"


def test_what_was_removed_is_told_without_a_link(admin: Client) -> None:
    register("site-b")
    remove("site-b")
    html = text_of(admin, f"{AUDIT}?q=removed")
    assert '<span class="name">site-b</span>' in html
    assert "1 entry" in html


@pytest.mark.parametrize(
    ("asked", "many"),
    [
        ("kind=subnet", 2),
        ("who=viewer", 1),
        ("q=192.0.2", 2),
        ("kind=subnet&ref=0", 0),
        ("until=2026-01-15+09:00", 0),
        ("since=2026-01-15+09:00&kind=subnet", 2),
    ],
)
def test_it_is_asked_for_by_who_what_and_when(admin: Client, changed: None, asked: str, many: int) -> None:
    html = text_of(admin, f"{AUDIT}?{asked}")
    assert html.count('<div class="told">') == many
    assert ("Nobody did anything like that." in html) == (many == 0)


def test_what_is_asked_wrongly_is_said(admin: Client, changed: None) -> None:
    html = text_of(admin, f"{AUDIT}?since=soon")
    assert "<strong>since</strong>" in html
    assert '<div class="told">' not in html


def test_a_hostile_name_is_text(admin: Client) -> None:
    bad = "<script>alert(1)</script>"
    Entry.objects.create(at=NOW, who=bad, kind=bad, name=bad, action=bad, after={bad: [bad]})
    html = text_of(admin, AUDIT)
    assert "<script>alert" not in html
    assert unescape(html).count(bad) > 4


def test_the_api_tells_an_admin_the_same(admin: Client, changed: None) -> None:
    (entry,) = admin.get("/api/v1/audit/?kind=subnet&q=changed").json()["results"]
    assert (entry["before"], entry["after"]) == ({"gateway": "192.0.2.1"}, {"gateway": "192.0.2.254"})
    lines = admin.get("/api/v1/audit/?format=csv")
    assert b"gateway" in b"".join(lines.streaming_content)  # type: ignore[attr-defined]
