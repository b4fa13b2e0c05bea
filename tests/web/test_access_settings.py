"""The pages of tokens, people and one's own password, and the index of all settings."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.roles import give_role, role_of
from ipviz.accounts.tokens import TokenRefused, authenticate, create_token
from ipviz.clusters.models import Cluster
from ipviz.version import VERSION
from tests.web.budgets import OF_ADMINS
from tests.web.conftest import NOW, Estate, text_of

pytestmark = pytest.mark.django_db
TOKENS, PEOPLE, PASSWORD = "/settings/tokens/", "/settings/people/", "/settings/password/"
OLD, NEW = "a long walk by the sea", "another walk by the sea"


@pytest.fixture
def anna(db: None) -> User:
    user = User.objects.create_user("anna", password=OLD)
    give_role(user, Role.OPERATOR)
    return user


def secret_in(html: str) -> str:
    """What is shown once."""
    found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', html)
    assert found, html
    return found[1].replace("&amp;", "&")


def handle(admin: Client, person: User, do: str, status: int = 302, **typed: str) -> str:
    url = reverse("web:settings-person", args=[person.pk])
    reply = admin.post(url, {"do": do, **typed})
    assert reply.status_code == status
    assert "no-store" in reply["Cache-Control"]
    return reply.content.decode()


def path_of(link: str) -> str:
    return link.removeprefix("{0.scheme}://{0.netloc}".format(urlsplit(link)))


def test_a_token_is_shown_on_the_page_that_answers_and_nowhere_else(admin: Client) -> None:
    assert "There is no token yet." in text_of(admin, TOKENS)
    reply = admin.post(TOKENS, {"name": "pipelines", "role": "operator"})
    assert (reply.status_code, "no-store" in reply["Cache-Control"]) == (200, True)
    secret = secret_in(reply.content.decode())
    token = authenticate(secret, NOW)
    assert (token.name, token.may_operate) == ("pipelines", True)
    assert secret not in str(dict(admin.session))
    assert secret not in text_of(admin, TOKENS)
    assert "messages" not in admin.cookies or secret not in admin.cookies["messages"].value


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": "ci", "role": "viewer"}, "A token named &#x27;ci&#x27; exists"),
        ({"name": "", "role": "viewer"}, "This field is required."),
        ({"name": "robot", "role": "admin"}, "admin is not one of"),
        ({"name": "x" * 64, "role": "viewer"}, "at most 63 characters"),
        ({"name": "robot", "role": "viewer", "days": "0"}, "greater than or equal to 1"),
        ({"name": "robot", "role": "viewer", "networks": "192.0.2.0/33"}, "is no network"),
        ({"name": "robot", "role": "viewer", "clusters": "nowhere"}, "There is no cluster nowhere"),
        ({"name": "robot", "role": "viewer", "per_minute": "-1"}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_token_is_said_beside_its_field(admin: Client, typed: dict[str, str], why: str) -> None:
    create_token("ci", Role.VIEWER, NOW)
    reply = admin.post(TOKENS, typed)
    assert (reply.status_code, why in reply.content.decode()) == (400, True)
    assert ApiToken.objects.count() == 1


def test_what_a_token_is_limited_to_is_said_in_the_list(admin: Client) -> None:
    limits = {"networks": "192.0.2.0/24, 2001:db8::/64", "per_minute": "60"}
    assert admin.post(TOKENS, {"name": "ci", "role": "viewer", **limits}).status_code == 200
    html = text_of(admin, TOKENS)
    assert "from 192.0.2.0/24, 2001:db8::/64" in html
    assert "60 requests a minute" in html


def test_a_token_that_is_over_is_said_to_be(admin: Client) -> None:
    admin.post(TOKENS, {"name": "lasting", "role": "viewer"})
    assert ">it is revoked</td>" in text_of(admin, TOKENS)
    reply = admin.post(TOKENS, {"name": "short", "role": "viewer", "days": "1"})
    secret = secret_in(reply.content.decode())
    assert "expired" not in text_of(admin, TOKENS)
    ApiToken.objects.filter(name="short").update(expires_at=NOW)
    assert "expired" in text_of(admin, TOKENS)
    answer = Client().get("/api/v1/clusters/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert "was good until" in answer.json()["detail"]


def test_a_token_is_revoked(admin: Client) -> None:
    secret = create_token("ci", Role.VIEWER, NOW)
    url = reverse("web:settings-revoke", args=[ApiToken.objects.get().pk])
    assert url in text_of(admin, TOKENS)
    assert "The token ci is revoked." in admin.post(url, follow=True).content.decode()
    with pytest.raises(TokenRefused):
        authenticate(secret, NOW)
    assert admin.post(url).status_code == 404


def test_a_person_is_added_and_comes_in_by_a_link_once(admin: Client) -> None:
    reply = admin.post(PEOPLE, {"username": "bert", "role": "operator"})
    assert "no-store" in reply["Cache-Control"]
    link = secret_in(reply.content.decode())
    assert link.startswith("http://127.0.0.1:8000/sign-in/link/?token=")
    assert link not in text_of(admin, PEOPLE).replace("&amp;", "&")
    browser = Client()
    assert browser.get(path_of(link)).status_code == 302
    assert User.objects.get(pk=browser.session["_auth_user_id"]).username == "bert"
    assert role_of(User.objects.get(username="bert")) is Role.OPERATOR
    assert Client().get(path_of(link)).status_code == 403


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ANNA", "Somebody is named ANNA already"),
        ("anna", "already exists"),
        ("", "This field is required."),
        ("a<b>", "Enter a valid username"),
        ("x" * 151, "at most 150 characters"),
    ],
)
def test_a_wrong_person_is_said_beside_the_name(admin: Client, anna: User, name: str, why: str) -> None:
    reply = admin.post(PEOPLE, {"username": name, "role": "viewer"})
    assert (reply.status_code, why in reply.content.decode()) == (400, True)
    assert User.objects.count() == 2


def test_the_list_says_who_may_what_and_who_is_shut_out(admin: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    html = text_of(admin, PEOPLE)
    row = html.split(">anna</a>")[1].split("</tr>")[0]
    assert "operator" in row
    assert "never" in row
    assert "shut out" in row


def test_an_admin_changes_a_role_shuts_out_and_lets_in(admin: Client, anna: User) -> None:
    handle(admin, anna, "role", role="admin")
    assert role_of(User.objects.get(pk=anna.pk)) is Role.ADMIN
    assert "is not one of" in handle(admin, anna, "role", 400, role="king")
    handle(admin, anna, "shut-out")
    assert not User.objects.get(pk=anna.pk).is_active
    handle(admin, anna, "link")
    handle(admin, anna, "let-in")
    assert User.objects.get(pk=anna.pk).is_active
    handle(admin, anna, "nonsense")


def test_nobody_is_locked_out_by_mistake(admin: Client, viewer: User, anna: User) -> None:
    assert "You cannot shut out yourself" in handle(admin, viewer, "shut-out", 400)
    assert "from yourself" in handle(admin, viewer, "role", 400, role="viewer")
    html = text_of(admin, reverse("web:settings-person", args=[viewer.pk]))
    assert "This is you." in html
    assert 'value="shut-out"' not in html
    assert role_of(User.objects.get(pk=viewer.pk)) is Role.ADMIN


def test_a_new_link_leaves_the_password_and_a_forgotten_one_ends_the_sessions(
    admin: Client, anna: User
) -> None:
    browser = Client()
    browser.force_login(anna)
    secret_in(handle(admin, anna, "link", 200))
    assert browser.get("/").status_code == 200
    link = secret_in(handle(admin, anna, "forget", 200))
    assert browser.get("/").status_code == 302
    browser.get(path_of(link))
    assert "id_old_password" not in text_of(browser, PASSWORD)


def test_one_sets_a_first_password_and_changes_it_and_stays_signed_in(client: Client) -> None:
    bert = User.objects.create_user("bert")
    client.force_login(bert)
    html = text_of(client, PASSWORD)
    assert "You have none yet" in html
    assert "old_password" not in html
    other = Client()
    other.force_login(bert)
    reply = client.post(PASSWORD, {"new_password1": OLD, "new_password2": OLD}, follow=True)
    assert "Your password is set." in reply.content.decode()
    assert other.get("/").status_code == 302
    typed = {"new_password1": NEW, "new_password2": NEW}
    wrong = client.post(PASSWORD, {**typed, "old_password": NEW})
    assert (wrong.status_code, "entered incorrectly" in wrong.content.decode()) == (400, True)
    assert client.post(PASSWORD, {**typed, "old_password": OLD}).status_code == 302
    assert Client().post("/sign-in/", {"username": "bert", "password": NEW}).status_code == 302
    assert "no-store" in client.get(PASSWORD)["Cache-Control"]


def test_a_short_password_is_refused_beside_its_field(client: Client) -> None:
    client.force_login(User.objects.create_user("bert"))
    reply = client.post(PASSWORD, {"new_password1": "short", "new_password2": "short"})
    assert (reply.status_code, "too short" in reply.content.decode()) == (400, True)
    assert "short" not in re.findall(r'value="([^"]*)"', reply.content.decode())


@pytest.mark.parametrize("who", ["page", "operator"])
def test_tokens_and_people_are_for_admins(who: str, request: pytest.FixtureRequest, anna: User) -> None:
    client: Client = request.getfixturevalue(who)
    create_token("ci", Role.VIEWER, NOW)
    revoke = reverse("web:settings-revoke", args=[ApiToken.objects.get().pk])
    person = reverse("web:settings-person", args=[anna.pk])
    for url in (TOKENS, PEOPLE, person):
        for reply in (client.get(url), client.post(url, {"do": "shut-out", "name": "x", "role": "viewer"})):
            assert reply.status_code == 403
            assert "This needs the role admin." in reply.content.decode()
    assert client.post(revoke).status_code == 403
    assert (ApiToken.objects.count(), User.objects.filter(is_active=True).count()) == (1, 2)


def test_the_index_counts_each_kind_and_is_linked_from_every_page(admin: Client, estate: Estate) -> None:
    assert 'href="/settings/"' in text_of(admin, "/")
    html = text_of(admin, "/settings/")
    told = re.findall(r'<a href="([^"]+)">[^<]+</a> <span class="count">([^<]+)</span>', html)
    assert told == [
        ("/settings/clusters/", "1, and 3 workload clusters"),
        ("/settings/segments/", "1"),
        ("/settings/subnets/", "1 declared, 0 inferred"),
        ("/subscriptions/", "0"),
        ("/silences/", "0 now"),
        ("/settings/running/", VERSION),
        ("/settings/tokens/", "0"),
        ("/settings/people/", "1"),
        ("/settings/password/", "set"),
    ]


def test_the_index_shows_others_what_they_may_see(operator: Client, estate: Estate) -> None:
    html = text_of(operator, "/settings/")
    assert TOKENS not in html
    assert PEOPLE not in html
    assert PASSWORD in html


def test_who_guesses_the_old_password_is_locked_out(viewer: User, operator: Client) -> None:
    viewer.set_password("a long walk by the sea")
    viewer.save()
    operator.force_login(viewer)
    new = {"new_password1": "another walk by the sea", "new_password2": "another walk by the sea"}
    for _ in range(5):
        operator.post("/settings/password/", {"old_password": "a guess", **new})
    right = {"old_password": "a long walk by the sea", **new}
    assert operator.post("/settings/password/", right).status_code == 429
    assert User.objects.get(pk=viewer.pk).check_password("a long walk by the sea")


def test_what_is_posted_needs_its_token_against_forgery(admin: Client, viewer: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(viewer)
    for url in (TOKENS, PEOPLE, PASSWORD, "/settings/clusters/", "/settings/subnets/", "/settings/segments/"):
        assert strict.post(url, {"name": "x", "role": "viewer"}).status_code == 403
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(("url", "most"), OF_ADMINS.items())
def test_pages_of_admins_cost_few_queries(
    url: str, most: int, admin: Client, estate: Estate, django_assert_max_num_queries: Any
) -> None:
    for n in range(5):
        give_role(User.objects.create_user(f"person-{n}"), Role.OPERATOR)
        create_token(f"token-{n}", Role.VIEWER, NOW)
    with django_assert_max_num_queries(most) as made:
        text_of(admin, url)
    assert len(made) == most, "a page that got cheaper has a smaller budget"


@pytest.mark.parametrize("url", [*OF_ADMINS, "/settings/segments/", "/settings/subnets/", PASSWORD])
def test_strangers_are_led_to_sign_in(url: str, client: Client, estate: Estate) -> None:
    for reply in (client.get(url), client.post(url, {"name": "x", "role": "viewer"})):
        assert (reply.status_code, reply["Location"].startswith("/sign-in/")) == (302, True)
    assert estate.gmc in Cluster.objects.all()
