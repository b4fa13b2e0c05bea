"""Who remembers a segment says of it what one says who reads and judges all of it."""

import gc
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.subnets import declare
from ipviz.domain.judge import judge
from ipviz.inventory import live
from ipviz.inventory.models import Occupancy, Snapshot, Version
from ipviz.inventory.reading import estate_of
from ipviz.inventory.store import forget
from ipviz.polling import memory as memories
from ipviz.polling.collector import collector_paused
from ipviz.polling.memory import SegmentMemory, judged
from tests.builders import seen_cluster, seen_node, seen_pool, seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster
from tests.findings.test_order_of_polls import BEFORE, LAST, undone

pytestmark = pytest.mark.django_db

NAMES = ["gmc", "beta", "gamma", "hmc"]
# The last looks and those before, of which each object may be there or not.
OBJECTS = {name: [*LAST[name], *BEFORE[name]] for name in NAMES}


@st.composite
def looks(draw: st.DrawFn) -> tuple[str, list[int], tuple[str, ...]]:
    """At a cluster: which objects are there, and which kinds could not be read."""
    name = draw(st.sampled_from(NAMES))
    there = [number for number in range(len(OBJECTS[name])) if draw(st.integers(0, 4))]
    return name, there, draw(st.sampled_from([(), (), (), (), ("Service",)]))


def agrees(memory: SegmentMemory, at: float) -> None:
    times = {"outdated_before": minutes(at - 3), "judged_at": minutes(at)}
    found = memory.judge(**times)
    estate = found.estate
    plain = estate_of("default", **times)
    assert set(estate.occupants) == set(plain.occupants)
    assert len(estate.occupants) == len(plain.occupants)
    assert (estate.clusters, set(estate.pending)) == (plain.clusters, set(plain.pending))
    assert sorted(found.verdicts, key=str) == sorted(judge(plain), key=str)


@settings(max_examples=60, deadline=None)
@given(st.lists(looks(), min_size=3, max_size=12))
def test_whichever_clusters_were_polled_between_two_looks(
    polls: list[tuple[str, list[int], tuple[str, ...]]],
) -> None:
    with undone():
        gmc, hmc = management_cluster(), management_cluster("hmc")
        clusters = {"gmc": gmc, "hmc": hmc} | {n: workload_cluster(gmc, n) for n in ("beta", "gamma")}
        declare(segment(), "192.0.2.0/24", gateway="192.0.2.12")
        memory = SegmentMemory("default")
        for minute, (name, there, unread) in enumerate(polls):
            seen = {OBJECTS[name][n].ref: OBJECTS[name][n] for n in there}
            see(clusters[name], *seen.values(), at=minutes(minute), unread=unread)
            if minute % 3:
                agrees(memory, minute + 0.5)
        agrees(memory, len(polls))


@pytest.fixture
def beta() -> Cluster:
    gmc = management_cluster()
    see(gmc, seen_pool("192.0.2.1-192.0.2.9"), seen_cluster("beta", "192.0.2.1"))
    beta = workload_cluster(gmc, "beta")
    see(beta, seen_service("web", annotation="192.0.2.4"), seen_node("beta-0", "192.0.2.20"))
    return beta


def test_of_a_cluster_that_says_the_same_no_row_is_read(beta: Cluster) -> None:
    memory = SegmentMemory("default")
    agrees(memory, 0.5)
    see(beta, seen_service("web", annotation="192.0.2.4"), seen_node("beta-0", "192.0.2.20"), at=minutes(1))
    with CaptureQueriesContext(connection) as queries:
        memory.judge(outdated_before=minutes(0), judged_at=minutes(1))
    assert not [q for q in queries if '"ipviz_occupancy"' in q["sql"] or '"ipviz_version"' in q["sql"]]
    agrees(memory, 1.5)


def test_a_segment_of_another_name_is_another(beta: Cluster) -> None:
    """A row is found by its id, and what was seen by its segment's name: neither may be of before."""
    moved = Segment.objects.get()
    times = {"outdated_before": minutes(0), "judged_at": minutes(1)}
    assert judged(moved, **times).estate.occupants
    Segment.objects.update(name="site-b")
    moved.refresh_from_db()
    assert judged(moved, **times).estate.segment == "site-b"
    assert judged(moved, **times).estate.occupants


def test_nothing_is_remembered_of_a_segment_that_was_removed(beta: Cluster) -> None:
    times = {"outdated_before": minutes(0), "judged_at": minutes(1)}
    empty = Segment.objects.create(name="site-b")
    judged(empty, **times)
    gone = empty.pk
    empty.delete()
    judged(Segment.objects.create(name="site-c"), **times)
    assert gone not in memories._known


