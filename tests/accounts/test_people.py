"""People: added, given roles, shut out; and an admin is always left."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from ipviz.accounts.links import link_for, redeem
from ipviz.accounts.models import Role
from ipviz.accounts.people import (
    PersonRefused,
    add_person,
    change_role,
    forget_password,
    let_in,
    shut_out,
)
from ipviz.accounts.roles import role_of
from tests.factories import NINE

pytestmark = pytest.mark.django_db


def again(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_a_new_person_has_a_role_and_no_password() -> None:
    person = add_person("bert", Role.OPERATOR)
    assert (role_of(person), person.has_usable_password()) == (Role.OPERATOR, False)


def test_a_name_is_one_persons_in_whatever_case(viewer: User) -> None:
    with pytest.raises(PersonRefused, match="Somebody is named VIEWER already"):
        add_person("VIEWER", Role.ADMIN)


def test_an_admin_gives_another_role(admin: User, viewer: User) -> None:
    change_role(viewer, Role.ADMIN, by=admin)
    assert role_of(again(viewer)) is Role.ADMIN
    change_role(viewer, Role.VIEWER, by=admin)
    assert role_of(again(viewer)) is Role.VIEWER


def test_a_superuser_who_is_demoted_is_none_any_more(admin: User) -> None:
    root = User.objects.create_superuser("root")
    change_role(root, Role.VIEWER, by=admin)
    assert role_of(again(root)) is Role.VIEWER


def test_nobody_locks_oneself_out(admin: User) -> None:
    User.objects.create_superuser("root")
    with pytest.raises(PersonRefused, match="take the role of admin from yourself"):
        change_role(admin, Role.OPERATOR, by=admin)
    with pytest.raises(PersonRefused, match="shut out yourself"):
        shut_out(admin, by=admin, at=timezone.now())
    assert role_of(again(admin)) is Role.ADMIN


def test_the_last_admin_stays(admin: User, viewer: User) -> None:
    root = User.objects.create_superuser("root", is_active=False)
    with pytest.raises(PersonRefused, match="no other admin would be left"):
        change_role(admin, Role.VIEWER, by=viewer)
    with pytest.raises(PersonRefused, match="no other admin would be left"):
        shut_out(admin, by=viewer, at=timezone.now())
    let_in(root)
    shut_out(admin, by=root, at=timezone.now())
    assert role_of(again(admin)) is None


def test_who_is_shut_out_has_no_session_and_no_link_and_is_let_in_again(
    client: Client, admin: User, viewer: User
) -> None:
    client.force_login(viewer)
    token = link_for(viewer, at=NINE).partition("token=")[2]
    shut_out(viewer, by=admin, at=timezone.now())
    assert client.get("/")["Location"].startswith("/sign-in/")
    let_in(viewer)
    assert redeem(token, NINE) is None
    client.force_login(again(viewer))
    assert client.get("/").status_code == 200


def test_a_forgotten_password_ends_the_sessions(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    forget_password(viewer)
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert not again(viewer).has_usable_password()
