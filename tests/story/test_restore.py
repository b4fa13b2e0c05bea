"""A machine is lost, and its backup restored on another: nobody hears again what was said before.

gmc, beta and gamma as in test_main_job.py, and a real mail server.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from ipviz.domain.lifecycle import acknowledged
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.models import Snapshot
from ipviz.polling import memory
from tests.apiserver import FakeApiServer
from tests.postbox import Postbox
from tests.story.fleet import find, load_fleet
from tests.story.servers import fake_servers

pytestmark = pytest.mark.django_db(transaction=True)

WHO, WHY = "bert", "the ingress moves on Monday"


@pytest.fixture
def beta(tmp_path: Path) -> Iterator[FakeApiServer]:
    """The server of one workload cluster, whose management cluster is read and judged."""
    with fake_servers("gmc", "beta", "gamma") as servers:
        load_fleet(servers, "gmc", ["beta", "gamma"])
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(servers["gmc"].kubeconfig())
        call_command("cluster", "add", "gmc", "--kubeconfig", str(kubeconfig))
        call_command("poll")
        server = servers["beta"]
        assert isinstance(server, FakeApiServer)
        yield server


def collision() -> Finding:
    return Finding.objects.get(rule="C8")


def standing() -> set[tuple[int, str, str, str]]:
    return {(f.pk, f.rule, f.subject, f.status) for f in Finding.objects.standing()}


def on_another_machine(file: Path) -> None:
    """The database is lost, and what a process remembers; then the backup is restored."""
    call_command("backup", str(file))
    call_command("flush", interactive=False, verbosity=0)
    memory.forget()
    call_command("restore", str(file))
    assert not Snapshot.objects.exists()


def poll() -> None:
    """One round; it may be that something is not read."""
    try:
        call_command("poll")
    except SystemExit:
        return


def test_nothing_is_told_twice_and_the_end_is_told(
    postbox: Postbox, beta: FakeApiServer, tmp_path: Path
) -> None:
    until = timezone.now() + timedelta(days=1)
    at = timezone.now()
    handle(collision(), lambda status: acknowledged(status, WHY, until, at=at), by=WHO, at=at, until=until)
    (opened,) = postbox.mails()
    before, happened = standing(), Transition.objects.count()

    on_another_machine(tmp_path / "backup.jsonl")
    call_command("watch")  # before anything is read there
    poll()
    poll()
    assert standing() == before
    assert Transition.objects.count() == happened, "nothing happened to any finding meanwhile"
    last = collision().transitions.latest("pk")
    assert (last.after, last.by) == ("acknowledged", WHO)
    assert WHY in last.reason
    assert not Finding.objects.standing().filter(stale=True).exists()
    assert len(postbox.mails()) == 1

    service = find("wc-beta", "Service", "kube-system", "nginx-ingress-controller")
    moved = {"metadata": {"annotations": {"kube-vip.io/loadbalancerIPs": "10.10.222.170"}}}
    beta.patch(service, moved)
    poll()
    poll()
    _, resolved = postbox.mails()
    assert resolved["Subject"] == f"Re: {opened['Subject']}"
    assert resolved["In-Reply-To"] == opened["Message-ID"]


def test_a_side_that_can_not_be_read_there_ends_nothing_until_it_is(
    postbox: Postbox, beta: FakeApiServer, tmp_path: Path
) -> None:
    before = standing()
    on_another_machine(tmp_path / "backup.jsonl")
    beta.fail("Service", status=403)
    poll()
    poll()
    assert before <= standing()
    assert collision().stale
    beta.heal()
    poll()
    assert standing() == before
    assert not collision().stale
    assert len(postbox.mails()) == 1
