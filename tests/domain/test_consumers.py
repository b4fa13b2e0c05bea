"""Whose address it is: the order of docs/domain.md, "Model the rules need"."""

from typing import Any

import pytest

from ipviz.domain.consumers import Consumers, name_of, own_cluster, workload_path
from ipviz.domain.occupants import Consumer, Purpose
from ipviz.domain.seen import Seen, SeenMachine
from tests.builders import (
    ref,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_machine,
    seen_node,
    seen_service,
    seen_vm,
    seen_vsphere_cluster,
)
from tests.vectors import VECTORS


def consumers(*clusters: Seen, **more: tuple[Seen, ...]) -> Consumers:
    return Consumers.of({"Cluster": clusters, **more}, path="gmc", is_management=True)


def machine(name: str, cluster: str, provider_id: str, namespace: str = "org-acme") -> SeenMachine:
    return SeenMachine(ref("Machine", name, namespace), cluster, provider_id)


def who(consumer: Consumer) -> tuple[str, str]:
    return consumer.cluster, consumer.purpose.value


@pytest.mark.parametrize("vector", VECTORS["claim_purpose"], ids=lambda v: str(v["claim"]))
def test_a_claim_is_attributed_as_its_labels_and_name_say(vector: dict[str, Any]) -> None:
    labels = vector["labels"]
    claim = seen_claim(
        vector["claim"],
        cluster_name=labels.get("cluster.x-k8s.io/cluster-name", ""),
        giantswarm_cluster=labels.get("giantswarm.io/cluster", ""),
        machine=vector.get("owner", "").removeprefix("VSphereVM/"),
    )
    consumer = consumers().of_address(seen_address("10.0.0.5", vector["claim"]), claim)
    path = f"gmc/org-acme/{vector['cluster']}" if vector["cluster"] else ""
    assert who(consumer) == (path, vector["purpose"])
    assert who(consumers().of_claim(claim)) == (path, vector["purpose"])


def test_a_claim_without_labels_is_told_by_a_cluster_of_its_name() -> None:
    known = consumers(seen_cluster("alpha"))
    assert who(known.of_claim(seen_claim("alpha"))) == ("gmc/org-acme/alpha", "cp")
    assert who(known.of_claim(seen_claim("alpha-svc-lb-2"))) == ("gmc/org-acme/alpha", "svc-lb")
    assert who(known.of_claim(seen_claim("alpha-svc-lb-x"))) == ("", "manual")


def test_a_cluster_of_another_namespace_tells_nothing() -> None:
    known = consumers(seen_cluster("alpha", namespace="org-other"))
    assert who(known.of_claim(seen_claim("alpha"))) == ("", "manual")


def test_the_label_comes_before_the_name_of_another_cluster() -> None:
    known = consumers(seen_cluster("alpha"), seen_cluster("beta"))
    claim = seen_claim("alpha-svc-lb-0", giantswarm_cluster="alpha-svc-lb-0")
    assert who(known.of_claim(claim)) == ("gmc/org-acme/alpha-svc-lb-0", "cp")
    assert who(known.of_claim(seen_claim("beta", giantswarm_cluster="alpha"))) == ("gmc/org-acme/beta", "cp")


def test_an_owning_machine_comes_before_every_label() -> None:
    claim = seen_claim("alpha", cluster_name="alpha", giantswarm_cluster="beta", machine="alpha-w-0")
    consumer = consumers().of_claim(claim)
    assert (*who(consumer), consumer.machine) == ("gmc/org-acme/alpha", "machine", "alpha-w-0")
    assert consumers().of_claim(seen_claim("x", machine="vm-0")).cluster == ""


def test_a_linked_claim_of_an_odd_name_serves_its_cluster_for_any_purpose() -> None:
    for claim in (seen_claim("vip", cluster_name="alpha"), seen_claim("vip", giantswarm_cluster="alpha")):
        consumer = consumers().of_claim(claim)
        assert who(consumer) == ("gmc/org-acme/alpha", "manual")
        assert consumer.is_same(Consumer("gmc/org-acme/alpha", Purpose.SERVICE))
        assert consumer.is_same(Consumer("gmc/org-acme/alpha", Purpose.CONTROL_PLANE))
        assert not consumer.is_same(Consumer("gmc/org-acme/beta", Purpose.SERVICE))


