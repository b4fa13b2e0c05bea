"""How well a cluster is read, and which network it names, as the pages say it."""

import re
from dataclasses import replace

import pytest

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Fault, Observation
from ipviz.inventory.store import store
from tests.builders import seen_cluster
from tests.factories import management_cluster, minutes, see, whole, workload_cluster
from tests.web.conftest import MANAGEMENT, MAP, Estate, PageText

BETA = "/clusters/gmc/org-acme/beta/"


def words_of(html: str) -> str:
    """The page's text, without markup, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[1]).split())


def fail(cluster: Cluster, fault: Fault, *, failures: int = 1) -> None:
    store(cluster, Observation(error="what was said", fault=fault), taken_at=minutes(9.9), seconds=1)
    Cluster.objects.filter(pk=cluster.pk).update(failures=failures)


def on_network(cluster: Cluster, *port_groups: str, vcenter: str = "vc-a.example.com") -> None:
    Cluster.objects.filter(pk=cluster.pk).update(vcenter=vcenter, port_groups=list(port_groups))


@pytest.mark.parametrize(
    ("fault", "short", "advice"),
    [
        (Fault.UNREACHABLE, "unreachable", "Nothing answers at its address"),
        (Fault.UNTRUSTED, "not trusted", "Perhaps another host answers there"),
        (Fault.EXPIRED, "certificate is expired", "past its time"),
        (Fault.REFUSED, "refuses us", "does not accept our credentials"),
        (Fault.UNUSABLE, "cannot be opened", "its kubeconfig, the Secret that holds it, or the dump"),
        (Fault.OTHER, "unreadable", "what was said"),
    ],
)
def test_a_fault_is_said_in_words_with_where_to_look(
    fault: Fault, short: str, advice: str, read: PageText, estate: Estate
) -> None:
    fail(estate.beta, fault)
    assert advice in words_of(read(BETA))
    for url in (BETA, "/clusters/", "/"):
        assert short in words_of(read(url))


def test_a_cluster_that_fails_says_how_often_and_when_it_is_tried_next(
    read: PageText, estate: Estate
) -> None:
    fail(estate.beta, Fault.UNREACHABLE, failures=4)
    Cluster.objects.filter(pk=estate.beta.pk).update(next_poll_at=minutes(13.5))
    html = read(BETA)
    assert "4 failures in a row, next in 3 min" in words_of(html)
    assert 'title="2026-01-15 09:13:30 UTC"' in html
    assert "tried ever more seldom" in html
    assert "unreachable, 4 times in a row" in words_of(read("/clusters/"))


def test_a_healthy_one_speaks_of_no_failure(read: PageText, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(next_poll_at=minutes(9.9))
    text = words_of(read(BETA))
    assert "due now" in text
    assert "in a row" not in text


def test_a_poll_in_progress_is_said_until_its_lease_has_run_out(read: PageText, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(leased_until=minutes(10.5), next_poll_at=minutes(11))
    assert "being polled now" in words_of(read(BETA))
    Cluster.objects.filter(pk=estate.beta.pk).update(leased_until=minutes(9.9))
    text = words_of(read(BETA))
    assert "being polled now" not in text
    assert "next in 1 min" in text


def test_one_that_is_not_polled_has_no_next_poll(read: PageText, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(provisioned=False)
    assert "due now" not in words_of(read(BETA))


def test_one_that_was_read_by_a_second_road_says_by_which(read: PageText, estate: Estate) -> None:
    hmc = management_cluster("hmc")
    road = workload_cluster(hmc, "beta")
    Cluster.objects.filter(pk=road.pk).update(same_as=estate.beta)
    store(estate.beta, whole(estate.beta, ()), taken_at=minutes(9.9), seconds=1, road=road.path)
    text = words_of(read(BETA))
    assert "read whole, last 6 s ago by way of hmc/org-acme/beta" in text
    assert "Also reached as hmc/org-acme/beta : the same cluster by a second road, read once." in text
    assert "This is gmc/org-acme/beta , reached by a second road" in words_of(
        read("/clusters/hmc/org-acme/beta/")
    )


def test_a_paused_cluster_and_one_that_is_being_deleted_are_marked(read: PageText, estate: Estate) -> None:
    assert "paused" not in words_of(read(BETA))
    marked = replace(seen_cluster("beta", "192.0.2.11", paused=True, terminating=True), phase="Deleting")
    see(estate.gmc, *(r for r in MANAGEMENT if r.ref.name != "beta"), marked, at=minutes(9.9))
    text = words_of(read(BETA))
    assert "beta paused being deleted" in text
    assert "phase Deleting" in text
    assert "Its addresses are in use all the same." in text
    assert "paused" not in words_of(read("/clusters/gmc/org-acme/alpha/"))


def test_a_management_cluster_that_is_paused_where_it_lists_itself_is_marked(
    read: PageText, estate: Estate
) -> None:
    itself = workload_cluster(estate.gmc, "gmc")
    Cluster.objects.filter(pk=itself.pk).update(same_as=estate.gmc)
    see(estate.gmc, *MANAGEMENT, seen_cluster("gmc", paused=True), at=minutes(9.9))
    assert "gmc paused" in words_of(read("/clusters/gmc/"))


def test_a_kind_that_may_not_be_read_names_the_rule_that_allows_it(read: PageText, estate: Estate) -> None:
    estate.seen(9.9, beta_unread=("Service", "ConfigMap"))
    html = read(BETA)
    assert "- {apiGroups: [&quot;&quot;], resources: [services], verbs: [list]}" in html
    assert "resourceNames: [kube-vip-cloud-provider, kubevip], verbs: [get]" in html
    assert "resources: [nodes]" not in html


def test_a_cluster_names_its_network(read: PageText, estate: Estate) -> None:
    assert "port group" not in words_of(read(BETA))
    on_network(estate.beta, "prod")
    assert "network port group prod of vCenter vc-a.example.com" in words_of(read(BETA))
    assert "network port group prod of vCenter vc-a.example.com" in words_of(read(MAP))


def test_two_networks_of_one_management_cluster_are_told_with_the_subnet_and_not_as_news(
    read: PageText, estate: Estate
) -> None:
    on_network(estate.beta, "prod")
    on_network(estate.gamma, "lab")
    for url in (MAP, "/subnets/"):
        text = words_of(read(url))
        assert "2 networks on one segment: default ." in text
        assert "port group lab of vCenter vc-a.example.com : gamma" in text
        assert "move a management cluster" not in text
    assert "networks on one segment" not in words_of(read("/"))


def test_a_management_cluster_on_a_network_of_its_own_is_worth_a_word_on_the_overview(
    read: PageText, estate: Estate
) -> None:
    on_network(estate.beta, "prod")
    on_network(management_cluster("hmc"), "prod", vcenter="vc-b.example.com")
    for url in ("/", "/subnets/", MAP):
        assert "move a management cluster" in words_of(read(url))


def test_one_that_shares_a_network_with_another_is_not_to_be_moved(read: PageText, estate: Estate) -> None:
    hmc = management_cluster("hmc")
    on_network(estate.beta, "prod")
    on_network(estate.gamma, "lab")
    on_network(hmc, "lab")
    assert "move a management cluster" not in words_of(read("/subnets/"))


def test_the_same_networks_on_two_segments_are_no_news(read: PageText, estate: Estate) -> None:
    on_network(estate.beta, "prod")
    on_network(management_cluster("hmc", on="site-b"), "lab")
    for url in ("/", "/subnets/", MAP):
        assert "networks on one segment" not in words_of(read(url))


def test_an_inferred_subnet_names_the_pool_it_was_guessed_from(read: PageText, estate: Estate) -> None:
    type(estate.subnet).objects.update(declared=False, gateway="", dhcp=[])
    text = words_of(read(MAP))
    assert "a guess from the prefix of pool wc-cp-ips of gmc ;" in text
    assert "gateway unknown" in text
    assert "From pool wc-cp-ips of gmc" in read("/subnets/")
