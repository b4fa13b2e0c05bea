"""Silences for all that matches, made and ended by programs."""

from typing import Any

import pytest

from ipviz.alerts.models import Silence
from ipviz.clusters.models import Segment
from tests.api.asking import Api, Asked
from tests.api.conftest import Estate

UNTIL = "2026-02-01T00:00:00Z"
NEW = {"clusters": ["beta"], "spans": ["192.0.2.0/24"], "ends_at": UNTIL, "reason": "upgrade"}


def made(operator: Api, **facts: Any) -> Asked:
    return operator.post("silences/", **(NEW | facts))


def test_an_operator_makes_one_and_the_segments_are_judged_anew(operator: Api, estate: Estate) -> None:
    answer = made(operator)
    assert answer.status == 201
    told = {
        "state": "active",
        "rules": [],
        "clusters": ["beta"],
        "spans": ["192.0.2.0/24"],
        "ends_at": UNTIL,
        "reason": "upgrade",
        "by": "token operator",
        "ended_by": None,
    }
    assert told.items() <= answer.body.items()
    assert answer.headers["Location"] == f"/api/v1/silences/{answer.body['id']}/"
    assert operator.get(f"silences/{answer.body['id']}/").body == answer.body
    assert operator.rows("silences/") == [answer.body]
    assert Segment.objects.to_judge().count() == Segment.objects.count()


def test_one_can_be_to_come_and_can_be_ended_once(operator: Api, estate: Estate) -> None:
    answer = made(operator, starts_at="2026-01-31T00:00:00Z")
    assert answer.body["state"] == "to come"
    ended = operator.post(f"silences/{answer.body['id']}/end/")
    assert (ended.status, ended.body["state"], ended.body["ended_by"]) == (200, "over", "token operator")
    again = operator.post(f"silences/{answer.body['id']}/end/")
    assert (again.status, again.body["detail"]) == (409, "It is over already.")


@pytest.mark.parametrize(
    ("field", "facts", "words"),
    [
        ("rules", {"clusters": [], "spans": []}, "Say what is to be silent"),
        ("rules", {"rules": ["C99"]}, "There is no rule C99"),
        ("spans", {"spans": ["192.0.2"]}, "192.0.2 is no address, range or CIDR"),
        ("ends_at", {"ends_at": "2020-01-01T00:00:00Z"}, "ends in the future"),
        ("ends_at", {"starts_at": UNTIL}, "ends in the future, and after its beginning"),
        ("reason", {"reason": ""}, "may not be blank"),
        ("clusters", {"clusters": ["nobody"]}, "No cluster has the name or path nobody"),
        ("segments", {"segments": ["nowhere"]}, "There is no segment nowhere"),
        ("ends_at", {"ends_at": "2126-01-01T00:00:00Z"}, "366 days at the most"),
        ("clusters", {"clusters": ["x"] * 101}, "no more than 100"),
        ("cluster", {"cluster": "beta"}, "what can is rules, clusters, spans"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    operator: Api, estate: Estate, field: str, facts: dict[str, Any], words: str
) -> None:
    answer = made(operator, **facts)
    assert (answer.status, answer.media_type) == (400, "application/problem+json")
    assert list(answer.body["errors"]) == [field]
    assert words in str(answer.body["errors"])
    assert not Silence.objects.exists()


def test_a_viewer_may_look_and_not_touch(viewer: Api, operator: Api, estate: Estate) -> None:
    pk = made(operator).body["id"]
    assert viewer.get("silences/").status == 200
    assert made(viewer).status == viewer.post(f"silences/{pk}/end/").status == 403