def test_a_cluster_that_joins_leaves_or_is_read_by_another_road_is_read_anew(beta: Cluster) -> None:
    memory = SegmentMemory("default")
    agrees(memory, 0.5)
    gamma = workload_cluster(beta.management_cluster, "gamma")  # type: ignore[arg-type]
    see(gamma, seen_service("api", annotation="192.0.2.4"), at=minutes(1))
    agrees(memory, 1.5)
    Cluster.objects.filter(pk=gamma.pk).update(same_as=beta)
    agrees(memory, 2)
    forget(beta, at=minutes(3), why="it is no longer there")
    agrees(memory, 3.5)


def test_tables_that_were_brought_back_from_a_backup_are_read_anew(beta: Cluster) -> None:
    memory = SegmentMemory("default")
    see(beta, seen_service("web", annotation="192.0.2.5"), at=minutes(1))
    agrees(memory, 1.5)
    for rows in (Version.objects.of(beta), Occupancy.objects.of(beta)):
        rows.now().delete()
        rows.update(seen_until=None)
    beta.snapshots.filter(taken_at=minutes(1)).delete()
    agrees(memory, 2)


def test_ids_that_come_a_second_time_are_not_taken_for_the_first(beta: Cluster) -> None:
    """As where what was judged was rolled back, or a backup was restored under a running worker."""
    memory = SegmentMemory("default")
    agrees(memory, 0.5)
    with undone():
        see(beta, seen_service("web", annotation="192.0.2.5"), at=minutes(1))
        agrees(memory, 1.5)
    see(beta, seen_service("web", annotation="192.0.2.6"), at=minutes(2))
    agrees(memory, 2.5)


def test_a_poll_between_the_ids_and_the_rows_loses_no_address(
    beta: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row whose id was read has ended, and that which follows it has an id that was not read."""
    gamma = workload_cluster(beta.management_cluster, "gamma")  # type: ignore[arg-type]
    see(gamma, seen_service("api", annotation="192.0.2.4"))
    memory = SegmentMemory("default")
    agrees(memory, 0.5)

    def held_by(node: str, at: float) -> None:
        see(beta, seen_service("web", annotation="192.0.2.4", labelled=True, holder=node), at=minutes(at))

    held_by("beta-0", 1)
    reading, meanwhile = live._rows, [partial(held_by, "beta-1", 2)]

    def rows(*asked: Any) -> Any:
        if meanwhile:
            meanwhile.pop()()
        return reading(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(live, "_rows", rows)
        found = memory.judge(outdated_before=minutes(0), judged_at=minutes(2.5))
    assert "C4" in {verdict.rule for verdict in found.verdicts}
    agrees(memory, 3)


def test_any_number_of_clusters_is_asked_about_at_once() -> None:
    gmc = management_cluster()
    crowd = [
        Cluster(kind="workload", path=f"gmc/org/c{n}", name=f"c{n}", namespace="org", segment=gmc.segment)
        for n in range(1_100)
    ]
    clusters = Cluster.objects.bulk_create(crowd)
    memory = SegmentMemory("default")
    for minute in range(2):
        facts = {"taken_at": minutes(minute), "seconds": 0, "outcome": "whole", "kinds": {}}
        Snapshot.objects.bulk_create(Snapshot(cluster=each, changed=not minute, **facts) for each in clusters)
        memory.judge(outdated_before=minutes(0), judged_at=minutes(minute))


@pytest.mark.parametrize(
    "where",
    ["ipviz.domain.standing.touched_by", "ipviz.inventory.live.LiveSegment._follow_objects"],
)
def test_a_failure_on_the_way_leaves_nothing_half_done(
    beta: Cluster, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    memory = SegmentMemory("default")
    agrees(memory, 0.5)
    see(beta, seen_service("web", annotation="192.0.2.1"), at=minutes(1))
    with monkeypatch.context() as patched:
        patched.setattr(where, _fails)
        with pytest.raises(RuntimeError):
            memory.judge(outdated_before=minutes(0), judged_at=minutes(1))
    agrees(memory, 1.5)


def _fails(*_: object) -> None:
    raise RuntimeError


def test_the_collector_goes_on_when_the_last_one_is_done_that_paused_it() -> None:
    one, other = collector_paused(), collector_paused()
    with one:
        other.__enter__()
    assert not gc.isenabled()
    other.__exit__(None, None, None)
    assert gc.isenabled()
