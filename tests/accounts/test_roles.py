"""What people may do."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role, may_administer, may_operate, role_of
from ipviz.domain.providers import ROLES

pytestmark = pytest.mark.django_db


def test_all_roles_are_there_from_the_start() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {"viewer", "operator", "admin"}


def test_operators_and_admins_may_operate_and_viewers_and_strangers_may_not(
    viewer: User, operator: User, admin: User
) -> None:
    asked = (AnonymousUser(), viewer, operator, admin)
    assert [may_operate(each) for each in asked] == [False, False, True, True]
    assert [may_administer(each) for each in asked] == [False, False, False, True]
    assert [role_of(each) for each in asked] == [None, Role.VIEWER, Role.OPERATOR, Role.ADMIN]


def test_a_role_is_given_in_the_place_of_another_and_other_groups_stay(admin: User) -> None:
    admin.groups.add(Group.objects.create(name="choir"))
    give_role(admin, Role.VIEWER)
    assert role_of(admin) is Role.VIEWER
    assert set(admin.groups.values_list("name", flat=True)) == {"choir", "viewer"}


def test_a_superuser_may_and_nobody_who_left() -> None:
    root = User.objects.create_superuser("root")
    assert may_administer(root)
    root.is_active = False
    assert not may_administer(root)
    assert not may_operate(root)


def test_the_domain_knows_the_same_roles() -> None:
    assert tuple(Role) == ROLES
