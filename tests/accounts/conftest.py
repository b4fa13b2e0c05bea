"""The people of these tests."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role

PASSWORD = "a long walk by the sea"


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def viewer(db: None) -> User:
    user = User.objects.create_user("viewer", password=PASSWORD)
    give_role(user, Role.VIEWER)
    return user


@pytest.fixture
def operator(db: None) -> User:
    user = User.objects.create_user("anna", password=PASSWORD)
    give_role(user, Role.OPERATOR)
    return user


@pytest.fixture
def admin(db: None) -> User:
    user = User.objects.create_user("ada", password=PASSWORD)
    give_role(user, Role.ADMIN)
    return user
