"""Announcing: who is told of what, and how often."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipviz.alerts.announce import announce
from ipviz.alerts.models import Alert, Delivery, Subscription
from ipviz.domain.lifecycle import Change, Status, reopened, silenced
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding
from tests.alerts.stories import (
    ANNA,
    AT,
    BERT,
    HOUR,
    POLICY,
    TITLE,
    Step,
    add_party,
    opens,
    resolves,
    returns,
    subscribed,
    suspected,
    tell,
)

pytestmark = pytest.mark.django_db


def told(step: Step, **policy: object) -> list[tuple[str, str]]:
    """Announce one step; the reason and address of each delivery that it made."""
    mails = tell([step], policy=replace(POLICY, **policy), at=AT)  # type: ignore[arg-type]
    return [(a.reason, m.address) for m in mails for a in m.alerts.all()]


def test_an_open_collision_is_told_to_everyone() -> None:
    mails = tell([opens(suspected())], policy=POLICY, at=AT)
    assert [(m.address, m.status) for m in mails] == [(ANNA, "pending"), (BERT, "pending")]
    for mail in mails:
        (alert,) = mail.alerts.all()
        assert (alert.reason, alert.occurrence, alert.severity, alert.sides) == ("first", 1, "critical", 2)
        assert mail.subject == f"[ipviz] CRITICAL {TITLE}"
        assert TITLE in mail.text
        assert TITLE in mail.html


def test_the_same_once_more_is_silence() -> None:
    step = opens(suspected())
    assert told(step)
    assert tell([step], policy=POLICY, at=AT + HOUR) == ()
    assert tell([], policy=POLICY, at=AT) == ()
    assert Delivery.objects.count() == 2


def test_a_second_look_that_does_not_agree_is_never_told() -> None:
    assert told(resolves(suspected())) == []
    assert not Alert.objects.exists()


def test_one_look_is_not_told() -> None:
    finding = suspected()
    assert told(Step(finding, Change(None, Status.SUSPECTED, "seen"))) == []


def test_a_hazard_is_not_told() -> None:
    assert told(opens(suspected(rule="H1", finding_class="hazard"))) == []


def test_a_cluster_that_cannot_be_read_for_an_hour_is_told_and_so_is_its_end() -> None:
    finding = suspected(rule="B1", finding_class="blind-spot", severity="high", severity_rank=1)
    assert told(opens(finding)) == []

    def later(hours: float) -> list[str]:
        mails = tell([], policy=POLICY, at=AT + hours * HOUR, segment_id=finding.segment_id)
        return [mail.text.splitlines()[1] for mail in mails]

    assert later(0.9) == []
    (line, _) = later(1)
    assert line.endswith("How sure: still so after 1 h, with nobody at it.")
    assert later(1.5) == []
    assert told(resolves(finding)) == [("resolved", ANNA), ("resolved", BERT)]


def test_the_end_is_told_to_those_who_heard_of_the_beginning() -> None:
    finding = suspected()
    told(opens(finding), recipients=(ANNA,))
    assert told(resolves(finding), recipients=(ANNA, BERT)) == [("resolved", ANNA)]


def test_the_end_is_not_told_to_whom_the_beginning_could_not_be_sent() -> None:
    finding = suspected()
    told(opens(finding))
    Delivery.objects.filter(address=BERT).update(status=Delivery.Status.FAILED)
    assert told(resolves(finding)) == [("resolved", ANNA)]


def test_who_left_meanwhile_gets_no_more() -> None:
    finding = suspected()
    told(opens(finding))
    assert told(resolves(finding), recipients=(BERT,)) == [("resolved", BERT)]


def test_what_comes_back_is_told_again_after_its_second_look() -> None:
    finding = suspected()
    told(opens(finding))
    told(resolves(finding))
    assert told(returns(finding)) == []
    assert told(opens(finding)) == [("first", ANNA), ("first", BERT)]
    assert told(resolves(finding)) == [("resolved", ANNA), ("resolved", BERT)]
    ids = Delivery.objects.values_list("message_id", flat=True)
    assert len(set(ids)) == 8


def test_the_answer_keeps_the_subject_although_the_title_changed() -> None:
    finding = suspected()
    told(opens(finding))
    finding.title, finding.severity = "Three clusters used 192.0.2.7", "high"
    for mail in tell([resolves(finding)], policy=POLICY, at=AT):
        assert mail.subject == f"Re: [ipviz] CRITICAL {TITLE}"
        assert mail.text.startswith("Resolved: Three clusters used 192.0.2.7\n")


def test_with_nobody_to_tell_the_mail_is_there_to_be_read() -> None:
    finding = suspected()
    assert told(opens(finding), recipients=()) == [("first", "")]
    assert told(resolves(finding), recipients=()) == [("resolved", "")]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"kept"}


def test_who_subscribes_later_hears_of_the_end_only_with_a_beginning() -> None:
    finding = suspected()
    told(opens(finding), recipients=())
    assert told(resolves(finding)) == []


def test_without_a_mail_server_mails_are_kept() -> None:
    finding = suspected()
    tell([opens(finding)], policy=replace(POLICY, mail_is_configured=False), at=AT)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"kept"}
    # There is a mail server by now. An end alone would be a riddle: it is kept beside its beginning.
    ended = tell([resolves(finding)], policy=POLICY, at=AT)
    assert [mail.status for mail in ended] == ["kept", "kept"]
    assert all(mail.answers for mail in ended)


def test_what_is_still_so_once_there_is_a_mail_server_begins_a_thread_that_is_sent() -> None:
    finding = suspected()
    tell([opens(finding)], policy=replace(POLICY, mail_is_configured=False), at=AT)

    def judged(hours: float) -> Delivery:
        return tell([], policy=POLICY, at=AT + hours * HOUR, segment_id=finding.segment_id)[0]

    reminder = judged(4)
    assert (reminder.status, reminder.answers) == ("pending", None)
    assert reminder.subject == f"[ipviz] CRITICAL {TITLE}"
    again = judged(28)
    assert (again.status, again.answers) == ("pending", reminder)
    (ended, _) = tell([resolves(finding)], policy=POLICY, at=AT + 29 * HOUR)
    assert (ended.status, ended.answers) == ("pending", reminder)


def test_what_was_silent_until_a_person_took_that_back_is_told_then() -> None:
    finding = suspected()
    opens(finding)
    until = AT + timedelta(days=2)
    handle(finding, partial(silenced, reason="x", until=until, at=AT), by="bert", at=AT, until=until)

    def judged(hours: float) -> list[str]:
        mails = tell([], policy=POLICY, at=AT + hours * HOUR, segment_id=finding.segment_id)
        return [mail.alerts.get().reason for mail in mails]

    assert judged(0.1) == []
    handle(finding, partial(reopened, reason="mistake"), by="bert", at=AT + HOUR)
    assert judged(1) == ["first", "first"]
    assert judged(2) == []


def test_an_older_time_says_nothing_of_what_is_wished_now() -> None:
    subscribed()
    finding = suspected()
    told(opens(finding), recipients=())
    told(resolves(finding), recipients=())
    Subscription.objects.update(segments=["another"])
    returns(finding, AT + timedelta(days=100))
    assert told(opens(finding), recipients=()) == []


def test_nothing_new_costs_no_look_at_what_was_told_long_ago(django_assert_num_queries: Any) -> None:
    findings = [suspected(f"192.0.2.{n}") for n in range(3)]
    tell([opens(each) for each in findings], policy=POLICY, at=AT)
    tell([], policy=POLICY, at=AT + 4 * HOUR, segment_id=findings[0].segment_id)
    with django_assert_num_queries(7):
        announce([], policy=POLICY, at=AT + 9 * HOUR, segment_id=findings[0].segment_id)


def test_what_opens_in_one_round_is_one_mail_and_its_end_is_in_its_thread() -> None:
    findings = [suspected(f"192.0.2.{n}") for n in range(3)]
    (first, _) = tell([opens(each) for each in findings], policy=POLICY, at=AT)
    assert [alert.finding for alert in first.alerts.all()] == findings
    assert first.subject == f"[ipviz] CRITICAL 3 new: {TITLE}, and 2 more"
    (ended, _) = tell([resolves(each) for each in findings[:2]], policy=POLICY, at=AT + HOUR)
    assert ended.answers == first
    assert ended.subject == f"[ipviz] 2 resolved: {TITLE}, and 1 more", "of others than the first"
    (last, _) = tell([resolves(findings[2])], policy=POLICY, at=AT + HOUR)
    assert (last.answers, last.subject) == (first, f"[ipviz] Resolved: {TITLE}")


def test_what_belongs_to_several_threads_begins_one_of_its_own() -> None:
    one, other = suspected("192.0.2.1"), suspected("192.0.2.2")
    told(opens(one))
    told(opens(other))
    for mail in tell([resolves(one), resolves(other)], policy=POLICY, at=AT + HOUR):
        assert mail.answers is None
        assert mail.subject == f"[ipviz] 2 resolved: {TITLE}, and 1 more"


def test_what_grew_worse_is_told_once_in_its_thread() -> None:
    finding = suspected(severity="high", severity_rank=1)
    (first, _) = tell([opens(finding)], policy=POLICY, at=AT)
    add_party(finding, "violet")
    step = Step(finding, Change(Status.OPEN, Status.OPEN, "worse: Service shop/web joined"))
    (worse, _) = tell([step], policy=POLICY, at=AT + HOUR)
    assert (worse.answers, worse.text.splitlines()[0]) == (first, f"Worse: {TITLE}")
    assert "Why now: worse: Service shop/web joined." in worse.text
    assert tell([step], policy=POLICY, at=AT + HOUR) == ()


def test_who_does_nothing_is_reminded_and_who_acknowledges_is_not() -> None:
    finding = suspected()
    (first, _) = tell([opens(finding)], policy=POLICY, at=AT)

    def reminded(hours: float) -> list[str]:
        mails = tell([], policy=POLICY, at=AT + hours * HOUR, segment_id=finding.segment_id)
        assert all(mail.answers in (first, first.__class__.objects.get(pk=first.pk + 1)) for mail in mails)
        return [mail.text.splitlines()[0] for mail in mails]

    assert reminded(3.9) == []
    assert reminded(4) == [f"Still so: {TITLE}"] * 2
    assert reminded(4) == []
    assert reminded(27.9) == []
    assert reminded(28) == [f"Still so: {TITLE}"] * 2
    Finding.objects.update(status="acknowledged")
    assert reminded(100) == []
    finding.status = "acknowledged"
    assert told(resolves(finding)) == [("resolved", ANNA), ("resolved", BERT)]


def test_a_silence_that_ends_speaks_again() -> None:
    finding = suspected()
    told(opens(finding))
    finding.status = Status.SILENCED
    ended = Step(finding, Change(Status.SILENCED, Status.OPEN, "its silence ended"))
    finding.status = Status.OPEN
    finding.save()
    mails = tell([ended], policy=POLICY, at=AT + HOUR)
    assert ["its silence ended" in mail.text for mail in mails] == [True, True]
    assert tell([ended], policy=POLICY, at=AT + HOUR) == ()


def test_the_parties_are_those_of_this_judgement() -> None:
    finding = Finding.objects.prefetch_related("parties").get(pk=suspected().pk)
    finding.parties.all().delete()
    add_party(finding, "violet")
    (mail, _) = tell([opens(finding)], policy=POLICY, at=AT)
    assert "violet" in mail.text
    assert "blue" not in mail.text


def test_nothing_is_told_of_what_was_not_stored() -> None:
    step = opens(suspected())
    with transaction.atomic():
        tell([step], policy=POLICY, at=AT)
        transaction.set_rollback(True)
    assert not Alert.objects.exists()
    assert not Delivery.objects.exists()


def test_a_storm_costs_no_more_queries_than_a_drop() -> None:
    def queries(findings: list[Finding]) -> int:
        steps = [opens(finding) for finding in findings]
        ends = [resolves(finding) for finding in findings]
        whole = Finding.objects.select_related("segment")
        fresh = {f.pk: f for f in whole.filter(pk__in=[f.pk for f in findings])}
        with CaptureQueriesContext(
            connection,
        ) as captured:
            tell([Step(fresh[s.finding.pk], s.change) for s in steps], policy=POLICY, at=AT)
            tell([Step(fresh[s.finding.pk], s.change) for s in ends], policy=POLICY, at=AT)
        return len(captured)

    tell([opens(suspected("192.0.2.1"))], policy=POLICY, at=AT)
    drop = queries([suspected("192.0.2.2")])
    assert queries([suspected(f"198.51.100.{n}") for n in range(40)]) == drop


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.sampled_from([opens, resolves, returns]), max_size=6))
def test_whatever_happens_announcing_it_twice_makes_no_second_alert(life: list[object]) -> None:
    with transaction.atomic():
        finding = suspected()
        for happens in life:
            step = happens(finding)  # type: ignore[operator]
            tell([step], policy=POLICY, at=AT)
            before = Alert.objects.count(), Delivery.objects.count()
            assert tell([step], policy=POLICY, at=AT) == ()
            assert (Alert.objects.count(), Delivery.objects.count()) == before
        transaction.set_rollback(True)


def test_message_ids_differ_by_address_and_stay_when_the_address_does() -> None:
    finding = suspected()
    one, two = tell([opens(finding)], policy=POLICY, at=AT)
    assert one.message_id.startswith(f"<finding-{finding.pk}.1.first.")
    assert one.message_id.endswith("@example.org>")
    assert one.message_id != two.message_id


def test_subscriptions_are_those_of_the_environment_and_those_that_people_made() -> None:
    subscribed("carla@example.com")
    assert told(opens(suspected())) == [("first", ANNA), ("first", BERT), ("first", "carla@example.com")]
    assert told(opens(suspected("192.0.2.8")), recipients=()) == [("first", "carla@example.com")]
