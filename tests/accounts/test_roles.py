"""What people may do."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from ipviz.accounts.roles import may_operate

pytestmark = pytest.mark.django_db


def test_both_roles_are_there_from_the_start() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {"viewer", "operator"}


def test_operators_may_operate_and_viewers_and_strangers_may_not(viewer: User, operator: User) -> None:
    assert may_operate(operator)
    assert not may_operate(viewer)
    assert not may_operate(AnonymousUser())


def test_a_superuser_may_and_nobody_who_left() -> None:
    root = User.objects.create_superuser("root")
    assert may_operate(root)
    root.is_active = False
    assert not may_operate(root)
