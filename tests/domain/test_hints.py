"""What two clusters' vCenter and port groups say of their networks, and what they leave open."""

import pytest

from ipviz.domain.hints import Network, are_apart, are_parted, by_network, networks_of
from ipviz.domain.seen import Seen, SeenCluster, SeenVSphereCluster, SeenVSphereMachine
from tests.builders import ref, seen_cluster
from tests.domain.test_fleet import records_of

ALPHA = ("org-acme", "alpha")
BETA = ("org-acme", "beta")
GROUP = "prod-222"


def machine(
    kind: str, name: str, cluster: str, *networks: str, namespace: str = "org-acme"
) -> SeenVSphereMachine:
    return SeenVSphereMachine(ref(kind, name, namespace), cluster, networks=networks)


def vsphere_cluster(
    name: str, server: str, *, namespace: str = "org-acme", of: str = ""
) -> SeenVSphereCluster:
    return SeenVSphereCluster(ref("VSphereCluster", name, namespace), of, server=server)


def records(**more: tuple[Seen, ...]) -> dict[str, tuple[Seen, ...]]:
    """A management cluster's lists: alpha and beta, each kind read whole unless left out."""
    lists: dict[str, tuple[Seen, ...]] = {
        "Cluster": (seen_cluster("alpha"), seen_cluster("beta")),
        "VSphereCluster": (),
        "VSphereMachine": (),
        "VSphereVM": (),
    }
    return {**lists, **more}


def without(kind: str, lists: dict[str, tuple[Seen, ...]]) -> dict[str, tuple[Seen, ...]]:
    return {each: read for each, read in lists.items() if each != kind}


def test_a_clusters_vcenter_and_port_groups_are_those_of_its_infrastructure_and_machines() -> None:
    found = networks_of(
        records(
            VSphereCluster=(vsphere_cluster("alpha", "vc-a.example.com"),),
            VSphereMachine=(machine("VSphereMachine", "alpha-w-0", "alpha", GROUP),),
            VSphereVM=(
                machine("VSphereVM", "alpha-w-0", "alpha", GROUP, "storage"),
                machine("VSphereVM", "beta-w-0", "beta", "lab"),
            ),
        )
    )
    assert found == {
        ALPHA: Network("vc-a.example.com", (GROUP, "storage")),
        BETA: Network("", ("lab",)),
    }


def test_a_vsphere_cluster_is_joined_by_its_label_by_reference_or_by_name() -> None:
    clusters = (
        seen_cluster("alpha"),
        seen_cluster("beta", infrastructure="beta-x7k2p"),
        seen_cluster("gamma"),
    )
    found = networks_of(
        records(
            Cluster=clusters,
            VSphereCluster=(
                vsphere_cluster("by-label", "vc-a.example.com", of="alpha"),
                vsphere_cluster("beta-x7k2p", "vc-b.example.com"),
                vsphere_cluster("gamma", "vc-c.example.com"),
            ),
        )
    )
    assert [network.vcenter for network in found.values()] == [
        "vc-a.example.com",
        "vc-b.example.com",
        "vc-c.example.com",
    ]


def test_clusters_of_one_name_in_two_namespaces_have_each_their_own() -> None:
    elsewhere = SeenCluster(ref("Cluster", "alpha", "org-umbra"))
    found = networks_of(
        records(
            Cluster=(seen_cluster("alpha"), elsewhere),
            VSphereVM=(
                machine("VSphereVM", "alpha-w-0", "alpha", "acme"),
                machine("VSphereVM", "alpha-w-0", "alpha", "umbra", namespace="org-umbra"),
            ),
        )
    )
    assert (found[ALPHA].port_groups, found["org-umbra", "alpha"].port_groups) == (("acme",), ("umbra",))


@pytest.mark.parametrize("kind", ["VSphereMachine", "VSphereVM"])
def test_port_groups_are_unknown_until_both_lists_of_machines_were_read(kind: str) -> None:
    """Half of them could look like another network than the whole."""
    lists = records(
        VSphereCluster=(vsphere_cluster("alpha", "vc-a.example.com"),),
        VSphereMachine=(machine("VSphereMachine", "alpha-w-0", "alpha", GROUP),),
        VSphereVM=(machine("VSphereVM", "alpha-w-0", "alpha", GROUP),),
    )
    assert networks_of(without(kind, lists))[ALPHA] == Network("vc-a.example.com", None)


