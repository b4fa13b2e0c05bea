"""The page of what happened."""

import re
from typing import Any

import pytest

from ipviz.domain.seen import Observation
from ipviz.inventory.store import store
from tests.builders import seen_service
from tests.factories import minutes, see
from tests.web.conftest import BETA, MAP, Estate, PageText


@pytest.fixture
def happened(estate: Estate) -> Estate:
    for at, address in ((9.85, "192.0.2.60"), (9.9, "192.0.2.61")):
        see(estate.beta, *BETA, seen_service("web", annotation=address), at=minutes(at))
    store(estate.gamma, Observation(error="no route to host"), taken_at=minutes(9.95), seconds=1)
    return estate


def lines(html: str) -> list[str]:
    """What each change says, without markup."""
    listed = html.split('<ol class="changes">', 1)
    if len(listed) == 1:
        return []
    texts = re.findall(r"<li>(.*?)</li>", listed[1].split("</ol>", 1)[0], re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", text).split()) for text in texts]


def test_the_latest_comes_first_with_what_differs(read: PageText, happened: Estate) -> None:
    assert lines(read("/changes/")) == [
        "3 s ago unreadable gmc/org-acme/gamma no route to host",
        "6 s ago changed beta Service shop/web annotation : 192.0.2.60 → 192.0.2.61",
        "9 s ago appeared beta Service shop/web",
    ]


def test_it_is_narrowed_by_place_kind_name_and_time(read: PageText, happened: Estate) -> None:
    def count(query: str) -> int:
        return len(lines(read(f"/changes/?{query}")))

    assert count("cluster=beta") == 2
    assert count("what=unreadable") == 1
    assert count("kind=Service&what=changed") == 1
    assert count("within=192.0.2.60/32") == 2
    assert count("q=we") == 2
    assert count("since=2026-01-15+09:09:53") == 2
    assert count("until=2026-01-15+09:09:53") == 1
    assert count("segment=elsewhere") == 0
    assert "Nothing that happened is like that" in read("/changes/?segment=elsewhere")


def test_what_is_asked_wrongly_is_said_beside_its_field_and_stays_typed(
    read: PageText, happened: Estate
) -> None:
    html = read("/changes/?within=beta&since=tuesday")
    assert "<strong>within</strong>" in html
    assert "<strong>since</strong>" in html
    assert 'value="tuesday"' in html
    assert lines(html) == []


def test_where_nothing_happened_yet_it_says_why(read: PageText, estate: Estate) -> None:
    assert "was found, and is no change" in read("/changes/")


def test_the_map_a_finding_and_a_cluster_lead_there(read: PageText, happened: Estate) -> None:
    assert "/changes/?within=192.0.2.0/24" in read(MAP)
    finding = happened.collision
    assert "/changes/?within=192.0.2.236/32" in read(f"/findings/{finding.pk}/")
    assert "until=2026-01-15T09:00:06Z" in read(f"/findings/{finding.pk}/")
    assert "/changes/?cluster=gmc/org-acme/beta" in read("/clusters/gmc/org-acme/beta/")


def test_many_cost_no_more_queries_than_few(
    read: PageText, happened: Estate, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        web = seen_service("web", annotation=f"192.0.2.{160 + number}")
        see(happened.beta, *BETA, web, at=minutes(9.96 + number / 1000))
    with django_assert_max_num_queries(11):
        assert len(lines(read("/changes/"))) == 33
