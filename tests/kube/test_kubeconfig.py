"""Kubeconfigs: what is read, what is refused and in which words, and that no credential is ever shown."""

import base64
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ipviz.kube.connection import Connection, in_cluster_connection
from ipviz.kube.errors import BadKubeconfig
from ipviz.kube.kubeconfig import from_file, from_secret
from ipviz.kube.trust import STRICT, Trust

SECRET = "Secret org-acme/blue-kubeconfig"
TOKEN = "s3cret-token"
PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PEM_TEXT = base64.b64encode(PEM).decode()
GOOD_CLUSTER = {"server": "https://192.0.2.7:6443/", "certificate-authority-data": PEM_TEXT}


def kubeconfig(cluster: Mapping[str, Any] | None = None, user: Mapping[str, Any] | None = None) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "blue",
        "contexts": [
            {"name": "blue", "context": {"cluster": "c", "user": "u"}},
            {"name": "lost", "context": {"cluster": "nowhere", "user": "u"}},
        ],
        "clusters": [{"name": "c", "cluster": {**GOOD_CLUSTER, **(cluster or {})}}],
        "users": [{"name": "u", "user": {"token": TOKEN} if user is None else user}],
    }


def text_of(config: Any) -> bytes:
    return yaml.safe_dump(config).encode()


def refusal(config: Any) -> str:
    """What is said of a kubeconfig from a Secret, without its origin."""
    with pytest.raises(BadKubeconfig) as caught:
        from_secret(config if isinstance(config, bytes) else text_of(config), SECRET, STRICT)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    text = str(caught.value)
    assert text.startswith(f"{SECRET}: ")
    return text.removeprefix(f"{SECRET}: ")


def test_a_token_and_an_authority_are_read() -> None:
    assert from_secret(text_of(kubeconfig()), SECRET, STRICT) == Connection(
        server="https://192.0.2.7:6443", origin=SECRET, ca_data=PEM, token=TOKEN, trust=STRICT
    )


def test_a_client_certificate_is_read() -> None:
    user = {"client-certificate-data": PEM_TEXT, "client-key-data": PEM_TEXT}
    found = from_secret(text_of(kubeconfig({"tls-server-name": "api.example.test"}, user)), SECRET, STRICT)
    assert (found.client_cert, found.client_key, found.token) == (PEM, PEM, "")
    assert found.tls_server_name == "api.example.test"


def test_credentials_are_never_in_what_is_printed() -> None:
    user = {"client-certificate-data": PEM_TEXT, "client-key-data": PEM_TEXT, "token": TOKEN}
    found = from_secret(text_of(kubeconfig(user=user)), SECRET, STRICT)
    for text in (repr(found), str(found), f"{found}"):
        assert TOKEN not in text
        assert "MIIB" not in text
        assert "192.0.2.7" in text


@pytest.mark.parametrize(
    ("server", "host"),
    [
        ("https://[2001:db8::1]:6443", "2001:db8::1"),
        ("https://api.example.test", "a name"),
        ("https://rancher.example.test/k8s/clusters/c-1", "a path"),
    ],
)
def test_servers_that_a_secret_may_name(server: str, host: str) -> None:
    assert from_secret(text_of(kubeconfig({"server": server})), SECRET, STRICT).server == server


