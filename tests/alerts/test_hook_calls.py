"""Hooks that hang, dribble, repeat what they were sent, or are where no hook may be."""

import base64
import hashlib
import hmac
import logging
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from ipviz.alerts.deliver import RUN_SECONDS, Report, deliver_due
from ipviz.alerts.hook_call import ANSWER_LENGTH, LIMITS, target_of
from ipviz.alerts.hooks import Hook, signing_secret, validate_hook
from ipviz.alerts.models import Delivery
from ipviz.alerts.querysets import LEASE
from ipviz.alerts.trouble import ERROR_LENGTH, Trouble
from ipviz.kube.limits import Limits
from ipviz.version import VERSION
from tests.alerts.receiver import PATH, Receiver, Says
from tests.alerts.stories import AT, HOUR, MINUTE, POLICY, opens, resolves, subscribed, suspected, tell
from tests.certificates import Authority, needs_openssl, self_signed

SOON = Limits(connect=2.0, read=0.2, total=2.0)
URL = "https://hooks.example.org" + PATH
SECRETS = ("wDcXk3pQz81LmN", "f00dcafe1234", "T024")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


def delivery_to(url: str, message_id: str = "<finding-1.1.first.abc@example.org>") -> Delivery:
    return Delivery(address=url, text='{"version": "4"}', message_id=message_id)


def trouble_at(url: str, limits: Limits = SOON, context: ssl.SSLContext | None = None) -> Trouble:
    """What one call there comes to, which is no success."""
    trouble = Hook(AT, limits=limits, context=context).send(delivery_to(url))
    assert trouble is not None
    assert not any(each in trouble.words for each in SECRETS), trouble.words
    return trouble


def secret_key(url: str) -> bytes:
    scheme, _, encoded = signing_secret(url).partition("_")
    assert scheme == "whsec"
    return base64.b64decode(encoded, validate=True)


# What is sent


def test_a_call_is_signed_as_standard_webhooks_say(receiver: Receiver) -> None:
    assert Hook(AT).send(delivery_to(receiver.url)) is None
    (call,) = receiver.calls
    assert (call.path, call.body) == (PATH, b'{"version": "4"}')
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["User-Agent"] == f"ipviz/{VERSION}"
    assert call.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert call.headers["webhook-id"] == "finding-1.1.first.abc@example.org"
    assert call.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    expected = base64.b64encode(hmac.new(secret_key(receiver.url), signed, hashlib.sha256).digest())
    assert call.headers["webhook-signature"] == f"v1,{expected.decode()}"


def test_a_secret_is_long_and_of_one_url_and_one_secret_key() -> None:
    assert len(secret_key(URL)) == 32
    ours = signing_secret(URL)
    assert ours == signing_secret(URL) != signing_secret(URL + "x")
    with override_settings(SECRET_KEY="another"):
        assert signing_secret(URL) != ours


def test_a_later_try_has_the_same_id_and_a_time_of_its_own(receiver: Receiver) -> None:
    receiver.answers = [Says(503)]
    for at in (AT, AT + MINUTE):
        Hook(at).send(delivery_to(receiver.url))
    first, again = receiver.calls
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body
    assert int(again.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]


@pytest.mark.django_db
def test_the_outbox_calls_a_hook_without_a_mail_server_and_tries_again(receiver: Receiver) -> None:
    subscribed(receiver.url)
    policy = replace(POLICY, mail_is_configured=False, recipients=())
    finding = suspected()
    receiver.answers = [Says(503)]
    tell([opens(finding)], policy=policy, at=AT)
    assert deliver_due(AT, policy=policy, jitter=lambda: 0.0) == Report(retried=1)
    assert deliver_due(AT + MINUTE, policy=policy, jitter=lambda: 0.0) == Report(sent=1)
    tell([resolves(finding)], policy=policy, at=AT + HOUR)
    assert deliver_due(AT + HOUR, policy=policy, jitter=lambda: 0.0) == Report(sent=1)
    first, again, ended = (call.headers["webhook-id"] for call in receiver.calls)
    assert first == again != ended


