"""Subscriptions follow `IPVIZ_ALERT_TO`."""

import pytest

from ipviz.alerts.models import Subscription
from ipviz.alerts.subscriptions import sync
from tests.alerts.stories import ANNA, AT, BERT

pytestmark = pytest.mark.django_db


def test_they_come_and_go_with_the_environment() -> None:
    assert sync([ANNA, BERT], at=AT) == (ANNA, BERT)
    assert sync([BERT], at=AT) == (BERT,)
    assert sync([], at=AT) == ()
    assert not Subscription.objects.exists()


def test_what_somebody_subscribed_stays() -> None:
    Subscription.objects.create(address=ANNA, created_at=AT)
    assert sync([ANNA], at=AT) == (ANNA,)
    assert sync([], at=AT) == (ANNA,)


def test_one_address_is_told_once_however_it_is_spelled() -> None:
    assert sync([ANNA, "Anna@Example.com", f"Anna <{ANNA}>"], at=AT) == (ANNA,)
    assert sync(["ANNA@example.com"], at=AT) == (ANNA,)


@pytest.mark.parametrize(
    "recipient",
    ["", "anna", "@example.com", "anna@", f"anna@example.com\nBcc: {BERT}", f"{'a' * 250}@example.com"],
)
def test_what_cannot_be_an_address_is_left_out(recipient: str) -> None:
    assert sync([recipient, BERT], at=AT) == (BERT,)
