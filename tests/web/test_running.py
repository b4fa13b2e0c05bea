"""What of the program is alive, on a page and in the frame of every other, by a clock moved by hand."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from ipviz.alerts.models import Delivery
from ipviz.clusters.models import Cluster
from ipviz.polling.pulses import note_tick
from ipviz.web.setup import running
from tests.factories import management_cluster, minutes
from tests.web.conftest import NOW, Estate, text_of
from tests.web.test_reading_shown import words_of

pytestmark = pytest.mark.usefixtures("empty_queue")

URL = "/settings/running/"


def frame_of(client: Client, url: str = "/") -> str:
    return text_of(client, url).split("<main")[0]


def test_all_is_well_where_the_schedule_ticks_and_nothing_waits(operator: Client, estate: Estate) -> None:
    note_tick(NOW)
    text = words_of(text_of(operator, URL))
    assert "All parts of ipviz are well." in text
    assert "0 tasks in the queue" in text
    assert "This is version 0." in text


def test_a_schedule_that_does_not_run_says_so_with_what_to_do(operator: Client, estate: Estate) -> None:
    note_tick(minutes(1))
    text = words_of(text_of(operator, URL))
    assert "1 part of ipviz needs somebody." in text
    assert "Nothing was started since 2026-01-15 09:01:00 UTC. Start the schedule (celery beat)" in text


def test_every_page_tells_that_nothing_is_read_because_the_schedule_does_not_run(
    page: Client, estate: Estate
) -> None:
    note_tick(minutes(9.9))
    with time_machine.travel(minutes(24), tick=False):
        for url in ("/", "/findings/", "/settings/"):
            told = frame_of(page, url)
            assert "No cluster has been read for" in told
            assert "14 min" in told
            assert "the schedule does not run" in told
        note_tick(minutes(24))
        told = frame_of(page)
        assert "No cluster has been read for" in told
        assert "the schedule does not run" not in told, "something else is wrong"


def test_a_cluster_that_waits_for_its_first_poll_is_told_of_as_well(page: Client) -> None:
    management_cluster()
    assert "No cluster has been read" not in frame_of(page)
    with time_machine.travel(minutes(15), tick=False):
        assert "No cluster has been read" in frame_of(page)


def test_messages_that_wait_for_long_are_listed_with_what_was_said(operator: Client, estate: Estate) -> None:
    note_tick(NOW)
    mail = Delivery.objects.create(
        at=NOW - timedelta(minutes=40), subject="used twice", message_id="<1@ipviz>", tries=3, error="refused"
    )
    html = text_of(operator, URL)
    assert "1 waits to be sent, the oldest since 2026-01-15 08:30:00 UTC." in words_of(html)
    assert mail.get_absolute_url() in html
    assert 'class="notice"' not in html, "it is no message to the person who looks"
    assert "3 tries refused" in words_of(html)


def test_a_disk_that_is_nearly_full_is_told(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        total, free = 100 * running.GIB, 2 * running.GIB

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    text = unescape(words_of(text_of(operator, URL)))
    assert "Only 2 % of the data folder's disk is free. Make room" in text


def test_a_cluster_that_cannot_be_read_stands_before_the_others(operator: Client, estate: Estate) -> None:
    estate.seen(9.9, beta_unread=("Service",))
    rows = text_of(operator, URL).split("<tbody>")[1]
    assert rows.index("gmc/org-acme/beta<") < rows.index(">gmc<")


def test_only_so_many_clusters_are_listed(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_CLUSTERS", 1)
    for name in ("gmc", "hmc"):
        management_cluster(name)
    assert "1 more, none of them worse" in text_of(operator, URL)
    assert Cluster.objects.count() == 2
