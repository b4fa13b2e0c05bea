"""What is wrong is a problem with the field named, and never a page."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from tests.api.asking import V1, Api
from tests.api.conftest import Estate

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
        ("format", "xml"),
        ("within", "50%"),
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
    [
        "nothing/",
        "no%0Athing/",
        "clusters/4711/",
        "findings/99999999999999999999/",
        "subnets/x/",
        "clusters/1/nothing/",
    ],
)
def test_what_is_not_there_is_a_problem_too(viewer: Api, path: str) -> None:
    answer = viewer.get(path)
    assert (answer.status, answer.media_type) == (404, "application/problem+json")
    assert answer.body["status"] == 404
    assert answer.body["detail"]


def told(reply: Any, status: int) -> dict[str, Any]:
    """The problem that was answered with that status."""
    assert (reply.status_code, reply["Content-Type"]) == (status, "application/problem+json"), reply
    body: dict[str, Any] = reply.json()
    assert (body["status"], bool(body["detail"])) == (status, True)
    return body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"spans": [', "The body is no JSON"),
        (b"\xff", "The body is no JSON"),
        (b'{"spans": [NaN]}', "The body is no JSON"),
        (b'{"spans": ["\\ud800"]}', "The body is no JSON"),
        (b'{"\\udfff": 1}', "The body is no JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=["cut off", "no UTF-8", "no number", "half a character", "half of one in a name", "deep"],
)
def test_a_body_that_cannot_be_read_is_refused(viewer: Api, body: bytes, words: str) -> None:
    reply = viewer.client.generic("POST", f"{V1}check/", body, content_type="application/json")
    assert words in told(reply, 400)["detail"]


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"beta"', b"1e999", b"9" * 5000], ids=lambda body: body[:5]
)
def test_a_body_that_is_no_object_is_refused(viewer: Api, body: bytes) -> None:
    told(viewer.client.generic("POST", f"{V1}check/", body, content_type="application/json"), 400)


def test_a_body_that_is_too_large_is_refused(viewer: Api) -> None:
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    reply = viewer.client.generic("POST", f"{V1}check/", body, content_type="application/json")
    assert "2,621,440 bytes" in told(reply, 413)["detail"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
def test_a_body_of_another_type_is_refused(viewer: Api, media_type: str) -> None:
    told(viewer.client.generic("POST", f"{V1}check/", b"spans=1", content_type=media_type), 415)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"spans": [1]}, "spans"),
        ({"spans": ["192.0.2.1\0"]}, "spans"),
        ({"spans": "192.0.2.1"}, "spans"),
        ({"manifest": "a: \0"}, "manifest"),
        ({"spans": ["192.0.2.1"], "segment": True}, "segment"),
        ({"spans": ["192.0.2.1"], "segment": 10**400}, "segment"),
        ({"spans": ["192.0.2.1"], "cluster": "beta"}, "cluster"),
        ({"spans": ["192.0.2.1"], "for": 7}, "for"),
    ],
)
def test_what_is_wrong_in_a_body_is_named(api: Api, sent: dict[str, Any], field: str) -> None:
    answer = api.post("check/", **sent)
    assert (answer.status, list(answer.body["errors"])) == (400, [field])
    assert all(isinstance(reason, str) for reason in answer.body["errors"][field])


def test_an_item_that_is_wrong_is_told_by_its_place(api: Api) -> None:
    answer = api.post("check/", spans=["192.0.2.1", 2])
    assert answer.body["errors"] == {"spans": ["[1] Not a valid string."]}
    assert answer.body["detail"] == "spans: [1] Not a valid string."


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("media_type", ["application/x-ndjson", "text/csv"])
def test_whoever_asks_for_lines_is_told_problems_too(viewer: Api, path: str, media_type: str) -> None:
    headers = {"Accept": media_type}
    for asked in ("within=beta", "fields=nothing", "at=yesterday", "q=%00"):
        body = told(viewer.client.get(f"{V1}{path}?{asked}", headers=headers), 400)
        assert list(body["errors"]) == [asked.partition("=")[0]]
    told(Client().get(V1 + path, headers=headers), 401)
    told(viewer.client.post(V1 + path, headers=headers), 406)


def test_a_format_that_is_not_told_is_refused(viewer: Api) -> None:
    told(viewer.client.get(f"{V1}clusters/", headers={"Accept": "application/xml"}), 406)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_what_nobody_may_do_is_told_as_that_and_not_as_a_missing_role(viewer: Api, method: str) -> None:
    reply = viewer.client.generic(method, f"{V1}addresses/?at=never")
    told(reply, 405)
    assert reply["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["clusters/1/poll/", "check/", "findings/", "schema/", "nothing/"])
def test_options_tells_the_methods(viewer: Api, path: str) -> None:
    reply = viewer.client.options(V1 + path)
    assert (reply.status_code, reply["Allow"]) == (200, ", ".join(reply.json()["methods"]))


def test_a_session_without_its_csrf_token_is_refused(db: None) -> None:
    reply = with_session().post(f"{V1}segments/", {"name": "site-b"}, content_type="application/json")
    assert "CSRF" in told(reply, 403)["detail"]


def test_more_fields_than_django_reads_are_no_crash(viewer: Api) -> None:
    told(viewer.client.get(f"{V1}clusters/?{'q=a&' * 1001}"), 400)


def with_session() -> Client:
    """An operator's browser, of which a CSRF token is asked as in real life."""
    made, browser = User.objects.create_user("operator"), Client(enforce_csrf_checks=True)
    give_role(made, Role.OPERATOR)
    browser.force_login(made)
    return browser


