"""Each page works, is closed to strangers, says what it does not know, and costs few queries."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from ipviz.alerts.models import Alert, Delivery
from ipviz.alerts.subscriptions import flag
from ipviz.clusters.identity import recognise
from ipviz.clusters.subnets import declare
from ipviz.findings.models import Finding
from tests.alerts.stories import subscribed
from tests.builders import seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster
from tests.web.budgets import BUDGETS
from tests.web.conftest import MAP, NOW, Estate, PageText

PAGES = [url for url in BUDGETS if "/map/" not in url and "/notes/" not in url]


@pytest.fixture
def delivery(estate: Estate) -> Delivery:
    delivery = Delivery.objects.create(
        at=NOW,
        subject="192.0.2.236 is used twice",
        text="First line\nwith <b>no</b> markup",
        html="",
        address="oncall@example.org",
        status="failed",
        message_id="<1@ipviz>",
        tries=3,
        error="connection refused",
    )
    Alert.objects.create(
        delivery=delivery,
        finding=estate.collision,
        occurrence=1,
        reason="first",
        at=NOW,
        severity="critical",
        sides=2,
    )
    return delivery


@pytest.mark.parametrize("url", ["/", MAP, "/findings/"])
def test_every_page_says_when_nothing_is_read_any_more(url: str, read: PageText, estate: Estate) -> None:
    assert "No cluster has been read" not in read(url)
    with time_machine.travel(NOW + timedelta(minutes=14), tick=False):
        assert "No cluster has been read for <time" in read(url)


def test_the_overview_says_whose_mails_do_not_arrive(read: PageText, estate: Estate) -> None:
    assert "does not arrive" not in read("/")
    flag(subscribed().address, "550 5.1.1 no such user", at=NOW)
    assert "550 5.1.1 no such user" in read("/")


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_for_who_is_signed_in(url: str, client: Client, estate: Estate) -> None:
    reply = client.get(url)
    assert reply.status_code == 302
    assert reply["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("url", PAGES)
def test_a_page_works(url: str, read: PageText, estate: Estate) -> None:
    html = read(url)
    assert "<h1" in html
    assert "None" not in html


@pytest.mark.parametrize(("url", "most"), BUDGETS.items())
def test_a_page_keeps_to_its_queries_however_many_rows(
    url: str, most: int, read: PageText, estate: Estate, django_assert_max_num_queries: Any
) -> None:
    enlarge(estate)
    read(url)  # what is read once a process
    with django_assert_max_num_queries(most) as made:
        read(url)
    assert len(made) == most, "a page that got cheaper has a smaller budget"


def enlarge(estate: Estate) -> None:
    """More clusters, subnets, Services and findings."""
    services = [
        seen_service(f"ingress-{n}", annotation=f"192.0.2.{160 + n}", status=[f"192.0.2.{160 + n}"])
        for n in range(20)
    ]
    estate.seen(9.9, *services)
    for n in range(5):
        cluster = workload_cluster(estate.gmc, f"ingress-{n}")
        recognise(cluster, f"uid-{n}")  # else the same Services would tell that it is one cluster
        see(cluster, *services, at=minutes(9.9))
        declare(segment(), f"198.51.{n}.0/24")
    estate.judged(9.95)
    assert Finding.objects.standing().count() > 20


@pytest.mark.parametrize("url", [url for url in PAGES if "192.0.2" not in url and "gmc" not in url])
def test_a_page_works_with_nothing_stored(url: str, read: PageText) -> None:
    assert "<h1" in read(url)


def test_the_first_run_says_how_to_begin(read: PageText) -> None:
    html = read("/")
    assert "python manage.py cluster add NAME --kubeconfig FILE" in html
    assert "python manage.py subnet add" in html
    assert "deploy/rbac" in html


def test_the_demo_says_that_it_is_one(read: PageText, estate: Estate) -> None:
    assert "demo fleet" not in read("/")
    type(estate.gmc).objects.update(is_demo=True)
    assert "demo fleet" in read("/")


def test_the_overview_names_what_needs_someone_worst_first(read: PageText, estate: Estate) -> None:
    html = read("/")
    collision, hazard = estate.collision, Finding.objects.get(rule="H2")
    assert re.search(r"\d findings need someone", html)
    assert html.index(collision.title) < html.index(hazard.title)
    assert 'title="2026-01-15 09:09:48 UTC" data-form="ago">12 s ago</time>' in html


def test_the_overview_refreshes_as_a_part_only(read: PageText, estate: Estate) -> None:
    part = read("/", hx_request="true")
    assert "<html" not in part
    assert estate.collision.title in part


def test_a_cluster_that_cannot_be_read_is_told_on_every_page(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, beta_unread=("Service", "Node", "Deployment", "ConfigMap", "Namespace"))
    html = read("/findings/")
    assert "only partly readable" in html
    cluster = read("/clusters/gmc/org-acme/beta/")
    assert "403 Forbidden" in cluster
    assert "stale" in read(MAP)


def test_a_poll_that_is_overdue_is_called_late(read: PageText, estate: Estate) -> None:
    assert "not read lately" not in read("/clusters/")
    type(estate.gmc.snapshots.get(taken_at=minutes(9.8))).objects.filter(taken_at=minutes(9.8)).update(
        taken_at=minutes(8)
    )
    assert "not read lately" in read("/clusters/")


def test_the_findings_are_filtered(read: PageText, estate: Estate) -> None:
    title = estate.collision.title
    assert title in read("/findings/?severity=critical&class=collision&rule=C8")
    assert title not in read("/findings/?class=hazard")
    assert title not in read("/findings/?status=resolved")
    assert title in read("/findings/?status=all&page=99")
    assert title in read("/findings/?within=192.0.2.236/32&cluster=beta&q=ingress&segment=default")
    assert title not in read("/findings/?within=198.51.100.0/24")


def test_what_is_asked_for_wrongly_of_findings_is_said(read: PageText, estate: Estate) -> None:
    html = read("/findings/?severity=nonsense")
    assert "<strong>severity</strong>" in html
    assert estate.collision.title not in html


def test_findings_are_grouped(read: PageText, estate: Estate) -> None:
    html = read("/findings/?group=rule")
    heads = re.findall(r"<h2>([A-Z][0-9]+): ", html)
    assert heads == sorted(set(heads))
    assert "C8" in heads
    assert estate.collision.title in html


def test_a_finding_shows_both_sides_and_what_to_do(
    read: PageText, estate: Estate, delivery: Delivery
) -> None:
    html = read(f"/findings/{estate.collision.pk}/")
    for each in ("Service kube-system/ingress", "Cluster org-acme/gamma", "Why this is wrong", "What to do"):
        assert each in html
    assert "kubectl -n kube-system get service ingress -o yaml" in html
    assert "/clusters/gmc/org-acme/beta/" in html
    assert f"{MAP}?address=192.0.2.236" in html
    assert "suspected" in html
    assert delivery.subject in html
    assert "oncall@example.org" in html


def test_an_address_has_holders_and_those_before(read: PageText, estate: Estate) -> None:
    html = read("/addresses/192.0.2.236/")
    assert "Service kube-system/ingress" in html
    assert "pool wc-cp-ips" in html
    assert "Nobody since ipviz looks" in html
    see(estate.beta, at=minutes(9.9))
    html = read("/addresses/192.0.2.236/")
    assert "kube-system/ingress" in html.split("Who held it before")[1]


def test_an_address_that_nobody_holds_says_who_could_give_it_out(read: PageText, estate: Estate) -> None:
    html = read("/addresses/192.0.2.232/")
    assert "Nobody that we can see holds it" in html
    assert re.search(r"pool wc-cp-ips</span> of .*next", html)
    assert "the DHCP server of the subnet" in read("/addresses/192.0.2.99/")
    assert "gateway of the subnet" in read("/addresses/192.0.2.1/")


def test_an_address_outside_of_every_subnet_says_so(read: PageText, estate: Estate) -> None:
    assert "no known subnet" in read("/addresses/203.0.113.5/")


def test_the_panel_is_a_part_of_a_page(read: PageText, estate: Estate) -> None:
    part = read("/addresses/192.0.2.236/", hx_request="true")
    assert "<html" not in part
    assert f'href="/findings/{estate.collision.pk}/"' in part
    assert 'href="/clusters/gmc/org-acme/beta/"' in part


def test_a_segment_is_kept_apart(read: PageText, estate: Estate) -> None:
    other = management_cluster("hmc", on="site-b")
    declare(other.segment, "192.0.2.0/24")
    see(other, at=minutes(9))
    assert "Nobody that we can see" in read("/addresses/192.0.2.236/?segment=site-b")
    assert "The same number on other segments" in read("/addresses/192.0.2.236/")
    assert "ingress" not in read(f"{MAP}?segment=site-b")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("/addresses/not-an-address/", "not-an-address is not an IP address."),
        ("/subnets/not-a-subnet/", "not-a-subnet is not a subnet."),
        ("/subnets/203.0.113.0-24/", "No subnet on segment default holds 203.0.113.0/24."),
        ("/findings/4711/", "There is no finding 4711."),
        ("/clusters/nowhere/", "There is no cluster nowhere."),
        ("/alerts/4711/", "There is no mail 4711."),
        ("/nonsense/", "No page has this address."),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(url: str, sentence: str, read: PageText) -> None:
    html = read(url, status=404)
    assert sentence in html
    assert "Traceback" not in html


def test_a_stranger_gets_no_frame_with_a_404(client: Client, db: None) -> None:
    reply = client.get("/nonsense/")
    assert reply.status_code == 404
    assert b"Findings" not in reply.content


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("/search/?q=192.0.2.236", "/addresses/192.0.2.236/"),
        ("/search/?q=%20192.0.2.0/24", MAP),
        ("/search/?q=192.0.2.64/26", "/subnets/192.0.2.64-26/"),
        ("/subnets/192.0.2.77-24/?page=2", MAP + "?page=2"),
        ("/clusters/gmc/beta/", "/clusters/gmc/org-acme/beta/"),
    ],
)
def test_what_is_meant_is_found(url: str, to: str, page: Client, estate: Estate) -> None:
    reply = page.get(url)
    assert (reply.status_code, reply["Location"]) == (302, to)


def test_a_part_of_a_name_lists_objects_with_their_addresses(read: PageText, estate: Estate) -> None:
    html = read("/search/?q=ngres")
    assert "Service kube-system/ingress" in html
    assert "/addresses/192.0.2.236/" in html
    assert "Nothing that we see now" in read("/search/?q=nowhere-at-all")
    assert "No known subnet holds 203.0.113.0/24" in read("/search/?q=203.0.113.0/24")


def test_the_alerts_show_their_mails(read: PageText, estate: Estate, delivery: Delivery) -> None:
    assert delivery.subject in read("/alerts/")
    html = read(f"/alerts/{delivery.pk}/")
    assert f"/findings/{estate.collision.pk}/" in html
    assert "it was sure for the first time" in html
    assert "with &lt;b&gt;no&lt;/b&gt; markup" in html
    assert "connection refused" in html
    assert "EMAIL_URL" in html
    assert "IPVIZ_ALERT_TO" in html


def test_a_part_of_a_subnet_is_drawn_by_itself(read: PageText, estate: Estate) -> None:
    html = read("/subnets/192.0.2.224-27/")
    assert 'href="/subnets/192.0.2.0-24/"' in html
    assert "192.0.2.236" in html
    assert "192.0.2.21<" not in html


def test_an_inferred_subnet_is_marked(read: PageText, estate: Estate) -> None:
    type(estate.subnet).objects.update(declared=False)
    assert "inferred" in read("/subnets/")
    assert "inferred" in read(MAP)


def test_a_large_ipv6_subnet_is_bands_and_a_table(read: PageText, estate: Estate) -> None:
    declare(segment(), "2001:db8::/64", gateway="2001:db8::1")
    html = read("/subnets/2001:db8::-64/")
    assert "data-declared-drawing" in html
    assert "data-map-drawing" not in html
    assert "2001:db8::1" in html


def test_no_page_allows_inline_script_or_style(page: Client, estate: Estate) -> None:
    for url in PAGES:
        reply = page.get(url)
        policy = reply["Content-Security-Policy"]
        assert "unsafe" not in policy
        html = reply.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|application/json))", html)
