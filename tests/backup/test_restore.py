"""What was entered is there again, as it was; whole, or not at all."""

import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ipviz.accounts.models import Role
from ipviz.accounts.roles import role_of
from ipviz.alerts.models import Alert, Delivery
from ipviz.backup.parts import PARTS
from ipviz.backup.write import one_moment, whole_file
from ipviz.clusters.models import Cluster, Segment
from ipviz.findings.models import Finding
from ipviz.inventory.models import Feed, Snapshot
from ipviz.polling.models import Pulse
from ipviz.polling.pulses import note_tick
from tests.backup.conftest import PASSWORD, empty_the_database
from tests.factories import segment
from tests.release_of_today import signed
from tests.side_by_side import in_a_thread

ROOT = Path(__file__).resolve().parents[2]


def written() -> dict[str, list[dict[str, Any]]]:
    """All that a backup holds, as it is in the database."""
    return {
        part.label: [
            {**row, "picture": bytes(row["picture"])} if "picture" in row else row
            for row in part.rows().values(
                *(f.attname for f in part.model._meta.local_fields if f.name not in part.without)
            )
        ]
        for part in PARTS
    }


def restore(path: Path, *options: str) -> None:
    call_command("restore", str(path), *options)


def refused(path: Path) -> str:
    with pytest.raises(CommandError) as error:
        restore(path)
    return str(error.value)


def altered(path: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """By somebody who knows of the digest."""
    lines = change(path.read_text().splitlines(keepends=True))
    text = "".join(lines)
    path.write_text(signed(text) if lines[-1].startswith('{"end"') else text)
    return path


def test_every_part_is_there_again_with_the_numbers_that_links_name(file: Path) -> None:
    before = written()
    assert all(before.values()), "each part has a row to lose"
    empty_the_database()
    restore(file)
    assert written() == before


def test_people_sign_in_with_their_password_in_their_role(file: Path, client: Client) -> None:
    empty_the_database()
    restore(file)
    assert client.post("/sign-in/", {"username": "anna", "password": PASSWORD}).status_code == 302
    assert role_of(User.objects.get(username="anna")) is Role.OPERATOR


def test_what_polls_saw_and_what_was_of_the_moment_begins_anew(file: Path) -> None:
    empty_the_database()
    restore(file)
    assert not Snapshot.objects.exists()
    assert Cluster.objects.get(name="beta").failures == 0


def test_who_follows_the_changes_of_clusters_learns_that_some_are_missing(file: Path) -> None:
    Feed.objects.update_or_create(name=Feed.Name.CHANGES, defaults={"last": 7})
    call_command("backup", str(file))
    empty_the_database()
    restore(file)
    assert Feed.objects.forgotten_of(Feed.Name.CHANGES) == 7
    assert Feed.objects.forgotten_of(Feed.Name.FINDINGS) == 0


def test_what_is_made_next_has_a_number_of_its_own(file: Path) -> None:
    empty_the_database()
    restore(file)
    last = Segment.objects.latest("pk").pk
    assert Segment.objects.create(name="new").pk > last


def test_where_something_was_entered_nothing_is_restored(file: Path) -> None:
    empty_the_database()
    Segment.objects.create(name="site-b")
    assert "has rows in ipviz_segment. Restore into a new one" in refused(file)
    assert not Cluster.objects.exists()


def test_replace_deletes_first_what_is_there(file: Path) -> None:
    before = written()
    Segment.objects.create(name="site-b")
    User.objects.create_user("mallory")
    restore(file, "--replace")
    assert written() == before
    assert not Snapshot.objects.exists()


def test_nothing_is_replaced_under_a_program_that_runs(file: Path) -> None:
    note_tick(timezone.now())
    with pytest.raises(CommandError, match="ipviz runs on this database"):
        restore(file, "--replace")
    Pulse.objects.update(at=timezone.now() - timedelta(minutes=2))
    restore(file, "--replace")


def test_a_file_that_is_cut_off_restores_nothing(file: Path) -> None:
    empty_the_database()
    assert "cut off after line" in refused(altered(file, lambda lines: lines[:-1]))
    assert not Segment.objects.exists()


def test_a_replacement_that_fails_leaves_what_was_there(file: Path) -> None:
    before = written()
    altered(file, lambda lines: lines[:-1])
    with pytest.raises(CommandError):
        restore(file, "--replace")
    assert written() == before
    assert Snapshot.objects.exists()


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"clusters.segment"', '"sessions.session"', "sessions.session is nothing that a backup holds"),
        ('"name": "default"', '"title": "default"', "no field named 'title', which it had in the version"),
        ('"2026-03-01T09:00:00+00:00"', '"some day"', "is damaged: "),
        ('"operator"', '"gardener"', "is damaged: "),
        ('"segment": THE SEGMENT', '"segment": 77', "leads to one that is not in it"),
    ],
    ids=["another table", "another field", "no time", "no role", "no row"],
)
def test_a_row_that_can_not_be_is_named(file: Path, was: str, becomes: str, said: str) -> None:
    was = was.replace("THE SEGMENT", str(segment().pk))
    empty_the_database()
    wrong = altered(file, lambda lines: [line.replace(was, becomes) for line in lines])
    assert said in refused(wrong)
    assert not User.objects.exists()