def test_an_unread_list_leaves_what_was_known() -> None:
    known = Network("vc-a.example.com", (GROUP,))
    (unread,) = set(networks_of(without("VSphereVM", without("VSphereCluster", records()))).values())
    assert known.updated(unread) == known
    assert known.updated(Network("vc-b.example.com", None)) == Network("vc-b.example.com", (GROUP,))


def test_a_list_without_the_clusters_object_says_that_there_is_none() -> None:
    known = Network("vc-a.example.com", (GROUP,))
    assert known.updated(networks_of(records())[ALPHA]) == Network("", ())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Network("vc-a.example.com", (GROUP,)), Network("vc-b.example.com", (GROUP,))),
        (Network("vc-a.example.com"), Network("vc-b.example.com")),
        (Network("192.0.2.5"), Network("192.0.2.6")),
        (Network("vc.example.com", (GROUP,)), Network("VC.example.com.", ("lab",))),
        (Network("vc.example.com", ("/DC/network/prod",)), Network("vc.example.com", ("/DC/network/lab",))),
    ],
    ids=["two vCenters", "of unknown groups", "by address", "two port groups", "by path"],
)
def test_networks_of_other_names_are_apart(ours: Network, theirs: Network) -> None:
    assert are_apart(ours, theirs)
    assert are_apart(theirs, ours)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Network("vc.example.com", (GROUP,)), None),
        (Network("vc.example.com", (GROUP,)), Network("", ("lab",))),
        (Network(None, (GROUP,)), Network(None, ("lab",))),
        (Network("vc.example.com", (GROUP,)), Network("vc.example.com", ())),
        (Network("vc.example.com", (GROUP,)), Network("vc.example.com", None)),
        (Network("vc.example.com", (GROUP, "storage")), Network("vc.example.com", ("lab", "storage"))),
        (Network("vc.example.com", (GROUP,)), Network("https://VC.example.com:443/sdk", (GROUP,))),
        (Network("vc.example.com", (GROUP,)), Network("192.0.2.5", ("lab",))),
        (Network("vc.example.com", (GROUP,)), Network("vc", (GROUP,))),
        (Network("vc.example.com", ("/A/network/prod",)), Network("vc.example.com", ("prod",))),
        (Network("vc.example.com", ("dvportgroup-12",)), Network("vc.example.com", ("prod",))),
        (Network("vc.example.com", ("dvportgroup-12", "lab")), Network("vc.example.com", ("prod",))),
    ],
    ids=[
        "nothing known of one",
        "no vCenter",
        "vCenters unread",
        "no machines yet",
        "machines unread",
        "one network in common",
        "one vCenter, written as a URL",
        "a name and an address",
        "a short name",
        "a name and its path",
        "a managed object's id",
        "an id among names",
    ],
)
def test_networks_that_may_be_one_are_not_apart(ours: Network, theirs: Network | None) -> None:
    assert not are_apart(ours, theirs)
    assert not are_apart(theirs, ours)


def test_a_network_is_never_apart_from_itself() -> None:
    known = Network("vc.example.com", (GROUP,))
    assert not are_apart(known, known)


def test_a_network_is_said_in_words() -> None:
    assert str(Network("vc-a.example.com", (GROUP, "storage"))) == (
        "port groups prod-222 and storage of vCenter vc-a.example.com"
    )
    assert str(Network("vc-a.example.com")) == "vCenter vc-a.example.com"
    assert str(Network()) == "an unknown network"


def test_clusters_are_told_by_the_networks_they_name() -> None:
    prod, lab = Network("vc.example.com", ("prod",)), Network("vc.example.com", ("lab",))
    members = by_network({"gmc": prod, "gmc/a": prod, "gmc/b": lab, "gmc/c": Network("", ())})
    assert members == {prod: ["gmc", "gmc/a"], lab: ["gmc/b"]}
    assert are_parted(members)


def test_networks_of_which_all_may_be_one_are_not_parted() -> None:
    prod, both = Network("vc.example.com", ("prod",)), Network("vc.example.com", ("lab", "prod"))
    assert not are_parted([prod, both, Network("vc.example.com", ())])


def test_the_fleets_clusters_name_one_network_as_its_objects_are_read() -> None:
    networks = networks_of(records_of("mc-gmc", is_management=True))
    found = by_network({"/".join(name): network for name, network in networks.items()})
    assert found[Network("vcenter.example.test", ("v500-data",))] == [
        "org-acme/beta",
        "org-acme/gamma",
        "org-giantswarm/alpha",
        "org-giantswarm/delta",
        "org-giantswarm/gmc",
    ]
    assert not are_parted(found)
