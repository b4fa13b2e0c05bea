"""Subscriptions follow `IPVIZ_ALERT_TO`."""

import pytest

from ipviz.alerts.models import Subscription
from ipviz.alerts.subscriptions import UNLISTED, change, stop, sync
from tests.alerts.stories import ANNA, AT, BERT, HOUR, subscribed

pytestmark = pytest.mark.django_db


def told(recipients: list[str]) -> tuple[str, ...]:
    return tuple(each.address for each in sync(recipients, at=AT))


def test_they_come_and_go_with_the_environment() -> None:
    assert told([ANNA, BERT]) == (ANNA, BERT)
    assert told([BERT]) == (BERT,)
    assert told([]) == ()
    assert {each.stopped_by for each in Subscription.objects.all()} == {UNLISTED}
    assert told([ANNA, BERT]) == (ANNA, BERT)


def test_a_moment_without_the_environment_forgets_nothing() -> None:
    told([ANNA, BERT])
    stop(Subscription.objects.get(address=ANNA), at=AT)
    Subscription.objects.filter(address=BERT).update(lowest="high", rhythm="weekly")
    told([])
    assert told([ANNA, BERT]) == (BERT,), "who stopped stays stopped"
    bert = Subscription.objects.get(address=BERT)
    assert (bert.lowest, bert.rhythm, bert.digested_at) == ("high", "weekly", AT)


def test_a_readers_word_counts_before_anybody_elses() -> None:
    subscription = stop(subscribed(), at=AT, by="bert")
    assert stop(subscription, at=AT + HOUR).stopped_by == ""
    assert stop(subscription, at=AT + HOUR, by="bert").stopped_by == ""
    assert subscription.stopped_at == AT


def test_a_digest_that_is_switched_on_tells_nothing_of_before() -> None:
    subscription = subscribed(rhythm="never")
    subscription.rhythm = "daily"
    assert change(subscription, at=AT + HOUR).digested_at == AT + HOUR
    subscription.rhythm = "weekly"
    assert change(subscription, at=AT + 2 * HOUR).digested_at == AT + HOUR


def test_what_somebody_subscribed_stays() -> None:
    subscribed(ANNA)
    assert told([ANNA]) == (ANNA,)
    assert told([]) == (ANNA,)


def test_one_address_is_told_once_however_it_is_spelled() -> None:
    assert told([ANNA, "Anna@Example.com", f"Anna <{ANNA}>"]) == (ANNA,)
    assert told(["ANNA@example.com"]) == (ANNA,)


def test_who_is_listed_in_the_environment_need_not_confirm() -> None:
    subscribed(ANNA, confirmed_at=None)
    assert told([]) == ()
    assert told([ANNA]) == (ANNA,)


def test_a_time_zone_that_is_no_longer_known_keeps_nobody_from_being_told() -> None:
    subscribed(ANNA, zone="Middle/Earth")
    assert [str(each.wish.zone) for each in sync([], at=AT)] == ["UTC"]


@pytest.mark.parametrize(
    "recipient",
    ["", "anna", "@example.com", "anna@", f"anna@example.com\nBcc: {BERT}", f"{'a' * 250}@example.com"],
)
def test_what_cannot_be_an_address_is_left_out(recipient: str) -> None:
    assert told([recipient, BERT]) == (BERT,)
