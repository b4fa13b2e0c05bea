"""What was announced and mailed by an older version is still there, and is not told again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ipviz.alerts.models import Alert, Delivery
from ipviz.findings.models import Finding
from tests.alerts.stories import ANNA, AT, HOUR, POLICY, TITLE, opens, resolves, suspected, tell

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = ("alerts", "0001_initial")


def migrate(*targets: Any) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    executor.loader.build_graph()
    return executor.loader.project_state(list(targets)).apps


@pytest.fixture
def finding() -> Iterator[Finding]:
    """Announced to Anna and, a second one, to nobody."""
    finding, other = suspected("192.0.2.1"), suspected("192.0.2.2")
    opens(finding)
    apps = migrate(BEFORE)
    alert, delivery = apps.get_model("alerts", "Alert"), apps.get_model("alerts", "Delivery")
    written = {"occurrence": 1, "reason": "first", "at": AT, "text": "so", "html": "<p>so</p>"}
    first = alert.objects.create(finding_id=finding.pk, subject=f"[ipviz] {TITLE}", **written)
    alert.objects.create(finding_id=other.pk, subject="to nobody", **written)
    delivery.objects.create(alert=first, address=ANNA, status="sent", message_id="<1@example.org>")
    migrate()
    yield finding
    migrate()


def test_mails_keep_their_text_and_what_they_are_about(finding: Finding) -> None:
    mails = {mail.address: mail for mail in Delivery.objects.all()}
    anna = mails[ANNA]
    assert (anna.subject, anna.text, anna.html, anna.at) == (f"[ipviz] {TITLE}", "so", "<p>so</p>", AT)
    assert (anna.status, anna.message_id) == ("sent", "<1@example.org>")
    (alert,) = anna.alerts.all()
    assert (alert.finding, alert.reason, alert.severity, alert.sides) == (finding, "first", "critical", 2)
    assert (mails[""].subject, mails[""].status) == ("to nobody", "kept")
    assert Alert.objects.count() == 2


def test_the_end_follows_the_mail_of_the_older_version(finding: Finding) -> None:
    (ended,) = tell([resolves(finding)], policy=POLICY, at=AT + HOUR)
    assert (ended.address, ended.subject) == (ANNA, f"Re: [ipviz] {TITLE}")
    assert ended.answers == Delivery.objects.get(message_id="<1@example.org>")
