"""A thousand schedules of servers that fail and workers that die: each mail arrives, in order, and once
more only where nobody could know that it had."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.faulty_postbox import Word, Wrong
from tests.story.workers import ROOT, database_url

SCHEDULES, CHUNK = 1_000 if os.environ.get("DRILL") else 250, 125
"""A thousand where there is time for them: `make drill`."""
PLAY = "import django; django.setup(); from tests.story.deliver_and_die import main; main(range({}, {}))"

Schedule = Mapping[str, Any]
Mail = Mapping[str, Any]

pytestmark = pytest.mark.django_db(transaction=True)


def played(first: int, folder: Path) -> list[Schedule]:
    ended = subprocess.run(
        [sys.executable, "-c", PLAY.format(first, first + CHUNK)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "ipviz.settings",
            "DATABASE_URL": database_url(),
            "IPVIZ_DATA_DIR": str(folder),
            "LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("first", range(0, SCHEDULES, CHUNK))
def test_each_mail_arrives_in_order_and_twice_only_where_its_answer_was_lost(
    first: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    schedules = played(first, tmp_path)
    assert [each["seed"] for each in schedules] == [*range(first, first + CHUNK)]
    for schedule in schedules:
        everything_arrived(schedule)
        each_copy_is_the_same_mail(schedule)
        first_copies_are_in_order(schedule)
        only_what_nobody_stored_came_again(schedule)
    everything_went_wrong_somewhere(schedules)
    for name, value in told_of(schedules).items():
        record_property(name, value)
    print(f"\nschedules {first} to {first + CHUNK - 1}: {told_of(schedules)}")  # noqa: T201 to be read with -s


def everything_arrived(schedule: Schedule) -> None:
    arrived = {(mail["to"], mail["id"]) for mail in schedule["arrived"]}
    missing = [mail for mail in schedule["told"] if (mail["to"], mail["id"]) not in arrived]
    assert not missing, where(schedule)
    assert schedule["statuses"] == ["sent"], where(schedule)


def each_copy_is_the_same_mail(schedule: Schedule) -> None:
    """None has another Message-ID, and none reaches somebody else."""
    facts = ("to", "subject", "date", "answers")
    told = {mail["id"]: [mail[name] for name in facts] for mail in schedule["told"]}
    assert len(told) == len(schedule["told"]), where(schedule)
    for mail in schedule["arrived"]:
        assert [mail[name] for name in facts] == told.get(mail["id"]), where(schedule)


def first_copies_are_in_order(schedule: Schedule) -> None:
    """Of each finding, to each address, in the order of their writing; an answer after what it answers."""
    came: dict[str, int] = {}
    for turn, mail in enumerate(schedule["arrived"]):
        came.setdefault(mail["id"], turn)
    last: dict[tuple[str, int], int] = {}
    for mail in schedule["told"]:
        for finding in mail["findings"]:
            key = mail["to"], finding
            assert came[mail["id"]] > last.get(key, -1), where(schedule)
            last[key] = came[mail["id"]]
        if mail["answers"]:
            assert came[mail["answers"]] < came[mail["id"]], where(schedule)


def only_what_nobody_stored_came_again(schedule: Schedule) -> None:
    copies = Counter(mail["id"] for mail in schedule["arrived"])
    unstored = Counter(message_id for message_id, _ in schedule["unstored"])
    for message_id, number in copies.items():
        assert number <= 1 + unstored[message_id], where(schedule)


def everything_went_wrong_somewhere(schedules: Sequence[Schedule]) -> None:
    happened = {name for each in schedules for name in each["faults"]}
    words = [f" at {word}" for word in Word if word is not Word.STARTTLS]
    ways = [f"{way} at" for way in ("421", "451", "452", *Wrong) if way is not Wrong.ANSWER]
    assert not [part for part in (*words, *ways) if not any(part in name for name in happened)]
    reasons = {why for each in schedules for _, why in each["unstored"]}
    assert {"killed", "drop at end, taken", "hang at end, taken"} <= reasons


def told_of(schedules: Sequence[Schedule]) -> Mapping[str, object]:
    reasons = Counter(why for each in schedules for _, why in each["unstored"])
    return {
        "mails": sum(len(each["told"]) for each in schedules),
        "kills": sum(each["kills"] for each in schedules),
        "faults": sum(len(each["faults"]) for each in schedules),
        "doubled": sum(len(each["arrived"]) - len(each["told"]) for each in schedules),
        **dict(sorted(reasons.items())),
    }


def where(schedule: Schedule) -> str:
    return f"schedule {schedule['seed']}: {json.dumps(schedule, indent=1)}"
