"""The people of these tests."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from ipviz.accounts.identities import BACKEND
from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from tests.accounts.provider import CLIENT, SECRET, Provider, running

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


@pytest.fixture(scope="session")
def running_provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: Provider, settings: Settings) -> Provider:
    """One that ipviz signs in with, whose groups give each role."""
    running_provider.heal()
    sign_in_with(running_provider, settings)
    return running_provider


def sign_in_with(provider: Provider, settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = provider.issuer, "Dex"
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_ROLES = {"platform-admins": "admin", "platform": "operator", "staff": "viewer"}
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