def test_a_link_is_read_with_the_claims_name() -> None:
    assert consumers().of_claim(seen_claim("a", cluster_name="a")).purpose is Purpose.CONTROL_PLANE
    assert consumers().of_claim(seen_claim("a-svc-lb-0", cluster_name="a")).purpose is Purpose.SERVICE


def test_an_equal_endpoint_is_a_weak_hint_and_the_last() -> None:
    known = consumers(seen_cluster("alpha", "10.0.0.5"), seen_cluster("beta", "lb.example.com"))
    hinted = known.of_address(seen_address("10.0.0.5", "pssss"), seen_claim("pssss"))
    assert who(hinted) == ("gmc/org-acme/alpha", "cp")
    assert hinted.weak
    assert not known.of_address(seen_address("10.0.0.6", "pssss"), seen_claim("pssss")).cluster
    named = known.of_address(seen_address("10.0.0.5", "beta"), seen_claim("beta"))
    assert (named.cluster, named.weak) == ("gmc/org-acme/beta", False)


def test_an_address_without_its_claim_is_told_by_its_name_and_label() -> None:
    known = consumers(seen_cluster("alpha"))
    assert who(known.of_address(seen_address("10.0.0.5", "alpha"), None)) == ("gmc/org-acme/alpha", "cp")
    assert who(known.of_address(seen_address("10.0.0.5", "byhand", claim=""), None)) == ("", "manual")
    linked = seen_address("10.0.0.5", "vip", cluster_name="alpha")
    assert known.of_address(linked, None).cluster == "gmc/org-acme/alpha"


def test_two_unknown_consumers_are_never_the_same() -> None:
    nobody = Consumer("", Purpose.MANUAL)
    assert not nobody.is_same(nobody)


def test_a_machines_address_is_not_anothers() -> None:
    one, other = (Consumer("gmc/a/b", Purpose.MACHINE, machine=name) for name in ("w-0", "w-1"))
    assert one.is_same(one)
    assert not one.is_same(other)


def test_every_consumer_says_by_which_rule() -> None:
    known = consumers(seen_cluster("alpha"))
    claims = (
        seen_claim("alpha"),
        seen_claim("pssss"),
        seen_claim("alpha", giantswarm_cluster="alpha"),
        seen_claim("vip", cluster_name="alpha"),
        seen_claim("vip", giantswarm_cluster="alpha"),
        seen_claim("vip", machine="w-0"),
    )
    assert len({known.of_claim(claim).by for claim in claims}) == len(claims)


def test_kamaji_serves_a_clusters_api_by_a_service_of_its_name() -> None:
    known = consumers(seen_cluster("alpha"))
    assert who(known.of_service(seen_service("alpha", namespace="org-acme"))) == ("gmc/org-acme/alpha", "cp")
    assert who(known.of_service(seen_service("alpha", namespace="shop"))) == ("gmc", "svc-lb")


def test_a_workload_cluster_knows_no_kamaji() -> None:
    known = Consumers.of({"Cluster": (seen_cluster("alpha"),)}, path="gmc/org-acme/beta", is_management=False)
    assert who(known.of_service(seen_service("alpha", namespace="org-acme"))) == (
        "gmc/org-acme/beta",
        "svc-lb",
    )


def test_a_vsphere_cluster_belongs_to_the_cluster_that_refers_to_it() -> None:
    known = consumers(seen_cluster("alpha", infrastructure="alpha-infra"))
    for seen in (
        seen_vsphere_cluster("alpha-infra"),
        seen_vsphere_cluster("x", cluster_name="alpha"),
        seen_vsphere_cluster("alpha"),
    ):
        assert who(known.of_vsphere_cluster(seen)) == ("gmc/org-acme/alpha", "cp")


