"""No credential is ever shown: planted in kubeconfigs and echoed by servers, and then looked for everywhere.

Everywhere is: every table, every log line at DEBUG, what commands print, the pages, the API, and tracebacks.
"""

import base64
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.kube.errors import KubeError
from ipviz.kube.kinds import kinds_named
from ipviz.polling.look import source_of
from tests.apiserver import FakeApiServer
from tests.certificates import Authority, needs_openssl

pytestmark = [pytest.mark.django_db(transaction=True), needs_openssl]

FILE_TOKEN = "planted-file-token-Zm9vYmFy"
SECRET_TOKEN = "planted-secret-token/with+signs=="
PASSWORD = "planted-password-qwertz"
ENV_VALUE = "planted-exec-variable-asdf"

Object = dict[str, Any]

SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
    lambda secret: quote(secret, safe=""),
    lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    lambda secret: "".join(f"\\u{ord(c):04x}" for c in secret),
)


class Everywhere:
    """All that the program has said and kept."""

    def __init__(self, client: Client, caplog: pytest.LogCaptureFixture, capsys: Any, key: str) -> None:
        self.client, self.caplog, self.capsys = client, caplog, capsys
        lines = [line for line in key.splitlines() if "-----" not in line]
        self.secrets = [FILE_TOKEN, SECRET_TOKEN, PASSWORD, ENV_VALUE, *lines]
        self.told: dict[str, str] = {}

    def look(self) -> None:
        """Assert that no secret is anywhere, in whichever spelling."""
        assert self.places() == set()

    def places(self) -> set[str]:
        """Where a secret is."""
        self.told["commands"] = self.told.get("commands", "") + "".join(self.capsys.readouterr())
        self.told["logs"] = "\n".join(
            record.getMessage() + str(vars(record)) for record in self.caplog.records
        )
        for model in apps.get_models():
            self.told[model._meta.label] = str(list(model._default_manager.values()))
        self.told |= {url: self.client.get(url).content.decode() for url in _urls()}
        self.told |= {f"reading {c}": _traceback_of(c) for c in Cluster.objects.to_read()}
        spelled = {spelling(secret) for secret in self.secrets for spelling in SPELLINGS}
        return {place for place, text in self.told.items() if any(each in text for each in spelled)}


def _urls() -> Iterator[str]:
    for page in ("", "subnets/", "findings/", "clusters/", "alerts/", "search/?q=planted"):
        yield f"/{page}"
    for cluster in Cluster.objects.all():
        yield cluster.get_absolute_url()
    for finding in Finding.objects.all():
        yield finding.get_absolute_url()
    for listed in (
        "clusters",
        "snapshots",
        "subnets",
        "pools",
        "claims",
        "addresses",
        "services",
        "findings",
    ):
        yield f"/api/v1/{listed}/"


def _traceback_of(cluster: Cluster) -> str:
    """What a log would hold if the failure were raised on."""
    told = []
    try:
        with source_of(cluster) as source:
            for kind in kinds_named("Namespace", "Node", "Service", "Deployment"):
                try:
                    list(source.listing([kind])[kind.kind](kind.names))
                except KubeError as error:
                    told += traceback.format_exception(error)
    except KubeError as error:
        told += traceback.format_exception(error)
    return "".join(told)


@pytest.fixture
def everywhere(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    authority: Authority,
) -> Everywhere:
    user = User.objects.create_user("viewer", password="a long walk by the sea")
    give_role(user, Role.VIEWER)
    client.force_login(user)
    caplog.set_level(logging.DEBUG)
    return Everywhere(client, caplog, capsys, authority.key.read_text())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ca", "kubernetes")


@pytest.fixture
def gmc(tmp_path: Path) -> Iterator[FakeApiServer]:
    with FakeApiServer("gmc", tokens=[FILE_TOKEN]) as server:
        call_command("cluster", "add", "gmc", "--kubeconfig", str(_kubeconfig(server, tmp_path)))
        yield server


def _kubeconfig(server: FakeApiServer, folder: Path) -> Path:
    return server.write_kubeconfig(folder / "gmc.kubeconfig", FILE_TOKEN)


def poll() -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("poll")
    assert ended.value.code == 1


