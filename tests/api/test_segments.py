"""Segments, registered and removed by programs as on the page of settings."""

import pytest

from ipviz.clusters.models import Segment
from tests.api.asking import Api
from tests.api.conftest import Estate


def test_each_says_what_is_on_it(api: Api) -> None:
    default, lab = api.rows("segments/")
    assert default == api.get("segments/default/").body
    assert (default["clusters"], default["management_clusters"]) == (3, ["gmc"])
    assert (default["subnets"], default["declared_subnets"]) == (1, ["192.0.2.0/24"])
    assert (lab["name"], lab["clusters"], lab["management_clusters"]) == ("lab", 1, ["hmc"])


def test_one_is_registered_found_where_the_answer_says_and_removed(operator: Api) -> None:
    made = operator.post("segments/", name="site-b")
    assert (made.status, made.headers["Location"]) == (201, "/api/v1/segments/site-b/")
    assert operator.get("segments/site-b/").body == made.body
    assert made.body == {
        "id": Segment.objects.get().pk,
        "name": "site-b",
        "clusters": 0,
        "management_clusters": [],
        "subnets": 0,
        "declared_subnets": [],
    }
    gone = operator.delete("segments/site-b/")
    assert (gone.status, gone.body) == (204, None)
    assert operator.delete("segments/site-b/").status == 404


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"name": "a/b"}, "name", "use up to 63 letters"),
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 64}, "name", "63"),
        ({}, "name", "required"),
        ({"name": "site-b", "vlan": 7}, "vlan", "can't be given here: what can is name"),
    ],
)
def test_a_wrong_field_is_named(operator: Api, sent: dict[str, object], field: str, words: str) -> None:
    answer = operator.post("segments/", **sent)
    assert (answer.status, answer.media_type) == (400, "application/problem+json")
    assert words in answer.body["errors"][field][0]
    assert not Segment.objects.exists()


def test_what_stands_in_the_way_is_a_conflict(operator: Api, estate: Estate) -> None:
    assert "registered already" in operator.post("segments/", name="default").body["detail"]
    answer = operator.delete("segments/lab/")
    assert (answer.status, answer.media_type) == (409, "application/problem+json")
    assert "clusters on it: hmc; remove them, or move them" in answer.body["detail"]
    assert Segment.objects.count() == 2


def test_how_it_was_is_not_told(api: Api) -> None:
    assert "at" in api.refused("segments/", at="2026-01-15T09:05:00Z")
