"""Whatever polls come in whatever order: at every moment the inventory is as a plain model remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Observation, Read, Ref, Seen, SeenNode, SeenService, Unread, Unreadable
from ipviz.domain.statements import statements_of
from ipviz.inventory.keeping import keep
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.reading import Sights
from ipviz.inventory.records import encode, row_of
from ipviz.inventory.store import forget, store
from tests.factories import management_cluster, minutes, workload_cluster

pytestmark = pytest.mark.django_db

KINDS = ("Node", "Service")
NUMBER = count()

Records = Mapping[str, Mapping[str, Seen]]


@dataclass
class Step:
    """One poll, or the end of the cluster. `lists` has no entry for a kind that could not be listed."""

    lists: dict[str, dict[str, Seen]] = field(default_factory=dict)
    unreadable: dict[str, set[str]] = field(default_factory=dict)
    fails: bool = False
    is_gone: bool = False


@st.composite
def services(draw: st.DrawFn) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    for name in draw(st.sets(st.sampled_from(["web", "api", "mail"]))):
        address = f"192.0.2.{draw(st.integers(1, 4))}"
        found[f"s-{name}"] = SeenService(
            Ref("Service", "shop", name, f"s-{name}"),
            annotation=address,
            ingress=(Ingress(address),) if draw(st.booleans()) else (),
            holder=draw(st.sampled_from(["", "node-1", "node-2"])),
        )
    return found


@st.composite
def nodes(draw: st.DrawFn) -> dict[str, Seen]:
    return {
        f"n-{name}": SeenNode(
            Ref("Node", "", name, f"n-{name}"), addresses=(f"192.0.2.{draw(st.integers(5, 7))}",)
        )
        for name in draw(st.sets(st.sampled_from(["node-1", "node-2"])))
    }


@st.composite
def steps(draw: st.DrawFn) -> Step:
    lot = draw(st.integers(0, 9))
    if lot == 0:
        return Step(is_gone=True)
    if lot == 1:
        return Step(fails=True)
    step = Step({"Service": draw(services()), "Node": draw(nodes())})
    for kind in KINDS:
        if draw(st.integers(0, 4)) == 0:
            del step.lists[kind]
        elif draw(st.integers(0, 3)) == 0 and step.lists[kind]:
            uid = draw(st.sampled_from(sorted(step.lists[kind])))
            step.unreadable[kind] = {uid}
    return step


def observation_of(step: Step) -> Observation:
    if step.fails:
        return Observation(error="no route to host")
    kinds: dict[str, Read | Unread] = {}
    for kind in KINDS:
        if kind not in step.lists:
            kinds[kind] = Unread("403 Forbidden")
            continue
        spoilt = step.unreadable.get(kind, set())
        refs = [record.ref for uid, record in step.lists[kind].items() if uid in spoilt]
        kinds[kind] = Read(
            tuple(record for uid, record in step.lists[kind].items() if uid not in spoilt),
            unreadable=tuple(Unreadable(kind, ref.namespace, ref.name, "odd") for ref in refs),
        )
    return Observation(kinds)


def after(known: Records, step: Step) -> Records:
    """What is known after a step: unread is not empty."""
    if step.is_gone:
        return {kind: {} for kind in KINDS}
    if step.fails:
        return known
    now: dict[str, dict[str, Seen]] = {}
    for kind in KINDS:
        if kind not in step.lists:
            now[kind] = dict(known[kind])
            continue
        spoilt = step.unreadable.get(kind, set())
        read = {uid: record for uid, record in step.lists[kind].items() if uid not in spoilt}
        now[kind] = {**{uid: known[kind][uid] for uid in spoilt if uid in known[kind]}, **read}
    return now


def records_at(cluster: Cluster, at: datetime) -> set[tuple[str, str, str]]:
    rows = Version.objects.of(cluster).as_seen(at)
    return set(rows.values_list("kind", "uid", "record"))


def told(row: Occupancy) -> tuple[Any, ...]:
    return (
        row.kind,
        row.uid,
        row.role,
        row.first_key,
        row.last_key,
        row.purpose,
        repr(sorted(row.facts.items())),
    )


def stated(cluster: Cluster, known: Records) -> set[tuple[Any, ...]]:
    records = {kind: tuple(each.values()) for kind, each in known.items()}
    return {told(row_of(each)) for each in statements_of(records, path=cluster.path, is_management=False)}


def a_cluster() -> Cluster:
    return workload_cluster(management_cluster(f"mc-{next(NUMBER)}"), "beta")


def play(cluster: Cluster, script: list[Step]) -> list[tuple[datetime, Records]]:
    """Store each step, a minute apart; what is known from each moment on."""
    known: Records = {kind: {} for kind in KINDS}
    told: list[tuple[datetime, Records]] = []
    for minute, step in enumerate(script):
        if step.is_gone:
            forget(cluster, at=minutes(minute), why="gone")
        else:
            store(cluster, observation_of(step), taken_at=minutes(minute), seconds=0.1)
        known = after(known, step)
        told.append((minutes(minute), known))
    return told


@settings(max_examples=50)
@given(st.lists(steps(), min_size=1, max_size=8))
def test_at_every_moment_it_is_as_a_plain_model_has_it(script: list[Step]) -> None:
    cluster = a_cluster()
    for at, known in play(cluster, script):
        for moment in (at, at + (minutes(0.5) - minutes(0))):
            wanted = {(kind, uid, encode(record)) for kind in KINDS for uid, record in known[kind].items()}
            assert records_at(cluster, moment) == wanted
            rows = Occupancy.objects.of(cluster).as_seen(moment)
            assert {told(row) for row in rows} == stated(cluster, known)
    assert not Version.objects.of(cluster).as_seen(minutes(-1))


@settings(max_examples=30)
@given(st.lists(steps(), min_size=1, max_size=8))
def test_an_occupant_is_held_since_it_was_there_without_a_break(script: list[Step]) -> None:
    cluster = a_cluster()
    since: dict[tuple[Any, ...], datetime] = {}
    for at, known in play(cluster, script):
        there = {each[:-1] for each in stated(cluster, known)}  # whatever else is said of it
        since = {each: since.get(each, at) for each in there}
        rows = Occupancy.objects.of(cluster).as_seen(at)
        assert {told(row)[:-1]: row.since for row in rows} == since


def sight_at(cluster: Cluster, at: datetime) -> tuple[Any, ...]:
    """How well the cluster and all that may be in it were seen."""
    sight = Sights.of([cluster], at).by_id[cluster.pk]
    things = [("Service", "shop", name) for name in ("web", "api", "mail")]
    things += [("Node", "", name) for name in ("node-1", "node-2")]
    snapshot = sight.snapshot
    facts = (snapshot.outcome, snapshot.error, snapshot.counts, snapshot.unread) if snapshot else None
    return facts, [sight.is_stale(*each) for each in things]


@settings(max_examples=30)
@given(st.lists(steps(), min_size=1, max_size=40))
def test_thinning_the_snapshots_changes_no_answer(script: list[Step]) -> None:
    cluster = a_cluster()
    # Much of what polls see is what they saw before.
    long = [each for step in script for each in [step] * 4]
    moments = [at for at, _ in play(cluster, long)]
    before = {at: (records_at(cluster, at), sight_at(cluster, at)) for at in moments}
    rows = cluster.snapshots.count()
    keep(minutes(len(long) + 120), history=minutes(100_000) - minutes(0))
    assert {at: (records_at(cluster, at), sight_at(cluster, at)) for at in moments} == before
    assert (
        cluster.snapshots.count() < rows or rows <= 1 or all(step.fails or step.is_gone for step in script)
    ), "nothing was thinned out"
