"""Lists of what was seen, as pages and as files."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from ipviz.web.lists.catalogue import LISTINGS, SHOWN
from ipviz.web.lists.files import BATCH
from tests.builders import seen_service
from tests.web.conftest import Estate, PageText

PAGES = [f"/{each.name}/" for each in SHOWN]
FILES = [f"/lists/{name}.{wanted}" for name in LISTINGS for wanted in ("csv", "json")]


def text_of(page: Client, url: str) -> str:
    reply = page.get(url)
    assert reply.status_code == 200, reply
    return b"".join(reply.streaming_content).decode()  # type: ignore[attr-defined]


def lines_of(page: Client, url: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(page, url))))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/addresses/", ["192.0.2.236", "kube-system/ingress", "untracked", "node"]),
        ("/pools/", ["wc-cp-ips", "192.0.2.232-192.0.2.239", "192.0.2.232"]),
        ("/claims/", ["alpha", "192.0.2.233", "wc-cp-ips"]),
        ("/services/", ["kube-system/ingress", "192.0.2.236"]),
    ],
)
def test_a_list_tells_what_is_there(read: PageText, estate: Estate, url: str, said: list[str]) -> None:
    html = read(url)
    for each in said:
        assert each in html


@pytest.mark.parametrize(
    ("url", "told", "not_told"),
    [
        ("/addresses/?cluster=beta", "192.0.2.31", "192.0.2.41"),
        ("/addresses/?within=192.0.2.41/32", "gamma-0", "beta-0"),
        ("/addresses/?tracked=true", "192.0.2.233", "192.0.2.31"),
        ("/claims/?q=nothing", "None is like that.", "wc-cp-ips"),
        ("/services/?segment=elsewhere", "None is like that.", "ingress"),
        ("/addresses/?within=nonsense", "Nothing is told before that is mended.", "192.0.2.31<"),
    ],
)
def test_a_list_is_filtered(read: PageText, estate: Estate, url: str, told: str, not_told: str) -> None:
    html = read(url)
    assert told in html
    assert not_told not in html


def test_a_list_is_told_as_of_a_moment(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, seen_service("late", annotation="192.0.2.158"))
    assert "192.0.2.158" in read("/addresses/")
    assert "192.0.2.158" not in read("/addresses/?at=2026-01-15T09:05:00Z")


@pytest.mark.parametrize("url", PAGES)
def test_an_empty_list_says_that_unread_is_not_empty(read: PageText, url: str) -> None:
    assert "What cannot be read is not empty" in read(url)


@pytest.mark.parametrize("url", FILES)
def test_every_list_is_a_file(page: Client, estate: Estate, url: str) -> None:
    text = text_of(page, url)
    rows = json.loads(text) if url.endswith("json") else list(csv.reader(io.StringIO(text)))[1:]
    assert rows or "changes" in url
    assert page.get(url)["Content-Disposition"].startswith('attachment; filename="ipviz-')


def test_a_file_is_filtered_as_the_page(page: Client, estate: Estate) -> None:
    told = lines_of(page, "/lists/addresses.csv?cluster=gamma")
    assert [(line["Address"], line["Name"]) for line in told] == [("192.0.2.41", "gamma-0")]
    assert {line["Severity"] for line in lines_of(page, "/lists/findings.csv?severity=critical")} == {
        "critical"
    }
    assert lines_of(page, "/lists/findings.csv?status=resolved") == []
    assert len(lines_of(page, "/lists/findings.csv?status=all")) == len(lines_of(page, "/lists/findings.csv"))


def test_a_file_says_what_the_api_says(page: Client, estate: Estate) -> None:
    said: Any = page.get("/api/v1/services/").json()["results"]
    assert json.loads(text_of(page, "/lists/services.json")) == said


def test_a_long_list_is_written_batch_by_batch(
    page: Client, estate: Estate, django_assert_max_num_queries: Any
) -> None:
    many = [seen_service(f"web-{n}", annotation=f"10.0.{n // 250}.{n % 250 + 1}") for n in range(BATCH + 20)]
    estate.seen(9.9, *many)
    with django_assert_max_num_queries(16):
        told = lines_of(page, "/lists/services.csv")
    assert len(told) == BATCH + 21
    assert len({line["Name"] for line in told}) == BATCH + 21


def test_no_cell_is_taken_for_a_formula(page: Client, estate: Estate) -> None:
    estate.seen(9.9, seen_service('=HYPERLINK("http://203.0.113.9")', namespace="", annotation="192.0.2.99"))
    assert "\n'=HYPERLINK" in text_of(page, "/lists/services.csv").replace('\n"', "\n")


@pytest.mark.parametrize(
    "url",
    ["/lists/nonsense.csv", "/lists/pools.xls", "/lists/addresses.csv?within=x", "/lists/pools.csv?at=x"],
)
def test_what_is_no_file_is_said(page: Client, estate: Estate, url: str) -> None:
    assert page.get(url).status_code == 404


@pytest.mark.parametrize("url", [*PAGES, "/lists/pools.csv"])
def test_a_stranger_is_sent_to_sign_in(client: Client, estate: Estate, url: str) -> None:
    assert client.get(url).status_code == 302
