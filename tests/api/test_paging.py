"""A list comes in pages, each with a bounded number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipviz.clusters.subnets import declare
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from tests.api.asking import Api
from tests.api.conftest import BETA, MANAGEMENT, Estate
from tests.builders import seen_address, seen_claim, seen_pool, seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

MOST_QUERIES = 15


@contextmanager
def queries() -> Iterator[list[int]]:
    count: list[int] = []
    with CaptureQueriesContext(connection) as captured:
        yield count
    count.append(len(captured))


def many_more(estate: Estate) -> None:
    """Ten more of everything, and on segments of their own, too."""
    count = range(10)
    see(
        estate.gmc,
        *MANAGEMENT,
        *(seen_pool(f"192.0.2.{160 + n}", name=f"pool-{n}") for n in count),
        *(seen_claim(f"more-{n}", address_name=f"more-{n}") for n in count),
        *(seen_claim(f"waits-{n}", pool=f"gone-{n}") for n in count),
        *(seen_address(f"192.0.2.{160 + n}", f"more-{n}") for n in count),
        at=minutes(9.5),
    )
    for n in count:
        cluster = workload_cluster(estate.gmc, f"more-{n}")
        see(cluster, seen_service(f"web-{n}", annotation=f"192.0.2.{170 + n}"), at=minutes(9.5))
        elsewhere = management_cluster(f"mc-{n}", on=f"segment-{n}")
        see(elsewhere, *MANAGEMENT, at=minutes(9.5))
        declare(segment(f"segment-{n}"), "192.0.2.0/24")
    estate.judged(9.6)
    for minute in (9.6, 9.7):
        sample(segment(), estate_of("default"), at=minutes(minute))


@pytest.mark.parametrize(
    "path",
    ["clusters/", "snapshots/", "subnets/", "pools/", "claims/", "addresses/", "services/", "findings/",
     "changes/", "usage/", "lookup/192.0.2.233/"],
)  # fmt: skip
@pytest.mark.parametrize("asked", [{}, {"at": "2026-01-15T09:09:48Z"}], ids=["now", "then"])
def test_queries_do_not_grow_with_the_rows(
    api: Api, estate: Estate, path: str, asked: dict[str, str]
) -> None:
    # One change and one sample are there from the beginning.
    see(estate.beta, *BETA, seen_service("web", annotation="192.0.2.170"), at=minutes(9.1))
    sample(segment(), estate_of("default"), at=minutes(9.2))
    api.get(path, **asked)
    with queries() as few:
        api.get(path, **asked)
    many_more(estate)
    with queries() as many:
        api.get(path, **asked, **({} if "lookup" in path else {"page_size": 1000}))
    assert few == many
    assert many[0] <= MOST_QUERIES


def test_pages_are_walked_by_their_links(api: Api) -> None:
    whole = api.rows("addresses/")
    walked, url = [], "/api/v1/addresses/?page_size=2"
    while url:
        page = api.client.get(url).json()
        assert page["count"] == len(whole)
        walked += page["results"]
        url = page["next"]
    assert walked == whole
    assert page["previous"].endswith("page_size=2")


@pytest.mark.django_db
def test_a_page_has_fifty_rows_and_never_more_than_a_thousand(viewer: Api) -> None:
    gmc = management_cluster()
    see(gmc, *(seen_address(f"10.0.{n // 256}.{n % 256}", f"a-{n}") for n in range(1, 1050)))
    assert len(viewer.rows("addresses/")) == 50
    answer = viewer.get("addresses/", page_size=5000)
    assert (len(answer.results), answer.body["count"]) == (1000, 1049)
    assert "page=2" in answer.body["next"]
