"""Following changes: each once, the oldest first, however much happens meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipviz.inventory.keeping import keep
from ipviz.inventory.models import Change, Feed
from ipviz.rows import feed
from tests.api.asking import V1, Api
from tests.api.conftest import BETA, Estate
from tests.builders import seen_service
from tests.factories import minutes, see


class Moving:
    """A Service that is somewhere else each time that it is looked at."""

    def __init__(self, estate: Estate) -> None:
        self.estate, self.minute, self.address = estate, 9.1, 60
        self.look()

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.minute, self.address = self.minute + 0.01, 60 + (self.address + 1) % 100
            service = seen_service("web", annotation=f"192.0.2.{self.address}")
            see(self.estate.beta, *BETA, service, at=minutes(self.minute))


@pytest.fixture
def moving(estate: Estate) -> Moving:
    return Moving(estate)


def asked(api: Api, url: str) -> dict[str, Any]:
    reply = api.client.get(url)
    assert reply.status_code == 200, reply.json()
    page: dict[str, Any] = reply.json()
    assert page["count"] is None
    assert page["previous"] is None
    return page


def ids(page: dict[str, Any]) -> list[int]:
    return [row["id"] for row in page["results"]]


def every_id() -> list[int]:
    return list(Change.objects.order_by("pk").values_list("pk", flat=True))


def test_it_begins_with_the_first_that_is_kept_and_goes_on_where_it_was(api: Api, moving: Moving) -> None:
    moving.look(4)
    first = asked(api, f"{V1}changes/?after=&page_size=2")
    assert [row["what"] for row in first["results"]] == ["appeared", "changed"]
    rest = asked(api, first["next"].replace("page_size=2", "page_size=1000"))
    assert ids(first) + ids(rest) == every_id()
    nothing = asked(api, rest["next"])
    assert (nothing["results"], nothing["next"]) == ([], rest["next"])
    moving.look()
    assert ids(asked(api, nothing["next"])) == every_id()[-1:]


def test_the_id_of_a_row_is_the_position_after_it(api: Api, moving: Moving) -> None:
    moving.look(2)
    assert ids(asked(api, f"{V1}changes/?after=1")) == every_id()[1:]


def test_from_now_on_nothing_of_before_is_told(api: Api, moving: Moving) -> None:
    now = asked(api, f"{V1}changes/?after=latest&cluster=beta")
    assert now["results"] == []
    moving.look()
    assert ids(asked(api, now["next"])) == every_id()[-1:]


def test_the_position_moves_on_over_what_was_not_asked_for(api: Api, moving: Moving) -> None:
    moving.look(3)
    page = asked(api, f"{V1}changes/?after=&cluster=gmc")
    assert page["results"] == []
    assert "cluster=gmc" in page["next"]
    assert f"after={every_id()[-1]}" in page["next"]
    assert ids(asked(api, f"{V1}changes/?after=&what=appeared&page_size=1")) == every_id()[:1]


def test_a_cluster_that_is_removed_takes_its_changes_along_and_no_reader_is_sent_away(
    api: Api, moving: Moving
) -> None:
    moving.look(3)
    page = asked(api, f"{V1}changes/?after=&page_size=1")
    moving.estate.beta.delete()
    assert asked(api, page["next"])["results"] == []


def test_who_comes_too_late_is_told_to_begin_anew(api: Api, moving: Moving) -> None:
    moving.look(3)
    page = asked(api, f"{V1}changes/?after=&page_size=1")
    assert keep(minutes(100), history=timedelta(minutes=1)) > 0
    reply = api.client.get(page["next"])
    assert (reply.status_code, reply["Content-Type"]) == (410, "application/problem+json")
    assert "`after=latest`" in reply.json()["detail"]
    assert asked(api, f"{V1}changes/?after=")["results"] == []
    assert asked(api, f"{V1}changes/?after={Feed.objects.last_of(Feed.Name.CHANGES)}")["results"] == []


def test_who_knows_more_than_there_is_is_told_so(api: Api, moving: Moving) -> None:
    assert api.get("changes/", after="4711").status == 410


def test_what_is_let_go_of_while_it_is_read_is_noticed(
    api: Api, moving: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving.look(3)
    before = feed.latest

    def forgetting(name: Feed.Name) -> int:
        until = before(name)
        keep(minutes(100), history=timedelta(minutes=1))
        return until

    monkeypatch.setattr(feed, "latest", forgetting)
    assert api.get("changes/", after="1").status == 410


@pytest.mark.parametrize("after", ["-1", "x", "1.0", "٣", "9" * 19, "Latest", "WzFd:abc"])
def test_what_is_no_position_is_refused(api: Api, after: str) -> None:
    assert "is no position" in api.refused("changes/", after=after)["after"][0]


@pytest.mark.parametrize(
    ("name", "value"), [("page", "1"), ("cursor", ""), ("ordering", "at"), ("at", "2026-01-15T09:09:12Z")]
)
def test_it_goes_with_no_other_order_and_no_other_moment(api: Api, name: str, value: str) -> None:
    assert f"without `{name}`" in api.refused("changes/", after="", **{name: value})["after"][0]


def test_it_is_told_as_pages_only(api: Api) -> None:
    reply = api.client.get(f"{V1}changes/?after=", headers={"Accept": "text/csv"})
    assert (reply.status_code, list(reply.json()["errors"])) == (400, ["after"])


def test_it_costs_as_much_however_much_there_is(
    api: Api, moving: Moving, django_assert_num_queries: Any
) -> None:
    moving.look(5)
    api.get("changes/", after="1")
    with django_assert_num_queries(4):  # the token, up to where, rows, what was let go of
        api.get("changes/", after="1", page_size=1000)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=8))
def test_whatever_happens_between_two_questions_each_change_is_told_once_and_in_order(
    api: Api, estate: Estate, steps: list[tuple[int, int]]
) -> None:
    """Each step some changes happen, and then so many rows are asked for; at last all that is left."""
    with transaction.atomic():
        moving = Moving(estate)
        told, where = [], f"{V1}changes/?after="
        for happening, size in [*steps, (0, 1000)]:
            moving.look(happening)
            page = asked(api, f"{where}&page_size={size}")
            told += ids(page)
            where = page["next"].replace(f"&page_size={size}", "")
        every = every_id()
        transaction.set_rollback(True)
    assert told == every
