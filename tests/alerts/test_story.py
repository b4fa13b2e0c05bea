"""What Anna is mailed of an address that clusters fight over, from the first look to the last."""

from datetime import time

import pytest

from ipviz.alerts.models import Alert, Delivery, Subscription
from ipviz.alerts.subscriptions import stop
from tests.alerts.stories import ANNA
from tests.alerts.timeline import Timeline
from tests.postbox import Postbox

pytestmark = pytest.mark.django_db
SEVEN = "192.0.2.7"
TWO = f"{SEVEN} is used by blue/shop/of-blue and by green/shop/of-green"
THREE = f"{SEVEN} is used by blue/shop/of-blue, by green/shop/of-green and by violet/shop/of-violet"


@pytest.fixture
def story(postbox: Postbox) -> Timeline:
    return Timeline(postbox)


@pytest.fixture
def told(story: Timeline) -> Timeline:
    """Anna knows of it since nine."""
    story.at("09:00").sees(blue=SEVEN, green=SEVEN).stays_quiet()
    story.at("09:01").looks().mails(TWO)
    return story


def test_a_life_from_the_first_look_to_its_return(story: Timeline) -> None:
    story.at("09:00").sees(blue=SEVEN, green=SEVEN).stays_quiet()
    story.at("09:01").looks().mails(TWO)
    story.at("09:02").looks().stays_quiet()
    story.at("10:00").sees(violet=SEVEN).mails(f"Worse: {THREE}")
    story.at("13:59").looks().stays_quiet()
    story.at("14:01").looks().mails(f"Still so: {THREE}")
    story.at("14:03").acknowledged(days=3).looks().stays_quiet()
    story.at("14:03", day=1).looks().stays_quiet()
    story.at("15:00", day=1).sees(green=None, violet=None).mails(f"Resolved: {THREE}")
    story.at("16:00", day=1).sees(green=SEVEN).stays_quiet()
    story.at("16:01", day=1).looks().mails(f"Back again: {TWO}")
    story.at("17:00", day=1).sees(green=None).mails(f"Resolved: {TWO}")
    story.at("18:00", day=3).sees(green=SEVEN).stays_quiet()
    story.at("18:01", day=3).looks().mails(TWO)


def test_all_of_it_is_one_thread_under_one_subject_until_it_comes_back_days_later(told: Timeline) -> None:
    told.at("10:00").sees(green=None)
    told.at("11:00").sees(green=SEVEN)
    told.at("11:01").looks()
    told.at("12:00").sees(green=None)
    told.at("12:00", day=2).sees(green=SEVEN)
    told.at("12:01", day=2).looks()
    first, *followed, later = told.postbox.mails()
    assert first["Subject"] == f"[ipviz] CRITICAL {TWO}"
    assert {mail["Subject"] for mail in followed} == {f"Re: {first['Subject']}"}
    assert {mail["In-Reply-To"] for mail in followed} == {first["Message-ID"]}
    assert (later["Subject"], later["In-Reply-To"]) == (first["Subject"], None)


def test_what_a_second_look_does_not_see_is_never_told(story: Timeline) -> None:
    story.at("09:00").sees(blue=SEVEN, green=SEVEN).stays_quiet()
    story.at("09:01").sees(green=None).stays_quiet()
    story.at("14:00").looks().stays_quiet()


def test_a_cluster_that_goes_blind_ends_nothing(told: Timeline) -> None:
    told.at("09:30").cannot_read("green").stays_quiet()
    told.at("10:29").looks().stays_quiet()
    told.at("10:31").looks().mails("green (workload of gmc) cannot be read")
    told.at("10:40").sees(green=None).mails(
        "2 findings: 2 resolved",
    )


def test_what_comes_and_goes_is_told_once_and_then_what_became_of_it(told: Timeline) -> None:
    told.at("09:07").sees(green=None).mails(f"Resolved: {TWO}")
    told.at("09:12").sees(green=SEVEN).stays_quiet()
    told.at("09:13").looks().mails(f"Back again: {TWO}")
    told.at("09:19").sees(green=None).mails(f"Comes and goes: {TWO}")
    for minute in range(22, 52, 6):
        told.at(f"09:{minute}").sees(green=SEVEN).at(f"09:{minute + 1}").looks().stays_quiet()
        told.at(f"09:{minute + 3}").sees(green=None).stays_quiet()
    told.at("10:18").looks().stays_quiet()
    told.at("10:20").looks().mails(f"Resolved: {TWO}")
    told.at("14:00").looks().stays_quiet()


def test_what_flapped_and_stays_is_told_as_it_stays(told: Timeline) -> None:
    told.at("09:07").sees(green=None).at("09:12").sees(green=SEVEN).at("09:13").looks()
    told.at("09:19").sees(green=None).at("09:22").sees(green=SEVEN).at("09:23").looks()
    told.mails(f"Resolved: {TWO}", f"Back again: {TWO}", f"Comes and goes: {TWO}")
    told.at("09:52").looks().stays_quiet()
    told.at("09:54").looks().mails(f"Still so: {TWO}")
    told.at("10:30").sees(green=None).mails(f"Resolved: {TWO}")


