"""The pages on which people say who is told of what, and what is to be silent."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ipviz.alerts.hooks import signing_secret
from ipviz.alerts.models import Delivery, Silence, Subscription
from ipviz.alerts.subscriptions import sync
from tests.alerts.stories import ANNA, BERT, subscribed
from tests.web.conftest import NOW, Estate, text_of

pytestmark = pytest.mark.django_db
LIST = "/subscriptions/"
WISH = {"at_once": "grave", "rhythm": "daily", "lowest": "info", "zone": "UTC"}


def subscribe(operator: Client, status: int = 302, **typed: Any) -> str:
    answer = operator.post(LIST, {**WISH, "address": ANNA, **typed})
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def the_one() -> Subscription:
    return Subscription.objects.get()


def test_with_nobody_subscribed_the_page_says_what_to_do(operator: Client) -> None:
    html = text_of(operator, LIST)
    assert "Nobody is subscribed yet" in html
    assert "Subscribe an address" in html


def test_a_new_address_is_asked_first_and_hears_nothing_before(operator: Client) -> None:
    subscribe(operator, subnets="192.0.2.0/24")
    assert (the_one().is_told, the_one().subnets) == (False, ["192.0.2.0/24"])
    mail = Delivery.objects.get()
    assert (mail.kind, mail.address, mail.subject) == (
        "confirmation",
        ANNA,
        "[ipviz] Shall alerts be sent to this address?",
    )
    assert f"/mail/confirm/unsigned-{the_one().pk}.0/" in mail.text
    html = text_of(operator, the_one().get_absolute_url())
    assert "not confirmed yet" in html
    assert "addresses in 192.0.2.0/24" in html


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"address": f"a@b.example\nBcc:{BERT}"}, "neither"),
        ({"address": "https://localhost.localdomain:0/"}, "port"),
        ({"address": "anna"}, "neither a mail address nor the URL of a hook"),
        ({"address": f"a@b.example\nBcc: {BERT}"}, "neither"),
        ({"segments": "nowhere"}, "There is no segment nowhere"),
        ({"clusters": "nobody"}, "No cluster has the name or path nobody"),
        ({"subnets": "192.0.2"}, "192.0.2"),
        ({"zone": "Middle/Earth"}, "Middle/Earth is no time zone"),
        ({"quiet_from": "22:00"}, "Quiet hours have a beginning and an end"),
        ({"classes": "rumour"}, "rumour"),
    ],
)
def test_what_is_typed_wrong_is_said_beside_its_field(
    operator: Client, estate: Estate, typed: dict[str, str], words: str
) -> None:
    assert words in subscribe(operator, 400, **typed)
    assert not Subscription.objects.exists()


def test_a_hook_needs_no_confirmation_has_no_digest_and_shows_its_secret(operator: Client) -> None:
    hook = "https://hook.example/a-secret-path"
    subscribe(operator, address=hook)
    assert (the_one().is_told, the_one().rhythm) == (True, "never")
    assert operator.post(the_one().get_absolute_url(), {**WISH, "rhythm": "daily"}).status_code == 302
    assert the_one().rhythm == "never"
    html = text_of(operator, the_one().get_absolute_url())
    assert signing_secret(hook) in html
    assert "a-secret-path" not in html + text_of(operator, LIST)
    assert "&quot;alertname&quot;" in html
    do(operator, "test")
    assert Delivery.objects.get().status == "pending"


def test_one_address_is_subscribed_once(operator: Client) -> None:
    subscribed()
    assert "is subscribed already" in subscribe(operator, 400, address=ANNA.upper())


def test_an_operator_changes_what_is_wished(operator: Client, estate: Estate) -> None:
    url = subscribed().get_absolute_url()
    typed = {"at_once": "all", "rhythm": "weekly", "lowest": "high", "zone": "Europe/Berlin"}
    wished = {"quiet_from": "22:00", "quiet_until": "07:00", "classes": ["collision"], "clusters": "beta"}
    assert operator.post(url, {**typed, **wished}).status_code == 302
    html = text_of(operator, url)
    assert "at once: everything" in html
    assert "in a digest, weekly on Mondays at 08:00 Europe/Berlin: the rest" in html
    assert "only what is critical from 22:00 to 07:00 Europe/Berlin" in html
    assert "only class collision, cluster beta, severity high or worse" in html
    assert 'value="beta"' in html


def test_the_page_shows_what_an_alert_would_look_like(operator: Client, estate: Estate) -> None:
    url = subscribed().get_absolute_url()
    assert estate.collision.title in text_of(operator, url).replace("&#x27;", "'")
    Subscription.objects.update(clusters=["none-such"])
    assert "An example: 192.0.2.7 is used by" in text_of(operator, url)


def do(operator: Client, what: str) -> Any:
    return operator.post(reverse("web:handle-subscription", args=[the_one().pk]), {"do": what})


def test_a_test_mail_is_in_the_outbox(operator: Client) -> None:
    subscribed()
    answer = do(operator, "test")
    mail = Delivery.objects.get()
    assert answer["Location"] == mail.get_absolute_url()
    assert (mail.kind, mail.address) == ("test", ANNA)
    assert "This is a test: alerts of ipviz reach this address." in mail.text
    assert "at once: grave collisions" in mail.text
    assert "What it tells" not in text_of(operator, mail.get_absolute_url())


def test_it_is_stopped_started_asked_again_and_removed(operator: Client) -> None:
    subscribed(confirmed_at=None)
    do(operator, "confirm")
    assert Delivery.objects.get().kind == "confirmation"
    do(operator, "stop")
    assert the_one().stopped_at == NOW
    do(operator, "start")
    assert the_one().stopped_at is None
    do(operator, "nonsense")
    assert do(operator, "remove")["Location"] == LIST
    assert not Subscription.objects.exists()
    assert Delivery.objects.exists(), "what was sent stays"


def test_one_of_the_environment_cannot_be_removed_here(operator: Client) -> None:
    sync([ANNA], at=NOW)
    do(operator, "remove")
    assert the_one().address == ANNA
    assert "from IPVIZ_ALERT_TO" in text_of(operator, the_one().get_absolute_url())


def test_one_at_which_nothing_arrives_is_flagged(operator: Client) -> None:
    subscribed(trouble="550 no such <user>", trouble_at=NOW)
    assert "does not arrive" in text_of(operator, LIST)
    assert "550 no such &lt;user&gt;" in text_of(operator, the_one().get_absolute_url())


def test_a_viewer_looks_and_does_not_touch(page: Client, estate: Estate) -> None:
    url = subscribed().get_absolute_url()
    for each in (LIST, url, "/silences/"):
        assert "<form method" not in text_of(page, each).split("<main")[1].replace("sign-out", "")
        assert page.post(each, WISH).status_code == 403
    assert do(page, "remove").status_code == 403
    assert page.get(reverse("web:handle-subscription", args=[the_one().pk])).status_code == 405
    assert page.get("/subscriptions/99/").status_code == 404


SILENCE = {"clusters": "beta", "spans": "192.0.2.0/24", "hours": "8", "reason": "upgrade of <beta>"}


def test_an_operator_silences_all_that_matches_and_ends_it(operator: Client, estate: Estate) -> None:
    assert "Nothing is silent now." in text_of(operator, "/silences/")
    assert operator.post("/silences/", SILENCE).status_code == 302
    html = text_of(operator, "/silences/")
    assert "cluster beta, addresses in 192.0.2.0/24" in html
    assert "upgrade of &lt;beta&gt;" in html
    assert "2026-01-15 17:10 UTC" in html
    made = Silence.objects.get()
    assert operator.post(reverse("web:end-silence", args=[made.pk])).status_code == 302
    assert "ended by <span" in text_of(operator, "/silences/")
    again = operator.post(reverse("web:end-silence", args=[made.pk]))
    assert (again.status_code, "It is over already." in again.content.decode()) == (400, True)


def test_a_silence_can_be_planned(operator: Client, estate: Estate) -> None:
    operator.post("/silences/", {**SILENCE, "starts_at": "2026-01-20T22:00"})
    assert "To come" in text_of(operator, "/silences/")
    assert f"{Silence.objects.get().starts_at:%d %H:%M}" == "20 22:00"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"clusters": "", "spans": ""}, "Say what is to be silent"),
        ({"rules": "C99"}, "There is no rule C99"),
        ({"hours": "5"}, "5"),
        ({"reason": ""}, "required"),
        ({"starts_at": "2020-01-01T00:00"}, "in the future"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    operator: Client, estate: Estate, typed: dict[str, str], words: str
) -> None:
    answer = operator.post("/silences/", {**SILENCE, **typed})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Silence.objects.exists()