# What an answer means


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_hook_that_took_it_took_it(status: int, receiver: Receiver) -> None:
    receiver.answers = [Says(status)]
    assert Hook(AT).send(delivery_to(receiver.url)) is None


def test_a_hook_that_took_it_need_not_say_so_to_the_end(receiver: Receiver) -> None:
    receiver.answers = [Says(200, b"ok", stalls=True)]
    assert Hook(AT, limits=SOON).send(delivery_to(receiver.url)) is None


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int, receiver: Receiver) -> None:
    receiver.answers = [Says(status, b"slowly", {"Retry-After": "86400"})]
    assert trouble_at(receiver.url) == Trouble(f"{receiver.where} answered {status}: slowly")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_a_refusal_is_for_good(status: int, receiver: Receiver) -> None:
    receiver.answers = [Says(status, b"no_service")]
    assert trouble_at(receiver.url) == Trouble(
        f"{receiver.where} answered {status}: no_service", is_permanent=True
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int, receiver: Receiver) -> None:
    receiver.answers = [Says(status, headers={"Location": f"{receiver.where}/elsewhere?key=wDcXk3pQz81LmN"})]
    trouble = trouble_at(receiver.url)
    assert trouble == Trouble(
        f"{receiver.where} redirects ({status}): give the address that it redirects to", is_permanent=True
    )
    assert [call.path for call in receiver.calls] == [PATH]


def test_an_answers_words_are_one_short_line(receiver: Receiver) -> None:
    receiver.answers = [Says(400, b"\x1b[31mno\r\nBcc: eve\xff https://evil.example " + b"w" * 100_000)]
    words = trouble_at(receiver.url).words
    assert words.startswith(f"{receiver.where} answered 400: [31mno Bcc: eve")
    assert words.isprintable()
    assert len(words) == ERROR_LENGTH
    assert "https://evil" not in words


def test_of_a_long_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.answers = [Says(400, b"so" + b" " * ANSWER_LENGTH + b"on")]
    assert trouble_at(receiver.url).words == f"{receiver.where} answered 400: so"


def test_a_refusal_that_does_not_end_is_one(receiver: Receiver) -> None:
    receiver.answers = [Says(404, b"gone", stalls=True)]
    assert trouble_at(receiver.url) == Trouble(f"{receiver.where} answered 404: gone", is_permanent=True)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"Cannot POST {PATH}", id="the path"),
        pytest.param("no hook wDcXk3pQz81LmN", id="a part of it"),
        pytest.param("bad token f00dcafe1234", id="of the query"),
        pytest.param("Cannot POST %2Fservices%2FT024%2FwDcXk3pQz81LmN", id="escaped"),
        pytest.param("Cannot POST &#x2F;services&#x2F;T024&#x2F;wDcXk3pQz81LmN", id="as HTML"),
    ],
)
def test_an_answer_that_repeats_the_url_is_not_shown(said: str, receiver: Receiver) -> None:
    receiver.answers = [Says(404, said.encode())]
    words = trouble_at(receiver.url).words
    assert words == (f"{receiver.where} answered 404: (its words held our credentials, so they are left out)")


# No answer


def test_a_hook_that_hangs_is_cut_and_not_called_again_in_that_run(receiver: Receiver) -> None:
    receiver.answers = [Says(hangs=True)]
    hook = Hook(AT, limits=SOON)
    expected = Trouble(f"{receiver.where}: no answer in time")
    assert [hook.send(delivery_to(receiver.url)) for _ in range(2)] == [expected, expected]
    assert len(receiver.calls) == 1
    assert Hook(AT + MINUTE, limits=SOON).send(delivery_to(receiver.url)) is None


def test_a_hook_that_dribbles_is_cut(receiver: Receiver) -> None:
    receiver.answers = [Says(dribbles=True)]
    trouble = trouble_at(receiver.url, Limits(connect=2.0, read=5.0, total=0.4))
    assert not trouble.is_permanent
    assert trouble.words.startswith(f"reading {receiver.where} took longer")


