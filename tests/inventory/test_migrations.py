"""An older database is brought up to date with all that it knew."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, PoolRef, Ref, SeenAddress, SeenService
from ipviz.domain.statements import statements_of
from ipviz.inventory.keeping import keep
from ipviz.inventory.models import Change, Feed, ListDigest, Occupancy, Snapshot, Version
from ipviz.inventory.reading import Sights
from ipviz.inventory.records import encode, row_of
from tests.factories import minutes, see

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_HISTORY = ("inventory", "0002_faults")
COLUMNS_OF_0007 = (
    *("kind", "uid", "namespace", "name", "role", "first_key", "last_key"),
    *("consumer_cluster", "purpose", "facts"),
)


def migrate_to(*targets: tuple[str, str | None]) -> Any:
    """Bring the tables there; the models of that time."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    executor.loader.build_graph()
    return executor.loader.project_state([(app, name) for app, name in targets if name]).apps


def migrate_to_the_latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture(autouse=True)
def _back_to_the_latest() -> Iterator[None]:
    yield
    migrate_to_the_latest()


def service(address: str) -> SeenService:
    return SeenService(Ref("Service", "shop", "web", "uid"), annotation=address, ingress=(Ingress(address),))


def fill(apps: Any) -> None:
    """As a poll of that time left it: web moved from .7 to .8 at the second poll, Nodes were unread then."""
    segment = apps.get_model("clusters", "Segment").objects.get_or_create(name="default")[0]
    cluster = apps.get_model("clusters", "Cluster").objects.create(
        kind="management", path="gmc", name="gmc", segment=segment, dump="/nowhere"
    )
    moments, addresses = (minutes(0), minutes(1), None), ("192.0.2.7", "192.0.2.8")
    for number, address in enumerate(addresses):
        record = service(address)
        times = {"cluster": cluster, "seen_from": moments[number], "seen_until": moments[number + 1]}
        named = {"kind": "Service", "uid": "uid", "namespace": "shop", "name": "web"}
        apps.get_model("inventory", "Version").objects.create(record=encode(record), **named, **times)
        for occupant in statements_of({"Service": (record,)}, path="gmc", is_management=True):
            row = row_of(occupant)
            apps.get_model("inventory", "Occupancy").objects.create(
                role=row.role,
                first_key=row.first_key,
                last_key=row.last_key,
                consumer_cluster=row.consumer_cluster,
                purpose=row.purpose,
                facts=row.facts,
                **named,
                **times,
            )
        kinds = {
            "Service": {
                "count": 1,
                "digest": "0" * 64,
                "read_at": minutes(number).isoformat(),
                "installed": True,
            },
            "Node": {"count": 2, "digest": "1" * 64, "read_at": minutes(0).isoformat(), "installed": True},
        }
        if number:
            kinds["Node"]["unread"] = "403 Forbidden"
        apps.get_model("inventory", "Snapshot").objects.create(
            cluster=cluster, taken_at=minutes(number), seconds=1, outcome="whole", kinds=kinds
        )


def test_from_nothing_all_tables_are_made_and_can_be_used() -> None:
    migrate_to(("inventory", None))
    migrate_to_the_latest()
    assert not any(model.objects.exists() for model in (Snapshot, Version, Occupancy, Change, ListDigest))


def test_what_an_older_database_knew_is_known_and_told_of_its_time() -> None:
    fill(migrate_to(BEFORE_HISTORY, ("clusters", "0003_judge_requests")))
    migrate_to_the_latest()
    gmc = Cluster.objects.get(path="gmc")
    for at, address, since in ((0.5, "192.0.2.7", 0), (1.5, "192.0.2.8", 1)):
        (row,) = Occupancy.objects.of(gmc).as_seen(minutes(at))
        assert (str(row.span), row.since) == (address, minutes(since))
    sight = Sights.of([gmc]).by_id[gmc.pk]
    assert (sight.read_at("Service"), sight.read_at("Node")) == (minutes(1), minutes(0))
    assert sight.is_stale("Node", "", "any")


