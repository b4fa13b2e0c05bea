"""Ways in and out: by a link that works once, by password, and no other."""

import io
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ipviz.accounts.links import link_for, redeem, sign_in_link
from ipviz.accounts.models import Role, SignInLink
from ipviz.accounts.roles import give_role, may_administer, role_of
from ipviz.polling.tasks import keep_history
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
OVERVIEW = reverse("web:overview")
DAY = timedelta(days=1)


def path_of(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def link() -> str:
    return path_of(sign_in_link(at=datetime.now(UTC)))


def test_one_click_signs_the_operator_in_as_an_admin(client: Client, link: str) -> None:
    response = client.get(link)
    assert (response.status_code, response["Location"]) == (302, OVERVIEW)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert user.username == "operator"
    assert may_administer(user)
    assert not user.has_usable_password()


def test_the_link_is_a_whole_address() -> None:
    link = sign_in_link(at=datetime.now(UTC))
    assert link.startswith("http://127.0.0.1:8000/sign-in/link/?token=")
    assert len(link.partition("token=")[2]) > 40


def test_a_used_link_is_dead_for_another_browser(client: Client, link: str) -> None:
    client.get(link)
    stranger = Client()
    response = stranger.get(link)
    assert response.status_code == 403
    assert "_auth_user_id" not in stranger.session
    text = response.content.decode()
    assert "used already, or is older than a day" in text
    assert "python manage.py sign_in_link" in text
    assert 'type="password"' in text
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_the_same_browser_may_go_back_to_it(client: Client, link: str) -> None:
    client.get(link)
    assert client.get(link)["Location"] == OVERVIEW


def test_a_link_lasts_a_day(client: Client) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 9, 0, tzinfo=UTC), tick=False) as clock:
        links = [path_of(sign_in_link(at=datetime.now(UTC))) for _ in range(2)]
        clock.shift(DAY - timedelta(seconds=1))
        assert client.get(links[0]).status_code == 302
        clock.shift(timedelta(seconds=1))
        assert Client().get(links[1]).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "\x00", "ж"])
def test_a_made_up_token_is_refused(client: Client, link: str, token: str) -> None:
    url = reverse("accounts:sign-in-link")
    assert client.get(url, {"token": token}).status_code == 403
    assert client.get(url).status_code == 403
    assert client.get(link[:-1]).status_code == 403
    assert client.get(link + "A").status_code == 403
    assert client.get(link).status_code == 302


def test_looking_at_a_link_does_not_use_it_up(client: Client, link: str) -> None:
    assert client.head(link).status_code == 405
    assert client.post(link).status_code == 405
    assert client.get(link).status_code == 302


def test_a_link_is_good_for_one_of_two(at: datetime) -> None:
    token = sign_in_link(at=at).partition("token=")[2]
    assert [redeem(token, at) is not None for _ in range(2)] == [True, False]


def test_a_link_that_is_printed_lets_an_operator_in_who_was_shut_out(client: Client, link: str) -> None:
    User.objects.filter(username="operator").update(is_active=False)
    assert client.get(path_of(sign_in_link(at=datetime.now(UTC)))).status_code == 302


def test_no_link_opens_for_an_operator_who_was_shut_out(client: Client, link: str) -> None:
    User.objects.filter(username="operator").update(is_active=False)
    assert client.get(link).status_code == 403


def test_a_printed_link_makes_the_operator_an_admin_who_was_none(client: Client) -> None:
    operator = User.objects.create_user("operator")
    give_role(operator, Role.OPERATOR)
    link = path_of(sign_in_link(at=datetime.now(UTC)))
    assert role_of(operator) is Role.OPERATOR, "before anybody follows it"
    client.get(link)
    assert role_of(User.objects.get()) is Role.ADMIN


def test_a_link_is_one_persons_and_leaves_the_role_alone(at: datetime, viewer: User) -> None:
    for person in (viewer, User.objects.create_user("operator")):
        assert redeem(link_for(person, at=at).partition("token=")[2], at) == person
        assert role_of(person) is Role.VIEWER


def test_links_that_expired_are_cleared_away(at: datetime) -> None:
    sign_in_link(at=at)
    sign_in_link(at=at + DAY)
    assert SignInLink.objects.count() == 1


def test_the_command_prints_a_link_that_works(client: Client) -> None:
    out = io.StringIO()
    call_command("sign_in_link", stdout=out)
    assert out.getvalue().count("\n") == 1
    assert client.get(path_of(out.getvalue().strip())).status_code == 302


def test_a_password_signs_in_and_leads_where_one_wanted_to_go(client: Client, viewer: User) -> None:
    page = client.get(reverse("accounts:sign-in"), {"next": "/findings/"})
    assert 'name="next" value="/findings/"' in page.content.decode()
    facts = {"username": "viewer", "password": PASSWORD, "next": "/findings/"}
    assert client.post(reverse("accounts:sign-in"), facts)["Location"] == "/findings/"
    assert client.get(reverse("accounts:sign-in"))["Location"] == OVERVIEW


def test_a_wrong_password_says_so_and_no_more(client: Client, viewer: User) -> None:
    answers = [
        client.post(reverse("accounts:sign-in"), {"username": name, "password": "wrong"}).content.decode()
        for name in ("viewer", "nobody")
    ]
    assert all("do not go together" in answer for answer in answers)
    assert "_auth_user_id" not in client.session


def test_nobody_is_led_to_another_site(client: Client, viewer: User) -> None:
    facts = {"username": "viewer", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(reverse("accounts:sign-in"), facts)["Location"] == OVERVIEW


def test_signing_out_takes_a_click_and_bears_a_second(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    url = reverse("accounts:sign-out")
    assert client.get(url).status_code == 405
    assert client.post(url)["Location"] == reverse("accounts:sign-in")
    assert "_auth_user_id" not in client.session
    assert client.post(url)["Location"] == reverse("accounts:sign-in")


def test_the_pages_are_for_those_who_signed_in(client: Client) -> None:
    assert client.get(OVERVIEW)["Location"].startswith(reverse("accounts:sign-in"))


def test_sessions_that_are_over_go_with_what_is_too_old(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    Client().force_login(viewer)
    Session.objects.filter(pk=client.session.session_key).update(expire_date=datetime.now(UTC) - DAY)
    keep_history()
    assert Session.objects.count() == 1
