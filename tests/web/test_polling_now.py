"""Asking for a poll from the page of a cluster, and seeing how far it is."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.clusters.models import Cluster
from ipviz.polling.asking import TASK
from tests.broker import sent
from tests.browser import visiting
from tests.factories import see
from tests.web.conftest import NOW, Estate, text_of
from tests.web.test_browser import elsewhere, signed_in

GMC = "/clusters/gmc/"
ASKED = f"{GMC}?asked=2026-01-15T09%3A10%3A00Z"
ALL = ("gmc", "gmc/org-acme/alpha", "gmc/org-acme/beta", "gmc/org-acme/gamma")


@pytest.fixture
def operator(page: Client, viewer: User) -> Client:
    sent()
    give_role(viewer, Role.OPERATOR)
    return page


def status_of(client: Client, url: str = ASKED) -> str:
    found = re.search(r'role="status">(.*?)</p>', text_of(client, url), re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", "", found[1]).split())


def read(*paths: str, seconds: float) -> None:
    for path in paths:
        see(Cluster.objects.get(path=path), at=NOW + timedelta(seconds=seconds))


def read_now(*paths: str) -> None:
    for path in paths:
        see(Cluster.objects.get(path=path), at=timezone.now())


def test_a_management_cluster_is_polled_with_its_workload_clusters(operator: Client, estate: Estate) -> None:
    answer = operator.post("/poll/", {"cluster": "gmc"})
    assert (answer.status_code, answer["Location"]) == (302, ASKED)
    clusters = [estate.gmc, estate.alpha, estate.beta, estate.gamma]
    assert sorted(sent()) == sorted((TASK, [each.pk]) for each in clusters)


def test_the_page_tells_how_far_it_is_until_all_are_read(operator: Client, estate: Estate) -> None:
    with time_machine.travel(NOW + timedelta(seconds=2), tick=False):
        assert status_of(operator).startswith("Asked for 2 s ago: 0 of 4 clusters read …")
        Cluster.objects.filter(path="gmc").update(leased_until=NOW + timedelta(seconds=30))
        assert "0 of 4 clusters read, reading gmc …" in status_of(operator)
        read(*ALL[:3], seconds=1)
        assert "3 of 4 clusters read …" in status_of(operator)
        assert 'hx-trigger="every 1s"' in text_of(operator, ASKED)
        read(ALL[3], seconds=1)
        assert status_of(operator) == "Asked for 2 s ago: all 4 clusters were read since."
        assert "every 1s" not in text_of(operator, ASKED)


def test_what_could_not_be_read_is_counted(operator: Client, estate: Estate) -> None:
    with time_machine.travel(NOW + timedelta(seconds=2), tick=False):
        read(*ALL[:3], seconds=1)
        see(estate.gamma, at=NOW + timedelta(seconds=1), unread=("Node",))
        assert status_of(operator).endswith("all 4 clusters were read since, 1 of them not whole.")


def test_where_nobody_begins_it_asks_for_a_worker(operator: Client, estate: Estate) -> None:
    with time_machine.travel(NOW + timedelta(seconds=16), tick=False):
        assert "nobody has begun yet: is a worker running?" in status_of(operator)


def test_what_was_asked_long_ago_is_forgotten(operator: Client, estate: Estate) -> None:
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert status_of(operator) == ""


@pytest.mark.parametrize("asked", ["yesterday", "2027-01-15T09:10:00Z", "%00", ""])
def test_a_moment_that_is_none_is_not_minded(asked: str, operator: Client, estate: Estate) -> None:
    assert status_of(operator, f"{GMC}?asked={asked}") == ""


def test_a_viewer_sees_no_button_and_is_refused(page: Client, estate: Estate) -> None:
    sent()
    assert "/poll/" not in text_of(page, GMC)
    assert page.post("/poll/", {"cluster": "gmc"}).status_code == 403
    assert sent() == []


def test_a_cluster_that_has_nothing_to_be_polled_has_no_button(operator: Client, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(provisioned=False)
    path = estate.beta.path
    assert "/poll/" not in text_of(operator, f"/clusters/{path}/")
    reply = operator.post("/poll/", {"cluster": path}, follow=True)
    assert "It has no endpoint yet" in reply.content.decode()
    assert sent() == []


def test_a_cluster_that_is_not_there_is_not_found(operator: Client, estate: Estate) -> None:
    assert operator.post("/poll/", {"cluster": "hmc"}).status_code == 404
    assert operator.get("/poll/").status_code == 405


def test_a_queue_that_is_not_there_is_told(operator: Client, estate: Estate) -> None:
    queue = settings.BROKER_DIR / "queue"
    queue.rename(settings.BROKER_DIR / "away")
    try:
        reply = operator.post("/poll/", {"cluster": "gmc"}, follow=True)
    finally:
        (settings.BROKER_DIR / "away").rename(queue)
    assert "so nobody was asked to poll" in reply.content.decode().replace("&#x27;", "'")


@pytest.mark.browser
@pytest.mark.requires("chromium")
@pytest.mark.django_db(transaction=True)
def test_one_sees_it_being_read(operator: Client, estate: Estate, live_server: LiveServer) -> None:

    with visiting() as visit:
        signed_in(visit, operator, live_server).page.goto(live_server.url + GMC)
        visit.page.get_by_role("button", name="Poll it now").click()
        status = visit.page.get_by_role("status")
        expect(status).to_contain_text("0 of 4 clusters read")
        elsewhere(lambda: read_now(*ALL))
        expect(status).to_contain_text("all 4 clusters were read since")
        expect(visit.page.get_by_role("button", name="Poll it now")).to_be_enabled()
        assert visit.complaints == []
    sent()