def test_a_host_that_is_down_is_called_once_a_run(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.stop()
    knocks = []
    connect = socket.socket.connect

    def counted(self: socket.socket, where: object) -> None:
        knocks.append(where)
        connect(self, where)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", counted)
    hook = Hook(AT)
    expected = Trouble(f"{receiver.where}: no connection: Connection refused")
    assert [hook.send(delivery_to(receiver.url + str(n))) for n in range(3)] == [expected] * 3
    assert len(knocks) == 1


def test_another_host_is_called_though_one_is_down(receiver: Receiver) -> None:
    with Receiver() as other:
        other.stop()
        hook = Hook(AT)
        assert hook.send(delivery_to(other.url)) is not None
        assert hook.send(delivery_to(receiver.url)) is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6 wDcXk3pQz81LmN\r\n\r\n", "its answer is not HTTP"),
        (b"\r\n", "its answer is not HTTP"),
        (b"HTTP/1.1 ", "its answer is not HTTP"),
    ],
)
def test_what_is_not_http_may_be_later(raw: bytes, words: str, receiver: Receiver) -> None:
    receiver.answers = [Says(raw=raw)]
    assert trouble_at(receiver.url) == Trouble(f"{receiver.where}: {words}")


def test_a_host_name_that_is_none_may_be_one_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert trouble_at(URL) == Trouble("https://hooks.example.org: no such host name")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("169.254.169.254", "is link-local"),
        ("fd00:ec2::254", "is a metadata address"),
        ("127.0.0.1", "is this machine itself"),
        ("::ffff:127.0.0.1", "is this machine itself"),
    ],
)
def test_a_name_does_not_lead_where_no_hook_is(
    address: str, why: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, receiver.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    trouble = trouble_at(f"http://hooks.example.org:{receiver.port}{PATH}")
    assert why in trouble.words
    assert receiver.connections == 0


# TLS


@needs_openssl
def test_only_a_trusted_certificate_for_that_host_is_accepted(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    ours = ssl.create_default_context(cafile=str(authority.cert))
    with Receiver(authority.sign("server")) as right:
        assert Hook(AT, context=ours).send(delivery_to(right.url)) is None
        assert len(right.calls) == 1
        unknown = trouble_at(right.url)
        assert unknown.words.startswith(f"{right.where}: its TLS certificate can't be accepted: ")
        assert not unknown.is_permanent
        assert len(right.calls) == 1
    with Receiver(authority.sign("other", valid_for="DNS:other.example.org")) as other:
        assert "certificate is not valid for '127.0.0.1'" in trouble_at(other.url, context=ours).words
        assert other.calls == []
    with Receiver(self_signed(tmp_path)) as own:
        assert "self-signed" in trouble_at(own.url, context=ours).words.replace("self signed", "self-signed")
        assert own.calls == []


def test_what_does_not_speak_tls_may_do_so_later(receiver: Receiver) -> None:
    url = receiver.url.replace("http:", "https:")
    trouble = trouble_at(url)
    assert trouble.words.startswith(f"https://127.0.0.1:{receiver.port}: it does not speak TLS as expected")
    assert not trouble.is_permanent


# What nobody is told


@pytest.mark.parametrize(
    "says",
    [
        Says(),
        Says(404, f"Cannot POST {PATH}".encode()),
        Says(302, headers={"Location": PATH}),
        Says(raw=b"HTTP/1.1 200 OK\r\n: no name\r\nfolded\r\n\r\n"),
        Says(raw=b"HTTP/1.1 nonsense\r\n\r\n"),
    ],
    ids=["taken", "refused", "redirected", "bad headers", "not HTTP"],
)
def test_nothing_of_the_url_or_the_secret_is_logged(
    says: Says, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [says]
    with caplog.at_level(logging.DEBUG):
        Hook(AT, limits=SOON).send(delivery_to(receiver.url))
    assert len(receiver.calls) == 1
    for each in (*SECRETS, signing_secret(receiver.url)):
        assert each not in caplog.text


def test_no_secret_is_in_what_a_tried_call_says_of_itself(receiver: Receiver) -> None:
    receiver.stop()
    hook = Hook(AT)
    trouble = hook.send(delivery_to(receiver.url))
    said = f"{hook!r} {vars(hook)} {trouble} {target_of(receiver.url)}"
    assert not any(each in said for each in SECRETS)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example.org:99999" + PATH, "https://[::1" + PATH, "ftp://x" + PATH, URL + "\r\nX: 1"],
)
def test_a_url_that_is_none_fails_for_good(url: str) -> None:
    trouble = trouble_at(url)
    assert trouble.is_permanent


def test_an_id_that_no_header_can_carry_fails_for_good(receiver: Receiver) -> None:
    trouble = Hook(AT).send(delivery_to(receiver.url, "<x\r\nX-Injected: 1>"))
    assert trouble is not None
    assert trouble.is_permanent
    assert receiver.connections == 0


# Which URLs are a hook's


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://alertmanager-bridge.monitoring.svc:9095/alerts",
        "https://10.1.2.3/x",
        "https://[2001:db8::1]:8443/x",
        "https://hooks.example.org",
        "https://hooks.example.org?token=1",
        "https://h/" + "x" * (254 - len("https://h/")),
    ],
)
def test_a_hook_is_anywhere_on_the_network(url: str) -> None:
    validate_hook(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://h/" + "x" * 245, "at most 254 characters"),
        ("ftp://hooks.example.org/wDcXk3pQz81LmN", "begins with https:// or http://"),
        ("https:///wDcXk3pQz81LmN", "begins with https:// or http://"),
        ("https://anna:wDcXk3pQz81LmN@hooks.example.org/", "neither a user nor a fragment"),
        ("https://@hooks.example.org/", "neither a user nor a fragment"),
        ("https://hooks.example.org/#wDcXk3pQz81LmN", "neither a user nor a fragment"),
        ("https://hooks.example.org/#", "neither a user nor a fragment"),
        ("https://hooks.example.org/wDcXk3pQz81LmN\n", "printable"),
        ("https://hooks.example.org/a wDcXk3pQz81LmN", "printable"),
        ("https://hooks.example.org\\@evil.example/", "printable"),
        ("https://ёжик.example.org/", "printable"),
        ("https://hooks.example.org:wDcXk3pQz81LmN/", "its port"),
        ("https://hooks.example.org:65536/", "its port"),
        ("https://hooks.example.org:0/", "1 to 65535"),
        ("https://[::1/wDcXk3pQz81LmN", "its host"),
        ("https://a*b/", "neither a name nor an address"),
        ("https://[fe80::1%25eth0]/", "neither a name nor an address"),
    ],
)
def test_what_is_no_url_of_a_hook_is_refused_without_repeating_it(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        validate_hook(url)
    assert "wDcXk3pQz81LmN" not in str(caught.value)


LOOPBACK = ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0x7f.0.0.1"]
LOCAL_NAMES = ["localhost", "LOCALHOST.", "a.localhost", "localhost.localdomain"]


@pytest.mark.parametrize("host", LOOPBACK + LOCAL_NAMES)
def test_this_machine_is_a_hook_only_where_the_operator_allows_it(host: str) -> None:
    with pytest.raises(ValueError, match="is this machine itself"):
        validate_hook(f"http://{host}:8080/x")
    validate_hook(f"http://{host}:8080/x", allow_loopback=True)


METADATA = ["169.254.169.254", "[fe80::1]", "2852039166", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"]
NO_HOSTS = ["0.0.0.0", "[::]", "224.0.0.1", "metadata.google.internal", "100.100.100.200"]


@pytest.mark.parametrize("allow_loopback", [False, True])
@pytest.mark.parametrize("host", METADATA + NO_HOSTS)
def test_where_clouds_hand_out_credentials_there_is_no_hook(host: str, allow_loopback: bool) -> None:
    with pytest.raises(ValueError, match=r"credentials|no single host"):
        validate_hook(f"http://{host}/latest/meta-data", allow_loopback=allow_loopback)


def test_a_call_takes_no_longer_than_a_lease_leaves_it() -> None:
    assert timedelta(seconds=RUN_SECONDS + LIMITS.total) < LEASE
