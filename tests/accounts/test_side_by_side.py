"""Two at one time: one person is made of one `sub`, and no guess is lost."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ipviz.accounts.identities import admit
from tests.side_by_side import in_a_thread, uncommitted, wait_until_it_waits_or_has_ended

pytestmark = pytest.mark.django_db(transaction=True)
ROLES = {"*": "viewer"}
ISSUER = "https://dex.example.org"


def come(sub: str) -> User:
    return admit(ISSUER, {"sub": sub, "preferred_username": "bert"}, ROLES)


@pytest.mark.parametrize(("second", "names"), [("u1", {"bert"}), ("u2", {"bert", "bert-2"})])
def test_who_comes_first_is_made_once(second: str, names: set[str]) -> None:
    with uncommitted(lambda: come("u1")):
        thread, came = in_a_thread(lambda: come(second))
        wait_until_it_waits_or_has_ended(thread)
    thread.join()
    assert {each.username for each in User.objects.all()} == names
    assert came[0].username in names
    assert (came[0].username == "bert") is (second == "u1")


def test_guesses_at_one_time_are_all_counted() -> None:
    def guess() -> None:
        Client().post(reverse("accounts:sign-in"), {"username": "viewer", "password": "wrong"})

    for thread, _ in [in_a_thread(guess) for _ in range(4)]:
        thread.join()
    assert sum(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == 4