def test_what_an_allocation_says_of_its_prefix_is_brought_along() -> None:
    old = migrate_to(("inventory", "0007_places"), ("clusters", "0003_judge_requests"))
    fill_allocations(old, {"a": 24, "b": 26, "c": 0})
    migrate_to_the_latest()
    assert dict(Occupancy.objects.values_list("uid", "prefix")) == {"a": 24, "b": 26, "c": 0, "web": 0}
    gmc = Cluster.objects.get(path="gmc")
    stored = see(gmc, *(allocation(uid, prefix) for uid, prefix in {"a": 24, "b": 26}.items()), at=minutes(2))
    assert (stored.altered, stored.gone) == (0, 1)


def allocation(uid: str, prefix: int) -> SeenAddress:
    ref, pool = Ref("IPAddress", "org", uid, uid), PoolRef("GlobalInClusterIPPool", "pool")
    return SeenAddress(ref, f"192.0.2.{ord(uid)}", prefix, pool)


def fill_allocations(apps: Any, prefixes: dict[str, int]) -> None:
    """As that version stored them, beside a Service, which says no prefix."""
    segment = apps.get_model("clusters", "Segment").objects.get_or_create(name="default")[0]
    cluster = apps.get_model("clusters", "Cluster").objects.create(
        kind="management", path="gmc", name="gmc", segment=segment, dump="/nowhere"
    )
    seen: dict[str, tuple[Any, ...]] = {
        "IPAddress": tuple(allocation(uid, prefix) for uid, prefix in prefixes.items())
    }
    for record in seen["IPAddress"]:
        named = {"kind": "IPAddress", "uid": record.ref.uid, "namespace": "org", "name": record.ref.name}
        apps.get_model("inventory", "Version").objects.create(
            cluster=cluster, record=encode(record), seen_from=minutes(0), **named
        )
    seen["Service"] = (replace(service("192.0.2.7"), ref=Ref("Service", "shop", "web", "web")),)
    for occupant in statements_of(seen, path="gmc", is_management=True):
        row = row_of(occupant)
        columns = {name: getattr(row, name) for name in COLUMNS_OF_0007}
        apps.get_model("inventory", "Occupancy").objects.create(
            cluster=cluster, since=minutes(0), seen_from=minutes(0), **columns
        )


def test_the_first_poll_after_it_tells_no_change_that_was_none() -> None:
    fill(migrate_to(BEFORE_HISTORY, ("clusters", "0003_judge_requests")))
    migrate_to_the_latest()
    gmc = Cluster.objects.get(path="gmc")
    stored = see(gmc, service("192.0.2.8"), at=minutes(2))
    assert (stored.added, stored.altered, stored.gone) == (0, 0, 0)
    assert Version.objects.of(gmc).count() == Occupancy.objects.of(gmc).count() == 2
    assert not Change.objects.exists()
    see(gmc, service("192.0.2.9"), at=minutes(3))
    assert [change.what for change in Change.objects.all()] == ["changed"]
    keep(minutes(500), history=minutes(100) - minutes(0))
    assert Version.objects.count() == Occupancy.objects.count() == Snapshot.objects.count() == 1


def test_what_had_happened_keeps_its_numbers_and_what_happens_goes_on_from_there() -> None:
    old = migrate_to(
        ("inventory", "0007_places"), ("findings", "0005_next_of_ranges"), ("clusters", "0004_plans")
    )
    segment = old.get_model("clusters", "Segment").objects.create(name="lab")
    gmc = old.get_model("clusters", "Cluster").objects.create(
        kind="management", path="gmc", name="gmc", segment=segment, dump="/nowhere"
    )
    for number in (1, 2):
        old.get_model("inventory", "Change").objects.create(
            cluster=gmc, at=minutes(number), what="went", name="x"
        )
    migrate_to_the_latest()
    cluster = Cluster.objects.get(path="gmc")
    see(cluster, at=minutes(3))
    see(cluster, service("192.0.2.7"), at=minutes(4))
    assert list(Change.objects.order_by("pk").values_list("pk", "what")) == [
        (1, "went"), (2, "went"), (3, "appeared")
    ]  # fmt: skip
    assert Feed.objects.last_of(Feed.Name.FINDINGS) == 0
