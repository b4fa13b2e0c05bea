"""Digests: the rest, at the hours that were wished, once."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipviz.alerts.digests import MOST, contents_of, write_digests
from ipviz.alerts.models import Delivery, Subscription
from ipviz.clusters.subnets import declare
from ipviz.findings.models import Finding
from ipviz.inventory.models import UsageSample
from tests.alerts.stories import (
    ANNA,
    AT,
    BERT,
    HOUR,
    POLICY,
    TITLE,
    opens,
    resolves,
    subscribed,
    suspected,
    tell,
)
from tests.factories import management_cluster, segment

pytestmark = pytest.mark.django_db
MORNING = AT.replace(hour=8) + timedelta(days=1)
MONDAY = MORNING + timedelta(days=-MORNING.weekday() % 7)
HAZARD = {"rule": "H6", "finding_class": "hazard", "severity": "medium", "severity_rank": 2}


def written(at: datetime = MORNING) -> list[Delivery]:
    return list(write_digests(at, policy=replace(POLICY, recipients=())))


def hazard(number: int = 1, **facts: object) -> Finding:
    finding = suspected(f"192.0.2.{number}", title=f"Hazard {number}", **(HAZARD | facts))
    opens(finding, AT + HOUR)
    return finding


def test_how_full_pools_of_others_are_is_nobody_elses_business() -> None:
    subscribed(organisations=["org-acme"], rhythm="weekly")
    gmc = management_cluster()
    for namespace in ("org-acme", "org-rival"):
        UsageSample.objects.create(
            segment=segment(), cluster=gmc, pool=f"InClusterIPPool/{namespace}/of-{namespace}",
            step=UsageSample.Step.MINUTE, at=MONDAY - timedelta(minutes=30), total=8, used=8, most=8, free=0,
        )  # fmt: skip
    (mail,) = written(MONDAY)
    assert "of-org-acme of gmc: 8 of 8 used" in mail.text
    assert "of-org-rival" not in mail.text


def test_it_tells_what_began_what_ended_and_what_stands() -> None:
    subscribed()
    old = hazard(1)
    Finding.objects.filter(pk=old.pk).update(opened_at=AT - HOUR)
    hazard(2)
    over = hazard(3)
    resolves(over, AT + 2 * HOUR)
    (mail,) = written()
    assert (mail.kind, mail.address, mail.status) == ("digest", ANNA, "pending")
    assert mail.subject == "[ipviz] Daily digest: 1 new, 1 ended, 1 still so"
    lines = mail.text.splitlines()
    assert lines[1].startswith("New and ended since 2026-03-01 09:00 UTC, without what was told at once;")
    in_order = [
        "New (1)",
        "  medium: Hazard 2",
        "Ended (1)",
        "  medium: Hazard 3",
        "Still so (1)",
        "  medium: Hazard 1",
    ]
    places = [lines.index(line) for line in in_order]
    assert places == sorted(places)
    assert all(f"Hazard {n}" in mail.html for n in (1, 2, 3))
    assert "\n\n\n" not in mail.text
    assert written() == []


def test_what_was_told_at_once_and_what_nobody_wished_for_is_not_in_it() -> None:
    subscribed(classes=["collision", "hazard"], subnets=["192.0.2.0/25"])
    tell([opens(suspected("192.0.2.9", first_key="", last_key=""))], policy=POLICY, at=AT + HOUR)
    hazard(1)
    assert written() == [], "it has no addresses, and the subscriber asked for some"
    Subscription.objects.filter(address=ANNA).update(subnets=[], digested_at=AT)
    tell([opens(suspected("192.0.2.10"))], policy=POLICY, at=AT + HOUR)
    (mail,) = [each for each in written() if each.address == ANNA]
    assert "Hazard 1" in mail.text.split("Still so")[0]
    assert TITLE not in mail.text.split("Still so")[0]


def test_what_somebody_silenced_is_not_in_it_and_what_is_only_suspected_neither() -> None:
    subscribed()
    silenced = hazard(1)
    Finding.objects.filter(pk=silenced.pk).update(status="silenced")
    suspected("192.0.2.2", title="Hazard 2", **HAZARD)
    assert written() == []


def test_nobody_who_is_not_told_gets_one() -> None:
    subscribed(ANNA, confirmed_at=None)
    subscribed(BERT, stopped_at=AT)
    subscribed("carla@example.com", rhythm="never")
    hazard()
    assert written() == []


def test_without_news_only_the_week_is_told() -> None:
    subscribed(ANNA)
    subscribed(BERT, rhythm="weekly")
    (mail,) = written(MONDAY)
    assert (mail.address, mail.subject) == (BERT, "[ipviz] Weekly digest: nothing is wrong")


def test_what_has_the_least_room_is_told_with_when_it_runs_out() -> None:
    subscribed(BERT, rhythm="weekly", segments=["default"])
    gmc, subnet = management_cluster(), declare(segment(), "192.0.2.0/24", name="prod")
    at = MONDAY - timedelta(minutes=30)
    facts = {"segment": segment(), "step": UsageSample.Step.MINUTE, "at": at}
    UsageSample.objects.create(subnet=subnet, total=254, used=30, most=30, free=224, **facts)
    full = {"used": 8, "most": 8, "free": 0, "pending": 2}
    UsageSample.objects.create(cluster=gmc, pool="GlobalInClusterIPPool//wc-cp-ips", total=8, **full, **facts)
    (mail,) = written(MONDAY)
    told = mail.text[mail.text.index("Least room") :].splitlines()
    assert told[1].startswith("  wc-cp-ips of gmc: 8 of 8 used, 0 left, 2 claims wait; ")
    assert told[2].endswith(": 30 of 254 used, 224 left")


def test_of_very_many_it_says_how_many_more_in_as_many_queries() -> None:
    subscription = subscribed()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            contents_of(subscription.wish, ANNA, AT, MORNING)
        return len(captured)

    hazard(1)
    few = queries()
    for number in range(2, MOST + 8):
        hazard(number)
    assert queries() == few
    (mail,) = written()
    assert mail.text.count("  medium: ") == MOST
    assert f"and {7} more, on the page of findings" in mail.text
    assert "And 7 more, on the page of findings." in mail.html


def test_an_hour_that_was_missed_is_in_the_next_one() -> None:
    subscribed(rhythm="hourly")
    hazard(1)
    (mail,) = written(AT + 30 * HOUR)
    assert mail.subject == "[ipviz] Hourly digest: 1 new"
    assert written(AT + 30 * HOUR) == []
    hazard(2)
    Finding.objects.filter(title="Hazard 2").update(opened_at=AT + 30.5 * HOUR)
    (mail,) = written(AT + 31 * HOUR)
    assert mail.subject == "[ipviz] Hourly digest: 1 new, 1 still so"


@pytest.mark.django_db(transaction=True)
def test_two_who_write_digests_at_once_write_one() -> None:
    subscribed()
    hazard()
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(30)
        written()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert Delivery.objects.count() == 1