def test_a_management_cluster_knows_itself_by_its_machines() -> None:
    records: dict[str, tuple[Seen, ...]] = {
        "Cluster": (seen_cluster("home", "10.0.0.1"), seen_cluster("alpha", "10.0.0.2")),
        "Node": (seen_node("n", "10.0.0.9", provider_id="vsphere://1"), seen_node("m", "10.0.0.8")),
        "Machine": (
            machine("a", "alpha", "vsphere://2"),
            machine("h", "home", "vsphere://1"),
            machine("x", "x", ""),
        ),
    }
    assert own_cluster(records) == ("org-acme", "home")
    known = Consumers.of(records, path="gmc", is_management=True)
    assert known.of_cluster(seen_cluster("home")).cluster == "gmc"
    assert known.of_cluster(seen_cluster("alpha")).cluster == "gmc/org-acme/alpha"
    assert known.of_claim(seen_claim("home-svc-lb-0")).is_same(known.of_service(seen_service("web")))


def test_without_machines_it_does_not() -> None:
    assert own_cluster({"Node": (seen_node("n", "10.0.0.9", provider_id="vsphere://1"),)}) is None


def test_a_path_tells_a_workload_clusters_name() -> None:
    assert name_of(workload_path("gmc", "org-acme", "alpha")) == ("org-acme", "alpha")
    assert name_of("gmc") is None


def test_a_label_finds_the_only_cluster_of_its_name_in_another_namespace() -> None:
    claim = seen_claim("alpha", giantswarm_cluster="alpha")
    alone = consumers(seen_cluster("alpha", namespace="org-other"))
    assert who(alone.of_claim(claim)) == ("gmc/org-other/alpha", "cp")
    both = consumers(
        seen_cluster("alpha", namespace="org-other"), seen_cluster("alpha", namespace="org-third")
    )
    assert who(both.of_claim(claim)) == ("gmc/org-acme/alpha", "cp")


@pytest.mark.parametrize(
    ("name", "purpose"), [("gmc", Purpose.CONTROL_PLANE), ("gmc-svc-lb-0", Purpose.SERVICE)]
)
def test_a_claim_for_a_management_cluster_that_does_not_list_itself_serves_it(
    name: str, purpose: Purpose
) -> None:
    found = consumers().of_claim(seen_claim(name, giantswarm_cluster="gmc"))
    assert (found.cluster, found.purpose) == ("gmc", purpose)


def test_a_cluster_here_of_the_management_clusters_name_goes_before_it() -> None:
    found = consumers(seen_cluster("gmc")).of_claim(seen_claim("gmc", giantswarm_cluster="gmc"))
    assert found.cluster == "gmc/org-acme/gmc"


def test_a_machines_claim_serves_the_machine_by_the_name_of_its_node() -> None:
    records: dict[str, tuple[Seen, ...]] = {
        "Machine": (seen_machine("beta-abc", infrastructure="beta-0", node="node-0"),),
        "VSphereMachine": (seen_vm("beta-0", kind="VSphereMachine"),),
        "VSphereVM": (seen_vm("beta-0"),),
    }
    for claim in (
        seen_claim("beta-0-0-0", machine="beta-0", cluster_name="beta"),
        seen_claim("beta-0-0-0", machine="beta-0"),
    ):
        found = consumers(**records).of_claim(claim)
        assert (found.cluster, found.machine) == ("gmc/org-acme/beta", "node-0")
        assert found.by == "VSphereVM beta-0 owns the claim"


def test_the_claim_of_a_machine_that_was_not_seen_serves_it_by_the_vms_name() -> None:
    found = consumers().of_claim(seen_claim("beta-0-0-0", machine="beta-0", cluster_name="beta"))
    assert (found.cluster, found.machine) == ("gmc/org-acme/beta", "beta-0")


def test_a_claim_for_a_machine_of_the_management_cluster_itself_serves_its_node() -> None:
    records: dict[str, tuple[Seen, ...]] = {
        "Node": (seen_node("gmc-0", provider_id="vsphere://1"),),
        "Machine": (seen_machine("gmc-abc", cluster="gmc", provider_id="vsphere://1"),),
        "VSphereVM": (seen_vm("gmc-vm-0", cluster="gmc", provider_id="vsphere://1"),),
    }
    found = consumers(**records).of_claim(seen_claim("gmc-vm-0-0-0", machine="gmc-vm-0", cluster_name="gmc"))
    assert (found.cluster, found.machine) == ("gmc", "gmc-0")
