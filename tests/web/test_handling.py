"""The buttons under a finding."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.findings.models import Finding
from tests.web.conftest import Estate, text_of


@pytest.fixture
def operator(page: Client, viewer: User) -> Client:
    give_role(viewer, Role.OPERATOR)
    return page


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
