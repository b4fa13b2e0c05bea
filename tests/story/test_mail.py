"""A collision is mailed once when it opens and once when it ends, however often anybody looks in between."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django import Settings

from ipviz.alerts.models import Delivery
from tests.apiserver import FakeApiServer
from tests.postbox import Postbox
from tests.story.conftest import ANNA
from tests.story.fleet import find, load_fleet
from tests.story.servers import fake_servers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeApiServer]:
    """The server of one workload cluster, whose management cluster is registered."""
    with fake_servers("gmc", "beta", "gamma") as servers:
        load_fleet(servers, "gmc", ["beta", "gamma"])
        kubeconfig = tmp_path_factory.mktemp("gmc") / "kubeconfig"
        kubeconfig.write_text(servers["gmc"].kubeconfig())
        call_command("cluster", "add", "gmc", "--kubeconfig", str(kubeconfig))
        server = servers["beta"]
        assert isinstance(server, FakeApiServer)
        yield server


def test_one_mail_for_the_opening_and_one_for_the_end(postbox: Postbox, beta: FakeApiServer) -> None:
    call_command("poll")
    for _ in range(3):
        call_command("watch")
    call_command("poll")
    (opened,) = postbox.mails()
    assert opened["To"] == ANNA
    assert opened["Subject"].startswith("[ipviz] CRITICAL 10.10.222.236 is used by")
    for kind in ("plain", "html"):
        body = opened.get_body((kind,))
        assert body is not None
        for said in ("nginx-ingress-controller", "gamma", "10.10.222.236"):
            assert said in body.get_content()

    service = find("wc-beta", "Service", "kube-system", "nginx-ingress-controller")
    moved = {"metadata": {"annotations": {"kube-vip.io/loadbalancerIPs": "10.10.222.170"}}}
    beta.patch(service, moved)
    call_command("poll")
    for _ in range(3):
        call_command("watch")
    _, resolved = postbox.mails()
    assert resolved["Subject"] == f"Re: {opened['Subject']}"
    assert resolved["In-Reply-To"] == opened["Message-ID"]


def test_without_a_mail_server_what_would_be_mailed_is_kept_to_be_read(
    beta: FakeApiServer, settings: Settings
) -> None:
    settings.ALERT_TO = [ANNA]
    call_command("poll")
    assert "10.10.222.236" in Delivery.objects.get().text
    assert Delivery.objects.get().status == Delivery.Status.KEPT
