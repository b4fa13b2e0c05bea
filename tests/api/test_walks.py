"""Whole lists: walked by a cursor while they change, and as lines of JSON or CSV."""

import csv
import io
import json
import random
from itertools import islice
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as properties
from hypothesis import strategies as st

from ipviz.clusters.models import Cluster
from tests.api.asking import V1, Api
from tests.api.conftest import BETA, Estate
from tests.api.test_shapes import SHAPES
from tests.builders import seen_service
from tests.factories import minutes, see

NEW = {"name": "dmz"}
LISTS = [path for path in SHAPES if "lookup" not in path]


def walk(api: Api, path: str, **asked: Any) -> list[dict[str, Any]]:
    rows, url = [], f"{V1}{path}?cursor=&" + "&".join(f"{k}={v}" for k, v in asked.items())
    while url:
        page = api.client.get(url).json()
        assert page["count"] is None
        rows += page["results"]
        assert len(rows) < 1000, "it has an end"
        url = page["next"]
    return rows


def lines(api: Api, path: str, **asked: Any) -> Any:
    return api.client.get(V1 + path, asked, headers={"Accept": "application/x-ndjson"})


def sorted_(rows: list[Any]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("path", LISTS)
def test_a_walk_and_lines_tell_what_pages_tell(api: Api, path: str) -> None:
    rows = api.rows(path, page_size=1000)
    assert sorted_(walk(api, path, page_size=2)) == sorted_(rows)
    told = lines(api, path)
    assert (told["Content-Type"], told.streaming) == ("application/x-ndjson", True)
    assert sorted_([json.loads(line) for line in b"".join(told).splitlines()]) == sorted_(rows)


def test_what_is_there_all_the_while_is_walked_once_whatever_changes(api: Api, estate: Estate) -> None:
    lot, names = random.Random(4), [f"stays-{n}" for n in range(20)]

    def service(name: str, port: int) -> Any:
        return seen_service(
            name, annotation=f"192.0.2.{160 + int(name.split('-')[1])}", status=[f"192.0.2.{port}"]
        )

    def look(minute: float, *others: str) -> None:
        every = [service(name, lot.randrange(60, 90)) for name in (*names, *others)]
        estate.seen(minute, *lot.sample(every, len(every)))

    look(9.2)
    told, url, minute = [], f"{V1}services/?cursor=&page_size=3", 9.2
    while url:
        page = api.client.get(url).json()
        told += [row["name"] for row in page["results"]]
        assert len(told) < 1000, "it has an end"
        url, minute = page["next"], minute + 0.05
        look(minute, *(f"comes-{lot.randrange(40)}" for _ in range(3)))
    assert sorted(name for name in told if name in names) == sorted(names)
    assert len(told) == len(set(told))


LOOKS = st.lists(
    st.dictionaries(st.integers(0, 9), st.sampled_from(["192.0.2.61", "192.0.2.62"])),
    min_size=1,
    max_size=6,
)
"""At each look, the number of each Service that is there, and where."""


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("services/", ("name",)),
        ("addresses/", ("address", "role", "cluster_path", "kind", "name")),
        ("changes/", ("id",)),
    ],
)
@properties(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=LOOKS, size=st.integers(1, 4))
def test_whatever_changes_between_two_pieces_nothing_is_skipped_or_told_twice(
    api: Api, estate: Estate, path: str, key: tuple[str, ...], looks: list[dict[int, str]], size: int
) -> None:
    left = iter(enumerate(looks))

    def look() -> set[tuple[str, ...]]:
        """What is there after the next look; after the last one nothing changes any more."""
        for number, there in islice(left, 1):
            services = [seen_service(f"web-{n}", annotation=address) for n, address in there.items()]
            see(estate.beta, *BETA, *services, at=minutes(9.1 + number / 100))
        return set(told_as(api.rows(path, page_size=1000)))

    def told_as(rows: list[Any]) -> list[tuple[str, ...]]:
        return [tuple(row[name] for name in key) for row in rows]

    with transaction.atomic():
        always = ever = look()
        told, url = [], f"{V1}{path}?cursor=&page_size={size}"
        while url:
            page = api.client.get(url).json()
            told += told_as(page["results"])
            url = page["next"]
            there = look()
            always, ever = always & there, ever | there
        transaction.set_rollback(True)
    assert len(told) == len(set(told)), "twice"
    assert always <= set(told) <= ever


@pytest.mark.parametrize("cursor", ["nonsense", "WyIxIl0:1abc:xyz", "é"])
def test_a_cursor_that_is_none_is_refused(api: Api, cursor: str) -> None:
    assert "follow `next`" in api.refused("addresses/", cursor=cursor)["cursor"][0]


def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    url = api.get("addresses/", cursor="", page_size=1).body["next"]
    answer = api.client.get(url.replace("addresses/", "services/"))
    assert answer.status_code == 400


def test_lines_are_as_filtered(api: Api) -> None:
    told = [json.loads(line) for line in b"".join(lines(api, "addresses/", role="NODE")).splitlines()]
    assert told == api.rows("addresses/", role="NODE")


def test_a_walk_has_no_pages(api: Api) -> None:
    assert list(api.refused("addresses/", cursor="", page=2)) == ["page"]


def test_an_error_is_a_problem_for_whoever_asks_for_lines_too(api: Api) -> None:
    answer = lines(api, "addresses/", within="nonsense")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "within" in answer.json()["errors"]


def test_what_is_made_is_no_list(operator: Api) -> None:
    def send(accept: str) -> Any:
        headers = {"Accept": accept}
        return operator.client.post(f"{V1}segments/", NEW, content_type="application/json", headers=headers)

    refused = send("text/csv")
    assert (refused.status_code, refused["Content-Type"]) == (406, "application/problem+json")
    assert send("application/json").status_code == 201


def test_csv_has_the_same_with_a_head(api: Api, estate: Estate) -> None:
    estate.seen(9.5, seen_service("=cmd", annotation="192.0.2.160"))
    answer = api.client.get(V1 + "services/", headers={"Accept": "text/csv"})
    assert answer["Content-Type"] == "text/csv"
    table = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [row["cluster_path"] for row in table] == [row["cluster_path"] for row in api.rows("services/")]
    assert {row["name"] for row in table} == {"ingress", "'=cmd"}
    (ingress,) = (row for row in table if row["name"] == "ingress")
    assert json.loads(ingress["ports"]) == ["TCP/80", "UDP/53"]


def test_some_fields_are_told_where_they_are_asked_for(api: Api) -> None:
    rows = api.rows("addresses/", fields="role,address")
    assert {tuple(row) for row in rows} == {("address", "role")}
    told = b"".join(api.client.get(f"{V1}services/?fields=name&format=csv")).decode()
    assert told == "name\r\ningress\r\n"
    assert set(api.get("clusters/1/", fields="path").body) <= {"path", "detail", "type", "title", "status"}


def test_a_field_that_is_not_there_is_refused(api: Api) -> None:
    assert (
        "there are: cluster, cluster_path, address"
        in api.refused("addresses/", fields="address,colour")["fields"][0]
    )


def test_a_cluster_that_is_removed_while_its_addresses_are_read_is_told_no_more(
    api: Api, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Cluster.objects.places

    def places(ids: Any) -> Any:
        Cluster.objects.filter(pk=estate.beta.pk).delete()
        return found(ids)

    monkeypatch.setattr(type(Cluster.objects), "places", lambda _, ids: places(ids))
    clusters = {row["cluster"] for row in api.rows("addresses/")}
    assert "gmc" in clusters
    assert "beta" not in clusters
