"""The buttons under a finding."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.findings.models import Finding
from tests.web.conftest import Estate, text_of


def url(estate: Estate) -> str:
    return reverse("web:handle", args=[estate.collision.pk])


def test_an_operator_acknowledges_and_the_page_says_so(operator: Client, estate: Estate) -> None:
    answer = operator.post(url(estate), {"do": "acknowledge", "reason": "on <it>"})
    assert (answer.status_code, answer["Location"]) == (302, estate.collision.get_absolute_url())
    told = text_of(operator, estate.collision.get_absolute_url())
    assert '<strong>acknowledged</strong> by <span class="name">' in told
    assert ": on &lt;it&gt;" in told
    assert "Take it back" in told


def test_a_silence_is_for_some_days(operator: Client, estate: Estate) -> None:
    operator.post(url(estate), {"do": "silence", "reason": "a lab", "days": "30"})
    finding = Finding.objects.get(pk=estate.collision.pk)
    assert finding.status == "silenced"
    assert "Silenced until 2026-02-14" in text_of(operator, finding.get_absolute_url())
    operator.post(url(estate), {"do": "reopen"})
    assert Finding.objects.get(pk=finding.pk).status == "open"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"do": "silence", "days": "7"}, "Say why"),
        ({"do": "reopen"}, "only what was acknowledged"),
        ({"do": "delete"}, "Choose what is to be done."),
        ({}, "Choose what is to be done."),
    ],
)
def test_what_makes_no_sense_is_said_above_the_form(
    operator: Client, estate: Estate, sent: dict[str, str], words: str
) -> None:
    answer = operator.post(url(estate), sent)
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_a_viewer_sees_no_buttons_and_may_not(page: Client, estate: Estate) -> None:
    assert "Acknowledge" not in text_of(page, estate.collision.get_absolute_url())
    assert page.post(url(estate), {"do": "acknowledge"}).status_code == 403
    assert page.get(url(estate)).status_code == 405


def test_another_site_cannot_press_them(viewer: User, estate: Estate) -> None:
    give_role(viewer, Role.OPERATOR)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(viewer)
    assert browser.post(url(estate), {"do": "acknowledge"}).status_code == 403


def test_a_resolved_finding_has_none(operator: Client, estate: Estate) -> None:
    Finding.objects.update(status="resolved")
    assert "Handle it" not in text_of(operator, estate.collision.get_absolute_url())


def standing() -> list[int]:
    return list(Finding.objects.filter(status="open").values_list("pk", flat=True))


def test_several_are_acknowledged_at_once(operator: Client, estate: Estate) -> None:
    marked = standing()[:2]
    sent = {"finding": marked, "do": "acknowledge", "reason": "one change"}
    answer = operator.post("/findings/handle/?group=rule", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/findings/?group=rule")
    assert set(Finding.objects.filter(status="acknowledged").values_list("pk", flat=True)) == set(marked)
    assert "Done for 2 findings." in text_of(operator, "/findings/?group=rule")


def test_of_several_those_that_cannot_be_are_named(operator: Client, estate: Estate) -> None:
    one, other = standing()[:2]
    operator.post(reverse("web:handle", args=[one]), {"do": "acknowledge"})
    operator.post("/findings/handle/", {"finding": [one, other, 999, "x"], "do": "acknowledge"})
    told = text_of(operator, "/findings/")
    assert "Done for 1 finding." in told
    assert f"Finding {one}: " in told


@pytest.mark.parametrize("sent", [{}, {"do": "acknowledge"}, {"do": "acknowledge", "finding": "x"}])
def test_who_marks_none_is_told(operator: Client, estate: Estate, sent: dict[str, str]) -> None:
    operator.post("/findings/handle/", sent)
    assert "Mark the findings that you mean." in text_of(operator, "/findings/")


def test_a_viewer_can_mark_none(page: Client, estate: Estate) -> None:
    assert 'name="finding"' not in text_of(page, "/findings/")
    sent = {"finding": standing()[:1], "do": "acknowledge"}
    assert page.post("/findings/handle/", sent).status_code == 403
    assert not Finding.objects.filter(status="acknowledged").exists()


def test_a_finding_shows_the_addresses_around_it(page: Client, estate: Estate) -> None:
    told = text_of(page, estate.collision.get_absolute_url())
    assert told.count('class="swatch') == 32
    assert 'title="192.0.2.236: collision: two users hold it"' in told
    assert 'class="swatch collision is-marked"' in told
