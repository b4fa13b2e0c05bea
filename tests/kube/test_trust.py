"""Whom we trust and whom we tell our credentials: with real certificates, made as clusters make them."""

import base64
import contextlib
import html
import json
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ipviz.domain.seen import Fault
from ipviz.kube.connection import Connection
from ipviz.kube.errors import BadKubeconfig, KubeError
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import kinds_named
from ipviz.kube.kubeconfig import from_file, from_secret
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source
from ipviz.kube.trust import STRICT
from tests.apiserver import ADMIN, FakeApiServer
from tests.certificates import LONG_AGO, ONE_DAY, Authority, needs_openssl, self_signed
from tests.kube.reading import ALL, HERE, SOON, observe, observe_at, reason


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """As every cluster's of Cluster API."""
    return Authority(tmp_path, "ca", "kubernetes")


def fault_at(certificate: Path, authority: Authority) -> KubeError:
    """What is raised where a server shows this certificate, and that one is expected."""
    with FakeApiServer("blue", certificate=certificate) as blue:
        connection = Connection(blue.url, "x", ca_data=authority.cert.read_bytes(), token=ADMIN)
        (space,) = kinds_named("Namespace")
        with LiveSource(connection, SOON) as source, pytest.raises(KubeError) as caught:
            list(source.listing([space])["Namespace"]([("", "kube-system")]))
        assert blue.requests == []
        assert str(caught.value).startswith(f"{blue.url}: ")
        return caught.value


@needs_openssl
def test_a_certificate_of_the_right_authority_is_trusted(authority: Authority) -> None:
    with FakeApiServer("blue", certificate=authority.sign("server")) as blue:
        connection = Connection(blue.url, "x", ca_data=authority.cert.read_bytes(), token=ADMIN)
        assert observe_at(connection).error == ""


