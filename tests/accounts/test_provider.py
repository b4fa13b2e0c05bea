"""Sign-in by an identity provider, over real HTTP: who gets in as whom, with which role, and who does not."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from ipviz.accounts.links import sign_in_link
from ipviz.accounts.models import ProviderIdentity, Role
from ipviz.accounts.people import shut_out
from ipviz.accounts.roles import role_of
from tests.accounts.coming_in import (
    OVERVIEW,
    SIGN_IN,
    START,
    come_in,
    leave,
    path_of,
    person_in,
    refused,
    told_to,
)
from tests.accounts.conftest import PASSWORD
from tests.accounts.provider import Provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["staff"], Role.VIEWER),
        (["platform", "staff"], Role.OPERATOR),
        (["others", "platform-admins", "staff"], Role.ADMIN),
    ],
)
def test_the_highest_of_the_groups_is_the_role(
    client: Client, provider: Provider, groups: list[str], role: Role
) -> None:
    provider.person("u1", *groups, name="bert")
    assert come_in(provider, "u1", client)["Location"] == OVERVIEW
    person = person_in(client)
    assert person
    assert (person.username, role_of(person), person.has_usable_password()) == ("bert", role, False)
    assert client.get(OVERVIEW).status_code == 200


def test_who_is_in_no_group_is_refused_and_told_so(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.person("u1", "others", name="bert")
    assert "in none of the groups that may use this ipviz" in refused(provider)
    assert not User.objects.exists()
    assert "'name': 'bert', 'groups': ['others']" in caplog.text


def test_a_star_lets_everybody_in(client: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_ROLES = {"*": "viewer", "platform": "operator"}
    provider.person("u1")
    come_in(provider, "u1", client)
    assert role_of(User.objects.get()) is Role.VIEWER


def test_the_role_is_that_of_the_groups_at_the_last_sign_in(client: Client, provider: Provider) -> None:
    for group, role in (("platform-admins", Role.ADMIN), ("staff", Role.VIEWER), ("platform", Role.OPERATOR)):
        provider.person("u1", group)
        come_in(provider, "u1", client)
        assert role_of(User.objects.get()) is role


def test_who_is_in_no_group_any_more_loses_all_sessions(client: Client, provider: Provider) -> None:
    provider.person("u1", "platform")
    come_in(provider, "u1", client)
    provider.person("u1")
    assert "in none of the groups" in refused(provider)
    assert client.get(OVERVIEW)["Location"].startswith(SIGN_IN)


def test_a_person_is_the_sub_whatever_name_or_mail_address_says(provider: Provider) -> None:
    provider.person("u1", "staff", name="bert", email="bert@example.org")
    come_in(provider, "u1")
    provider.person("u1", "staff", name="albert", email="albert@example.org")
    come_in(provider, "u1")
    assert [each.username for each in User.objects.all()] == ["bert"]
    provider.person("u2", "staff", name="bert", email="bert@example.org")
    come_in(provider, "u2")
    assert {each.username for each in User.objects.all()} == {"bert", "bert-2"}


def test_the_name_of_a_local_admin_takes_nothing_over(
    client: Client, provider: Provider, admin: User
) -> None:
    User.objects.filter(pk=admin.pk).update(email="ada@example.org")
    provider.person("u1", "staff", name="Ada", email="ada@example.org", email_verified=True)
    come_in(provider, "u1", client)
    person = person_in(client)
    assert person
    assert (person.username, role_of(person)) == ("Ada-2", Role.VIEWER)
    assert role_of(admin) is Role.ADMIN
    assert User.objects.get(pk=admin.pk).check_password(PASSWORD)


def test_nobody_there_gets_the_name_that_a_printed_link_is_for(client: Client, provider: Provider) -> None:
    provider.person("u1", "staff", name="operator")
    come_in(provider, "u1")
    client.get(path_of(sign_in_link(at=datetime.now(UTC))))
    person = person_in(client)
    assert person
    assert person.username == "operator"
    assert [each.person.username for each in ProviderIdentity.objects.all()] == ["operator-2"]


def test_another_provider_knows_other_people(provider: Provider) -> None:
    someone = User.objects.create_user("someone")
    ProviderIdentity.objects.create(person=someone, issuer="https://dex.example.org", subject="u1")
    provider.person("u1", "staff")
    come_in(provider, "u1")
    assert ProviderIdentity.objects.get(issuer=provider.issuer).person != someone


def test_who_is_shut_out_here_stays_out_and_has_no_session_left(
    client: Client, provider: Provider, admin: User
) -> None:
    provider.person("u1", "platform-admins")
    come_in(provider, "u1", client)
    shut_out(User.objects.exclude(pk=admin.pk).get(), by=admin, at=timezone.now())
    assert client.get(OVERVIEW)["Location"].startswith(SIGN_IN)
    assert "shut out" in refused(provider)


def test_a_session_is_good_for_some_hours_however_busy_it_is(client: Client, provider: Provider) -> None:
    provider.person("u1", "staff")
    begin = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    with time_machine.travel(begin, tick=False) as clock:
        come_in(provider, "u1", client)
        for _ in range(7):
            clock.shift(timedelta(hours=1))
            session = client.session
            session["used"] = True
            session.save()
        clock.shift(timedelta(minutes=59))
        assert client.get(OVERVIEW).status_code == 200
        clock.shift(timedelta(minutes=1))
        assert client.get(OVERVIEW)["Location"].startswith(SIGN_IN)


def test_one_is_led_where_one_wanted_to_go_and_never_to_another_site(provider: Provider) -> None:
    provider.person("u1", "staff")
    assert come_in(provider, "u1", wanted="/findings/?q=a")["Location"] == "/findings/?q=a"
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert come_in(provider, "u1", wanted=evil)["Location"] == OVERVIEW


def test_the_sign_in_page_has_a_button_with_the_way_on(client: Client, provider: Provider) -> None:
    text = client.get(SIGN_IN, {"next": "/findings/?q=a&b"}).content.decode()
    assert f'href="{START}?next=%2Ffindings%2F%3Fq%3Da%26b">Sign in with Dex</a>' in text


def test_without_a_provider_there_is_no_way_to_one(client: Client) -> None:
    assert "Sign in with" not in client.get(SIGN_IN).content.decode()
    assert client.get(START).status_code == 404
    assert client.get(reverse("accounts:provider-back")).status_code == 404


def test_state_nonce_and_a_challenge_go_with_everybody(client: Client, provider: Provider) -> None:
    asked = [parse_qs(urlsplit(leave(client)).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 32
        assert asked[0][name] != asked[1][name]
    assert asked[0]["scope"] == ["openid email profile groups"]
    assert asked[0]["code_challenge_method"] == ["S256"]


def test_what_one_came_back_with_is_good_once_and_in_that_browser(provider: Provider) -> None:
    provider.person("u1", "staff")
    mine, stranger = Client(), Client()
    back = path_of(provider.sign_in(leave(mine), "u1"))
    leave(stranger)
    stranger.get(back)
    assert person_in(stranger) is None
    assert "was not begun in this browser" in told_to(stranger)
    assert mine.get(back)["Location"] == OVERVIEW
    mine.logout()
    assert mine.get(back)["Location"] == SIGN_IN
    assert "was not begun in this browser" in told_to(mine)


def test_a_code_with_a_state_of_another_attempt_is_refused(client: Client, provider: Provider) -> None:
    provider.person("u1", "staff")
    states = [dict(parse_qsl(urlsplit(leave(client)).query))["state"] for _ in range(2)]
    back = urlsplit(provider.sign_in(leave(client), "u1"))
    mixed = {**dict(parse_qsl(back.query)), "state": states[0]}
    client.get(f"{back.path}?{urlencode(mixed)}")
    assert person_in(client) is None


def test_who_cancels_is_told_so_and_nobody_is_signed_out_by_it(client: Client, provider: Provider) -> None:
    back = path_of(provider.cancel(leave(client)))
    assert client.get(back)["Location"] == SIGN_IN
    assert "You are not signed in: Dex was told not to" in told_to(client)
    provider.person("u1", "staff")
    come_in(provider, "u1", client)
    client.get(back)
    assert client.get(OVERVIEW).status_code == 200


@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic"], None])
def test_the_secret_goes_as_the_provider_wants_it(
    client: Client, provider: Provider, methods: list[str] | None
) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": methods}
    provider.person("u1", "staff")
    come_in(provider, "u1", client)
    assert ("client_secret" in provider.asked["/oauth2/token"]) is (methods == ["client_secret_post"])


def test_a_password_form_never_reaches_the_provider(client: Client, provider: Provider) -> None:
    typed = {"username": "anna", "password": "wrong"}
    assert client.post(f"{SIGN_IN}?code=x&state=y", typed).status_code == 200
    assert provider.asked == {}


def test_a_role_of_groups_and_a_way_in_from_elsewhere_are_not_given_here(
    client: Client, provider: Provider, admin: User
) -> None:
    provider.person("u1", "staff", name="bert")
    come_in(provider, "u1", client)
    bert, page = User.objects.get(username="bert"), Client()
    page.force_login(admin, "django.contrib.auth.backends.ModelBackend")
    url = reverse("web:settings-person", args=[bert.pk])
    text = page.get(url).content.decode()
    assert "The role is that of the groups at 127.0.0.1" in text
    assert not re.search(r'name="do" value="(role|link|forget)"', text)
    for asked in ({"do": "role", "role": "admin"}, {"do": "link"}, {"do": "forget"}):
        answer = page.post(url, asked)
        assert (answer.status_code, "bert signs in at 127.0.0.1" in answer.content.decode()) == (400, True)
    assert role_of(User.objects.get(pk=bert.pk)) is Role.VIEWER
    assert client.get(OVERVIEW).status_code == 200
    assert "at 127.0.0.1" in page.get(reverse("web:settings-people")).content.decode()
    page.post(url, {"do": "shut-out"})
    assert client.get(OVERVIEW)["Location"].startswith(SIGN_IN)


def test_who_comes_from_a_provider_has_no_password_here(client: Client, provider: Provider) -> None:
    provider.person("u1", "staff", name="bert")
    come_in(provider, "u1", client)
    url = reverse("web:settings-password")
    assert url not in client.get(reverse("web:settings")).content.decode()
    assert "your password is there" in client.get(url).content.decode()
    assert client.post(url, {"new_password1": PASSWORD, "new_password2": PASSWORD}).status_code == 403
    assert not User.objects.get().has_usable_password()


def test_passwords_can_be_switched_off_and_links_still_open(
    client: Client, provider: Provider, settings: Settings, viewer: User
) -> None:
    settings.LOCAL_SIGN_IN = False
    text = client.get(SIGN_IN).content.decode()
    assert "Sign in with Dex" in text
    assert 'type="password"' not in text
    answer = client.post(SIGN_IN, {"username": "viewer", "password": PASSWORD})
    assert (answer.status_code, "No password opens" in answer.content.decode()) == (403, True)
    assert person_in(client) is None
    client.get(path_of(sign_in_link(at=datetime.now(UTC))))
    assert client.get(OVERVIEW).status_code == 200


def test_groups_may_stand_in_the_userinfo_alone(client: Client, provider: Provider) -> None:
    provider.person("u1", "platform")
    provider.claims = {"groups": None}
    come_in(provider, "u1", client)
    assert role_of(User.objects.get()) is Role.OPERATOR
