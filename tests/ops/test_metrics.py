"""What Prometheus reads."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from tests.alerts.stories import AT, HOUR, POLICY, opens, resolves, subscribed, suspected, tell
from tests.factories import segment

pytestmark = pytest.mark.django_db
URL = "/metrics"


@pytest.fixture
def scrape() -> Client:
    secret = create_token("prometheus", Role.VIEWER, AT)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_why_something_was_told_and_what_became_of_the_mails(scrape: Client) -> None:
    finding = suspected()
    tell([opens(finding)], policy=POLICY, at=AT)
    tell([resolves(finding)], policy=POLICY, at=AT + HOUR)
    subscribed("carla@example.com", trouble="550", trouble_at=AT)
    answer = scrape.get(URL)
    assert answer["Content-Type"].startswith("text/plain; version=")
    lines = answer.content.decode().splitlines()
    assert 'ipviz_alerts_total{reason="first"} 2.0' in lines
    assert 'ipviz_alerts_total{reason="resolved"} 2.0' in lines
    assert 'ipviz_deliveries{kind="news",status="pending"} 4.0' in lines
    assert "ipviz_subscriptions_in_trouble 1.0" in lines
    assert "carla" not in answer.content.decode()


def test_with_nothing_told_there_is_nothing_to_count(scrape: Client) -> None:
    assert "ipviz_subscriptions_in_trouble 0.0" in scrape.get(URL).content.decode().splitlines()


def test_a_stranger_is_told_to_bring_a_token(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}):
        answer = client.get(URL, headers=headers)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_whoever_is_signed_in_may_look(client: Client) -> None:
    client.force_login(User.objects.create_user("viewer"))
    assert client.get(URL).status_code == 200


def test_prometheus_may_have_a_token_of_its_own_that_opens_nothing_else(
    client: Client, settings: Any
) -> None:
    settings.METRICS_TOKEN = "a token from a Secret"
    for secret, status in (("a token from a Secret", 200), ("a token from a Secre", 401), ("", 401)):
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get(URL, headers=headers).status_code == status
        assert client.get("/api/v1/clusters/", headers=headers).status_code == 401


def test_without_one_an_empty_token_is_none(client: Client, settings: Any) -> None:
    assert settings.METRICS_TOKEN == ""
    assert client.get(URL, headers={"Authorization": "Bearer "}).status_code == 401


def test_a_token_that_sees_a_part_is_told_no_figures_of_all(client: Client) -> None:
    segment()
    for limits, status in ((Limits(), 200), (Limits(segments=("default",)), 403)):
        secret = create_token(f"scraper {status}", Role.VIEWER, AT, limits=limits)
        assert client.get(URL, headers={"Authorization": f"Bearer {secret}"}).status_code == status
