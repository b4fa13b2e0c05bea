"""The audit: who changed what, in one transaction with it, for good."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction
from structlog.contextvars import bind_contextvars, clear_contextvars

from ipviz.audit import actor
from ipviz.audit.models import Entry
from ipviz.audit.querysets import WrittenForGood
from ipviz.audit.record import made
from ipviz.clusters.models import Segment
from ipviz.clusters.registry import SEGMENT
from ipviz.clusters.segments import register
from ipviz.clusters.subnets import declare, declare_anew, retract
from tests.factories import segment


@pytest.fixture(autouse=True)
def _nobody_asks() -> Iterator[None]:
    clear_contextvars()
    yield
    clear_contextvars()


def latest() -> Entry:
    return Entry.objects.latest("id")


@pytest.mark.django_db
def test_a_change_is_told_with_what_differs_before_and_after() -> None:
    subnet = declare(segment(), "192.0.2.0/24", name="prod-a", gateway="192.0.2.1")
    assert (latest().action, latest().before) == ("made", {})
    declare_anew(subnet, gateway="192.0.2.254")
    entry = latest()
    assert (entry.kind, entry.ref, entry.name) == ("subnet", str(subnet.pk), "192.0.2.0/24 on default")
    assert (entry.action, entry.before, entry.after) == (
        "changed", {"gateway": "192.0.2.1"}, {"gateway": "192.0.2.254"},
    )  # fmt: skip
    retract("default", "192.0.2.0/24")
    assert (latest().action, latest().before["name"], latest().after) == ("removed", "prod-a", {})


@pytest.mark.django_db
def test_what_is_said_again_as_it_stands_is_no_change() -> None:
    facts = {"name": "prod-a", "gateway": "192.0.2.1"}
    declare(segment(), "192.0.2.0/24", **facts)
    many = Entry.objects.count()
    declare(segment(), "192.0.2.0/24", **facts)
    assert Entry.objects.count() == many


@pytest.mark.django_db
def test_a_command_is_the_doing_of_who_is_at_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    call_command("segment", "add", "site-b")
    assert (latest().who, latest().origin, latest().request_id) == ("anna at the shell", "", "")


@pytest.mark.django_db
def test_what_a_task_changes_by_itself_is_the_programs_doing() -> None:
    bind_contextvars(task_id="7")
    register("site-b")
    assert latest().who == "ipviz"


@pytest.mark.django_db
def test_an_entry_is_never_changed_nor_removed() -> None:
    register("site-b")
    entry = latest()
    for undoing in (
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(who="nobody"),
    ):
        with pytest.raises(WrittenForGood):
            undoing()
    assert Entry.objects.filter(pk=entry.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_it_is_written_with_the_change_or_not_at_all() -> None:
    with transaction.atomic():
        register("site-b")
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    with pytest.raises(transaction.TransactionManagementError):
        made(SEGMENT, Segment(pk=1, name="site-c"))


def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nameless)
    assert actor.actor().who == f"user {os.getuid()} at the shell"
