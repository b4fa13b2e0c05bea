"""`manage.py export`: what is written of a cluster is polled as the cluster was."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Observation
from ipviz.kube.draft import MARK
from ipviz.kube.kinds import kinds_for
from ipviz.polling.look import look
from tests.apiserver import READER, FakeApiServer
from tests.factories import NINE, workload_cluster
from tests.needs import apiserver
from tests.story.fleet import Server, load_fleet
from tests.story.servers import fake_servers, real_servers

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("gmc", "beta", "gamma")
DEMO = Path(__file__).parent.parent.parent / "demo" / "gmc"


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.requires("apiserver")), "fake"])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mapping[str, Server]]:
    """A fleet whose clusters are registered, and read by who may read only."""
    assets = apiserver()
    is_real = request.param == "real" and assets is not None
    made = real_servers(tmp_path / "planes", assets, *NAMES) if is_real and assets else fake_servers(*NAMES)
    with made as running:
        load_fleet(running, "gmc", ["beta", "gamma"])
        _add(running["gmc"], tmp_path)
        yield running


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Mapping[str, FakeApiServer]]:
    made = {name: FakeApiServer(name) for name in NAMES}
    for each in made.values():
        each.start()
    load_fleet(made, "gmc", ["beta", "gamma"])
    _add(made["gmc"], tmp_path)
    yield made
    for each in made.values():
        each.stop()


def _add(server: Server, folder: Path) -> None:
    kubeconfig = folder / "gmc.kubeconfig"
    kubeconfig.write_text(server.kubeconfig(READER))
    call_command("cluster", "add", "gmc", "--kubeconfig", str(kubeconfig))


def export(*words: str) -> int:
    try:
        call_command("export", *words)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def observed(cluster: Cluster) -> Observation:
    found = look(cluster, at=NINE).observation
    assert found.error == ""
    return found


def test_an_export_is_polled_as_the_clusters_were(servers: Mapping[str, Server], tmp_path: Path) -> None:
    assert export("gmc", str(tmp_path / "dump")) == 0
    call_command("poll", "gmc")
    live = {cluster.path: cluster for cluster in Cluster.objects.to_read()}
    assert set(live) >= {"gmc", "gmc/org-acme/beta", "gmc/org-acme/gamma"}
    before = {path: observed(cluster) for path, cluster in live.items()}

    Cluster.objects.filter(path="gmc").update(kubeconfig="", dump=str(tmp_path / "dump"))
    after = {cluster.path: observed(cluster) for cluster in Cluster.objects.to_read()}
    assert after.keys() == before.keys()
    for path, observation in before.items():
        assert after[path].kinds == observation.kinds, path


def test_an_export_says_how_far_it_is_and_what_it_found(
    fakes: Mapping[str, FakeApiServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert export("gmc", str(tmp_path / "dump")) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("gmc: ")
    assert sorted(line.partition(":")[0] for line in said[1:-1]) == [
        "gmc/org-acme/beta",
        "gmc/org-acme/gamma",
        "gmc/org-giantswarm/gmc",
    ]
    assert [line[line.index("(") :] for line in said[1:-1]] == ["(1 of 3)", "(2 of 3)", "(3 of 3)"]
    assert said[-1] == f"Written: {tmp_path / 'dump'}"


def test_what_could_not_be_read_is_named_and_is_not_empty_when_it_is_polled(
    fakes: Mapping[str, FakeApiServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes["gmc"].fail("Node", status=403, message="nodes is forbidden")
    fakes["beta"].stop()
    assert export("gmc", str(tmp_path / "dump")) == 1
    said = capsys.readouterr().out
    assert "  Node not read: not allowed to read nodes (403): nodes is forbidden" in said
    assert f"gmc/org-acme/beta: not readable: {fakes['beta'].url}: no connection: Connection refused" in said

    call_command("cluster", "remove", "gmc")
    call_command("cluster", "add", "gmc", "--dump", str(tmp_path / "dump"))
    capsys.readouterr()
    with pytest.raises(SystemExit):
        call_command("poll")
    said = capsys.readouterr().out
    assert "left out when the dump was made: not allowed to read nodes (403): nodes is forbidden" in said
    assert "gmc/org-acme/beta: not readable: " in said
    assert "Connection refused" in said


def test_a_cluster_of_which_nothing_is_read_leaves_an_earlier_export_as_it_was(
    fakes: Mapping[str, FakeApiServer], tmp_path: Path
) -> None:
    folder = tmp_path / "dump"
    assert export("gmc", str(folder), "--no-workload") == 0
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert {path.stem for path in before} == {
        Path(MARK).stem,
        *(kind.plural for kind in kinds_for(is_management=True)),
    }
    fakes["gmc"].stop()
    with pytest.raises(CommandError, match=r"gmc was not exported: .*refused") as refused:
        export("gmc", str(folder))
    assert refused.value.returncode == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_workload_cluster_can_be_exported_alone(fakes: Mapping[str, FakeApiServer], tmp_path: Path) -> None:
    call_command("poll")
    assert export("beta", str(tmp_path / "dump")) == 0
    assert {path.stem for path in (tmp_path / "dump").glob("*.json")} == {
        kind.plural for kind in kinds_for(is_management=False)
    }


def test_a_wrong_use_is_said_in_one_line(tmp_path: Path) -> None:
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    (tmp_path / "thesis.txt").write_text("mine")
    for words, said in (
        (("nobody", str(tmp_path / "dump")), "no such cluster: nobody"),
        (("gmc", str(tmp_path)), "is not empty, and no earlier export"),
        (("gmc", str(tmp_path / "thesis.txt")), "is not a folder"),
    ):
        with pytest.raises(CommandError, match=said) as refused:
            export(*words)
        assert refused.value.returncode == 2


def test_a_management_cluster_that_lists_itself_is_exported_by_its_path(tmp_path: Path) -> None:
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    workload_cluster(Cluster.objects.get(path="gmc"), "gmc")
    export("gmc", str(tmp_path / "dump"))
    assert (tmp_path / "dump" / "clusters.json").exists()


def test_a_dump_can_be_exported_too(tmp_path: Path) -> None:
    call_command("cluster", "add", "gmc", "--dump", str(DEMO))
    export("gmc", str(tmp_path / "dump"))
    before = look(Cluster.objects.to_read().get(path="gmc"), at=NINE).observation
    Cluster.objects.filter(path="gmc").update(dump=str(tmp_path / "dump"))
    assert look(Cluster.objects.to_read().get(path="gmc"), at=NINE).observation == before
