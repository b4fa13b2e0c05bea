"""A judgement keeps the surveys of its segment, where it found anything new, and only then."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import transaction

from ipviz.clusters.models import Cluster, Subnet
from ipviz.clusters.subnets import declare
from ipviz.findings.models import KeptSurvey
from ipviz.polling.memory import forget
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.builders import seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db
Committed = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def beta() -> Cluster:
    forget()
    beta = workload_cluster(management_cluster(), "beta")
    declare(segment(), "192.0.2.0/24")
    see(beta, seen_service("web", annotation="192.0.2.99"), at=minutes(0))
    return beta


@pytest.fixture
def judge(django_capture_on_commit_callbacks: Committed) -> Callable[[float], int]:
    """Judge at a minute, with nothing in the surveys that were kept before; how many are kept then."""

    def judge_at(minute: float) -> int:
        KeptSurvey.objects.update(tallies=[])
        with django_capture_on_commit_callbacks(execute=True):
            watch(segment(), policy=policy(), at=minutes(minute))
        return KeptSurvey.objects.exclude(tallies=[]).count()

    return judge_at


def test_where_nothing_is_new_nothing_is_surveyed(beta: Cluster, judge: Callable[[float], int]) -> None:
    assert (judge(1), judge(2)) == (1, 0)
    see(beta, seen_service("web", annotation="192.0.2.99"), at=minutes(3))
    assert judge(4) == 0


def test_an_address_a_list_that_cannot_be_read_and_a_subnet_are_news(
    beta: Cluster, judge: Callable[[float], int]
) -> None:
    assert judge(1) == 1
    see(beta, seen_service("web", annotation="192.0.2.98"), at=minutes(2))
    assert judge(3) == 1
    see(beta, at=minutes(4), unread=("Service",))
    assert judge(5) == 1
    declare(segment(), "192.0.2.0/24", gateway="192.0.2.1")
    assert judge(6) == 1
    declare(segment(), "198.51.100.0/24")
    assert judge(7) == 2


def test_what_was_not_committed_is_surveyed_again(beta: Cluster, judge: Callable[[float], int]) -> None:
    with transaction.atomic():
        watch(segment(), policy=policy(), at=minutes(1))
        transaction.set_rollback(True)
    assert judge(2) == 1


def test_another_process_surveys_too(beta: Cluster, judge: Callable[[float], int]) -> None:
    assert judge(1) == 1
    forget()
    assert judge(2) == 1


def test_a_subnet_that_was_retracted_and_declared_again_the_same_is_surveyed(
    beta: Cluster, django_capture_on_commit_callbacks: Committed
) -> None:
    def judge_at(minute: float) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            watch(segment(), policy=policy(), at=minutes(minute))
        return KeptSurvey.objects.count()

    assert judge_at(1) == 1
    Subnet.objects.all().delete()
    declare(segment(), "192.0.2.0/24")
    assert judge_at(2) == 1