LINK_LOCAL = "is link-local, where clouds hand out credentials"
METADATA = "is a metadata address, at which clouds hand out credentials"
NO_HOST = "is no single host's address"
OURSELVES = "is this machine itself, which only IPVIZ_ALLOW_LOOPBACK allows"
FILE = "names a file, which a kubeconfig from a Secret may not"


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        (
            {},
            {"exec": {"command": "aws"}},
            "exec runs a program; give a token or a client certificate instead",
        ),
        (
            {},
            {"auth-provider": {"name": "gcp"}},
            "auth-provider is not supported; give a token or a client certificate instead",
        ),
        ({}, {"tokenFile": "/etc/shadow"}, f"tokenFile {FILE}"),
        ({}, {"client-certificate": "/a"}, f"client-certificate {FILE}"),
        ({}, {"client-key": "/a"}, f"client-key {FILE}"),
        ({"certificate-authority": "/a"}, None, f"certificate-authority {FILE}"),
        (
            {"insecure-skip-tls-verify": True},
            None,
            "insecure-skip-tls-verify is refused unless the operator adds the cluster's path to "
            "IPVIZ_INSECURE_CLUSTERS",
        ),
        ({"proxy-url": "http://p"}, None, "proxy-url is not supported; this program connects directly"),
        (
            {},
            {"username": "a", "password": TOKEN},
            "username (basic authentication) is not supported; give a token or a client certificate instead",
        ),
        (
            {},
            {"token": "t", "as": "system:admin"},
            "as (impersonation) is not supported; give the credentials of a reader instead",
        ),
        ({"server": "http://192.0.2.7"}, None, "server must be an https:// URL"),
        ({"server": "http://localhost.example.test"}, None, "server must be an https:// URL"),
        ({"server": "ftp://192.0.2.7"}, None, "server is not an https:// URL"),
        ({"server": "192.0.2.7:6443"}, None, "server is not an https:// URL"),
        ({"server": ""}, None, "server is not an https:// URL"),
        ({"server": "https://[::1"}, None, "server is not a URL"),
        ({"server": "https://h:99999"}, None, "server is not a URL"),
        ({"server": "https://a b"}, None, "server is not a URL"),
        ({"server": f"https://u:{TOKEN}@192.0.2.7"}, None, "server may be a host, port and path only"),
        ({"server": f"https://192.0.2.7/?t={TOKEN}"}, None, "server may be a host, port and path only"),
        ({"server": "https://169.254.169.254"}, None, f"server 169.254.169.254 {LINK_LOCAL}"),
        ({"server": "https://2852039166"}, None, f"server 2852039166 {LINK_LOCAL}"),
        ({"server": "https://0xa9.254.43518"}, None, f"server 0xa9.254.43518 {LINK_LOCAL}"),
        ({"server": "https://[::ffff:169.254.169.254]"}, None, f"server ::ffff:169.254.169.254 {LINK_LOCAL}"),
        ({"server": "https://[fe80::1%25eth0]"}, None, f"server fe80::1%25eth0 {LINK_LOCAL}"),
        ({"server": "https://[fd00:ec2::254]"}, None, f"server fd00:ec2::254 {METADATA}"),
        ({"server": "https://0.0.0.0"}, None, f"server 0.0.0.0 {NO_HOST}"),
        ({"server": "https://[::]"}, None, f"server :: {NO_HOST}"),
        ({"server": "https://255.255.255.255"}, None, f"server 255.255.255.255 {NO_HOST}"),
        ({"server": "https://[ff02::1]"}, None, f"server ff02::1 {NO_HOST}"),
        ({"server": "https://0251.0376.0251.0376"}, None, f"server 0251.0376.0251.0376 {LINK_LOCAL}"),
        ({"server": "https://100.100.100.200"}, None, f"server 100.100.100.200 {METADATA}"),
        ({"server": "https://[64:ff9b::a9fe:a9fe]"}, None, f"server 64:ff9b::a9fe:a9fe {LINK_LOCAL}"),
        ({"server": "https://[64:ff9b:1::a9fe:a9fe]"}, None, f"server 64:ff9b:1::a9fe:a9fe {LINK_LOCAL}"),
        ({"server": "https://[::a9fe:a9fe]"}, None, f"server ::a9fe:a9fe {LINK_LOCAL}"),
        ({"server": "https://[2002:a9fe:a9fe::]"}, None, f"server 2002:a9fe:a9fe:: {LINK_LOCAL}"),
        ({"server": "https://127.0.0.1:6443"}, None, f"server 127.0.0.1 {OURSELVES}"),
        ({"server": "https://127.1"}, None, f"server 127.1 {OURSELVES}"),
        ({"server": "https://[::1]"}, None, f"server ::1 {OURSELVES}"),
        ({"server": "https://[::ffff:127.0.0.1]"}, None, f"server ::ffff:127.0.0.1 {OURSELVES}"),
        ({"server": "http://localhost:8001"}, None, "server must be an https:// URL"),
        ({"server": 7}, None, "Expected `str`, got `int` - at `$.server`"),
        ({"certificate-authority-data": "%%"}, None, "certificate-authority-data is not base64"),
        ({"certificate-authority-data": "UExBQ0U="}, None, "certificate-authority-data is not PEM"),
        ({}, {"token": "two words"}, "token is empty, or holds characters that no token has"),
        ({}, {"token": f"{TOKEN}\nX: y"}, "token is empty, or holds characters that no token has"),
        ({}, {"token": 12345}, "Expected `str | null`, got `int` - at `$.token`"),
        (
            {},
            {"client-certificate-data": PEM_TEXT},
            "a client certificate needs its key, and a key its certificate",
        ),
    ],
)
def test_what_a_secret_may_not_say_is_refused_by_name(
    cluster: Mapping[str, Any], user: Mapping[str, Any] | None, said: str
) -> None:
    assert refusal(kubeconfig(cluster, user)) == said


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_an_operator_may_let_clusters_name_this_machine(host: str) -> None:
    trust = Trust("gmc/org-acme/blue", loopback=True)
    for server in (f"http://{host}:8001", f"https://{host}:8001"):
        found = from_secret(text_of(kubeconfig({"server": server})), SECRET, trust)
        assert (found.server, found.trust) == (server, trust)
    with pytest.raises(BadKubeconfig, match="must be an https:// URL"):
        from_secret(text_of(kubeconfig({"server": "http://192.0.2.7"})), SECRET, trust)


def test_an_operator_may_let_a_cluster_by_name_go_unverified() -> None:
    config = text_of(kubeconfig({"insecure-skip-tls-verify": True}))
    assert from_secret(config, SECRET, Trust("gmc/org-acme/blue", insecure=True)).insecure
    with pytest.raises(BadKubeconfig) as caught:
        from_secret(config, SECRET, Trust("gmc/org-acme/blue"))
    assert str(caught.value).endswith("unless the operator adds gmc/org-acme/blue to IPVIZ_INSECURE_CLUSTERS")


