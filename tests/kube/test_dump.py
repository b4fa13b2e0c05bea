"""A folder of files in the place of a cluster."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ipviz.domain.seen import Observation, Read, Unread
from ipviz.kube.errors import BadDump, KubeError
from ipviz.kube.kinds import KINDS, kinds_for
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source
from tests.kube.samples import cloud_provider, ip_address, load_balancer, meta, names_of

IPAM_V1 = "ipam.cluster.x-k8s.io/v1beta1"


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def kubectl_list(*objects: Any) -> Any:
    return {"apiVersion": "v1", "kind": "List", "items": objects}


def typed(kind: str, of: Any, api_version: str = "v1") -> Any:
    return {"kind": kind, "apiVersion": api_version, **of}


def observed(folder: Path) -> Observation:
    with open_source(dump=folder) as source:
        return parse(source.listing(kinds_for(is_management=True)))


def test_each_object_goes_by_its_own_kind(tmp_path: Path) -> None:
    write(
        tmp_path / "everything.json",
        kubectl_list(
            typed("IPAddress", ip_address("blue"), IPAM_V1),
            typed("IPAddress", ip_address("10.0.0.1"), "networking.k8s.io/v1"),
            typed("Service", load_balancer("web")),
            typed("Pod", {"metadata": meta("pod")}),
        ),
    )
    write(tmp_path / "typed.json", {**typed("NodeList", {}), "items": [{"metadata": meta("node-0")}]})
    write(tmp_path / "one.json", typed("Namespace", {"metadata": meta("kube-system")}))
    write(tmp_path / "README.md", b"not read")
    found = observed(tmp_path)
    assert {kind: names_of(read) for kind, read in found.kinds.items() if names_of(read)} == {
        "IPAddress": ["blue"],
        "Service": ["web"],
        "Node": ["node-0"],
        "Namespace": ["kube-system"],
    }
    assert (found.error, found.cluster_uid) == ("", "uid-of-kube-system")


def test_a_kind_that_no_file_mentions_has_no_objects(tmp_path: Path) -> None:
    write(tmp_path / "services.json", kubectl_list())
    assert set(observed(tmp_path).kinds.values()) == {Read()}


def test_a_list_of_nothing_may_be_null_as_go_writes_it(tmp_path: Path) -> None:
    write(tmp_path / "services.json", {"kind": "ServiceList", "apiVersion": "v1", "items": None})
    assert observed(tmp_path).kinds["Service"] == Read()


def test_the_first_part_of_a_list_is_not_the_list(tmp_path: Path) -> None:
    some = {"metadata": {"resourceVersion": "1", "continue": "more"}, "items": [load_balancer("web")]}
    write(tmp_path / "some.json", {**typed("ServiceList", {}), **some})
    write(tmp_path / "nodes.json", kubectl_list(typed("Node", {"metadata": meta("node-0")})))
    found = observed(tmp_path)
    assert found.kinds["Service"] == Unread(
        f"{tmp_path / 'some.json'}: the first part of a list (its `continue` is set): fetch all of it, "
        "with `kubectl get KIND -A -o json`"
    )
    assert names_of(found.kinds["Node"]) == ["node-0"]


def test_several_files_of_one_kind_are_one_list(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.json", kubectl_list(typed("Service", load_balancer(name))))
    assert names_of(observed(tmp_path).kinds["Service"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("Forbidden", Unread("{path}: left out when the dump was made: services is forbidden")),
        ("ServiceUnavailable", Unread("{path}: left out when the dump was made: services is forbidden")),
        ("NotFound", Read(installed=False)),
    ],
)
def test_an_answer_that_is_no_list_is_not_taken_for_an_empty_one(
    reason: str, found: Read | Unread, tmp_path: Path
) -> None:
    path = tmp_path / "services.json"
    write(path, typed("Status", {"reason": reason, "message": "services is forbidden"}))
    if isinstance(found, Unread):
        found = Unread(found.reason.format(path=path))
    assert observed(tmp_path).kinds["Service"] == found


def test_no_more_than_one_file_is_held_at_a_time(tmp_path: Path) -> None:
    size = 4 << 20
    for kind in ("Service", "Node", "Namespace", "ConfigMap", "Machine", "Cluster"):
        filler = typed(kind, {"metadata": {**meta("x", "y"), "annotations": {"filler": "x" * size}}})
        write(tmp_path / f"{kind}.json", kubectl_list(filler))
    with open_source(dump=tmp_path) as source:
        listing = source.listing(kinds_for(is_management=True))
        parse(listing)
        tracemalloc.start()
        parse(listing)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 5 * size


def test_only_the_config_maps_that_matter_are_kept(tmp_path: Path) -> None:
    def config_map(name: str, namespace: str) -> Any:
        return typed(
            "ConfigMap", {"metadata": meta(name, namespace), "data": {"cidr-global": "192.0.2.0/28"}}
        )

    provider = cloud_provider({"KUBEVIP_NAMESPACE": "lb", "KUBEVIP_CONFIG_MAP": "ranges"})
    write(tmp_path / "deployments.json", kubectl_list(typed("Deployment", provider, "apps/v1")))
    write(
        tmp_path / "configmaps.json",
        kubectl_list(
            config_map("ranges", "lb"),
            config_map("kubevip", "kube-system"),
            config_map("kubevip", "elsewhere"),
            config_map("coredns", "kube-system"),
        ),
    )
    assert names_of(observed(tmp_path).kinds["ConfigMap"]) == ["ranges", "kubevip"]


def test_a_wanted_config_map_that_is_odd_is_reported_and_not_left_out(tmp_path: Path) -> None:
    odd = typed("ConfigMap", {"metadata": {**meta("kubevip", "kube-system"), "annotations": 7}})
    write(tmp_path / "configmaps.json", kubectl_list(odd))
    found = observed(tmp_path).kinds["ConfigMap"]
    assert isinstance(found, Read)
    assert [each.name for each in found.unreadable] == ["kubevip"]


def test_the_other_namespaces_of_a_dump_are_not_the_cluster(tmp_path: Path) -> None:
    spaces = [typed("Namespace", {"metadata": meta(name)}) for name in ("default", "kube-system")]
    write(tmp_path / "namespaces.json", kubectl_list(*spaces))
    assert names_of(observed(tmp_path).kinds["Namespace"]) == ["kube-system"]


@pytest.mark.parametrize(
    ("stem", "kind"),
    [
        ("services", "Service"),
        ("Service", "Service"),
        ("ServiceList", "Service"),
        ("ipaddresses.ipam.cluster.x-k8s.io", "IPAddress"),
        ("ipaddresses", "IPAddress"),
        ("clusters.cluster.x-k8s.io", "Cluster"),
    ],
)
def test_a_broken_file_blinds_the_kind_that_its_name_tells(stem: str, kind: str, tmp_path: Path) -> None:
    write(tmp_path / f"{stem}.json", b'{"kind": "List", "items": [{"kind": "Ser')
    write(tmp_path / "z.json", kubectl_list(typed("Node", {"metadata": meta("node-0")})))
    found = observed(tmp_path)
    blind = [name for name, read in found.kinds.items() if isinstance(read, Unread)]
    # Which ConfigMaps to read is said by Deployments alone, so no other kind goes with it.
    assert blind == [kind]
    reason = found.kinds[kind]
    assert isinstance(reason, Unread)
    assert reason.reason.startswith(f"{tmp_path / stem}.json: not a list or object in JSON, or cut off: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a list or object in JSON, or cut off"),
        (b"[]", "not a list or object in JSON, or cut off"),
        (b'{"items": [7]}', "not a list of objects"),
        (b'{"kind": "List", "items": null, "metadata": {"continue": "x"}}', "the first part of a list"),
        (b'{"kind": "List"}', "a list without items"),
        (b"{}", "holds an object without a kind"),
        (b'{"kind": "List", "items": [{}]}', "holds an object without a kind"),
    ],
)
def test_a_broken_file_of_no_telling_name_blinds_every_kind(
    content: bytes, said: str, tmp_path: Path
) -> None:
    write(tmp_path / "backup.json", content)
    write(tmp_path / "nodes.json", kubectl_list())
    found = observed(tmp_path)
    assert {isinstance(read, Unread) for read in found.kinds.values()} == {True}
    assert len(found.kinds) == len(KINDS)
    assert found.error.startswith(f"{tmp_path / 'backup.json'}: {said}")


def test_a_version_that_we_do_not_read_blinds_its_kind_alone(tmp_path: Path) -> None:
    old = typed("InClusterIPPool", {"metadata": meta("old", "a")}, "ipam.cluster.x-k8s.io/v1alpha1")
    write(tmp_path / "all.json", kubectl_list(old, typed("Node", {"metadata": meta("node-0")})))
    found = observed(tmp_path)
    assert names_of(found.kinds["Node"]) == ["node-0"]
    assert found.kinds["InClusterIPPool"] == Unread(
        f"{tmp_path / 'all.json'}: InClusterIPPool in version v1alpha1, and this program reads v1alpha2"
    )


def test_many_objects_come_in_pages(tmp_path: Path) -> None:
    objects = [typed("IPAddress", ip_address(f"a{n}"), IPAM_V1) for n in range(1201)]
    write(tmp_path / "ipaddresses.json", kubectl_list(*objects))
    assert len(names_of(observed(tmp_path).kinds["IPAddress"])) == 1201


def test_a_folder_that_is_no_dump_says_what_to_do(tmp_path: Path) -> None:
    for folder, said in (
        (tmp_path / "gone", "is not a folder: make it with `kubectl get KIND -A -o json > FILE.json`"),
        (tmp_path, "holds no .json file: write some with `kubectl get KIND -A -o json`"),
    ):
        with pytest.raises(BadDump) as caught:
            open_source(dump=folder)
        assert str(caught.value) == f"dump {folder} {said}"


def test_a_workload_clusters_dump_lies_in_a_folder_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "services.json", kubectl_list())
    write(
        tmp_path / "workload/org-acme_blue/services.json",
        kubectl_list(typed("Service", load_balancer("web"))),
    )
    with open_source(dump=tmp_path) as source, source.workload("org-acme", "blue") as blue:
        assert names_of(parse(blue.listing(kinds_for(is_management=False))).kinds["Service"]) == ["web"]
        with pytest.raises(KubeError, match="org-acme_green is not a folder"):
            source.workload("org-acme", "green")


@pytest.mark.parametrize(
    ("namespace", "name"),
    [("..", ".."), ("a/../../..", "b"), ("a", "../b"), ("", "b"), ("a\x00", "b"), ("a", "B")],
)
def test_a_cluster_cannot_name_its_way_out_of_the_folder(namespace: str, name: str, tmp_path: Path) -> None:
    write(tmp_path / "services.json", kubectl_list())
    with open_source(dump=tmp_path) as source, pytest.raises(BadDump, match="not a cluster's name"):
        source.workload(namespace, name)


def test_links_may_not_leave_the_folder(tmp_path: Path) -> None:
    dump, outside = tmp_path / "dump", tmp_path / "outside"
    write(outside / "services.json", kubectl_list(typed("Service", load_balancer("web"))))
    write(dump / "nodes.json", kubectl_list())
    (dump / "services.json").symlink_to(outside / "services.json")
    (dump / "workload").mkdir()
    (dump / "workload/org-acme_blue").symlink_to(outside)
    assert observed(dump).kinds["Service"] == Unread(
        f"{dump / 'services.json'}: a link that leaves the dump's folder"
    )
    with open_source(dump=dump) as source, pytest.raises(BadDump, match="lies outside"):
        source.workload("org-acme", "blue")


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "nodes.json").mkdir()
    assert observed(tmp_path).kinds["Node"] == Unread(f"{tmp_path / 'nodes.json'}: not a file")


def test_exactly_one_place_is_opened(tmp_path: Path) -> None:
    for places in ({}, {"dump": tmp_path, "in_cluster": True}, {"dump": "", "kubeconfig": ""}):
        with pytest.raises(ValueError, match="give one of"):
            open_source(**places)