def test_a_file_that_is_not_there_is_an_error_in_one_line(transactional_db: None, tmp_path: Path) -> None:
    assert refused(tmp_path / "none.jsonl").endswith("none.jsonl cannot be read: No such file or directory")


def test_what_has_to_be_laid_down_is_told(
    file: Path, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    empty_the_database()
    restore(file)
    told = capsys.readouterr().err
    assert "cluster gmc: there is no /nowhere/gmc here" in told
    assert "SECRET_KEY" not in told
    settings.SECRET_KEY = "another one"
    restore(file, "--replace")
    assert "SECRET_KEY is not the one of the machine that was backed up" in capsys.readouterr().err


def test_only_its_owner_may_read_the_file(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_whose_writing_fails_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "backup.jsonl"
    path.write_text("the one of yesterday")
    with pytest.raises(TypeError), whole_file(path) as out:
        out.writelines(["half", 0])  # type: ignore[list-item]
    assert path.read_text() == "the one of yesterday"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_can_not_be_written_is_an_error_in_one_line(estate: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("backup", str(tmp_path / "none" / "backup.jsonl"))


def test_a_database_of_another_version_is_not_backed_up(transactional_db: None, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = 'x' || name WHERE app = 'alerts'")
        try:
            with pytest.raises(CommandError, match="The database is not of this version of ipviz"):
                call_command("backup", str(tmp_path / "backup.jsonl"))
        finally:
            cursor.execute("UPDATE django_migrations SET name = substr(name, 2) WHERE app = 'alerts'")


def test_a_backup_is_of_one_moment_and_keeps_nobody_waiting(transactional_db: None) -> None:
    with one_moment():
        assert not Segment.objects.exists()
        writer, _ = in_a_thread(lambda: Segment.objects.create(name="meanwhile"))
        writer.join()
        assert not Segment.objects.exists()
    assert Segment.objects.exists()


def test_it_goes_to_a_sqlite_of_its_own_by_way_of_the_standard_input(file: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "restore", "-"],
        cwd=ROOT,
        input=file.read_text(),
        capture_output=True,
        text=True,
        env={"IPVIZ_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "LOG_LEVEL": "WARNING"},
    )
    assert ran.returncode == 0, ran.stderr
    assert f"{sum(map(len, written().values()))} rows of" in ran.stderr


def test_findings_and_mails_are_as_they_were_left(file: Path) -> None:
    empty_the_database()
    restore(file)
    finding = Finding.objects.get()
    assert finding.status == "acknowledged"
    last = finding.transitions.latest("at")
    assert (last.by, last.reason) == ("anna", "acknowledged until 2026-03-02 09:00 UTC: on it")
    assert Alert.objects.get(address="anna@example.com").is_heard
    assert bytes(Delivery.objects.earliest("pk").picture).startswith(b"\x89PNG")