def kubeconfig(user: Object, server: str = "https://127.0.0.1:9", **cluster: Any) -> str:
    return yaml.safe_dump(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": user}],
        }
    )


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def kubeconfigs(authority: Authority) -> dict[str, str]:
    """Good and broken ones, each with something that nobody may see."""
    key, cert = authority.key.read_text(), authority.cert.read_text()
    good = kubeconfig({"token": SECRET_TOKEN})
    identity = {"client-certificate-data": b64(cert), "client-key-data": b64(key)}
    env = [{"name": "AWS_SECRET", "value": ENV_VALUE}]
    return {
        "good": good,
        "good-key": kubeconfig(identity),
        "cut-off": good[: good.index(SECRET_TOKEN) + len(SECRET_TOKEN)] + ": [",
        "alias": good.replace("server: ", "server: &a ") + f"x: *a\ny: {SECRET_TOKEN}\n",
        "tag": f"token: !!bool {SECRET_TOKEN}\n",
        "password": kubeconfig({"username": "admin", "password": PASSWORD}),
        "in-url": kubeconfig({}, server=f"https://admin:{PASSWORD}@192.0.2.7"),
        "exec": kubeconfig({"exec": {"command": "login", "args": [ENV_VALUE], "env": env}}),
        "header": kubeconfig({"token": f"{SECRET_TOKEN}\nX-Other: y"}),
        "number": kubeconfig({"token": [SECRET_TOKEN]}),
        "key-alone": kubeconfig({"client-key-data": b64(key)}),
        "key-cut": kubeconfig({**identity, "client-key-data": b64(key[: len(key) // 2])}),
        "key-bare": kubeconfig({**identity, "client-key-data": key}),
        "key-as-ca": kubeconfig(identity, **{"certificate-authority-data": b64(key)}),
        "proxy": kubeconfig({"token": SECRET_TOKEN}, **{"proxy-url": f"http://a:{PASSWORD}@192.0.2.9"}),
    }


def cluster_with_kubeconfig(name: str, value: str) -> list[Object]:
    """A Cluster that a poll tries to read, and its Secret."""
    return [
        {
            "apiVersion": "cluster.x-k8s.io/v1beta1",
            "kind": "Cluster",
            "metadata": {"name": name, "namespace": "org-acme"},
            "spec": {"controlPlaneEndpoint": {"host": "192.0.2.7", "port": 6443}},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{name}-kubeconfig", "namespace": "org-acme"},
            "data": {"value": value},
        },
    ]


def test_secrets_in_kubeconfigs_of_workload_clusters_are_nowhere(
    gmc: FakeApiServer, everywhere: Everywhere, authority: Authority
) -> None:
    for name, text in kubeconfigs(authority).items():
        gmc.create(cluster_with_kubeconfig(name, b64(text)))
    gmc.create(cluster_with_kubeconfig("not-base64", f"{SECRET_TOKEN}!"))
    poll()
    assert Cluster.objects.filter(kind="workload").count() == len(kubeconfigs(authority)) + 1
    everywhere.look()
    assert "Connection refused" in everywhere.told["commands"]


def test_secrets_in_kubeconfigs_of_the_operator_are_nowhere(
    gmc: FakeApiServer, everywhere: Everywhere, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "gmc.kubeconfig"
    for text in kubeconfigs(authority).values():
        path.write_text(text)
        poll()
        with pytest.raises(CommandError) as refused:
            call_command("cluster", "add", "other", "--kubeconfig", str(path))
        everywhere.told["commands"] = everywhere.told.get("commands", "") + "".join(
            traceback.format_exception(refused.value)
        )
        everywhere.look()


def test_what_a_server_echoes_is_nowhere(gmc: FakeApiServer, everywhere: Everywhere) -> None:
    with FakeApiServer("green", tokens=[SECRET_TOKEN]) as green:
        gmc.create(cluster_with_kubeconfig("green", b64(green.kubeconfig(SECRET_TOKEN))))
        for spelling in SPELLINGS:
            for server, token in ((gmc, FILE_TOKEN), (green, SECRET_TOKEN)):
                echoed = spelling(f"Bearer {token}")
                server.fail("Service", status=403, message=f"no {echoed}", headers={"Location": echoed})
                server.fail("Node", status=500, body=f"<p>{echoed}".encode(), headers={"Retry-After": echoed})
                server.fail("Deployment", body=echoed.encode())
            poll()
            everywhere.look()
        assert Cluster.objects.get(name="green").snapshots.first() is not None


def test_what_a_server_says_of_a_secret_is_nowhere(
    gmc: FakeApiServer, everywhere: Everywhere, authority: Authority
) -> None:
    text = f"{SECRET_TOKEN} {kubeconfigs(authority)['good-key']}"
    gmc.create(cluster_with_kubeconfig("green", b64(text)))
    for how in (
        {"status": 403, "message": f"forbidden: {text}"},
        {"status": 500, "body": b64(text).encode()},
        {"status": 429, "message": quote(text), "headers": {"Retry-After": quote(text)}},
        {"status": 302, "headers": {"Location": f"https://192.0.2.9/?{quote(text)}"}},
        {"body": json.dumps({"data": {"value": [b64(text)]}}).encode()},
        {"body": json.dumps({"data": {"value": text}}).encode()},
        {"body": b64(text).encode()},
        {"cut": True},
    ):
        gmc.fail("Secret", **how)
        poll()
        everywhere.look()


def test_what_is_exported_holds_none(
    gmc: FakeApiServer, everywhere: Everywhere, authority: Authority, tmp_path: Path
) -> None:
    for name, text in kubeconfigs(authority).items():
        gmc.create(cluster_with_kubeconfig(name, b64(text)))
    gmc.fail("Service", status=403, message=FILE_TOKEN)
    with pytest.raises(SystemExit):
        call_command("export", "gmc", str(tmp_path / "dump"))
    everywhere.told["the dump"] = "".join(path.read_text() for path in (tmp_path / "dump").rglob("*.json"))
    everywhere.look()


def test_a_secret_would_be_found(
    gmc: FakeApiServer, everywhere: Everywhere, caplog: pytest.LogCaptureFixture
) -> None:
    """The search itself."""
    assert everywhere.places() == set()
    logging.getLogger("any").debug("sent %s", quote(SECRET_TOKEN, safe=""))
    assert everywhere.places() == {"logs"}
    caplog.clear()
    caplog.set_level(logging.INFO, "django.db")  # which logs what the test now writes
    Cluster.objects.update(vcenter=FILE_TOKEN)
    assert "clusters.Cluster" in everywhere.places()