@pytest.mark.parametrize("path", LISTS)
def test_a_page_beyond_the_last_is_not_there_and_the_field_is_named(viewer: Api, path: str) -> None:
    answer = viewer.get(path, page=2)
    assert (answer.status, answer.media_type) == (404, "application/problem+json")
    assert answer.body["errors"] == {"page": ["There is no page 2: the last is 1."]}
    assert viewer.rows(path, page=1) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_forgotten_slash_is_mended_for_who_reads(viewer: Api, method: str) -> None:
    reply = viewer.client.generic(method, "/api/v1/clusters?q=a")
    assert (reply.status_code, reply["Location"]) == (301, "/api/v1/clusters/?q=a")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["silences", "segments/site-b", "silences/1/end", "lookup/192.0.2.1"])
def test_a_forgotten_slash_is_named_to_who_sends(operator: Api, method: str, path: str) -> None:
    reply = operator.client.generic(method, V1 + path, b"{}", "application/json")
    assert f"Send it to {V1}{path}/, with a slash" in told(reply, 404)["detail"]


@pytest.mark.parametrize("path", [f"{V1}nothing", "/api/v2/silences", "/api/v2/", "/api/", "/api/v1"])
def test_where_nothing_is_no_slash_is_named(operator: Api, path: str) -> None:
    detail = told(operator.client.post(path), 404)["detail"]
    assert detail == f"There is nothing at {path}. GET /api/v1/schema/ tells what there is."


def test_a_host_that_is_none_of_ours_is_named(viewer: Api) -> None:
    reply = viewer.client.get(f"{V1}clusters/", headers={"Host": "ipviz.example.com"})
    (reason,) = told(reply, 400)["errors"]["Host"]
    assert "'ipviz.example.com'" in reason
    assert "ALLOWED_HOSTS" in reason


def test_pages_are_answered_with_pages_still(client: Client) -> None:
    for path, headers, status in (("/nothing", {}, 404), ("/", {"Host": "ipviz.example.com"}, 400)):
        reply = client.get(path, headers=headers)
        assert (reply.status_code, reply["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert client.post("/sign-out").status_code == 301


def test_a_crash_is_a_problem_and_says_nothing_of_the_inside(viewer: Api) -> None:
    def broken(execute: Any, sql: str, *rest: Any) -> Any:
        if "ipviz_snapshot" in sql:
            raise RuntimeError("password of the database")
        return execute(sql, *rest)

    viewer.client.raise_request_exception = False
    with connection.execute_wrapper(broken):
        answer = viewer.get("snapshots/")
    assert (answer.status, answer.media_type) == (500, "application/problem+json")
    assert "password" not in str(answer.body)


def test_what_no_database_stores_is_not_there(viewer: Api) -> None:
    told(viewer.client.get(f"{V1}segments/%00/"), 404)
    told(viewer.client.get(f"{V1}segments/?page=%00"), 400)


@pytest.mark.parametrize(
    "path",
    [
        "clusters/",
        "addresses/",
        "changes/",
        "silences/",
        "subscriptions/",
        "findings/events/",
        "lookup/192.0.2.1/",
    ],
)
def test_a_question_that_nobody_answers_is_named(viewer: Api, path: str) -> None:
    wrong = viewer.refused(path, segmnet="lab", statsu="open")
    assert list(wrong) == ["segmnet", "statsu"]
    assert wrong["segmnet"][0].startswith("This can't be asked here: what can is ")


def test_what_can_be_asked_is_told_in_order(viewer: Api, estate: Estate) -> None:
    (told,) = viewer.refused(f"subnets/{estate.subnet.pk}/free/", size=4)["size"]
    assert told == "This can't be asked here: what can is at, count, days, format, prefix."
    (told,) = viewer.refused("subnets/", size=4)["size"]
    assert told.endswith(
        "cluster, contains, cursor, fields, format, ordering, page, page_size, q, segment, within."
    )


@pytest.mark.parametrize("path", ["addresses/", "subnets/", "findings/events/", "lookup/192.0.2.1/"])
def test_nothing_is_told_of_a_segment_that_is_not_there(viewer: Api, estate: Estate, path: str) -> None:
    (told,) = viewer.refused(path, segment="lba")["segment"]
    assert told == "There is no segment lba: they are default, lab."


def test_of_what_is_not_there_nothing_can_be_asked(viewer: Api) -> None:
    assert viewer.get("nothing/", size=4).status == 404
