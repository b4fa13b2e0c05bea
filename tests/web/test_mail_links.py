"""What the links in a mail let whoever got it do, and what following them alone does not."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import Role
from ipviz.accounts.people import limit, shut_out
from ipviz.accounts.roles import give_role
from ipviz.alerts.links import CONFIRM, HANDLE, STOP, Permit, signed, unsigned, with_signatures
from ipviz.alerts.models import Subscription
from ipviz.findings.models import HIDDEN, Finding
from tests.alerts.stories import ANNA, subscribed
from tests.factories import minutes, segment
from tests.web.conftest import NOW, Estate, text_of

pytestmark = pytest.mark.django_db
X = "https://x.example"


def handling(finding: Finding, address: str = ANNA) -> str:
    return signed(HANDLE, Permit(address, finding.pk, finding.occurrences))


@pytest.fixture
def stranger() -> Client:
    """Somebody with a mail, and no account; forms of other sites are refused."""
    return Client(enforce_csrf_checks=True)


def press(stranger: Client, url: str, status: int = 200, **typed: str) -> str:
    """Open the page and press a button of its form."""
    text_of(stranger, url)
    return pressed(stranger, url, status, **typed)


def pressed(stranger: Client, url: str, status: int, **typed: str) -> str:
    """Press a button of a page that was opened before."""
    token = stranger.cookies["csrftoken"].value
    answer = stranger.post(url, {"csrfmiddlewaretoken": token, **typed})
    assert answer.status_code == status, answer
    return answer.content.decode()


def test_following_a_link_changes_nothing(stranger: Client, estate: Estate) -> None:
    subscription = subscribed(confirmed_at=None)
    confirms = signed(CONFIRM, Permit(ANNA, subscription.pk))
    for url in (signed(STOP, Permit(ANNA)), confirms):
        for method in (stranger.get, stranger.head):
            answer = method(url)
            assert answer.status_code == 200
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "no-store" in answer["Cache-Control"]
    subscription.refresh_from_db()
    assert (subscription.confirmed_at, subscription.stopped_at) == (None, None)
    Subscription.objects.update(confirmed_at=NOW)
    assert text_of(stranger, handling(estate.collision))
    assert estate.collision.status == "open"


@pytest.mark.parametrize("confirmed_at", [None, NOW])
def test_a_removed_address_handles_nothing(
    stranger: Client, estate: Estate, confirmed_at: datetime | None
) -> None:
    """Nor one that nobody has confirmed."""
    subscription = subscribed(confirmed_at=confirmed_at)
    if confirmed_at:
        subscription.delete()
    assert "is not subscribed any more" in text_of(stranger, handling(estate.collision), 403)


def test_a_button_acknowledges_and_says_who_did(stranger: Client, estate: Estate) -> None:
    subscribed()
    html = press(stranger, handling(estate.collision), do="acknowledge", reason="on <it>")
    assert "Acknowledged: nobody is reminded of it until 2026-01-18" in html
    assert (estate.collision.status, estate.collision.handled_until) == (
        "acknowledged",
        NOW + timedelta(days=3),
    )
    last = estate.collision.transitions.last()
    assert last is not None
    assert last.by == f"{ANNA}, by mail"
    assert last.reason.endswith("on <it>")


def test_a_button_silences_for_some_hours(stranger: Client, estate: Estate) -> None:
    subscribed()
    press(stranger, handling(estate.collision), do="silence", hours="24")
    assert (estate.collision.status, estate.collision.handled_until) == ("silenced", NOW + timedelta(days=1))
    html = press(stranger, handling(estate.collision), do="acknowledge")
    assert "Acknowledged" in html, "who changed their mind may"


def test_the_button_of_another_site_is_not_ours(stranger: Client, estate: Estate) -> None:
    assert stranger.post(handling(estate.collision), {"do": "acknowledge"}).status_code == 403
    assert estate.collision.status == "open"


def test_what_makes_no_sense_is_said(stranger: Client, estate: Estate) -> None:
    subscribed()
    html = press(stranger, handling(estate.collision), 400, do="delete")
    assert "Choose what is to be done." in html
    press(stranger, handling(estate.collision), do="acknowledge")
    assert "already" in press(stranger, handling(estate.collision), 400, do="acknowledge")


def test_a_mail_about_an_earlier_time_handles_nothing(stranger: Client, estate: Estate) -> None:
    subscribed()
    url = handling(estate.collision)
    text_of(stranger, url)
    Finding.objects.update(occurrences=2)
    assert "is over" in pressed(stranger, url, 400, do="acknowledge")
    assert "What this mail told of is over" in text_of(stranger, url)
    assert estate.collision.status == "open"


@pytest.mark.parametrize("verb", [HANDLE, STOP, CONFIRM])
@pytest.mark.parametrize("token", ["nonsense", "WyJhIl0:1abc:def", "é", "unsigned", "unsigned-x.1"])
def test_a_link_that_is_not_ours_is_refused_in_words(stranger: Client, verb: str, token: str) -> None:
    html = text_of(stranger, reverse(f"web:mail-{verb}", args=[token]), 403)
    assert "This link does not work" in html


def test_a_link_of_one_kind_is_none_of_another(stranger: Client, estate: Estate) -> None:
    token = signed(STOP, Permit(ANNA)).split("/")[-2]
    subscribed(confirmed_at=None)
    text_of(stranger, reverse("web:mail-confirm", args=[token]), 403)
    text_of(stranger, reverse("web:mail-handle", args=[token]), 403)


def test_a_link_that_is_too_old_is_refused_and_one_that_stops_is_never(
    stranger: Client, estate: Estate
) -> None:
    subscribed()
    handle, stop = handling(estate.collision), signed(STOP, Permit(ANNA))
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        assert "too old" in text_of(stranger, handle, 403)
        assert "Shall it stop?" in text_of(stranger, stop)


def test_mails_stop_by_one_click_of_a_mail_program(stranger: Client) -> None:
    subscription = subscribed()
    answer = stranger.post(signed(STOP, Permit(ANNA)), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    subscription.refresh_from_db()
    assert subscription.stopped_at == NOW
    assert "Send them again" in answer.content.decode()
    press(stranger, signed(STOP, Permit(ANNA)), do="start")
    subscription.refresh_from_db()
    assert subscription.stopped_at is None


def test_an_address_is_confirmed_by_a_button(stranger: Client) -> None:
    subscription = subscribed(confirmed_at=None, digested_at=minutes(0))
    link = signed(CONFIRM, Permit(ANNA, subscription.pk))
    assert "If that was you" in text_of(stranger, link)
    assert "Confirmed" in press(stranger, link)
    subscription.refresh_from_db()
    assert (subscription.confirmed_at, subscription.digested_at) == (NOW, NOW)


def test_the_link_of_a_removed_subscription_confirms_no_new_one(stranger: Client) -> None:
    removed = subscribed(confirmed_at=None)
    link = signed(CONFIRM, Permit(ANNA, removed.pk))
    removed.delete()
    subscribed(confirmed_at=None)
    assert "This link is of old" in text_of(stranger, link, 403)


def test_who_stopped_wants_mails_again_once_they_confirm_it(stranger: Client) -> None:
    subscription = subscribed(stopped_at=NOW)
    press(stranger, signed(CONFIRM, Permit(ANNA, subscription.pk)))
    subscription.refresh_from_db()
    assert subscription.is_told


def test_who_is_no_longer_subscribed_is_told_so(stranger: Client) -> None:
    assert f"{ANNA} is not subscribed as it was then." in text_of(stranger, signed(STOP, Permit(ANNA)), 403)


def test_a_stored_mail_holds_no_signature_and_the_sent_one_does(page: Client, estate: Estate) -> None:
    handle, stop = unsigned(HANDLE, estate.collision.pk, 1), unsigned(STOP)
    sent = with_signatures(f"see https://x.example{handle} or https://x.example{stop}", ANNA, X)
    assert sent == f"see {X}{handling(estate.collision)} or {X}{signed(STOP, Permit(ANNA))}"
    answer = page.get(unsigned(HANDLE, estate.collision.pk, 1))
    assert answer["Location"] == estate.collision.get_absolute_url()
    text_of(page, unsigned(STOP), 403)
    assert not Subscription.objects.exists()


def anna_subscribes() -> User:
    anna = User.objects.create_user("anna")
    give_role(anna, Role.OPERATOR)
    subscribed(person=anna)
    return anna


def test_who_was_shut_out_handles_nothing_by_mail_and_hears_nothing(
    stranger: Client, estate: Estate, admin: Client
) -> None:
    anna, url = anna_subscribes(), handling(estate.collision)
    shut_out(anna, by=User.objects.get(username="viewer"), at=NOW)
    assert stranger.get(url).status_code == 403
    assert not Subscription.objects.of(ANNA).told().exists()


def test_who_is_limited_handles_by_mail_what_is_seen_whole_alone(stranger: Client, estate: Estate) -> None:
    anna, url = anna_subscribes(), handling(estate.collision)
    limit(anna, Limits(clusters=("gmc/org-acme/beta",)), at=NOW)
    assert HIDDEN in press(stranger, url, 400, do="acknowledge")
    segment("lab")
    limit(anna, Limits(segments=("lab",)), at=NOW)
    assert stranger.get(url).status_code == 403
    limit(anna, Limits(), at=NOW)
    press(stranger, url, do="acknowledge")
