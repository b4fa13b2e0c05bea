"""Subscriptions, written by programs as on their pages."""

from typing import Any

import pytest

from ipviz.alerts.hooks import signing_secret
from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.subscriptions import stop
from tests.alerts.stories import ANNA, subscribed
from tests.api.asking import Api
from tests.api.conftest import NOW, Estate

HOOK = "https://hook.example/a-secret-path"


def test_a_mailbox_is_asked_first_and_found_where_the_answer_says(operator: Api, estate: Estate) -> None:
    made = operator.post(
        "subscriptions/", address=ANNA, clusters=["beta"], quiet_from="22:00", quiet_until="07:00"
    )
    assert made.status == 201, made
    assert {
        "address": ANNA,
        "told": False,
        "clusters": ["beta"],
        "at_once": "grave",
    }.items() <= made.body.items()
    assert Delivery.objects.get().kind == "confirmation"
    assert made.headers["Location"] == f"/api/v1/subscriptions/{made.body['id']}/"
    assert operator.get(f"subscriptions/{made.body['id']}/").body == operator.rows("subscriptions/")[0]
    again = operator.post("subscriptions/", address=ANNA.upper())
    assert (again.status, "subscribed already" in again.body["detail"]) == (409, True)


def test_neither_a_hooks_path_nor_its_signing_secret_is_told(operator: Api, viewer: Api) -> None:
    made = operator.post("subscriptions/", address=HOOK)
    assert (made.status, made.body["told"], made.body["rhythm"]) == (201, True, "never")
    told = str(made.body) + str(viewer.rows("subscriptions/"))
    assert "https://hook.example" in told
    assert "a-secret-path" not in told
    assert signing_secret(HOOK) not in told
    taken = operator.post("subscriptions/", address=HOOK)
    assert (taken.status, "a-secret-path" in taken.body["detail"]) == (409, False)


def test_what_is_given_is_changed_and_the_rest_stays(operator: Api, estate: Estate) -> None:
    path = f"subscriptions/{subscribed(clusters=['beta']).pk}/"
    changed = operator.patch(path, rhythm="weekly", segments=["lab"], quiet_from="22:00", quiet_until="07:00")
    assert (changed.status, changed.body["rhythm"], changed.body["clusters"]) == (200, "weekly", ["beta"])
    assert operator.patch(path, quiet_from=None).body["errors"].keys() == {"quiet_until"}
    assert operator.patch(path, address="other@example.com").body["errors"].keys() == {"address"}
    assert operator.get(path).body == changed.body


def test_one_is_removed_unless_the_environment_names_it(operator: Api, db: None) -> None:
    path = f"subscriptions/{subscribed().pk}/"
    Subscription.objects.update(from_environment=True)
    answer = operator.delete(path)
    assert (answer.status, "take it out there" in answer.body["detail"]) == (409, True)
    Subscription.objects.update(from_environment=False)
    assert (operator.delete(path).status, operator.delete(path).status) == (204, 404)


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"address": "anna"}, "address", "neither a mail address nor the URL of a hook"),
        ({"address": "http://169.254.169.254/"}, "address", "169.254.169.254"),
        ({"segments": ["nowhere"]}, "segments", "There is no segment nowhere: they are default, lab."),
        ({"clusters": ["nobody"]}, "clusters", "No cluster has the name or path nobody"),
        ({"subnets": ["192.0.2"]}, "subnets", "is not a CIDR"),
        ({"classes": ["rumour"]}, "classes", "rumour"),
        ({"lowest": "worst"}, "lowest", "worst"),
        ({"zone": "Middle/Earth"}, "zone", "is no time zone"),
        ({"quiet_from": "22:00"}, "quiet_until", "a beginning and an end, or neither"),
        ({"quiet_from": "22:00+01:00", "quiet_until": "06:00"}, "quiet_from", "wrong format"),
        ({"confirmed_at": "2026-01-15T09:00:00Z"}, "confirmed_at", "can't be given here"),
    ],
)
def test_a_wrong_field_is_named(
    operator: Api, estate: Estate, facts: dict[str, Any], field: str, words: str
) -> None:
    answer = operator.post("subscriptions/", **{"address": ANNA} | facts)
    assert (answer.status, answer.media_type) == (400, "application/problem+json")
    assert list(answer.body["errors"]) == [field]
    assert words in answer.body["detail"]
    assert "ErrorDetail" not in answer.body["detail"]
    assert not Subscription.objects.exists()


def test_one_is_stopped_and_started_again(operator: Api, estate: Estate) -> None:
    path = f"subscriptions/{subscribed().pk}/"
    stopped = operator.post(f"{path}stop/").body
    assert (stopped["told"], stopped["stopped_by"]) == (False, "token operator")
    assert operator.post(f"{path}start/").body["told"] is True
    assert not Delivery.objects.exists()


def test_a_mailbox_whose_reader_wants_no_mails_is_asked_first(operator: Api, estate: Estate) -> None:
    found = subscribed()
    stop(found, at=NOW)
    for verb in ("stop", "start"):
        answer = operator.post(f"subscriptions/{found.pk}/{verb}/")
        assert (answer.status, answer.body["told"], answer.body["stopped_by"]) == (200, False, None)
    assert Delivery.objects.get().kind == "confirmation"


def test_a_trial_is_sent(operator: Api, estate: Estate) -> None:
    answer = operator.post(f"subscriptions/{subscribed().pk}/test/")
    assert (answer.status, answer.body["detail"]) == (202, f"A trial is on its way to {ANNA}.")
    assert Delivery.objects.get().kind == "test"


@pytest.mark.parametrize("field", ["clusters", "segments", "organisations"])
def test_a_name_that_no_database_stores_is_refused_before_it_is_asked_for(operator: Api, field: str) -> None:
    refused = operator.post("subscriptions/", address=ANNA, **{field: ["be\0ta"]})
    assert (refused.status, list(refused.body["errors"])) == (400, [field])
