"""API tokens: made once, known by their digest, and the command that makes them."""

import io
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.tokens import NameRefused, TokenRefused, authenticate, create_token, revoke
from ipviz.domain.scope import Scope
from ipviz.domain.spans import parse_address
from tests.factories import management_cluster, segment

pytestmark = pytest.mark.django_db


def test_a_token_is_recognised_and_kept_nowhere(at: datetime) -> None:
    secret = create_token("ci", Role.VIEWER, at)
    token = authenticate(secret, at)
    assert token is not None
    assert (token.name, token.may_operate) == ("ci", False)
    assert secret.startswith("ipviz_")
    assert len(secret) > 40
    for value in ApiToken.objects.values_list().get():
        assert secret not in str(value)


def test_its_role_says_what_it_may(at: datetime) -> None:
    token = authenticate(create_token("robot", Role.OPERATOR, at), at)
    assert token is not None
    assert token.may_operate


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(secret=st.text(alphabet=st.characters()))
def test_no_other_text_is_a_token(at: datetime, secret: str) -> None:
    ApiToken.objects.all().delete()
    made = create_token("ci", Role.VIEWER, at)
    for wrong in (secret, made + secret + " ", made[:-1], made.upper(), ""):
        with pytest.raises(TokenRefused, match="not known"):
            authenticate(wrong, at)


def test_it_is_good_until_its_day_and_no_longer(at: datetime) -> None:
    secret = create_token("ci", Role.VIEWER, at, days=30)
    assert authenticate(secret, at + timedelta(days=30, seconds=-1)).name == "ci"
    with pytest.raises(TokenRefused, match="was good until"):
        authenticate(secret, at + timedelta(days=30))


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("192.0.2.200", True),
        ("2001:db8::7", True),
        ("198.51.100.9", True),
        ("192.0.3.1", False),
        (None, False),
    ],
)
def test_it_may_come_from_its_networks_alone(at: datetime, origin: str | None, is_let_in: bool) -> None:
    limits = Limits(networks=("192.0.2.0/24", "2001:db8::/64", "198.51.100.9"))
    secret = create_token("ci", Role.VIEWER, at, limits=limits)
    with nullcontext() if is_let_in else pytest.raises(TokenRefused, match="may not be used from where"):
        authenticate(secret, at, parse_address(origin) if origin else None)
    assert (ApiToken.objects.get().last_used_at is not None) is is_let_in


@pytest.mark.parametrize(
    ("limit", "value", "why"),
    [
        ("--network", "192.0.2.0/33", "is no network"),
        ("--segment", "nowhere", "no segment nowhere: they are default"),
        ("--cluster", "beta", "no cluster beta: say its path"),
        ("--per-minute", "0", "from 1 to 1,000,000"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(at: datetime, limit: str, value: str, why: str) -> None:
    segment()
    with pytest.raises(CommandError, match=why):
        call_command("token", "ci", limit, value)
    assert not ApiToken.objects.exists()


def test_the_command_limits_what_it_is_told_to(at: datetime) -> None:
    management_cluster()
    limits = ("--network", "192.0.2.0/24", "--network", "2001:db8::/64", "--cluster", "gmc")
    call_command("token", "ci", *limits, "--segment", "default", "--per-minute", "60", stdout=io.StringIO())
    token = ApiToken.objects.get()
    assert token.limits_in_words == [
        "from 192.0.2.0/24, 2001:db8::/64",
        "sees segments default",
        "sees clusters gmc",
        "60 requests a minute",
    ]
    assert token.scope == Scope(frozenset({"default"}), frozenset({"gmc"}))


@pytest.mark.parametrize("days", ["0", "-1", "3651"])
def test_a_number_of_days_that_is_none_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match="from 1 to 3650"):
        call_command("token", "ci", "--days", days)
    assert not ApiToken.objects.exists()


def test_its_use_is_noted_once_a_minute(at: datetime, django_assert_num_queries: Any) -> None:
    secret = create_token("ci", Role.VIEWER, at)
    authenticate(secret, at)
    with django_assert_num_queries(1):
        authenticate(secret, at + timedelta(seconds=59))
    assert ApiToken.objects.get().last_used_at == at
    authenticate(secret, at + timedelta(seconds=60))
    assert ApiToken.objects.get().last_used_at == at + timedelta(seconds=60)


def test_a_name_is_given_once(at: datetime) -> None:
    first = create_token("ci", Role.VIEWER, at)
    with pytest.raises(NameRefused, match="A token named 'ci' exists"):
        create_token("ci", Role.OPERATOR, at)
    assert authenticate(first, at) is not None


@pytest.mark.parametrize("name", ["", "x" * 64, "two\nlines"])
def test_a_name_is_a_short_line(at: datetime, name: str) -> None:
    with pytest.raises(NameRefused, match="1 to 63 printable characters"):
        create_token(name, Role.VIEWER, at)


def test_a_revoked_token_is_known_no_more_and_its_name_is_free(at: datetime) -> None:
    secret = create_token("ci", Role.VIEWER, at)
    revoke(ApiToken.objects.get())
    with pytest.raises(TokenRefused, match="not known"):
        authenticate(secret, at)
    assert create_token("ci", Role.VIEWER, at) != secret


def test_no_token_administers() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'admin'"):
        call_command("token", "ci", "--role", "admin")


def test_the_command_prints_the_token_and_nothing_else(at: datetime) -> None:
    out = io.StringIO()
    call_command("token", "ci", role="operator", stdout=out)
    token = authenticate(out.getvalue().removesuffix("\n"), at)
    assert token is not None
    assert token.may_operate


def test_the_command_makes_a_viewer_unless_told(at: datetime) -> None:
    call_command("token", "ci", stdout=io.StringIO())
    assert not ApiToken.objects.get().may_operate


def test_the_command_refuses_a_name_in_use_in_one_line(at: datetime) -> None:
    create_token("ci", Role.VIEWER, at)
    with pytest.raises(CommandError) as refused:
        call_command("token", "ci", stdout=io.StringIO())
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


def test_where_nothing_can_be_written_a_token_still_reads(at: datetime) -> None:
    def full(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    secret = create_token("ci", Role.VIEWER, at)
    with connection.execute_wrapper(full):
        assert authenticate(secret, at).last_used_at is None
