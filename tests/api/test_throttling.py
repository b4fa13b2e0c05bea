"""How often a token may ask."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache, caches
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisAway

from ipviz.accounts.limits import ASKED_PER_MINUTE, Limits
from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from tests.api.asking import Api
from tests.api.conftest import NOW

MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.fixture(autouse=True)
def _counting(settings: Settings) -> Iterator[None]:
    settings.CACHES = MEMORY
    cache.clear()
    yield
    cache.clear()


def token(name: str, per_minute: int | None = None) -> Api:
    return Api(create_token(name, Role.VIEWER, NOW, limits=Limits(per_minute=per_minute)))


def statuses(api: Api, times: int) -> list[int]:
    return [api.get("segments/").status for _ in range(times)]


def test_who_asks_too_often_is_told_when_to_come_again(db: None) -> None:
    hasty = token("hasty", 3)
    with time_machine.travel(NOW + timedelta(seconds=20), tick=False):
        assert statuses(hasty, 4) == [200, 200, 200, 429]
        refused = hasty.get("segments/")
    assert (refused.media_type, refused.headers["Retry-After"]) == ("application/problem+json", "40")
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        assert hasty.get("segments/").status == 200


def test_each_token_is_counted_for_itself(db: None) -> None:
    hasty, patient = token("hasty", 1), token("patient", 1)
    assert statuses(hasty, 2) == [200, 429]
    assert statuses(patient, 1) == [200]


def test_a_token_that_says_nothing_has_the_limit_of_all(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipviz.api.throttling.ASKED_PER_MINUTE", 2)
    assert statuses(token("usual"), 3) == [200, 200, 429]
    assert ASKED_PER_MINUTE > 600, "a walk through a hundred thousand addresses takes a hundred"


def test_a_person_asks_as_often_as_the_pages_need(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipviz.api.throttling.ASKED_PER_MINUTE", 1)
    assert [admin_client.get("/api/v1/segments/").status_code for _ in range(3)] == [200] * 3


def test_nobody_waits_for_a_counter_that_is_away(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*asked: object, **options: object) -> None:
        raise RedisAway

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(caches["default"], "add", away)
    assert statuses(token("hasty", 1), 2) == [200, 200]
