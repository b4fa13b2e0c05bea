"""Who remembers a segment says of it what one says who reads and judges all of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.clusters.models import Cluster
from ipviz.clusters.subnets import declare
from ipviz.domain.judge import judge
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.reading import estate_of
from ipviz.inventory.store import forget
from ipviz.polling.memory import SegmentMemory
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
    estate, standing = memory.judge(**times)
    plain = estate_of("default", **times)
    assert set(estate.occupants) == set(plain.occupants)
    assert len(estate.occupants) == len(plain.occupants)
    assert (estate.clusters, set(estate.pending)) == (plain.clusters, set(plain.pending))
    assert sorted(standing.verdicts.values(), key=str) == sorted(judge(plain), key=str)


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


def test_a_failure_on_the_way_leaves_nothing_half_done(
    beta: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = SegmentMemory("default")
    agrees(memory, 0.5)
    see(beta, seen_service("web", annotation="192.0.2.1"), at=minutes(1))
    with monkeypatch.context() as patched:
        patched.setattr("ipviz.domain.standing.touched_by", _fails)
        with pytest.raises(RuntimeError):
            memory.judge(outdated_before=minutes(0), judged_at=minutes(1))
    agrees(memory, 1.5)


def _fails(*_: object) -> None:
    raise RuntimeError
