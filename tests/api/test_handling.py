"""Acknowledging and silencing a finding, and taking that back."""

from typing import Any

import pytest

from ipviz.findings.models import Finding
from tests.api.asking import Api, Asked
from tests.api.conftest import Estate

UNTIL = "2026-02-01T00:00:00Z"


@pytest.fixture
def path(estate: Estate) -> str:
    return f"findings/{Finding.objects.get(rule='C8').pk}/"


def test_an_operator_acknowledges_with_a_reason(operator: Api, path: str) -> None:
    answer = operator.post(f"{path}acknowledge/", reason="moving the Service")
    assert (answer.status, answer.body["status"]) == (200, "acknowledged")
    last = answer.body["transitions"][-1]
    assert (last["after"], last["reason"], last["by"]) == (
        "acknowledged",
        "acknowledged until 2026-01-18 09:10 UTC: moving the Service",
        "token operator",
    )
    assert operator.get(path).body == answer.body


def test_a_reason_may_be_left_out_there(operator: Api, path: str) -> None:
    assert operator.post(f"{path}acknowledge/").status == 200


def test_an_operator_silences_until_a_moment(operator: Api, path: str) -> None:
    answer = operator.post(f"{path}silence/", until=UNTIL, reason="a lab")
    assert (answer.status, answer.body["status"], answer.body["handled_until"]) == (200, "silenced", UNTIL)
    (listed,) = operator.rows("findings/", rule="C8")
    assert (listed["status"], listed["handled_until"]) == ("silenced", UNTIL)


def test_and_takes_that_back(operator: Api, path: str) -> None:
    operator.post(f"{path}silence/", until=UNTIL, reason="a lab")
    answer = operator.post(f"{path}reopen/")
    assert (answer.body["status"], answer.body["handled_until"]) == ("open", None)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reason": "a lab"}, "until"),
        ({"until": UNTIL}, "reason"),
        ({"until": "some day", "reason": "a lab"}, "until"),
        ({"until": UNTIL, "reason": "x" * 1001}, "reason"),
    ],
)
def test_what_is_left_out_or_wrong_is_named(
    operator: Api, path: str, sent: dict[str, Any], field: str
) -> None:
    answer = operator.post(f"{path}silence/", **sent)
    assert (answer.status, list(answer.body["errors"])) == (400, [field])


def conflict(answer: Asked) -> str:
    assert (answer.status, answer.media_type) == (409, "application/problem+json")
    return str(answer.body["detail"])


@pytest.mark.parametrize(
    ("what", "until", "words"),
    [
        ("silence", "2026-01-01T00:00:00Z", "in the future"),
        ("silence", "2126-01-01T00:00:00Z", "366 days at the most"),
        ("acknowledge", "2026-01-01T00:00:00Z", "in the future"),
        ("acknowledge", "2026-12-01T00:00:00Z", "30 days at the most"),
    ],
)
def test_an_end_that_makes_no_sense_is_named(
    operator: Api, path: str, what: str, until: str, words: str
) -> None:
    answer = operator.post(f"{path}{what}/", until=until, reason="a lab")
    assert (answer.status, list(answer.body["errors"])) == (400, ["until"])
    assert words in answer.body["detail"]


def test_what_it_is_not_in_the_state_for_is_a_conflict(operator: Api, path: str) -> None:
    assert "taken back" in conflict(operator.post(f"{path}reopen/"))
    Finding.objects.update(status="resolved")
    assert "resolved" in conflict(operator.post(f"{path}acknowledge/"))


@pytest.mark.parametrize("what", ["acknowledge", "silence", "reopen"])
def test_a_viewer_may_not(viewer: Api, path: str, what: str) -> None:
    assert viewer.post(f"{path}{what}/", until=UNTIL, reason="so").status == 403
    assert Finding.objects.get(rule="C8").status != "acknowledged"


@pytest.mark.parametrize("what", ["acknowledge", "silence", "reopen"])
def test_a_finding_that_is_not_there_is_not_handled(operator: Api, estate: Estate, what: str) -> None:
    sent = {"reason": "so"} | ({} if what == "reopen" else {"until": UNTIL})
    assert operator.post(f"findings/4711/{what}/", **sent).status == 404
