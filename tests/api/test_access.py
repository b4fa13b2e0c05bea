"""Who may ask, and who may have something done; path by path that is in test_authorization.py."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.accounts.tokens import create_token
from ipviz.clusters.models import Cluster
from ipviz.domain.spans import parse_address
from ipviz.polling.asking import TASK
from ipviz.polling.tasks import poll_cluster
from tests.api.asking import V1, Api
from tests.api.conftest import NOW
from tests.broker import sent
from tests.factories import management_cluster, workload_cluster


@pytest.fixture
def gmc(db: None) -> Cluster:
    sent()
    return management_cluster()


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["nonsense", "ipviz_", "é"])
def test_a_token_that_is_not_known_is_refused(secret: str) -> None:
    answer = Api(secret).get("clusters/")
    assert answer.status == 401
    assert "not known" in answer.body["detail"]


def test_a_token_from_elsewhere_is_refused_whatever_it_says_of_itself(db: None, settings: Settings) -> None:
    secret = create_token("ci", Role.VIEWER, NOW, limits=Limits(networks=("198.51.100.0/24",)))
    asking = Client(headers={"Authorization": f"Bearer {secret}", "X-Forwarded-For": "198.51.100.7"})
    refused = asking.get(V1 + "segments/")
    assert (refused.status_code, "may not be used from" in refused.json()["detail"]) == (401, True)
    settings.TRUSTED_PROXIES = [parse_address("127.0.0.1")]
    assert asking.get(V1 + "segments/").status_code == 200


@pytest.mark.parametrize("path", ["clusters/", "findings/", "addresses/", "schema/"])
def test_a_viewers_token_reads(viewer: Api, path: str) -> None:
    assert viewer.get(path).status == 200


def test_whoever_is_signed_in_reads(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("somebody"))
    assert client.get(V1 + "clusters/").status_code == 200


def test_a_viewer_has_nothing_polled(viewer: Api, gmc: Cluster) -> None:
    answer = viewer.post(f"clusters/{gmc.pk}/poll/")
    assert (answer.status, answer.media_type) == (403, "application/problem+json")
    assert "operator" in answer.body["detail"]
    assert sent() == []


def test_an_operator_has_a_worker_poll(operator: Api, gmc: Cluster) -> None:
    assert operator.post(f"clusters/{gmc.pk}/poll/").status == 202
    assert sent() == [(TASK, [gmc.pk])]
    assert poll_cluster.name == TASK


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna")


def test_a_person_needs_the_role_too(client: Client, anna: User, gmc: Cluster) -> None:
    client.force_login(anna)
    assert client.post(f"{V1}clusters/{gmc.pk}/poll/").status_code == 403
    for role in (Role.OPERATOR, Role.ADMIN):
        give_role(anna, role)
        assert client.post(f"{V1}clusters/{gmc.pk}/poll/").status_code == 202


def test_a_browser_is_not_led_by_another_site(anna: User, gmc: Cluster) -> None:
    give_role(anna, Role.OPERATOR)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(anna)
    assert browser.post(f"{V1}clusters/{gmc.pk}/poll/").status_code == 403
    assert sent() == []


def test_a_queue_that_is_not_there_is_a_problem(operator: Api, gmc: Cluster, settings: Settings) -> None:
    queue = settings.BROKER_DIR / "queue"
    queue.rename(settings.BROKER_DIR / "away")
    try:
        answer = operator.post(f"clusters/{gmc.pk}/poll/")
    finally:
        (settings.BROKER_DIR / "away").rename(queue)
    assert (answer.status, answer.media_type) == (503, "application/problem+json")
    assert "queue" in answer.body["detail"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"provisioned": False}, "no endpoint"), ({"same_as": True}, "the same cluster as gmc")],
)
def test_what_cannot_be_polled_is_a_conflict(
    operator: Api, gmc: Cluster, facts: dict[str, Any], words: str
) -> None:
    beta = workload_cluster(gmc, "beta")
    Cluster.objects.filter(pk=beta.pk).update(**{k: gmc if k == "same_as" else v for k, v in facts.items()})
    answer = operator.post(f"clusters/{beta.pk}/poll/")
    assert (answer.status, answer.media_type) == (409, "application/problem+json")
    assert words in answer.body["detail"]
    assert sent() == []


def test_a_cluster_that_is_not_there_is_not_polled(operator: Api, gmc: Cluster) -> None:
    assert operator.post("clusters/4711/poll/").status == 404


def test_a_poll_is_not_read(operator: Api, gmc: Cluster) -> None:
    assert operator.get(f"clusters/{gmc.pk}/poll/").status == 405
