"""Each released database, brought to this version and polled there: nothing is lost, and nobody told anew."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from ipviz.alerts.models import Delivery, Silence, Subscription
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.models import Occupancy
from tests.release_of_today import GOES
from tests.releases import (
    NINE,
    PASSWORD,
    RELEASES,
    ROOT,
    TEN,
    TOKEN,
    digest,
    fresh_database,
    load,
    migrations_of,
    releases,
    rows_of,
    write_dump,
)

Row = dict[str, Any]
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module", params=releases())
def release(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[str]:
    """Its database, brought here and polled twice, some minutes after it was left."""
    folder = tmp_path_factory.mktemp(request.param)
    write_dump(folder / "dump", without=GOES)
    with django_db_blocker.unblock(), fresh_database(folder):
        load(request.param, folder / "dump")
        call_command("migrate", verbosity=0)
        for minute in (1, 2):
            with time_machine.travel(TEN + minute * MINUTE, tick=False):
                _poll()
        yield request.param


def _poll() -> None:
    """A round; some clusters of the fleet have no dump."""
    with pytest.raises(SystemExit):
        call_command("poll")


def were(release: str, model: str) -> dict[Any, Row]:
    """The rows of a table as they were released, by their number."""
    return {row["pk"]: row["fields"] for row in rows_of(release) if row["model"] == model}


def names(rows: Any, *fields: str) -> dict[Any, tuple[Any, ...]]:
    return {pk: tuple(row[field] for field in fields) for pk, row in rows.items()}


def are(model: Any, *fields: str) -> dict[Any, tuple[Any, ...]]:
    return {pk: tuple(values) for pk, *values in model.objects.values_list("pk", *fields)}


@pytest.mark.parametrize(
    ("label", "model", "fields"),
    [
        ("clusters.segment", Segment, ("name",)),
        ("clusters.cluster", Cluster, ("path", "kind", "uid", "segment")),
        ("clusters.subnet", Subnet, ("cidr", "name", "gateway", "dhcp", "planned", "needs", "declared")),
        ("findings.finding", Finding, ("rule", "subject", "status", "severity", "occurrences")),
        ("findings.transition", Transition, ("before", "after", "reason", "by")),
        ("alerts.silence", Silence, ("rules", "reason", "by")),
        ("alerts.subscription", Subscription, ("address", "lowest", "rhythm", "stopped_by")),
        ("alerts.delivery", Delivery, ("address", "subject", "status", "message_id")),
        ("auth.user", User, ("username", "password", "is_active")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_all_there_and_nothing_was_added(
    release: str, label: str, model: Any, fields: tuple[str, ...]
) -> None:
    """Of findings no more, no fewer, and of mails none: whoever upgrades is told nothing again."""
    before = names(were(release, label), *fields)
    assert before
    assert are(model, *fields) == before


def test_people_sign_in_and_pipelines_ask_as_before(release: str) -> None:
    with time_machine.travel(TEN + 3 * MINUTE, tick=False):
        typed = {"username": "anna", "password": PASSWORD}
        assert Client().post("/sign-in/", typed).status_code == 302
        asked = Client().get("/api/v1/segments/", headers={"Authorization": f"Bearer {TOKEN}"})
        assert [each["name"] for each in asked.json()["results"]] == ["default", "site-b"]


@pytest.mark.parametrize("at", [NINE, TEN], ids=["at nine", "at ten"])
def test_a_past_moment_is_as_it_was(release: str, at: datetime) -> None:
    def stood(row: Row) -> bool:
        until = row["seen_until"]
        return datetime.fromisoformat(row["seen_from"]) <= at and (
            until is None or datetime.fromisoformat(until) > at
        )

    rows = [row for row in were(release, "inventory.occupancy").values() if stood(row)]
    now = Occupancy.objects.as_seen(at).values_list("first_key", "last_key", "role", "kind", "name")
    fields = ("first_key", "last_key", "role", "kind", "name")
    assert Counter(now) == Counter(tuple(row[field] for field in fields) for row in rows)


@pytest.mark.parametrize("release", releases(), indirect=False)
def test_its_backup_is_restored_by_this_version(release: str, transactional_db: None) -> None:
    call_command("flush", interactive=False, verbosity=0)
    call_command("restore", str(RELEASES / release / "backup.jsonl"))
    fields = ("rule", "subject", "status", "occurrences")
    assert are(Finding, *fields) == names(were(release, "findings.finding"), *fields)
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("release", releases(), indirect=False)
def test_no_migration_that_was_released_is_edited(release: str) -> None:
    known = migrations_of(release)["digests"]
    assert known
    changed = [name for name, was in known.items() if digest(ROOT / "ipviz" / name) != was]
    assert not changed, "databases have them as they were: write a new migration instead"
