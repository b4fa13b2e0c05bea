"""Delivering over real SMTP: each mail once, in order, whatever the server does in between."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection

from ipviz.alerts.deliver import Report, deliver_due
from ipviz.alerts.links import HANDLE, STOP, unsigned
from ipviz.alerts.messages import message_from
from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.querysets import LEASE
from ipviz.alerts.subscriptions import remove, stop
from ipviz.alerts.trouble import GIVE_UP_AFTER
from ipviz.clusters.models import Segment
from ipviz.domain.lifecycle import Change, Status
from ipviz.domain.spans import first_key, parse_address
from tests.alerts.stories import (
    ANNA,
    AT,
    BERT,
    HOUR,
    MINUTE,
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
from tests.postbox import Postbox

pytestmark = pytest.mark.django_db
ONE = replace(POLICY, recipients=(ANNA,))
NOTHING = Report()
DAY = timedelta(days=1)


def deliver(postbox: Postbox, at: datetime) -> Report:
    return deliver_due(at, policy=POLICY, connect=postbox.connect, jitter=lambda: 0.0)


class Knocking(EmailBackend):
    """Counts how often it tried to reach the server."""

    knocks = 0

    def open(self) -> bool | None:
        self.knocks += 1
        return super().open()


def the_delivery() -> Delivery:
    return Delivery.objects.get()


def test_one_mail_for_the_opening_and_one_for_the_end(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=POLICY, at=AT)
    assert [deliver(postbox, AT + n * MINUTE) for n in range(3)] == [Report(sent=2), NOTHING, NOTHING]
    tell([resolves(finding)], policy=POLICY, at=AT + HOUR)
    assert [deliver(postbox, AT + HOUR + n * MINUTE) for n in range(3)] == [Report(sent=2), NOTHING, NOTHING]
    for address in (ANNA, BERT):
        assert [mail["X-Ipviz-State"] for mail in postbox.to(address)] == ["open", "resolved"]
    assert set(Delivery.objects.values_list("status", "tries", "error")) == {("sent", 1, "")}


def test_a_mail_says_what_it_is(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    deliver(postbox, AT + MINUTE)
    (mail,) = postbox.mails()
    assert mail["Subject"] == f"[ipviz] CRITICAL {TITLE}"
    assert (mail["From"], mail["To"]) == ("ipviz@example.org", ANNA)
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Ipviz-Rule"] == "C4"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert text.get_content().startswith(TITLE)
    assert html is not None
    assert TITLE in html.get_content()
    assert mail["In-Reply-To"] is None
    assert the_delivery().sent_at == AT + MINUTE


def test_a_mail_of_one_finding_shows_where_it_is(postbox: Postbox) -> None:
    key = first_key(parse_address("192.0.2.7"))
    tell([opens(suspected(first_key=key, last_key=key))], policy=ONE, at=AT)
    tell([opens(suspected("192.0.2.8")), opens(suspected("192.0.2.9"))], policy=ONE, at=AT)
    deliver(postbox, AT)
    one, several = postbox.mails()
    alternatives, picture = one.iter_parts()
    assert one.get_content_type() == "multipart/related"
    assert [part.get_content_type() for part in alternatives.iter_parts()] == ["text/plain", "text/html"]
    assert (picture.get_content_type(), picture["Content-ID"]) == ("image/png", "<stretch>")
    assert picture.get_content().startswith(b"\x89PNG")
    html, text = one.get_body(("html",)), one.get_body(("plain",))
    assert html is not None
    assert text is not None
    alt = "192.0.2.0 to 192.0.2.31, each cell one address: 192.0.2.7 is used by more than one"
    assert f'src="cid:stretch" alt="{alt}' in html.get_content()
    assert alt in text.get_content()
    assert several.get_content_type() == "multipart/alternative"
    assert max(len(line) for each in postbox.mails() for line in each.as_bytes().splitlines()) <= 998


def test_the_end_is_in_the_thread_of_each_ones_beginning(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=POLICY, at=AT)
    tell([resolves(finding)], policy=POLICY, at=AT + HOUR)
    assert deliver(postbox, AT + HOUR) == Report(sent=4)
    for address in (ANNA, BERT):
        first, ended = postbox.to(address)
        assert ended["In-Reply-To"] == ended["References"] == first["Message-ID"]
        assert ended["Subject"] == f"Re: {first['Subject']}"
    assert len({mail["Message-ID"] for mail in postbox.mails()}) == 4


def test_what_comes_back_within_a_day_goes_on_in_its_thread(postbox: Postbox) -> None:
    finding = suspected()
    for n, happens in enumerate((opens, resolves, returns, opens)):
        tell([happens(finding)], policy=ONE, at=AT + n * HOUR)
    assert deliver(postbox, AT) == Report(sent=3)
    first, ended, again = postbox.mails()
    assert [mail["X-Ipviz-State"] for mail in postbox.mails()] == ["open", "resolved", "open"]
    assert again["In-Reply-To"] == ended["In-Reply-To"] == first["Message-ID"]
    assert again["Subject"] == f"Re: {first['Subject']}"
    assert Delivery.objects.latest("pk").text.startswith(f"Back again: {TITLE}")


def test_what_comes_back_later_begins_a_thread_of_its_own(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=ONE, at=AT)
    tell([resolves(finding)], policy=ONE, at=AT + HOUR)
    returns(finding)
    tell([opens(finding)], policy=ONE, at=AT + 26 * HOUR)
    tell([resolves(finding)], policy=ONE, at=AT + 27 * HOUR)
    assert deliver(postbox, AT) == Report(sent=4)
    first, _, again, ended = postbox.mails()
    assert again["In-Reply-To"] is None
    assert ended["In-Reply-To"] == again["Message-ID"] != first["Message-ID"]


def test_hostile_names_and_long_lines_go_over_the_wire(postbox: Postbox) -> None:
    title = f"{'w' * 253}\r\nBcc: eve@example.com\r\n\r\n\u202e<b>ёжик</b>" + "x" * 2000
    tell([opens(suspected(title=title))], policy=ONE, at=AT)
    assert deliver(postbox, AT) == Report(sent=1)
    (mail,), (envelope,) = postbox.mails(), postbox.envelopes
    assert envelope.rcpt_tos == [ANNA]
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) <= 200
    content = envelope.content
    assert isinstance(content, bytes)
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_a_run_uses_one_connection(postbox: Postbox) -> None:
    for n in range(5):
        tell([opens(suspected(f"192.0.2.{n}"))], policy=POLICY, at=AT)
    postbox.recipient_answers[BERT] = ["550 5.1.1 no such user", "450 4.2.1 later"]
    assert deliver(postbox, AT) == Report(sent=8, retried=1, failed=1)
    assert postbox.greetings == 1


def test_a_server_that_is_down_is_knocked_at_once_a_run_and_less_and_less_often(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=POLICY, at=AT)
    postbox.stop()
    knocking = Knocking(host=postbox.host, port=postbox.port)
    assert deliver_due(AT, policy=POLICY, connect=lambda: knocking, jitter=lambda: 0.0) == Report(retried=2)
    assert knocking.knocks == 1
    for delivery in Delivery.objects.all():
        assert (delivery.status, delivery.error) == ("pending", "Connection refused")
        assert delivery.next_try_at == AT + timedelta(seconds=30)
    assert deliver(postbox, AT + timedelta(seconds=29)) == NOTHING
    assert deliver(postbox, AT + timedelta(seconds=30)) == Report(retried=2)
    assert {d.next_try_at for d in Delivery.objects.all()} == {AT + timedelta(seconds=90)}
    postbox.start()
    assert deliver(postbox, AT + timedelta(seconds=90)) == Report(sent=2)
    assert set(Delivery.objects.values_list("status", "tries", "error")) == {("sent", 3, "")}


def test_a_mail_that_is_tried_again_is_the_same_mail(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    postbox.data_answers = ["451 4.3.0 try later"]
    assert deliver(postbox, AT) == Report(retried=1)
    assert the_delivery().error == "451 4.3.0 try later"
    expected = the_delivery().message_id
    assert deliver(postbox, AT + MINUTE) == Report(sent=1)
    (mail,) = postbox.mails()
    assert (mail["Message-ID"], mail["Date"].datetime) == (expected, AT)


def test_one_wrong_address_does_not_cost_the_other_its_mail(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=POLICY, at=AT)
    postbox.recipient_answers[ANNA] = ["550 5.1.1 no such user"]
    assert deliver(postbox, AT) == Report(sent=1, failed=1)
    failed = Delivery.objects.get(address=ANNA)
    assert (failed.status, failed.error, failed.lease_until) == ("failed", "550 5.1.1 no such user", None)
    tell([resolves(finding)], policy=POLICY, at=AT + HOUR)
    assert deliver(postbox, AT + HOUR) == Report(sent=1)
    assert len(postbox.to(BERT)) == 2
    assert postbox.to(ANNA) == []


def test_the_end_waits_for_its_beginning(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=ONE, at=AT)
    postbox.recipient_answers[ANNA] = ["450 4.2.1 greylisted"]
    assert deliver(postbox, AT) == Report(retried=1)
    tell([resolves(finding)], policy=ONE, at=AT)
    assert deliver(postbox, AT + timedelta(seconds=29)) == NOTHING
    assert deliver(postbox, AT + MINUTE) == Report(sent=2)
    assert [mail["X-Ipviz-State"] for mail in postbox.mails()] == ["open", "resolved"]


def test_an_end_whose_beginning_failed_is_not_sent(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=ONE, at=AT)
    tell([resolves(finding)], policy=ONE, at=AT)
    postbox.recipient_answers[ANNA] = ["550 5.1.1 no such user"]
    assert deliver(postbox, AT) == Report(failed=2)
    ended = Delivery.objects.get(alerts__reason="resolved")
    assert (ended.status, ended.error) == (
        "failed",
        "not sent: the mail that it answers could not be delivered",
    )
    assert postbox.mails() == []


def test_after_five_days_a_mail_is_given_up(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    postbox.stop()
    assert deliver(postbox, AT + GIVE_UP_AFTER - MINUTE) == Report(retried=1)
    assert deliver(postbox, AT + GIVE_UP_AFTER + HOUR) == Report(failed=1)
    assert (the_delivery().status, the_delivery().error) == ("failed", "Connection refused")


def test_a_server_that_hangs_up_is_called_again_for_the_next(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=POLICY, at=AT)
    postbox.recipient_answers[ANNA] = ["421 4.3.2 closing"]
    assert deliver(postbox, AT) == Report(sent=1, retried=1)
    assert postbox.greetings == 2


def test_an_address_that_no_mail_can_carry_fails_alone(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=POLICY, at=AT)
    for rows in (Delivery.objects, Subscription.objects):
        rows.filter(address=ANNA).update(address="anna@example.com\nBcc: eve@example.com")
    assert deliver(postbox, AT) == Report(sent=1, failed=1)
    assert Delivery.objects.get(status="failed").error.startswith("the mail cannot be written: ")


@pytest.mark.parametrize("leave", [remove, partial(stop, at=AT)])
def test_what_waits_for_somebody_who_left_is_not_sent(
    postbox: Postbox, leave: Callable[[Subscription], object]
) -> None:
    somebody = subscribed()
    tell([opens(suspected())], policy=replace(POLICY, recipients=()), at=AT)
    leave(somebody)
    assert deliver(postbox, AT) == Report(failed=1)
    assert postbox.mails() == []
    assert the_delivery().error == "not sent: whoever it was for wants no more"
    assert not Subscription.objects.exclude(trouble="").exists()


def test_what_goes_on_is_sent_though_its_first_mail_was_lost(postbox: Postbox) -> None:
    finding = suspected()
    tell([opens(finding)], policy=ONE, at=AT)
    tell([], policy=ONE, at=AT + 4 * DAY, segment_id=finding.segment_id)
    postbox.stop()
    deliver(postbox, AT + GIVE_UP_AFTER)
    postbox.start()
    assert deliver(postbox, AT + GIVE_UP_AFTER + HOUR) == Report(sent=1)
    (mail,) = postbox.mails()
    assert mail["In-Reply-To"] is None
    assert Subscription.objects.get().trouble == "", "something arrived"


def test_one_mail_with_something_wrong_keeps_no_other_back(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell([opens(suspected())], policy=POLICY, at=AT)

    def broken(delivery: Delivery, *rest: Any) -> EmailMessage:
        if delivery.address == ANNA:
            raise LookupError("unknown encoding")
        return message_from(delivery, *rest)

    monkeypatch.setattr("ipviz.alerts.deliver.message_from", broken)
    assert deliver(postbox, AT) == Report(sent=1, retried=1)
    assert Delivery.objects.get(address=ANNA).error == "it could not be sent: LookupError"


def test_each_try_is_kept_with_what_the_server_said(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    postbox.recipient_answers[ANNA] = ["450 4.2.1 busy"]
    deliver(postbox, AT)
    deliver(postbox, AT + HOUR)
    tried = [(each.at, each.error) for each in the_delivery().tried.all()]
    assert tried == [(AT, "450 4.2.1 busy"), (AT + HOUR, "")]


@pytest.mark.parametrize("place", ["title", "explanation", "party", "segment", "because"])
def test_nothing_that_strangers_wrote_is_signed(postbox: Postbox, place: str) -> None:
    """Not even where it spells out our own links."""
    evil = f"{POLICY.base_url}{unsigned(STOP)} www.evil.example{unsigned(HANDLE, 7, 1)}"
    finding = suspected(**{place: evil} if place in ("title", "explanation") else {})
    if place == "party":
        add_party(finding, f"gmc/org-acme/{evil}", name=evil)
    if place == "segment":
        Segment.objects.update(name=evil[:63])
        finding.refresh_from_db()
    step = opens(finding)
    if place == "because":
        step = Step(finding, Change(Status.SUSPECTED, Status.OPEN, evil))
    tell([step], policy=ONE, at=AT)
    deliver(postbox, AT)
    (mail,) = postbox.mails()
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert len(re.findall(r"/mail/(?:stop|handle)/(?!unsigned)", text)) == 2, "ours"
        assert "www.evil" not in text
        assert f"{POLICY.base_url}{unsigned(STOP)}" not in text


def test_without_a_mail_server_nothing_is_lost(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    off = replace(POLICY, mail_is_configured=False)
    assert deliver_due(AT, policy=off, connect=postbox.connect) == NOTHING
    assert deliver(postbox, AT) == Report(sent=1)


def test_kept_mails_stay(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=replace(ONE, mail_is_configured=False), at=AT)
    assert deliver(postbox, AT) == NOTHING
    assert the_delivery().status == "kept"


class Killed(BaseException):
    """The process died."""


class Dying(EmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        super().send_messages(email_messages)
        raise Killed


def test_a_crash_after_sending_repeats_the_mail_under_its_id(postbox: Postbox) -> None:
    tell([opens(suspected())], policy=ONE, at=AT)
    with pytest.raises(Killed):
        deliver_due(AT, policy=POLICY, connect=partial(Dying, host=postbox.host, port=postbox.port))
    assert deliver(postbox, AT + LEASE - MINUTE) == NOTHING
    assert deliver(postbox, AT + LEASE) == Report(sent=1)
    first, again = postbox.mails()
    assert first["Message-ID"] == again["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(postbox: Postbox) -> None:
    for n in range(10):
        tell([opens(suspected(f"192.0.2.{n}"))], policy=POLICY, at=AT)
    start = threading.Barrier(3)
    reports: list[Report] = []

    def work(run: "partial[Report]") -> None:
        start.wait()
        reports.append(run())
        connection.close()

    workers = [threading.Thread(target=work, args=(partial(deliver, postbox, AT),)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert sum(report.sent for report in reports) == 20
    assert len({mail["Message-ID"] for mail in postbox.mails()}) == len(postbox.mails()) == 20