NOT_ONE = "not a kubeconfig: not YAML (without aliases), or not a mapping"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"", NOT_ONE),
        (b"just text", NOT_ONE),
        (f"users:\n- token: {TOKEN}\n  x: [".encode(), f"{NOT_ONE} (line 3)"),
        (b"\xff\xfe", NOT_ONE),
        (b"a: \x00", NOT_ONE),
        (b"[" * 5000, NOT_ONE),
        (b"a: &a [1]\nb: *a\n", NOT_ONE),
        (b"a: !!python/object/apply:os.system [id]\n", f"{NOT_ONE} (line 1)"),
        (b"a: 2001-99-99\n", NOT_ONE),
        (f"a: !!bool {TOKEN}\n".encode(), NOT_ONE),
        (b'a: !!int ""\n', NOT_ONE),
        (b"x" * (1 << 20) + b"x", "the kubeconfig is larger than 1 MiB"),
        ({"current-context": "blue"}, "no context named 'blue'; there is: none"),
        ({**kubeconfig(), "contexts": {"a": 1}}, "no context named 'blue'; there is: none"),
        ({**kubeconfig(), "current-context": "red"}, "no context named 'red'; there is: blue, lost"),
        ({**kubeconfig(), "current-context": "lost"}, "no cluster named 'nowhere'; there is: c"),
        ({**kubeconfig(), "current-context": ""}, "no current-context; name a context"),
        ({**kubeconfig(), "users": None}, "no user named 'u'; there is: none"),
        ({**kubeconfig(), "users": [{"name": "u"}]}, "user 'u' is empty"),
        (
            {**kubeconfig(), "contexts": [{"name": "blue", "context": {"cluster": "c"}}]},
            "context 'blue' names no cluster or no user",
        ),
        (
            {**kubeconfig(), "clusters": [{"name": "c", "cluster": {"x": 1}}]},
            "Object missing required field `server`",
        ),
    ],
)
def test_what_is_no_kubeconfig_says_why(config: Any, said: str) -> None:
    assert refusal(config) == said


def test_an_operators_file_may_name_files_beside_it(tmp_path: Path) -> None:
    for name in ("ca.crt", "user.crt", "user.key"):
        (tmp_path / name).write_bytes(PEM)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    cluster = {"certificate-authority": "ca.crt", "certificate-authority-data": None}
    user = {
        "client-certificate": str(tmp_path / "user.crt"),
        "client-key": "user.key",
        "tokenFile": "token",
        "token": "older",
    }
    path = tmp_path / "config"
    path.write_bytes(text_of(kubeconfig({**cluster, "server": "http://192.0.2.7"}, user)))
    found = from_file(path)
    assert (found.ca_data, found.client_cert, found.client_key, found.token) == (PEM, PEM, PEM, TOKEN)


def test_an_operator_may_choose_not_to_verify(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(text_of(kubeconfig({"insecure-skip-tls-verify": True})))
    assert from_file(path).insecure


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"exec": {}}, "exec runs a program; give a token or a client certificate instead"),
        ({"tokenFile": "gone"}, "tokenFile: {folder}/gone is not there"),
        ({"tokenFile": "."}, "tokenFile: {folder} is not a file"),
        ({"client-key": "config"}, "client-key is not PEM"),
    ],
)
def test_an_operators_file_is_refused_by_name_too(user: Mapping[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(text_of(kubeconfig(user=user)))
    with pytest.raises(BadKubeconfig) as caught:
        from_file(path)
    assert str(caught.value) == f"kubeconfig {path}: {said.format(folder=tmp_path)}"


def test_another_context_than_the_current_one_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(text_of({**kubeconfig(), "current-context": "lost"}))
    assert from_file(path, "blue").server == "https://192.0.2.7:6443"
    with pytest.raises(BadKubeconfig, match="no context named 'green'; there is: blue, lost"):
        from_file(path, "green")


@pytest.mark.parametrize(
    ("name", "said"),
    [("gone", "is not there"), (".", "is not a file")],
)
def test_a_file_that_cannot_be_read_is_named(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadKubeconfig) as caught:
        from_file(tmp_path / name)
    assert said in str(caught.value)


def test_a_pod_speaks_as_its_service_account(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "ca.crt").write_bytes(PEM)
    environ = {"KUBERNETES_SERVICE_HOST": "2001:db8::1", "KUBERNETES_SERVICE_PORT": "443"}
    found = in_cluster_connection(tmp_path, environ)
    assert (found.server, found.token, found.ca_data) == ("https://[2001:db8::1]:443", TOKEN, PEM)


def test_outside_of_a_cluster_there_is_no_service_account(tmp_path: Path) -> None:
    with pytest.raises(BadKubeconfig, match="not in a cluster: KUBERNETES_SERVICE_HOST is not set"):
        in_cluster_connection(tmp_path, {})
    with pytest.raises(BadKubeconfig, match="token is not there"):
        in_cluster_connection(tmp_path, {"KUBERNETES_SERVICE_HOST": "192.0.2.1"})
