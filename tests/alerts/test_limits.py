"""Who is limited is told of what is seen by then, whatever was subscribed before; others of everything."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from ipviz.alerts.announce import announce
from ipviz.alerts.deliver import BEYOND, deliver_due
from ipviz.alerts.digests import write_digests
from ipviz.alerts.gather import gather
from ipviz.alerts.models import Alert, Delivery, Subscription
from ipviz.alerts.notices import preview
from ipviz.alerts.policy import Limit, Policy
from ipviz.clusters.models import Segment
from ipviz.clusters.subnets import declare
from ipviz.domain.scope import Scope
from ipviz.domain.spans import first_key, parse_address
from ipviz.findings.models import Finding, Party
from ipviz.inventory.models import UsageSample
from tests.alerts.stories import (
    ANNA,
    AT,
    BERT,
    HOUR,
    MINUTE,
    POLICY,
    opens,
    resolves,
    subscribed,
    suspected,
    tell,
)
from tests.factories import management_cluster, segment

NOBODY_LISTED = replace(POLICY, recipients=())
BLUE, LAB = Scope(clusters=frozenset({"blue"})), Scope(segments=frozenset({"lab"}))


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna")


@pytest.fixture
def here(db: None) -> Finding:
    """On the segment `default`, between blue and green."""
    finding = suspected()
    for name in ("blue", "green"):
        Party.objects.filter(cluster_path=name).update(cluster=management_cluster(name))
    return finding


@pytest.fixture
def in_lab(here: Finding) -> Finding:
    """On the segment `lab`, between two that are called otherwise."""
    finding = suspected("198.51.100.7", title="Two clusters use 198.51.100.7")
    Finding.objects.filter(pk=finding.pk).update(segment=segment("lab"))
    for name in ("blue", "green"):
        made = management_cluster(f"lab-{name}", on="lab")
        finding.parties.filter(cluster_path=name).update(cluster=made, cluster_path=made.path)
    finding.refresh_from_db()
    return finding


def limited(person: User, scope: Scope, since: timedelta = timedelta(0)) -> Policy:
    return replace(NOBODY_LISTED, limits={person.pk: Limit(scope, AT + since)})


def titles(mails: tuple[Delivery, ...]) -> dict[str, list[str]]:
    return {each.address: sorted(alert.finding.title for alert in each.alerts.all()) for each in mails}


def test_who_is_limited_is_told_of_what_is_seen_and_a_mailbox_of_everything(
    anna: User, here: Finding, in_lab: Finding
) -> None:
    subscribed(ANNA, person=anna)
    subscribed(BERT)
    mails = tell([opens(here), opens(in_lab)], policy=limited(anna, LAB), at=AT)
    assert titles(mails) == {ANNA: [in_lab.title], BERT: sorted([here.title, in_lab.title])}
    (mail,) = [each for each in mails if each.address == ANNA]
    assert "blue" not in mail.text.replace("lab-blue", "")


def test_who_is_limited_by_clusters_hears_of_what_they_are_party_to(
    anna: User, here: Finding, in_lab: Finding
) -> None:
    subscribed(ANNA, person=anna)
    mails = tell([opens(here), opens(in_lab)], policy=limited(anna, BLUE), at=AT)
    assert titles(mails) == {ANNA: [here.title]}


def test_what_is_no_longer_seen_is_not_told_on(anna: User, here: Finding) -> None:
    subscribed(ANNA, person=anna)
    assert tell([opens(here)], policy=NOBODY_LISTED, at=AT)
    assert announce([resolves(here)], policy=limited(anna, LAB), at=AT + HOUR) == ()


def test_what_waits_for_a_mail_is_not_told_where_a_limit_came_between(
    anna: User, here: Finding, in_lab: Finding
) -> None:
    subscribed(ANNA, person=anna)
    announce([opens(here), opens(in_lab)], policy=NOBODY_LISTED, at=AT)
    mails = gather(AT + MINUTE, policy=limited(anna, LAB), at_once=True)
    assert titles(mails) == {ANNA: [in_lab.title]}
    assert not Alert.objects.filter(finding=here).exists()


def test_a_mail_that_waits_for_its_server_is_not_sent_where_a_limit_came_between(
    anna: User, here: Finding, in_lab: Finding
) -> None:
    subscribed(ANNA, person=anna)
    subscribed(BERT)
    tell([opens(here)], policy=NOBODY_LISTED, at=AT)
    deliver_due(AT + MINUTE, policy=limited(anna, LAB))
    status = dict(Delivery.objects.values_list("address", "status"))
    assert status == {ANNA: "failed", BERT: "sent"}
    assert Delivery.objects.get(address=ANNA).error == BEYOND.words
    assert not Subscription.objects.get(address=ANNA).trouble, "which says nothing of the address"


def test_a_digest_from_before_a_limit_is_not_sent(anna: User, here: Finding) -> None:
    subscribed(ANNA, person=anna)
    opens(here)
    for sent, since in ((0, 2 * HOUR), (1, timedelta(0))):
        Delivery.objects.all().delete()
        mail = {"subject": "daily", "text": "-", "html": "", "message_id": f"<{sent}@ipviz>"}
        Delivery.objects.create(kind="digest", address=ANNA, at=AT + HOUR, **mail)
        assert deliver_due(AT + HOUR, policy=limited(anna, BLUE, since)).sent == sent


def test_a_picture_of_a_map_is_for_who_sees_the_segment(anna: User, here: Finding) -> None:
    subscribed(ANNA, person=anna)
    key = first_key(parse_address("192.0.2.7"))
    Finding.objects.filter(pk=here.pk).update(first_key=key, last_key=key)
    here.refresh_from_db()
    announce([opens(here)], policy=NOBODY_LISTED, at=AT)
    for scope, has_picture in ((BLUE, False), (Scope(segments=frozenset({"default"})), True)):
        Alert.objects.update(delivery=None)
        Delivery.objects.all().delete()
        (mail,) = gather(AT + MINUTE, policy=limited(anna, scope), at_once=True)
        Alert.objects.filter(delivery=mail).update(delivery=None)
        assert (bool(mail.picture), "cid:" in mail.html) == (has_picture, has_picture)


def test_a_digest_tells_of_what_is_seen(anna: User, here: Finding, in_lab: Finding) -> None:
    subscribed(ANNA, person=anna, at_once="nothing")
    for finding in (here, in_lab):
        opens(finding, AT + HOUR)
    for name, cidr in (("default", "192.0.2.0/24"), ("lab", "198.51.100.0/24")):
        subnet, lately = declare(segment(name), cidr), AT + timedelta(hours=23, minutes=50)
        figures = {"total": 256, "used": 200, "most": 200, "free": 56}
        UsageSample.objects.create(segment=segment(name), subnet=subnet, step=60, at=lately, **figures)
    (digest,) = write_digests(AT + timedelta(hours=24), policy=limited(anna, LAB))
    assert in_lab.title in digest.text
    assert here.title not in digest.text
    assert "198.51.100.0/24" in digest.text
    assert "192.0.2.0/24" not in digest.text


def test_a_preview_shows_what_is_seen(anna: User, here: Finding) -> None:
    made = subscribed(ANNA, person=anna)
    opens(here)
    assert here.title in preview(made, limited(anna, BLUE), AT).text
    assert here.title not in preview(made, limited(anna, LAB), AT).text


def test_who_has_subscribed_and_is_not_limited_is_told_of_everything(
    anna: User, here: Finding, in_lab: Finding
) -> None:
    subscribed(ANNA, person=anna)
    mails = tell([opens(here), opens(in_lab)], policy=NOBODY_LISTED, at=AT)
    assert len(titles(mails)[ANNA]) == 2
    assert Segment.objects.count() == 2
