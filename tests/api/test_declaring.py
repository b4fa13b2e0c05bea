"""Subnets, declared, changed and withdrawn by programs as on the page of settings."""

from typing import Any

import pytest

from ipviz.clusters.models import JudgeRequest, Segment, Subnet
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.api.asking import Api
from tests.api.conftest import MANAGEMENT, Estate
from tests.builders import seen_pool
from tests.factories import minutes, see, segment

NEW = {
    "cidr": "198.51.100.0/24",
    "name": "prod-b",
    "gateway": "198.51.100.1",
    "dhcp": ["198.51.100.20-198.51.100.90"],
}


@pytest.fixture
def unasked(estate: Estate) -> Estate:
    """Nobody waits for a judgement."""
    JudgeRequest.objects.all().delete()
    return estate


def to_judge() -> list[str]:
    return [each.name for each in Segment.objects.to_judge()]


def test_one_is_declared_found_where_the_answer_says_and_judged(operator: Api, unasked: Estate) -> None:
    made = operator.post("subnets/", **NEW, segment="lab")
    assert (made.status, to_judge()) == (201, ["lab"])
    assert {**NEW, "segment": "lab", "declared": True, "size": 256}.items() <= made.body.items()
    assert made.headers["Location"] == f"/api/v1/subnets/{made.body['id']}/"
    assert operator.get(f"subnets/{made.body['id']}/").body == made.body


def test_one_that_stands_is_not_written_over_and_the_way_to_change_it_is_named(
    operator: Api, unasked: Estate
) -> None:
    answer = operator.post("subnets/", cidr="192.0.2.7/24", name="other")
    assert (answer.status, answer.media_type) == (409, "application/problem+json")
    assert f"change it with PATCH /api/v1/subnets/{unasked.subnet.pk}/" in answer.body["detail"]
    assert Subnet.objects.get(pk=unasked.subnet.pk).name == "prod-a"
    assert to_judge() == []


def test_what_is_given_is_changed_and_the_rest_stays(operator: Api, unasked: Estate) -> None:
    path = f"subnets/{unasked.subnet.pk}/"
    changed = operator.patch(path, gateway="192.0.2.254")
    assert (changed.status, to_judge()) == (200, ["default"])
    assert changed.body["gateway"] == "192.0.2.254"
    assert (changed.body["name"], changed.body["dhcp"]) == ("prod-a", ["192.0.2.20-192.0.2.150"])
    assert operator.patch(path, gateway=None).body["gateway"] is None


def test_said_anew_what_is_left_out_is_unknown(operator: Api, unasked: Estate) -> None:
    said = operator.put(f"subnets/{unasked.subnet.pk}/", name="prod-c").body
    assert (said["name"], said["gateway"], said["dhcp"]) == ("prod-c", None, [])


def test_a_withdrawn_one_is_gone(operator: Api, unasked: Estate) -> None:
    path = f"subnets/{unasked.subnet.pk}/"
    assert operator.delete(path).status == 204
    assert to_judge() == ["default"]
    assert operator.delete(path).status == operator.get(path).status == 404


def test_an_inferred_one_is_declared_before_anything_is_said_of_it(operator: Api, unasked: Estate) -> None:
    see(unasked.gmc, *MANAGEMENT, seen_pool("198.51.100.8/29", name="more"), at=minutes(9.9))
    watch(segment(), policy=policy(), at=minutes(9.95))
    path = f"subnets/{Subnet.objects.inferred().get().pk}/"
    for answer in (operator.patch(path, name="x"), operator.put(path), operator.delete(path)):
        assert (answer.status, "declare it first, with POST" in answer.body["detail"]) == (409, True)
    made = operator.post("subnets/", **NEW)
    assert (made.status, f"subnets/{made.body['id']}/") == (201, path)


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"cidr": "198.51.100"}, "cidr", "'198.51.100' is not a CIDR like 192.0.2.0/24"),
        ({"cidr": ["198.51.100.0/24"]}, "cidr", "Not a valid string"),
        ({"gateway": "203.0.113.1"}, "gateway", "is not in 198.51.100.0/24"),
        ({"gateway": "198.51.100.255"}, "gateway", "broadcast"),
        ({"gateway": "router"}, "gateway", "is not a gateway like 192.0.2.1"),
        ({"dhcp": ["198.51.100.20-30"]}, "dhcp", "is not a DHCP range like 192.0.2.20-192.0.2.90"),
        ({"dhcp": "198.51.100.20-198.51.100.30"}, "dhcp", "Expected a list"),
        ({"dhcp": ["198.51.100.2-198.51.100.9", "198.51.100.5-198.51.100.7"]}, "dhcp", "overlap"),
        ({"segment": "defualt"}, "segment", "There is no segment defualt: they are default, lab."),
        ({"name": "nul\x00"}, "name", "Null characters"),
        ({"name": "x" * 64}, "name", "63"),
        ({"gatway": "198.51.100.1"}, "gatway", "what can is name, gateway, dhcp"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_declared(
    operator: Api, unasked: Estate, facts: dict[str, Any], field: str, words: str
) -> None:
    answer = operator.post("subnets/", **NEW | facts)
    assert (answer.status, answer.media_type) == (400, "application/problem+json")
    assert list(answer.body["errors"]) == [field]
    assert words in str(answer.body["errors"][field])
    assert (Subnet.objects.count(), to_judge()) == (2, [])


def test_all_that_is_wrong_is_told_at_once(operator: Api, unasked: Estate) -> None:
    answer = operator.post("subnets/", segment="nowhere", gatway="198.51.100.1")
    assert set(answer.body["errors"]) == {"segment", "cidr", "gatway"}


@pytest.mark.parametrize("body", ["[1]", "7", "null", "{", ""])
def test_what_is_no_object_is_a_problem_too(operator: Api, unasked: Estate, body: str) -> None:
    reply = operator.client.post("/api/v1/subnets/", body, content_type="application/json")
    assert (reply.status_code, reply["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("facts", [{"cidr": "198.51.100.0/24"}, {"segment": "lab"}])
def test_where_it_lies_is_not_changed(operator: Api, unasked: Estate, facts: dict[str, str]) -> None:
    answer = operator.patch(f"subnets/{unasked.subnet.pk}/", **facts)
    assert (answer.status, list(answer.body["errors"])) == (400, list(facts))


def test_what_was_is_read_and_not_written(operator: Api, unasked: Estate) -> None:
    at = "?at=2026-01-15T09:05:00Z"
    assert operator.get(f"subnets/{unasked.subnet.pk}/{at}").status == 200
    answer = operator.patch(f"subnets/{unasked.subnet.pk}/{at}", name="then")
    assert (answer.status, list(answer.body["errors"])) == (400, ["at"])


def test_a_viewer_declares_nothing(viewer: Api, unasked: Estate) -> None:
    path = f"subnets/{unasked.subnet.pk}/"
    for answer in (viewer.post("subnets/", **NEW), viewer.patch(path, name="x"), viewer.delete(path)):
        assert (answer.status, answer.body["detail"]) == (403, "This needs the role operator.")
    assert Subnet.objects.get(pk=unasked.subnet.pk).name == "prod-a"