def test_what_comes_and_goes_all_night_is_no_mail_each_time(story: Timeline) -> None:
    """Every twenty-two minutes, which is too slow to be four times in half an hour."""
    for half_past in range(50):
        hour, minute = divmod(22 * half_past, 60)
        story.at(f"{hour}:{minute:02}").sees(blue=SEVEN, green=SEVEN).at(f"{hour}:{minute + 1:02}").looks()
        hour, minute = divmod(22 * half_past + 11, 60)
        story.at(f"{hour}:{minute:02}").sees(green=None)
    first_lines = [f"{TWO}", *[f"Resolved: {TWO}", f"Back again: {TWO}"] * 3]
    story.mails(*first_lines, f"Comes and goes: {TWO}")
    story.at("20:00").looks().stays_quiet().at("20:20").looks().mails(f"Resolved: {TWO}")


def test_what_ends_waits_until_five_minutes_after_the_last_mail(told: Timeline) -> None:
    told.at("09:03").sees(green=None).stays_quiet().at("09:06").looks().mails(f"Resolved: {TWO}")


def test_an_acknowledgement_that_nobody_kept_speaks_again(told: Timeline) -> None:
    told.at("09:10").acknowledged(days=3).at("09:11").looks().stays_quiet()
    told.at("09:00", day=3).looks().stays_quiet()
    told.at("09:11", day=3).looks().mails(f"Still so: {TWO}")


def test_who_acknowledged_two_hears_of_a_third(told: Timeline) -> None:
    told.at("09:10").acknowledged().at("09:20").sees(violet=SEVEN).mails(f"Worse: {THREE}")


def test_maintenance_is_silent_until_its_end(story: Timeline) -> None:
    story.at("08:50").silenced(hours=2)
    story.at("09:00").sees(blue=SEVEN, green=SEVEN).at("09:01").looks().stays_quiet()
    assert (story.finding.status, story.finding.opened_at is not None) == ("silenced", True)
    story.at("10:49").looks().stays_quiet()
    story.at("10:51").looks().mails(TWO)


def test_what_ended_during_maintenance_is_never_told(story: Timeline) -> None:
    story.at("08:50").silenced(hours=2)
    story.at("09:00").sees(blue=SEVEN, green=SEVEN).at("09:01").looks()
    story.at("10:00").sees(green=None).at("11:00").looks().stays_quiet()


def test_what_was_told_before_is_silent_too_and_speaks_again_when_somebody_ends_it(told: Timeline) -> None:
    told.at("10:00").silenced(hours=24).at("10:01").looks().stays_quiet()
    assert "upgrade" in [each.reason for each in told.finding.transitions.all()][-1]
    told.at("15:00").looks().stays_quiet()
    told.at("16:00").silence_ended().at("16:01").looks().mails(f"Still so: {TWO}")
    told.at("17:00").sees(green=None).mails(f"Resolved: {TWO}")


def test_a_silence_for_another_cluster_silences_nothing(story: Timeline) -> None:
    story.at("08:50").silenced(hours=2, cluster="violet")
    story.at("09:00").sees(blue=SEVEN, green=SEVEN).at("09:01").looks().mails(TWO)


def test_forty_at_once_are_one_mail_with_a_table(story: Timeline) -> None:
    forty = [f"192.0.2.{n}" for n in range(10, 50)]
    story.at("09:00").serve(blue=forty, green=forty).stays_quiet()
    story.at("09:01").looks().mails("40 findings: 40 new")
    assert "And 20 more, on the page of findings." in Delivery.objects.get().text


def wishes(**facts: object) -> None:
    Subscription.objects.filter(address=ANNA).update(**facts)


def test_at_night_only_what_is_critical_comes_and_the_rest_in_the_morning(story: Timeline) -> None:
    story.at("21:00").looks()
    wishes(quiet_from=time(22), quiet_until=time(7), at_once="all", rhythm="never")
    story.at("23:00").sees(blue=SEVEN, green=SEVEN).at("23:01").looks().mails(TWO)
    story.at("23:10").hazard().at("23:11").looks().stays_quiet()
    story.at("06:59", day=1).looks()
    story.mails(f"Still so: {TWO}")
    waiting = Alert.objects.filter(delivery=None).select_related("finding")
    (title,) = {each.finding.title for each in waiting if each.severity != "critical"}
    story.at("07:05", day=1).looks().mails(title)


def test_who_stopped_gets_no_more_and_no_end_either(told: Timeline) -> None:
    stop(Subscription.objects.get(address=ANNA), at=told.now)
    told.at("10:00").sees(green=None).stays_quiet()
    told.at("11:00").sees(green=SEVEN).at("11:01").looks().stays_quiet()


def test_the_rest_comes_in_a_digest_in_the_morning_and_what_was_told_does_not(told: Timeline) -> None:
    told.at("10:00").hazard().at("10:01").looks().stays_quiet()
    told.at("07:59", day=1).looks()
    told.mails(f"Still so: {TWO}")
    told.at("08:01", day=1).looks().mails("Daily digest: 1 new, 1 still so (1 critical)")
    told.at("08:02", day=1).looks().stays_quiet()
    text = Delivery.objects.get(kind="digest").text
    assert text.index("New (1)") < text.index("Still so (1)") < text.index(TWO)
    told.at("20:00", day=1).hazard(None)
    told.at("08:01", day=2).looks()
    told.mails(f"Still so: {TWO}", "Daily digest: 1 ended, 1 still so (1 critical)")
    told.at("08:01", day=3).looks()
    told.mails(f"Still so: {TWO}")


def test_a_week_without_news_is_told_too(story: Timeline) -> None:
    story.at("09:00").looks()
    wishes(rhythm="weekly")
    story.at("09:00", day=6).looks().stays_quiet()
    story.at("08:01", day=7).looks().mails("Weekly digest: nothing is wrong")
