"""Who guesses passwords is locked out for a while; nobody is from elsewhere."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from ipviz.accounts.links import link_for
from ipviz.accounts.lockout import NAMES
from ipviz.domain.origins import parse_origin
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("accounts:sign-in")
HERE, ELSEWHERE = "192.0.2.7", "198.51.100.9"
LIMIT = 5
COOL_OFF = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 1, 9, 0, tzinfo=UTC), tick=False) as standing:
        yield standing


def guess(name: str, password: str = "wrong", origin: str = HERE, **headers: str) -> HttpResponse:
    browser = Client(REMOTE_ADDR=origin)
    facts = {"username": name, "password": password, "next": "/findings/"}
    return browser.post(SIGN_IN, facts, headers=headers)  # type: ignore[return-value]


def guess_often(name: str, times: int = LIMIT, **options: Any) -> HttpResponse:
    for _ in range(times):
        answer = guess(name, **options)
    return answer


def is_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302


def test_the_fifth_wrong_password_locks_and_says_for_how_long(
    viewer: User, clock: time_machine.Traveller
) -> None:
    assert guess_often("viewer", LIMIT - 1).status_code == 200
    answer = guess("viewer")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert "Try again in 15 minutes." in text
    assert 'name="next" value="/findings/"' in text
    clock.shift(timedelta(minutes=11))
    assert "Try again in 4 minutes." in guess("viewer", PASSWORD).content.decode()


def test_the_right_password_opens_after_the_while_though_somebody_went_on_trying(
    viewer: User, clock: time_machine.Traveller
) -> None:
    guess_often("viewer")
    clock.shift(COOL_OFF - timedelta(seconds=1))
    assert not is_in(guess("viewer", PASSWORD))
    clock.shift(timedelta(seconds=2))
    assert is_in(guess("viewer", PASSWORD))


def test_nobody_is_locked_out_from_elsewhere(viewer: User) -> None:
    guess_often("viewer", 3 * LIMIT, origin=ELSEWHERE)
    assert is_in(guess("viewer", PASSWORD))


def test_a_colleague_at_the_same_address_still_gets_in(viewer: User, operator: User) -> None:
    guess_often("viewer")
    assert is_in(guess("anna", PASSWORD))


def test_who_tries_many_names_is_stopped_too(viewer: User) -> None:
    for number in range(LIMIT * NAMES):
        answer = guess(f"person-{number}")
    assert answer.status_code == 429
    assert guess("viewer", PASSWORD).status_code == 429
    assert is_in(guess("viewer", PASSWORD, origin=ELSEWHERE))


def test_an_account_of_ones_own_buys_no_more_guesses(viewer: User, operator: User) -> None:
    for number in range(LIMIT * NAMES // 4 + 1):
        guess_often(f"person-{number}", 4)
        guess("anna", PASSWORD)
    assert guess("anna", PASSWORD).status_code == 429


def test_a_sign_in_forgets_the_persons_own_mistakes(viewer: User) -> None:
    for _ in range(3):
        guess_often("viewer", LIMIT - 1)
        assert is_in(guess("viewer", PASSWORD))


def test_another_browser_or_a_header_that_is_made_up_is_no_way_round(viewer: User) -> None:
    for number in range(LIMIT):
        guess("viewer", user_agent=f"browser-{number}", x_forwarded_for=f"203.0.113.{number}")
    assert guess("viewer", PASSWORD).status_code == 429


def test_behind_a_trusted_proxy_each_is_counted_alone(viewer: User, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [parse_origin("192.0.2.0/24")]
    for _ in range(LIMIT):
        guess("viewer", x_forwarded_for="203.0.113.5")
    assert guess("viewer", PASSWORD, x_forwarded_for="203.0.113.5").status_code == 429
    assert is_in(guess("viewer", PASSWORD, x_forwarded_for="203.0.113.6"))


def test_an_ipv6_network_is_one_guesser(viewer: User) -> None:
    for number in range(LIMIT):
        guess("viewer", origin=f"2001:db8:0:7::{number + 1}")
    assert guess("viewer", PASSWORD, origin="2001:db8:0:7:ffff::1").status_code == 429
    assert is_in(guess("viewer", PASSWORD, origin="2001:db8:0:8::1"))


def test_a_link_opens_where_a_password_does_not(viewer: User, client: Client) -> None:
    guess_often("viewer")
    link = link_for(viewer, at=datetime.now(UTC)).partition("8000")[2]
    assert is_in(client.get(link, REMOTE_ADDR=HERE))  # type: ignore[arg-type]


@pytest.mark.parametrize("command", [("axes_reset_username", "viewer"), ("axes_reset_ip", HERE)])
def test_who_runs_the_machine_frees_somebody(command: tuple[str, str], viewer: User, capsys: Any) -> None:
    guess_often("viewer")
    call_command(*command)
    assert is_in(guess("viewer", PASSWORD))


def test_nothing_that_was_typed_is_kept_but_the_name(viewer: User) -> None:
    secret = "planted-password-qwertz"
    guess_often("viewer", password=secret)
    (row,) = AccessAttempt.objects.values()
    assert secret not in str(row)
    assert "/findings/" not in str(row)
    assert re.findall(r"(\w+)=(?!\*)", row["post_data"] + row["get_data"]) == []
    assert not AccessLog.objects.exists()


def test_what_is_over_is_cleared_away(viewer: User, clock: time_machine.Traveller) -> None:
    guess("nobody")
    clock.shift(COOL_OFF)
    guess("viewer")
    assert [each.username for each in AccessAttempt.objects.all()] == ["viewer"]


def test_a_lock_is_told_in_the_log_without_a_name_that_nobody_has(
    viewer: User, caplog: pytest.LogCaptureFixture
) -> None:
    guess_often("viewer")
    guess_often("correct horse battery")
    told = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    locks = [(each["name"], each["origin"]) for each in told if each["event"] == "accounts.locked_out"]
    assert locks == [("viewer", HERE), ("(nobody's)", HERE)]
    assert "correct horse" not in caplog.text
    assert "AXES" not in caplog.text
