"""What a person types: every refusal is one line that names the thing, and nothing stored is lost."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ipviz.clusters.models import Cluster, Subnet
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy
from ipviz.polling.demo import offer_demo
from tests.apiserver import FakeApiServer
from tests.envtest import free_port

pytestmark = pytest.mark.django_db(transaction=True)

DEMO = Path(__file__).parent.parent.parent / "demo" / "gmc"

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: here}}]
clusters: [{name: here, cluster: {server: "SERVER"}}]
users: [{name: here, user: USER}]
"""


def kubeconfig(folder: Path, server: str = "https://192.0.2.1:6443", user: str = "{token: planted}") -> str:
    path = folder / "kubeconfig"
    path.write_text(KUBECONFIG.replace("SERVER", server).replace("USER", user))
    return str(path)


def refusal(*words: str) -> CommandError:
    """What `manage.py` says, on one line and without a credential."""
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    assert "\n" not in str(refused.value)
    assert "planted" not in str(refused.value)
    assert refused.value.returncode != 0
    return refused.value


def test_a_kubeconfig_that_does_not_exist(tmp_path: Path) -> None:
    said = str(refusal("cluster", "add", "gmc", "--kubeconfig", str(tmp_path / "nowhere")))
    assert "nowhere" in said
    assert not Cluster.objects.exists()


def test_a_kubeconfig_that_is_not_yaml(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("a: [b\n\t:")
    assert "YAML" in str(refusal("cluster", "add", "gmc", "--kubeconfig", str(tmp_path / "kubeconfig")))


def test_an_unknown_context(tmp_path: Path) -> None:
    said = str(
        refusal("cluster", "add", "gmc", "--kubeconfig", kubeconfig(tmp_path), "--context", "elsewhere")
    )
    assert "elsewhere" in said


def test_an_exec_plugin(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, user="{exec: {command: planted, apiVersion: v1}}")
    assert "exec" in str(refusal("cluster", "add", "gmc", "--kubeconfig", path))


def test_a_dead_address(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, server=f"https://127.0.0.1:{free_port()}")
    assert "refused" in str(refusal("cluster", "add", "gmc", "--kubeconfig", path))


def test_a_dump_that_is_not_there(tmp_path: Path) -> None:
    assert "no-dump" in str(refusal("cluster", "add", "gmc", "--dump", str(tmp_path / "no-dump")))


def test_a_name_that_is_taken_or_none() -> None:
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    assert "registered already" in str(refusal("cluster", "add", "gmc", "--dump", str(DEMO)))
    assert "is not a name" in str(refusal("cluster", "add", "a/b", "--dump", str(DEMO)))
    assert "no cluster other" in str(refusal("cluster", "remove", "other"))


def test_a_context_without_a_kubeconfig_is_a_wrong_use() -> None:
    assert refusal("cluster", "add", "gmc", "--dump", str(DEMO), "--context", "x").returncode == 2


def test_a_kubeconfig_that_goes_wrong_later_is_named_by_poll_and_what_is_known_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeApiServer("gmc") as server:
        server.create([_service("192.0.2.7")])
        path = server.write_kubeconfig(tmp_path / "real")
        good = path.read_text()
        call_command("cluster", "add", "gmc", "--kubeconfig", str(path))
        call_command("poll")
        known = list(Occupancy.objects.now().values_list("pk", flat=True))
        assert known
        bad = tmp_path / "other"
        bad.mkdir()
        faults = {
            "YAML": "a: [b\n\t:",
            "exec": Path(kubeconfig(bad, user="{exec: {command: planted}}")).read_text(),
            "refused": Path(kubeconfig(bad, server=f"https://127.0.0.1:{free_port()}")).read_text(),
            "elsewhere": good.replace("current-context: gmc", "current-context: elsewhere"),
            "not there": None,
        }
        for says, text in faults.items():
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
            line = _failed_poll(capsys)
            assert line.startswith("gmc: not readable: ")
            assert says in line
            assert "planted" not in line
            assert list(Occupancy.objects.now().values_list("pk", flat=True)) == known


def _failed_poll(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a poll of one cluster says when it cannot be read."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        call_command("poll")
    assert ended.value.code == 1
    (line,) = capsys.readouterr().out.strip().splitlines()
    return line


def test_polling_an_unknown_cluster_is_a_wrong_use() -> None:
    assert refusal("poll", "nobody").returncode == 2


def test_polling_nothing_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("poll")
    assert "cluster add" in capsys.readouterr().out


def test_one_cluster_can_be_polled_by_name_or_path() -> None:
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    with pytest.raises(SystemExit):  # the demo has one blind spot
        call_command("poll", "gmc")
    billing = Cluster.objects.get(path="gmc/org-acme/billing")
    before = billing.snapshots.count()
    call_command("poll", "gmc/org-acme/billing")
    assert billing.snapshots.count() == before + 1
    call_command("poll", "billing")
    assert billing.snapshots.count() == before + 2


def test_removing_a_cluster_ends_what_was_found_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    with pytest.raises(SystemExit):
        call_command("poll")
    assert Finding.objects.standing().exists()
    call_command("cluster", "remove", "gmc")
    assert not Finding.objects.standing().exists()
    ended = Finding.objects.get(rule="C8").transitions.last()
    assert ended is not None
    assert "no longer among the clusters that are read" in ended.reason
    assert not Cluster.objects.exists()


def test_the_first_cluster_of_ones_own_takes_the_demos_place(capsys: pytest.CaptureFixture[str]) -> None:
    offer_demo()
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    assert "demo fleet is gone" in capsys.readouterr().out
    assert [c.is_demo for c in Cluster.objects.management()] == [False]


def test_subnets_are_declared_listed_and_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("subnet", "add", "10.10.222.0/24", "--gateway", "10.10.222.1", "--name", "prod-a")
    call_command("subnet", "list")
    assert "10.10.222.0/24  prod-a  declared, gateway 10.10.222.1" in capsys.readouterr().out
    assert "is not a CIDR" in str(refusal("subnet", "add", "10.10.222.0"))
    call_command("subnet", "remove", "10.10.222.0/24")
    assert not Subnet.objects.exists()
    assert "is not declared" in str(refusal("subnet", "remove", "10.10.222.0/24"))


def test_the_list_says_how_well_each_cluster_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("cluster", "list")
    assert "No cluster is registered" in capsys.readouterr().out
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    with pytest.raises(SystemExit):
        call_command("poll")
    call_command("cluster", "list")
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("gmc")}
    assert "the same cluster as gmc" in lines["gmc/org-giantswarm/gmc"]
    assert "failed at" in lines["gmc/org-research/edge"]


def _service(address: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "annotations": {"kube-vip.io/loadbalancerIPs": address},
        },
        "spec": {"type": "LoadBalancer"},
    }
