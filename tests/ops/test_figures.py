"""The figures: from the tables, right with many processes, and never zero where something is unread."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from ipviz.alerts.models import Delivery
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster
from ipviz.clusters.subnets import declare
from ipviz.domain.evidence import as_evidence
from ipviz.domain.seen import Observation, SeenPool
from ipviz.inventory.store import store
from ipviz.inventory.usage import age_samples
from ipviz.ops.metrics import COLLECTORS, families, scraped
from ipviz.polling.pulses import note_tick
from ipviz.polling.tasks import ask_to_judge
from ipviz.polling.watch import watch
from tests.alerts.stories import opens, suspected, tell
from tests.broker import sent
from tests.builders import ref, seen_address, seen_claim, seen_pool
from tests.factories import NINE, management_cluster, minutes, see, segment, whole, workload_cluster
from tests.ops.conftest import figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_nine", "empty_queue")]

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
POLICY = Policy("https://ipviz.example.org", "ipviz@example.org", mail_is_configured=True)
POOL = ("gmc", "GlobalInClusterIPPool", "wc-cp-ips", "", "default")
"""Cluster, kind, pool, its namespace, and segment."""
EIGHT = seen_pool("192.0.2.232-192.0.2.239")
HELD = (EIGHT, seen_claim("alpha", address_name="alpha"), seen_address("192.0.2.233", "alpha"))


def judge(at: datetime) -> None:
    watch(segment(), policy=POLICY, at=at)


def fail(cluster: Cluster, at: datetime, seconds: float = 1) -> None:
    """A poll that could read nothing."""
    store(cluster, as_evidence(Observation(error="connection timed out"), {}), taken_at=at, seconds=seconds)


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


def test_a_pool_has_what_it_can_hand_out_what_is_left_and_who_waits(gmc: Cluster) -> None:
    see(gmc, *HELD, seen_claim("beta"), at=NINE)
    judge(NINE)
    told = figures()
    assert told["ipviz_pool_size"] == {POOL: 8}
    assert told["ipviz_pool_used"] == {POOL: 1}
    assert told["ipviz_pool_free"] == {POOL: 7}
    assert told["ipviz_pool_pending_claims"] == {POOL: 1}
    assert told["ipviz_pool_stale"] == {POOL: 0}


def test_a_pool_that_cannot_be_read_keeps_its_last_figures_and_is_stale(gmc: Cluster) -> None:
    """Three days later these have aged into hours; they are the last that anybody knows."""
    see(gmc, *HELD, at=NINE)
    judge(NINE)
    later = NINE + timedelta(days=3)
    age_samples(later)
    see(gmc, at=later, unread=("IPAddress", "GlobalInClusterIPPool"))
    judge(later)
    told = figures(later)
    assert told["ipviz_pool_used"] == {POOL: 1}
    assert told["ipviz_pool_stale"] == {POOL: 1}


def test_a_pool_that_nobody_looks_at_any_more_is_stale(gmc: Cluster) -> None:
    see(gmc, *HELD, at=NINE)
    judge(NINE)
    assert figures(minutes(30))["ipviz_pool_stale"] == {POOL: 1}


def test_a_pool_of_which_nothing_is_counted_yet_is_not_told_as_empty(gmc: Cluster) -> None:
    see(gmc, *HELD, at=NINE)
    told = figures()
    assert "ipviz_pool_used" not in told
    assert told["ipviz_pool_stale"] == {POOL: 0}


def test_a_pool_that_went_is_told_no_more(gmc: Cluster) -> None:
    see(gmc, *HELD, at=NINE)
    judge(NINE)
    see(gmc, at=minutes(1))
    assert "ipviz_pool_size" not in figures(minutes(1))


def test_a_pool_of_ipv6_is_as_large_as_its_provider_can_count(gmc: Cluster) -> None:
    see(gmc, seen_pool("2001:db8::/64", name="six", prefix=64), at=NINE)
    judge(NINE)
    (size,) = figures()["ipviz_pool_size"].values()
    assert size == pytest.approx(2.0**63)


def test_the_addresses_of_a_subnet_are_each_in_one_state(gmc: Cluster) -> None:
    declare(segment(), "192.0.2.0/24", gateway="192.0.2.1")
    see(gmc, *HELD, at=NINE)
    judge(NINE)
    told = figures()["ipviz_subnet_addresses"]
    of_subnet = {state: value for (_, state, cidr), value in told.items() if cidr == "192.0.2.0/24"}
    assert of_subnet["tracked"] == 1
    assert of_subnet.keys() == {"tracked", "untracked", "reserved", "free"}
    assert sum(of_subnet.values()) == 256
    assert figures()["ipviz_subnet_stale_addresses"] == {("default", "192.0.2.0/24"): 0}


def test_what_a_subnet_held_when_last_seen_is_counted_apart(gmc: Cluster) -> None:
    declare(segment(), "192.0.2.0/24")
    for at, unread in ((NINE, ()), (minutes(1), ("IPAddress",))):
        see(gmc, *(HELD if not unread else ()), at=at, unread=unread)
        judge(at)
    assert figures(minutes(1))["ipviz_subnet_stale_addresses"] == {("default", "192.0.2.0/24"): 1}
    assert figures(minutes(1))["ipviz_subnet_addresses"]["default", "tracked", "192.0.2.0/24"] == 1


def test_findings_are_counted_with_the_suspected_apart_and_zeros_where_none_stands(gmc: Cluster) -> None:
    told = figures()["ipviz_findings"]
    assert told["collision", "critical", "open"] == 0
    assert told["blind-spot", "high", "suspected"] == 0
    assert not any("resolved" in labels for labels in told)
    fail(gmc, NINE)
    judge(NINE)
    found = figures()
    assert found["ipviz_findings"]["blind-spot", "high", "open"] == 1
    assert found["ipviz_rule_findings"] == {("blind-spot", "B1", "default", "high", "open"): 1}


def test_how_old_what_is_known_of_a_cluster_is(gmc: Cluster) -> None:
    see(gmc, *HELD, at=minutes(1))
    see(gmc, *HELD, at=minutes(2), unread=("Node",))
    told, of = figures(minutes(5)), ("gmc", "management", "default")
    assert told["ipviz_cluster_whole_age_seconds"][of] == 240, "the nodes are from one past nine"
    assert told["ipviz_cluster_tried_age_seconds"][of] == 180
    assert told["ipviz_cluster_readable"][of] == 1
    assert told["ipviz_cluster_unread_kinds"][of] == 1


def test_of_a_cluster_that_was_never_read_the_age_is_since_it_was_registered(gmc: Cluster) -> None:
    told, of = figures(minutes(5)), ("gmc", "management", "default")
    assert told["ipviz_cluster_whole_age_seconds"][of] == 300
    assert told["ipviz_cluster_tried_age_seconds"][of] == 300
    assert told["ipviz_cluster_readable"][of] == 0
    fail(gmc, minutes(6))
    told = figures(minutes(7))
    assert told["ipviz_cluster_whole_age_seconds"][of] == 420
    assert told["ipviz_cluster_tried_age_seconds"][of] == 60


def test_a_cluster_without_an_endpoint_and_a_second_road_are_no_clusters_to_read(gmc: Cluster) -> None:
    Cluster.objects.filter(pk=workload_cluster(gmc, "unborn").pk).update(provisioned=False)
    Cluster.objects.filter(pk=workload_cluster(gmc, "itself").pk).update(same_as=gmc)
    assert figures()["ipviz_cluster_readable"].keys() == {("gmc", "management", "default")}


def test_the_polls_of_the_last_minutes_by_outcome_and_length(gmc: Cluster) -> None:
    for at, seconds in ((NINE, 40.0), (minutes(20), 0.2), (minutes(21), 3.0)):
        store(gmc, whole(gmc, HELD), taken_at=at, seconds=seconds)
    fail(gmc, minutes(22), seconds=15)
    told = figures(minutes(25))
    assert told["ipviz_polls"] == {("whole",): 2, ("partial",): 0, ("failed",): 1}
    buckets = told["ipviz_poll_duration_seconds_bucket"]
    assert (buckets["0.1",], buckets["0.25",], buckets["5.0",], buckets["+Inf",]) == (0, 1, 2, 3)


def test_how_long_judging_took_in_all_and_when_it_was_last_done(gmc: Cluster) -> None:
    judge(NINE)
    judge(minutes(1))
    told = figures(minutes(2))
    assert told["ipviz_watch_duration_seconds_count"] == {("default",): 2}
    assert told["ipviz_watch_duration_seconds_sum"]["default",] > 0
    assert told["ipviz_watch_age_seconds"] == {("default",): 60}
    assert told["ipviz_judge_request_age_seconds"] == {(): 0}
    segment().judge_requests.create()
    assert figures(minutes(3))["ipviz_judge_request_age_seconds"] == {(): 180}


def test_mails_that_wait_and_since_when() -> None:
    for number, minute in enumerate((0, 3)):
        Delivery.objects.create(at=minutes(minute), subject="x", text="", html="", message_id=f"{number}")
    told = figures(minutes(5))
    assert told["ipviz_deliveries"]["news", "pending"] == 2
    assert told["ipviz_deliveries"]["digest", "failed"] == 0
    assert told["ipviz_delivery_pending_age_seconds"] == {
        ("news",): 300, ("digest",): 0, ("test",): 0, ("confirmation",): 0,
    }  # fmt: skip


def test_tasks_that_wait_in_the_queue() -> None:
    ask_to_judge.delay()
    told = figures()
    assert (told["ipviz_broker_up"], told["ipviz_queue_tasks"]) == ({(): 1}, {(): 1})
    sent()


def test_a_broker_that_is_away_is_a_figure_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setitem(current_app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    monkeypatch.setitem(current_app.conf, "broker_transport_options", {})
    told = figures()
    assert told["ipviz_broker_up"] == {(): 0}
    assert "ipviz_queue_tasks" not in told
    assert told["ipviz_collector_success"]["queue",] == 1


def test_whether_the_schedule_runs() -> None:
    assert figures()["ipviz_schedule_up"] == {(): 0}
    assert "ipviz_schedule_tick_age_seconds" not in figures()
    note_tick(NINE)
    assert figures(minutes(1))["ipviz_schedule_up"] == {(): 1}
    told = figures(minutes(14))
    assert (told["ipviz_schedule_up"], told["ipviz_schedule_tick_age_seconds"]) == ({(): 0}, {(): 840})


def test_a_collector_that_fails_takes_no_other_with_it_and_is_told_of() -> None:
    def broken(at: datetime) -> Iterator[Metric]:
        yield families.single("ipviz_half", "Of it.", 1)
        raise ValueError("a fault of ours")

    told = scraped(NINE, {"broken": broken, "schedule": COLLECTORS["schedule"]}).decode()
    assert 'ipviz_collector_success{collector="broken"} 0.0' in told
    assert 'ipviz_collector_success{collector="schedule"} 1.0' in told
    assert "ipviz_schedule_up 0.0" in told
    assert "ipviz_half" not in told


def test_a_name_that_somebody_chose_to_break_the_format_breaks_nothing(gmc: Cluster) -> None:
    name = 'x"} 1\nipviz_findings{class="collision",severity="critical",status="open"} 99 # \\'
    see(gmc, SeenPool(ref("GlobalInClusterIPPool", name), ("192.0.2.232-192.0.2.239",), 24), at=NINE)
    judge(NINE)
    told = figures()
    assert [labels[2] for labels in told["ipviz_pool_size"]] == [name]
    assert told["ipviz_findings"]["collision", "critical", "open"] == 0


def test_there_are_so_many_series_at_most(gmc: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MOST", 2)
    see(gmc, *(seen_pool(f"198.51.100.{n + 1}", name=f"p{n}") for n in range(5)), at=NINE)
    judge(NINE)
    told = figures()
    assert len(told["ipviz_pool_size"]) == 2
    assert told["ipviz_pools_left_out"] == {(): 3}
    assert told["ipviz_clusters_left_out"] == {(): 0}


def test_a_scrape_asks_as_often_however_much_there_is(
    gmc: Cluster, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    see(gmc, *HELD, *(seen_pool(f"198.51.100.{n}", name=f"p{n}") for n in range(9)), at=NINE)
    for number in range(5):
        see(workload_cluster(gmc, f"c{number}"), at=NINE)
    judge(NINE)
    with django_assert_max_num_queries(18):
        scraped(NINE)


def test_the_documentation_names_each_metric_with_its_labels_and_no_other(gmc: Cluster) -> None:
    see(gmc, *HELD, at=NINE)
    declare(segment(), "192.0.2.0/24")
    judge(NINE)
    note_tick(NINE)
    see(gmc, *HELD, at=minutes(1), unread=("Lease",))
    tell([opens(suspected())], policy=POLICY, at=NINE)
    scrape: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(scraped(NINE).decode()):
        assert family.documentation.endswith(".")
        name = family.name.removesuffix("_gcount").removesuffix("_gsum")
        name += "_total" if family.type == "counter" else ""
        labels = (set(sample.labels) for sample in family.samples)
        scrape[name] = scrape.get(name, set()).union(*labels)
    rows = re.findall(r"^\| `(ipviz_\w+)` \| ([^|]*)\|", OPERATING.read_text(), re.MULTILINE)
    documented = {name: set(labels.replace(",", " ").split()) for name, labels in rows}
    assert documented == scrape
