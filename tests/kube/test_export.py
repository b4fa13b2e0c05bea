"""A dump that we write is read as the cluster was."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipviz.domain.seen import Observation, Read, Unread
from ipviz.kube.draft import MARK, WrongFolder, draft
from ipviz.kube.errors import Unreachable
from ipviz.kube.export import LEFT_OUT, export, leave_out
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import KINDS
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source
from tests.apiserver import FakeApiServer
from tests.kube.reading import ALL, SOON, connection_to, reason, typed
from tests.kube.samples import cloud_provider, ip_address, load_balancer, meta, names_of

IPAM_V1 = "ipam.cluster.x-k8s.io/v1beta1"


def exported(server: FakeApiServer, folder: Path) -> Observation:
    folder.mkdir(exist_ok=True)
    with LiveSource(connection_to(server), SOON) as source:
        return export(source.listing(ALL), folder)


def dumped(folder: Path) -> Observation:
    with open_source(dump=folder) as source:
        return parse(source.listing(ALL))


def items_of(path: Path) -> list[Any]:
    found = json.loads(path.read_bytes())
    assert (found["kind"], found["apiVersion"]) == ("List", "v1")
    items: list[Any] = found["items"]
    return items


def test_what_was_exported_is_read_as_the_cluster_was(server: FakeApiServer, tmp_path: Path) -> None:
    server.create(typed("IPAddress", ip_address(f"a{n:04}")) for n in range(1201))
    server.create([typed("IPAddress", ip_address("odd", "not-an-ip"))])
    provider = cloud_provider({"KUBEVIP_NAMESPACE": "lb", "KUBEVIP_CONFIG_MAP": "ranges"})
    ranges = {"metadata": meta("ranges", "lb"), "data": {"cidr-global": "192.0.2.0/28"}}
    server.create([typed("Deployment", provider, "apps/v1"), typed("ConfigMap", ranges)])
    server.serve("InClusterIPPool")
    found = exported(server, tmp_path)
    assert found == dumped(tmp_path)
    address = found.kinds["IPAddress"]
    assert isinstance(address, Read)
    assert (len(address.records), len(address.unreadable)) == (1202, 1)
    assert found.kinds["InClusterIPPool"] == Read(installed=False)
    assert names_of(found.kinds["ConfigMap"]) == ["ranges"]


def test_each_object_says_its_kind_and_version_as_kubectl_has_it(
    server: FakeApiServer, tmp_path: Path
) -> None:
    server.serve("IPAddress", "v1alpha1", "v1beta1")
    exported(server, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {kind.plural for kind in KINDS}
    (address,) = items_of(tmp_path / "ipaddresses.json")
    assert (address["kind"], address["apiVersion"]) == ("IPAddress", IPAM_V1)
    (space,) = items_of(tmp_path / "namespaces.json")
    assert (space["kind"], space["apiVersion"]) == ("Namespace", "v1")


def test_a_dump_that_is_exported_again_stays_what_it_was(server: FakeApiServer, tmp_path: Path) -> None:
    server.serve("Machine")
    server.fail("Node", status=403)
    first, second = tmp_path / "first", tmp_path / "second"
    exported(server, first)
    second.mkdir()
    with open_source(dump=first) as source:
        again = export(source.listing(ALL), second)
    for kind, read in dumped(second).kinds.items():
        if isinstance(read, Unread):
            assert kind == "Node"
            assert "not allowed to read nodes" in read.reason
        else:
            assert read == again.kinds[kind]
    assert dumped(second).kinds["Machine"] == Read(installed=False)


def test_a_typed_list_of_a_dump_keeps_the_version_that_only_it_says(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    listed = {"kind": "IPAddressList", "apiVersion": IPAM_V1, "items": [ip_address("blue")]}
    (first / "some.json").write_text(json.dumps(listed))
    with open_source(dump=first) as source:
        export(source.listing(ALL), second)
    (address,) = items_of(second / "ipaddresses.json")
    assert (address["kind"], address["apiVersion"]) == ("IPAddress", IPAM_V1)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"status": 403, "message": "services is forbidden"}, "(403): services is forbidden"),
        ({"status": 500}, "(500): made to fail by the test"),
        ({"cut": True}, "is cut off or not HTTP"),
        ({"body": b"<html>"}, "the list of Service objects is not one: JSON is malformed"),
    ],
    ids=str,
)
def test_a_kind_that_could_not_be_read_is_not_empty_in_the_dump(
    how: dict[str, Any], said: str, server: FakeApiServer, tmp_path: Path
) -> None:
    server.fail("Service", **how)
    found = exported(server, tmp_path)
    again = dumped(tmp_path)
    assert [kind for kind, read in again.kinds.items() if isinstance(read, Unread)] == ["Service"]
    for told in (reason(found, "Service"), reason(again, "Service")):
        assert said in told
    assert "services.json: left out when the dump was made: " in reason(again, "Service")


def test_a_list_that_breaks_off_in_the_middle_leaves_nothing_of_it(
    server: FakeApiServer, tmp_path: Path
) -> None:
    server.create(typed("IPAddress", ip_address(f"a{n:04}")) for n in range(700))
    server.fail("IPAddress", status=500, after_pages=1)
    exported(server, tmp_path)
    assert "(500)" in reason(dumped(tmp_path), "IPAddress")


def test_a_list_that_is_started_again_is_written_once(server: FakeApiServer, tmp_path: Path) -> None:
    server.create(typed("IPAddress", ip_address(f"a{n:04}")) for n in range(700))
    server.fail("IPAddress", status=410, after_pages=1, times=2)
    exported(server, tmp_path)
    assert len(items_of(tmp_path / "ipaddresses.json")) == 701


def test_where_deployments_may_not_be_read_config_maps_still_are(
    server: FakeApiServer, tmp_path: Path
) -> None:
    server.create([typed("ConfigMap", {"metadata": meta("kubevip", "kube-system"), "data": {"a": "b"}})])
    server.fail("Deployment", status=403)
    exported(server, tmp_path)
    assert names_of(dumped(tmp_path).kinds["ConfigMap"]) == ["kubevip"]


def test_only_what_the_program_reads_is_written(server: FakeApiServer, tmp_path: Path) -> None:
    secret = "s3cret"
    other = {"containers": [{"image": "shop", "env": [{"name": "PASSWORD", "value": secret}]}]}
    server.create(
        [
            typed("Secret", {"metadata": meta("own", "shop"), "data": {"a": secret}}),
            typed("ConfigMap", {"metadata": meta("own", "kube-system"), "data": {"a": secret}}),
            typed("Pod", {"metadata": meta("own", "kube-system"), "spec": other}),
            typed(
                "Deployment",
                {"metadata": meta("own", "kube-system"), "spec": {"template": {"spec": other}}},
                "apps/v1",
            ),
            typed("Service", {"metadata": meta("own", "shop"), "spec": {"externalName": secret}}),
        ]
    )
    exported(server, tmp_path)
    assert secret not in "".join(path.read_text() for path in tmp_path.iterdir())


def test_of_what_it_reads_neither_history_nor_other_variables_are(
    server: FakeApiServer, tmp_path: Path
) -> None:
    secret = "s3cret"
    applied = {"kubectl.kubernetes.io/last-applied-configuration": secret, "kube-vip.io/vipHost": "node-0"}
    extra = {"annotations": applied, "managedFields": [{"manager": secret}]}
    provider = cloud_provider(
        {"KUBEVIP_CONFIG_MAP": "ranges", "bgp_peers": f"192.0.2.1:65000:{secret}:false"}
    )
    server.create(
        [
            typed("Service", load_balancer("shop", metadata=extra)),
            typed("Deployment", provider, "apps/v1"),
        ]
    )
    assert exported(server, tmp_path) == dumped(tmp_path)
    assert secret not in "".join(path.read_text() for path in tmp_path.iterdir())
    assert "node-0" in (tmp_path / "services.json").read_text()
    deployments = (tmp_path / "deployments.json").read_text()
    assert "ranges" in deployments
    assert LEFT_OUT in deployments


def test_of_kube_vips_own_pod_all_is_kept_that_tells_of_addresses(
    server: FakeApiServer, tmp_path: Path
) -> None:
    told = {
        "address": "192.0.2.2",
        "bgp_enable": "true",
        "cp_enable": "true",
        "cp_namespace": "kube-system",
        "lb_class_name": "example.test/class",
        "lb_class_only": "true",
        "svc_election": "true",
        "svc_enable": "true",
        "svc_leasename": "services",
        "vip_arp": "true",
        "vip_interface": "eth0",
        "vip_leasename": "control-plane",
    }
    secret = {"bgp_peerpass": "s3cret", "bgp_peers": "192.0.2.1:65000:s3cret:false"}
    env = [{"name": name, "value": value} for name, value in {**told, **secret}.items()]
    container = {"name": "kube-vip", "image": "ghcr.io/kube-vip/kube-vip:v1.0.0", "env": env}
    pod = {"metadata": meta("kube-vip-node-0", "kube-system"), "spec": {"containers": [container]}}
    server.create([typed("Pod", pod)])
    found = exported(server, tmp_path)
    assert names_of(found.kinds["Pod"]) == ["kube-vip-node-0"]
    assert found == dumped(tmp_path)
    (written,) = items_of(tmp_path / "pods.json")
    kept = {each["name"]: each["value"] for each in written["spec"]["containers"][0]["env"]}
    assert kept == {**told, "bgp_peerpass": LEFT_OUT, "bgp_peers": LEFT_OUT}


def test_a_cluster_that_is_not_read_at_all_says_so_in_each_file(tmp_path: Path) -> None:
    found = leave_out(ALL, tmp_path, Unreachable("https://192.0.2.7: no connection"))
    assert found.error == "https://192.0.2.7: no connection"
    again = dumped(tmp_path)
    assert all(isinstance(read, Unread) for read in again.kinds.values())
    assert again.error.endswith("left out when the dump was made: https://192.0.2.7: no connection")


# Its folder


def test_a_folder_is_there_when_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "dump"
    with draft(folder, "gmc") as made:
        (made / "a.json").write_text("1")
        assert not folder.exists()
    assert {path.name for path in folder.iterdir()} == {"a.json", MARK}
    assert folder.stat().st_mode & 0o777 == (tmp_path / "new").stat().st_mode & 0o777
    with draft(folder, "gmc") as made:
        (made / "b.json").write_text("2")
    assert {path.name for path in folder.iterdir()} == {"b.json", MARK}
    assert list((tmp_path / "new").iterdir()) == [folder]


def test_what_was_there_stays_where_the_next_one_fails(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    with draft(folder, "gmc") as made:
        (made / "a.json").write_text("1")
    with pytest.raises(FileNotFoundError), draft(folder, "gmc") as made:
        (made / "no such folder" / "b.json").write_text("2")
    assert {path.name for path in folder.iterdir()} == {"a.json", MARK}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(WrongFolder, match="is not empty, and no earlier export"), draft(tmp_path, "gmc"):
        pass
    with pytest.raises(WrongFolder, match="is not a folder"), draft(tmp_path / "thesis.txt", "gmc"):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "mine"
