"""A database with something in every part of a backup, and the file of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from ipviz.accounts.identities import admit
from ipviz.accounts.limits import Limits
from ipviz.accounts.models import Role
from ipviz.accounts.people import add_person, limit
from ipviz.accounts.tokens import create_token
from ipviz.alerts.models import Alert, Delivery, Silence, Try
from ipviz.alerts.silencing import Matcher, silence
from ipviz.clusters.models import Cluster
from ipviz.clusters.subnets import declare
from ipviz.domain.lifecycle import acknowledged
from ipviz.findings.handle import handle
from tests.alerts.stories import ANNA, AT, HOUR, POLICY, opens, subscribed, suspected, tell
from tests.factories import management_cluster, see, segment, workload_cluster

PASSWORD = "a long walk by the sea"
DAY = timedelta(days=1)


@pytest.fixture
def anna(transactional_db: None) -> User:
    """Somebody who signs in with a password."""
    anna = add_person("anna", Role.OPERATOR)
    anna.set_password(PASSWORD)
    anna.save()
    return anna


@pytest.fixture
def estate(anna: User) -> None:
    declare(segment(), "192.0.2.0/24", name="office", gateway="192.0.2.1", dhcp=["192.0.2.20-192.0.2.99"])
    gmc = management_cluster()
    beta = workload_cluster(gmc, "beta")
    Cluster.objects.filter(pk=beta.pk).update(same_as=gmc, uid="uid-1", failures=3)
    see(gmc)
    create_token("pipeline", Role.VIEWER, AT)
    admit("https://dex.example.com", {"sub": "CgR0ZXN0", "groups": ["oncall"]}, {"oncall": "viewer"})
    limit(anna, Limits(segments=("default",)), at=AT)
    subscribed(ANNA)
    silence(Matcher(rules=["H1"]), starts_at=AT, ends_at=AT + DAY, reason="they move", by="anna", at=AT)
    finding = suspected()
    tell([opens(finding)], policy=POLICY, at=AT)
    handle(
        finding,
        lambda status: acknowledged(status, "on it", AT + DAY, at=AT + HOUR),
        by="anna",
        at=AT + HOUR,
        until=AT + DAY,
    )
    Delivery.objects.update(picture=b"\x89PNG\x00", status=Delivery.Status.SENT)
    Try.objects.create(delivery=Delivery.objects.earliest("pk"), at=AT, error="451 later")
    assert Alert.objects.exists()
    assert Silence.objects.exists()


@pytest.fixture
def file(estate: None, tmp_path: Path) -> Path:
    path = tmp_path / "backup.jsonl"
    call_command("backup", str(path))
    return path


def empty_the_database() -> None:
    call_command("flush", interactive=False, verbosity=0)
