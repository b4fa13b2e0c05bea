"""What the program tells of its own failures, by a clock that is moved by hand."""

from datetime import datetime
from typing import Any

import pytest
from django.core.mail import get_connection

from ipviz.alerts.deliver import deliver_due
from ipviz.alerts.gather import gather
from ipviz.alerts.models import Alert, Delivery
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Observation
from ipviz.findings.models import Finding
from ipviz.inventory.store import store
from ipviz.polling.watch import watch
from tests.alerts.stories import opens, subscribed, suspected, tell
from tests.factories import NINE, management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db
POLICY = Policy("https://ipviz.example.org", "ipviz@example.org", mail_is_configured=True)


def nobody_answers() -> Any:
    """The line to a mail server at a port on which none listens."""
    return get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=1, timeout=2)


def judge(at: datetime) -> None:
    watch(segment(), policy=POLICY, at=at)
    gather(at, policy=POLICY, at_once=True)


def status(rule: str) -> str | None:
    return Finding.objects.filter(rule=rule).values_list("status", flat=True).first()


@pytest.fixture
def told() -> Finding:
    """A collision that somebody is told of at nine, by a server that does not answer."""
    subscribed()
    see(management_cluster(), at=NINE)
    finding = suspected()
    tell([opens(finding, NINE)], policy=POLICY, at=NINE)
    deliver_due(NINE, policy=POLICY, connect=nobody_answers)
    assert Delivery.objects.pending().count() == 1
    return finding


def test_messages_that_are_stuck_are_a_finding_until_they_are_sent(told: Finding) -> None:
    judge(minutes(10))
    assert status("B3") is None
    judge(minutes(16))
    assert status("B3") == "open"
    Delivery.objects.pending().update(status="sent")
    judge(minutes(17))
    assert status("B3") == "resolved"


def test_whoever_can_still_be_reached_is_told_that_others_are_not(told: Finding) -> None:
    """It is told by the road of every other finding: a blind spot at once when it has lasted for an hour."""
    subscribed("https://hooks.example.org/ipviz")
    for minute in (16, 77):
        judge(minutes(minute))
    blind = Alert.objects.filter(finding__rule="B3", delivery__isnull=False)
    assert "https://hooks.example.org/ipviz" in blind.values_list("address", flat=True)


def test_messages_about_another_segment_are_its_own_trouble(told: Finding) -> None:
    other = segment("site-b")
    watch(other, policy=POLICY, at=minutes(16))
    assert not Finding.objects.filter(segment=other).exists()


def test_where_no_cluster_can_be_read_for_an_hour_somebody_is_told() -> None:
    subscribed()
    gmc = management_cluster()
    clusters: list[Cluster] = [gmc, workload_cluster(gmc, "beta")]
    for minute in (0, 30, 61):
        for each in clusters:
            failed = Observation(error="connection timed out")
            store(each, failed, taken_at=minutes(minute), seconds=5)
        judge(minutes(minute + 0.1))
    assert Finding.objects.filter(rule="B1", status="open").count() == 2
    assert set(Alert.objects.values_list("finding__rule", "reason")) == {("B1", "first")}


def test_where_nobody_tries_any_more_somebody_is_told_an_hour_later() -> None:
    subscribed()
    see(management_cluster(), at=NINE)
    for minute in (19, 21, 82):
        judge(minutes(minute))
    assert "is not being read" in Finding.objects.get(rule="B1", status="open").title
    assert Alert.objects.filter(finding__rule="B1", reason="first").exists()