@needs_openssl
@pytest.mark.parametrize("key_ids", [True, False], ids=["that names the key", "that names no key"])
@pytest.mark.parametrize("name", ["kubernetes", "another"])
def test_another_authoritys_certificate_is_told_though_all_have_one_name(
    name: str, key_ids: bool, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other", name)
    fault = fault_at(other.sign("server", key_ids=key_ids), authority)
    assert fault.fault is Fault.UNTRUSTED
    assert "not signed by the authority that its kubeconfig names, so perhaps another host answers" in str(
        fault
    )


@needs_openssl
def test_a_self_signed_certificate_is_another_authoritys(authority: Authority, tmp_path: Path) -> None:
    assert fault_at(self_signed(tmp_path), authority).fault is Fault.UNTRUSTED


@needs_openssl
@pytest.mark.parametrize(("times", "said"), [(LONG_AGO, "has expired"), (ONE_DAY, "is not valid yet")])
def test_a_certificate_out_of_its_time_says_by_whose_clock(
    times: tuple[str, str], said: str, authority: Authority
) -> None:
    fault = fault_at(authority.sign("server", times=times), authority)
    assert fault.fault is Fault.EXPIRED
    assert f"its TLS certificate, or its authority's, {said} by this machine's clock" in str(fault)


@needs_openssl
@pytest.mark.parametrize("valid_for", ["IP:192.0.2.7", "DNS:api.example.test"])
def test_a_certificate_for_another_host_is_no_other_clusters(valid_for: str, authority: Authority) -> None:
    fault = fault_at(authority.sign("server", valid_for=valid_for), authority)
    assert fault.fault is Fault.OTHER
    assert "is signed by the right authority, but not for this host: IP address mismatch" in str(fault)


@needs_openssl
def test_an_authority_that_another_has_signed_is_enough(authority: Authority, tmp_path: Path) -> None:
    """As kubectl has it: the certificate of an intermediate authority, without its own authority's."""
    below = Authority(tmp_path, "below", "kubernetes-ca", signed_by=authority)
    with FakeApiServer("blue", certificate=below.sign("server")) as blue:
        assert observe_at(Connection(blue.url, "x", ca_data=below.cert.read_bytes(), token=ADMIN)).error == ""


@needs_openssl
def test_a_client_certificate_is_shown_and_another_is_refused(authority: Authority, tmp_path: Path) -> None:
    ours, theirs = authority.sign("reader"), Authority(tmp_path, "other", "kubernetes").sign("stranger")
    ca = authority.cert.read_bytes()
    with FakeApiServer("blue", certificate=authority.sign("server"), clients=authority.cert) as blue:
        for pem, said in ((ours, ""), (theirs, "does not accept our client certificate")):
            cert = key = pem.read_bytes()
            found = observe_at(
                Connection(blue.url, "x", ca_data=ca, client_cert=cert, client_key=key, token=ADMIN)
            )
            assert said in found.error
            assert bool(said) == bool(found.error)


def test_proxies_of_the_environment_are_not_used(
    server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert observe(server).error == ""


@needs_openssl
def test_the_expected_certificate_is_trusted_and_no_other(tmp_path: Path) -> None:
    ours, theirs = self_signed(tmp_path, "ours"), self_signed(tmp_path, "theirs")
    with FakeApiServer("blue", certificate=ours) as blue:
        path = blue.write_kubeconfig(tmp_path / "config")
        with open_source(kubeconfig=path) as source:
            assert parse(source.listing(ALL)).error == ""
        config = path.read_text()
        with FakeApiServer("red", certificate=theirs) as red:
            path.write_text(config.replace(blue.url, red.url))
            with open_source(kubeconfig=path) as source:
                found = parse(source.listing(ALL))
            assert found.error.startswith(f"{red.url}: its TLS certificate is not signed by the authority ")
            assert red.requests == []


@needs_openssl
def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    other = self_signed(tmp_path, "other", valid_for="IP:192.0.2.7")
    with FakeApiServer("blue", certificate=other) as blue:
        connection = from_file(blue.write_kubeconfig(tmp_path / "config"))
        with LiveSource(connection, SOON) as source:
            assert "IP address mismatch" in parse(source.listing(ALL)).error
        named = Connection(
            blue.url, "x", ca_data=connection.ca_data, token=ADMIN, tls_server_name="192.0.2.7"
        )
        with LiveSource(named, SOON) as source:
            assert parse(source.listing(ALL)).error == ""


@needs_openssl
def test_an_operator_who_does_not_verify_is_served(tmp_path: Path) -> None:
    with (
        FakeApiServer("blue", certificate=self_signed(tmp_path)) as blue,
        LiveSource(Connection(blue.url, "x", token=ADMIN, insecure=True), SOON) as source,
    ):
        assert parse(source.listing(ALL)).error == ""


def test_a_server_without_tls_is_said(server: FakeApiServer) -> None:
    with LiveSource(Connection(server.url.replace("http:", "https:"), "x"), SOON) as source:
        assert "it does not speak TLS as expected" in parse(source.listing(ALL)).error


@needs_openssl
def test_key_material_is_on_no_disk_once_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    pem = self_signed(tmp_path).read_bytes()
    connection = Connection("https://192.0.2.7", "x", ca_data=pem, client_cert=pem, client_key=pem)
    with LiveSource(connection):
        assert list((tmp_path / "temporary").iterdir()) == []


@needs_openssl
def test_key_material_that_is_none_is_said_before_any_request(tmp_path: Path) -> None:
    pem = self_signed(tmp_path).read_bytes()
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for material, said in (
        ({"ca_data": broken}, "certificate-authority holds no certificate"),
        (
            {"client_cert": broken, "client_key": pem},
            "client-certificate and client-key are not a certificate",
        ),
    ):
        with pytest.raises(BadKubeconfig, match=said):
            LiveSource(Connection("https://192.0.2.7", "x", **material))  # type: ignore[arg-type]


def test_a_redirect_is_not_followed(server: FakeApiServer) -> None:
    with FakeApiServer("red") as red:
        server.fail("Service", status=307, headers={"Location": f"{red.url}/api/v1/services"})
        assert "answered 307 for services" in reason(observe(server), "Service")
        assert red.requests == []


# Where a Secret's kubeconfig leads


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name mean these addresses."""

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (each, port))
            for family, each in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def named(server: str) -> bytes:
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "c", "user": {"token": ADMIN}}],
        }
    ).encode()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("169.254.169.254", "is link-local, where clouds hand out credentials"),
        ("::ffff:169.254.169.254", "is link-local, where clouds hand out credentials"),
        ("64:ff9b::a9fe:a9fe", "is link-local, where clouds hand out credentials"),
        ("fe80::1", "is link-local, where clouds hand out credentials"),
        ("fd00:ec2::254", "is a metadata address, at which clouds hand out credentials"),
        ("127.0.0.1", "is this machine itself, which only IPVIZ_ALLOW_LOOPBACK allows"),
        ("::1", "is this machine itself, which only IPVIZ_ALLOW_LOOPBACK allows"),
        ("0.0.0.0", "is no single host's address"),
    ],
)
def test_a_name_may_not_lead_where_an_address_may_not(
    address: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = from_secret(named("https://api.example.test:6443"), "Secret a/b", STRICT)
    leads_to(monkeypatch, address)
    found = observe_at(connection)
    assert found.error.startswith("Secret a/b: server api.example.test leads to ")
    assert found.error.endswith(said)


def test_one_bad_address_of_a_name_is_enough_and_nothing_is_connected_to(
    server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.url.rpartition(":")[2]
    connection = from_secret(named(f"https://api.example.test:{port}"), "Secret a/b", HERE)
    leads_to(monkeypatch, "127.0.0.1", "169.254.169.254")
    assert "leads to 169.254.169.254" in observe_at(connection).error
    assert server.requests == []


def test_what_is_connected_to_is_what_was_checked(
    server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means another thing when it is asked a second time leads nowhere else."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, **options: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "169.254.169.254", port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = server.url.replace("127.0.0.1", "api.example.test")
    assert observe_at(Connection(url, "x", token=ADMIN, trust=HERE)).error == ""
    assert asked == ["api.example.test"]


# Our credentials in the server's words

TOKEN = "eyJhbGciOiJSUzI1NiJ9.planted+token/of%ipviz=="


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in base64": in_base64,
    "in base64 from the middle": lambda token: in_base64(f"Bearer {token}"),
    "in base64 for URLs": lambda token: base64.urlsafe_b64encode(f"x{token}".encode()).decode(),
    "in a URL": lambda token: quote(token, safe=""),
    "in JSON": lambda token: "".join(f"\\u{ord(c):04x}" for c in token),
    "in JSON with slashes": lambda token: json.dumps(token).replace("/", "\\/"),
    "in HTML": lambda token: "".join(f"&#{ord(c)};" for c in html.escape(token)),
    "in hexadecimal": lambda token: token.encode().hex(),
    "in base64 in a URL": lambda token: quote(in_base64(token), safe=""),
    "in pieces": lambda token: " ".join(token[n : n + 5] for n in range(0, len(token), 5)),
    "in part": lambda token: token[8:30],
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("as_status", [True, False], ids=["as a Status", "as text"])
def test_a_token_that_is_echoed_is_not_shown(
    as_status: bool, spelling: Callable[[str], str], server: FakeApiServer
) -> None:
    server.tokens.add(TOKEN)
    echoed = spelling(TOKEN)
    how: dict[str, Any] = {"message": echoed} if as_status else {"body": f"no: {echoed}".encode()}
    server.fail("Service", status=403, headers={"X-Echo": echoed, "Retry-After": TOKEN}, **how)
    assert reason(observe(server, token=TOKEN), "Service") == (
        "not allowed to read services (403): (its words held our credentials, so they are left out)"
    )


def test_other_words_are_shown(server: FakeApiServer) -> None:
    server.fail("Service", status=403, message='User "ipviz-reader" cannot list resource "services"')
    assert reason(observe(server), "Service").endswith('User "ipviz-reader" cannot list resource "services"')


def test_no_error_is_chained_that_quotes_what_the_server_sent(server: FakeApiServer) -> None:
    """The library's own errors quote a status line that is none, and the like."""
    server.tokens.add(TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (space,) = kinds_named("Namespace")
        with LiveSource(Connection(url, "x", token=TOKEN), SOON) as source:
            pages = source.listing([space])["Namespace"]([("", "kube-system")])
            with echoing(listener), pytest.raises(KubeError) as caught:
                list(pages)
    told = "".join(traceback.format_exception(caught.value))
    assert "cut off or not HTTP" in told
    assert TOKEN not in told
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@contextlib.contextmanager
def echoing(listener: socket.socket) -> Iterator[None]:
    """A server that answers a request with the request."""

    def echo() -> None:
        with contextlib.suppress(OSError):
            taken, _ = listener.accept()
            with taken:
                taken.sendall(taken.recv(1 << 16).partition(b"Bearer ")[2])

    thread = threading.Thread(target=echo, daemon=True)
    thread.start()
    yield
    thread.join(10)
