"""Hooks: called like Alertmanager's, signed, and tried again where that may help."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ipviz.alerts.deliver import Report, deliver_due
from ipviz.alerts.emails import Item
from ipviz.alerts.hook_payload import MOST_ALERTS, payload
from ipviz.alerts.hooks import Hook, signing_secret, validate_hook
from ipviz.alerts.models import Delivery, Subscription
from ipviz.alerts.trouble import Trouble
from ipviz.domain.news import Reason
from ipviz.domain.spans import first_key, parse_address
from ipviz.findings.models import Finding, Party
from ipviz.kube.limits import Limits
from tests.alerts.stories import ANNA, AT, HOUR, POLICY, TITLE, opens, resolves, subscribed, suspected, tell
from tests.certificates import needs_openssl, self_signed
from tests.postbox import Postbox

pytestmark = pytest.mark.django_db
PATH = "/alerts/a-secret-path"
KEY = first_key(parse_address("192.0.2.7"))
SHORT = Limits(connect=5, read=0.3, total=10)


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer() as running:
        yield running


@pytest.fixture
def url(server: HTTPServer) -> str:
    url = server.url_for(PATH)
    subscribed(url, rhythm="never")
    return url


def base_of(server: HTTPServer) -> str:
    return server.url_for("").rstrip("/")


def told(url: str, **facts: Any) -> Finding:
    """A collision that opened and was written for the hook."""
    finding = suspected(first_key=KEY, last_key=KEY, **facts)
    tell([opens(finding)], policy=replace(POLICY, recipients=()), at=AT)
    return finding


def call(limits: Limits = SHORT) -> Trouble | None:
    hook = Hook(AT, limits)
    trouble = hook.send(Delivery.objects.latest("pk"))
    hook.close()
    return trouble


def test_an_opening_and_its_end_are_two_calls(server: HTTPServer, url: str, postbox: Postbox) -> None:
    server.expect_request(PATH, method="POST").respond_with_data("ok")
    finding = told(url)
    tell([resolves(finding)], policy=replace(POLICY, recipients=()), at=AT + HOUR)
    # It needs no mail server.
    policy = replace(POLICY, mail_is_configured=False)
    assert deliver_due(AT + HOUR, policy=policy, connect=postbox.connect) == Report(sent=2)
    opened, ended = (json.loads(request.data) for request, _ in server.log)
    assert opened == {
        "version": "4",
        "groupKey": opened["groupKey"],
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "ipviz",
        "groupLabels": {"alertname": "C4", "segment": "default", "address": "192.0.2.7"},
        "commonLabels": opened["alerts"][0]["labels"],
        "commonAnnotations": opened["alerts"][0]["annotations"],
        "externalURL": "https://ipviz.example.org",
        "alerts": [
            {
                "status": "firing",
                "labels": {
                    "alertname": "C4",
                    "class": "collision",
                    "severity": "critical",
                    "segment": "default",
                    "clusters": "blue,green",
                    "address": "192.0.2.7",
                },
                "annotations": {
                    "summary": TITLE,
                    "description": finding.explanation,
                    "remedy": finding.remedy,
                    "reason": "first",
                    "because": "a second look at all sides agreed",
                },
                "startsAt": "2026-03-01T09:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": f"https://ipviz.example.org/findings/{finding.pk}/",
                "fingerprint": opened["alerts"][0]["fingerprint"],
            }
        ],
    }
    assert (ended["status"], ended["groupKey"]) == ("resolved", opened["groupKey"])
    (alert,) = ended["alerts"]
    assert (alert["status"], alert["endsAt"]) == ("resolved", "2026-03-01T10:00:00Z")
    assert alert["fingerprint"] == opened["alerts"][0]["fingerprint"]


def test_a_call_is_signed_as_standard_webhooks_says(server: HTTPServer, url: str) -> None:
    server.expect_request(PATH).respond_with_data("ok")
    told(url)
    assert call() is None
    ((request, _),) = server.log
    sent = request.headers
    assert sent["Content-Type"] == "application/json"
    assert sent["webhook-timestamp"] == str(int(AT.timestamp()))
    key = base64.b64decode(signing_secret(url).removeprefix("whsec_"))
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + request.data
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert sent["webhook-signature"] == f"v1,{expected}"
    assert signing_secret(url) != signing_secret(f"{url}2")


def test_the_next_try_has_the_same_id(server: HTTPServer, url: str, postbox: Postbox) -> None:
    server.expect_ordered_request(PATH).respond_with_data("busy", status=503)
    server.expect_ordered_request(PATH).respond_with_data("ok")
    told(url)
    deliver = {"policy": POLICY, "connect": postbox.connect, "jitter": lambda: 0.0}
    assert deliver_due(AT, **deliver) == Report(retried=1)  # type: ignore[arg-type]
    assert deliver_due(AT + HOUR, **deliver) == Report(sent=1)  # type: ignore[arg-type]
    first, second = (request for request, _ in server.log)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.data == second.data
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"], "of another moment"


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [
        (400, True),
        (401, True),
        (404, True),
        (408, False),
        (410, True),
        (425, False),
        (429, False),
        (500, False),
    ],
)
def test_a_refusal_is_for_good_unless_it_may_pass(
    server: HTTPServer, url: str, status: int, is_permanent: bool
) -> None:
    server.expect_request(PATH).respond_with_data("no\r\nsuch \u202ehook" + "x" * 5000, status=status)
    told(url)
    trouble = call()
    assert trouble is not None
    assert trouble.is_permanent is is_permanent
    assert trouble.words.startswith(f"{base_of(server)} answered {status}: no such hookxxx")
    assert len(trouble.words) <= 256


def test_where_it_is_refused_for_good_the_subscription_is_flagged(
    server: HTTPServer, url: str, postbox: Postbox
) -> None:
    server.expect_ordered_request(PATH).respond_with_data("gone", status=410)
    server.expect_ordered_request(PATH).respond_with_data("ok")
    told(url)
    assert deliver_due(AT, policy=POLICY, connect=postbox.connect) == Report(failed=1)
    flagged = Subscription.objects.get()
    assert (flagged.trouble_at, "answered 410: gone" in flagged.trouble) == (AT, True)
    finding = suspected("192.0.2.8")
    tell([opens(finding)], policy=replace(POLICY, recipients=()), at=AT + HOUR)
    assert deliver_due(AT + HOUR, policy=POLICY, connect=postbox.connect) == Report(sent=1)
    flagged.refresh_from_db()
    assert (flagged.trouble_at, flagged.trouble) == (None, "")


def test_it_is_not_sent_on_to_another_address(server: HTTPServer, url: str) -> None:
    server.expect_request(PATH).respond_with_data("", status=302, headers={"Location": "/elsewhere"})
    told(url)
    trouble = call()
    assert trouble is not None
    assert trouble.is_permanent
    assert "redirects (302)" in trouble.words
    assert [request.path for request, _ in server.log] == [PATH]


def test_one_that_does_not_answer_is_left_in_time(server: HTTPServer, url: str) -> None:
    over = threading.Event()

    def hang(_: Request) -> Response:
        over.wait(30)
        return Response("late")

    server.expect_request(PATH).respond_with_handler(hang)
    told(url)
    trouble = call()
    over.set()
    assert trouble == Trouble(f"{base_of(server)}: no answer in time")


def test_one_that_cannot_be_reached_is_tried_once_a_run(server: HTTPServer, url: str) -> None:
    told(url)
    server.stop()
    hook = Hook(AT, SHORT)
    first = hook.send(Delivery.objects.latest("pk"))
    assert first == Trouble(f"{base_of(server)}: no connection: Connection refused")
    assert hook.send(Delivery.objects.latest("pk")) is first
    hook.close()


@needs_openssl
def test_one_with_a_certificate_that_is_not_trusted_gets_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with HTTPServer(ssl_context=context) as server:
        server.expect_request(PATH).respond_with_data("ok")
        url = server.url_for(PATH)
        subscribed(url, rhythm="never")
        told(url)
        trouble = call()
        assert trouble is not None
        assert not trouble.is_permanent
        assert "its TLS certificate can't be accepted" in trouble.words
        assert server.log == []


def test_the_path_of_a_hook_is_in_no_error_and_no_log(server: HTTPServer, url: str, postbox: Postbox) -> None:
    server.stop()
    with structlog.testing.capture_logs() as logs:
        told(url)
        deliver_due(AT, policy=POLICY, connect=postbox.connect)
        deliver_due(AT + timedelta(days=6), policy=POLICY, connect=postbox.connect)
    delivery = Delivery.objects.get()
    assert delivery.status == "failed"
    assert "secret" not in delivery.error + str(logs) + Subscription.objects.get().trouble
    assert signing_secret(url) not in str(logs) + delivery.text


def items(count: int, **facts: Any) -> list[Item]:
    one = suspected(**facts)
    parties = list(Party.objects.filter(finding=one))
    return [Item(one, parties, Reason.FIRST, "so") for _ in range(count)]


def test_a_hostile_name_is_a_value_and_nothing_else() -> None:
    name = 'web", "severity": "none"}\r\n\u202e</script>'
    (item,) = items(1, title=name)
    item.parties[0].cluster_path = name
    alert = json.loads(payload([item], POLICY, "https://hook.example"))["alerts"][0]
    assert alert["labels"]["severity"] == "critical"
    assert alert["labels"]["clusters"].startswith("green,") or name in alert["labels"]["clusters"]
    assert alert["annotations"]["summary"] == 'web", "severity": "none"} </script>'


def test_of_several_what_they_share_is_told_once_and_of_very_many_the_rest_is_counted() -> None:
    (one,), (other,) = items(1, severity="critical"), items(1, subject="192.0.2.8", severity="high")
    told = json.loads(payload([one, other], POLICY, "https://hook.example"))
    assert "severity" not in told["commonLabels"]
    assert told["commonLabels"]["alertname"] == "C4"
    many = json.loads(payload([one] * (MOST_ALERTS + 7), POLICY, "https://hook.example"))
    assert (len(many["alerts"]), many["truncatedAlerts"]) == (MOST_ALERTS, 7)
    ended = [one, Item(other.finding, (), Reason.RESOLVED, "so")]
    assert json.loads(payload(ended, POLICY, "https://hook.example"))["status"] == "firing"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hook.example/x",
        "https:///x",
        "https://user:password@hook.example/x",
        "https://hook.example/x#part",
        "https://hook.example/ x",
        "https://hook.example/\nx",
        f"https://hook.example/{'x' * 254}",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest",
        "http://0.0.0.0/x",
    ],
)
def test_what_cannot_be_a_hook_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        validate_hook(url)


@pytest.mark.parametrize(
    "url", ["https://hook.example/x?y=z", "http://10.0.0.9:8080/", "https://[2001:db8::9]/"]
)
def test_what_can_be_a_hook_is_taken(url: str) -> None:
    validate_hook(url)
    validate_hook("http://127.0.0.1/", allow_loopback=True)


def test_a_hook_and_a_mailbox_hear_the_same(url: str) -> None:
    finding = suspected()
    made = tell([opens(finding)], policy=replace(POLICY, recipients=(ANNA,)), at=AT)
    assert {each.address for each in made} == {url, ANNA}
    assert {each.status for each in made} == {"pending"}
