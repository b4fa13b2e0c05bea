"""What moves with every heartbeat is no news."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from ipviz.inventory.models import Change, Occupancy, Snapshot, Version

pytestmark = pytest.mark.django_db(transaction=True)

HEARTBEATS = {
    "resourceVersion": "4712",
    "managedFields": [{"manager": "kubelet", "time": "2026-01-15T09:00:30Z"}],
    "lastHeartbeatTime": "2026-01-15T09:00:30Z",
    "lastProbeTime": "2026-01-15T09:00:30Z",
    "renewTime": "2026-01-15T09:00:30.000000Z",
    "observedGeneration": 7,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(settings.DEMO_DIR, tmp_path / "gmc"))


def beat(value: Any) -> None:
    """Have all that a heartbeat moves be moved, and be there."""
    if isinstance(value, dict):
        value.update({name: text for name, text in HEARTBEATS.items() if name in value})
        if "uid" in value:
            value.update(resourceVersion="4712", managedFields=HEARTBEATS["managedFields"])
        for each in value.values():
            beat(each)
    if isinstance(value, list):
        for each in value:
            beat(each)


def lists(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*.json")


def test_a_poll_that_sees_only_heartbeats_makes_no_version_and_tells_no_change(folder: Path) -> None:
    call_command("cluster", "add", "gmc", "--dump", str(folder))
    with pytest.raises(SystemExit):  # a cluster of the demo can't be read
        call_command("poll")
    before = Version.objects.count(), Occupancy.objects.count()
    for path in lists(folder):
        content = json.loads(path.read_text())
        beat(content)
        path.write_text(json.dumps(content))
    with pytest.raises(SystemExit):
        call_command("poll")
    assert (Version.objects.count(), Occupancy.objects.count()) == before
    assert not Change.objects.exclude(what="unreadable").exists()
    latest = {snapshot.cluster_id: snapshot for snapshot in Snapshot.objects.order_by("taken_at", "id")}
    assert not any(snapshot.changed for snapshot in latest.values())
