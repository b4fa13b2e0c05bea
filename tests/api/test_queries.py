"""How many queries the paths take that gather from many tables, with surveys and without."""

import pytest
from pytest_django import DjangoAssertNumQueries

from ipviz.clusters.subnets import declare
from ipviz.findings.models import KeptSurvey
from ipviz.findings.surveys import keep_surveys
from ipviz.inventory.reading import estate_of
from tests.api.asking import Api
from tests.api.conftest import Estate
from tests.factories import minutes, segment

CONTESTED = "192.0.2.236"
"""In a pool and in a load-balancer range, held in two clusters, with findings."""


@pytest.fixture
def surveyed(estate: Estate) -> Estate:
    for number in range(12):
        declare(segment(), f"198.51.{number}.0/24")
    for name in ("default", "lab"):
        keep_surveys(segment(name), estate_of(name), at=minutes(9.5))
    return estate


@pytest.mark.parametrize(
    ("path", "most"), [(f"lookup/{CONTESTED}/", 7), ("subnets/", 5), ("subnets/{}/free/", 5)]
)
def test_where_surveys_are_kept_fewer_than_ten_queries_are_enough(
    api: Api, surveyed: Estate, path: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    path = path.format(surveyed.subnet.pk)
    api.get(path)  # the first use of a token is noted
    with django_assert_max_num_queries(most):
        assert api.get(path).status == 200


@pytest.mark.parametrize(("asked", "most"), [({}, 10), ({"at": "2026-01-15T09:09:30Z"}, 11)])
def test_a_lookup_works_out_what_was_not_surveyed_in_ten_queries_and_one_for_a_moment(
    api: Api,
    estate: Estate,
    asked: dict[str, str],
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    api.get(f"lookup/{CONTESTED}/")
    assert not KeptSurvey.objects.exists()
    with django_assert_max_num_queries(most):
        told = api.get(f"lookup/{CONTESTED}/", **asked).body
    assert [each["next_address"] for each in told["offered_by"]] == ["192.0.2.232", "192.0.2.236"]
