"""What is wrong is a problem with the field named, and never a page."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.api.asking import Api

LISTS = (
    "clusters/", "snapshots/", "subnets/", "pools/", "claims/", "addresses/", "services/", "findings/",
    "changes/", "usage/",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("within", "192.0.2.0"),
        ("within", "192.0.2.0/33"),
        ("within", "beta"),
        ("at", "yesterday"),
        ("at", "2026-01-16T00:00:00Z"),
        ("page", "one"),
        ("page", "0"),
        ("page_size", "-1"),
        ("page_size", "٣"),
        ("q", "nul\x00"),
    ],
)
def test_every_list_names_the_field_that_is_wrong(viewer: Api, path: str, field: str, value: str) -> None:
    assert list(viewer.refused(path, **{field: value})) == [field]


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("findings/", "status", "open,closed"),
        ("findings/", "severity", "worst"),
        ("findings/", "class_", "accident"),
        ("findings/", "rule", "C3,three"),
        ("addresses/", "role", "SVC,POOL"),
        ("addresses/", "tracked", "perhaps"),
        ("clusters/", "kind", "other"),
        ("snapshots/", "outcome", "good"),
    ],
)
def test_and_so_does_each_by_its_own_fields(viewer: Api, path: str, field: str, value: str) -> None:
    assert list(viewer.refused(path, **{field: value})) == [field.rstrip("_")]


def test_all_that_is_wrong_is_told_at_once(viewer: Api) -> None:
    answer = viewer.get("findings/", within="x", status="closed")
    assert set(answer.body["errors"]) == {"within", "status"}
    assert answer.body | {"detail": "", "errors": {}} == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "",
        "errors": {},
    }
    assert "within: 'x' is not a CIDR" in answer.body["detail"]


@pytest.mark.parametrize("address", ["192.0.2", "192.0.2.0/24", "fe80::1%eth0", "beta", "%00", "999.1.1.1"])
def test_a_lookup_of_what_is_no_address_names_it(viewer: Api, address: str) -> None:
    assert "is not an IP address" in viewer.refused(f"lookup/{address}/")["address"][0]


@pytest.mark.parametrize(
    "path",
    ["nothing/", "clusters/4711/", "findings/99999999999999999999/", "subnets/x/", "clusters/1/nothing/"],
)
def test_what_is_not_there_is_a_problem_too(viewer: Api, path: str) -> None:
    answer = viewer.get(path)
    assert (answer.status, answer.media_type) == (404, "application/problem+json")
    assert answer.body["status"] == 404
    assert answer.body["detail"]


def test_a_page_beyond_the_last_is_not_there(viewer: Api) -> None:
    assert viewer.get("clusters/", page=2).status == 404


def test_a_forgotten_slash_is_mended(viewer: Api) -> None:
    assert viewer.client.get("/api/v1/clusters").headers["Location"] == "/api/v1/clusters/"


def test_a_crash_is_a_problem_and_says_nothing_of_the_inside(viewer: Api) -> None:
    def broken(execute: Any, sql: str, *rest: Any) -> Any:
        if "ipviz_snapshot" in sql:
            raise OperationalError("password of the database")
        return execute(sql, *rest)

    viewer.client.raise_request_exception = False
    with connection.execute_wrapper(broken):
        answer = viewer.get("snapshots/")
    assert (answer.status, answer.media_type) == (500, "application/problem+json")
    assert "password" not in str(answer.body)
